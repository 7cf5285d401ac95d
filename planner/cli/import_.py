"""``calcarine import``: threads along trajectories that another program planned, as a plan of a case."""

from __future__ import annotations

import argparse
import os
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from planner.cli.limits import add_limits_arguments, asked_limits, limits_on
from planner.cli.numbers import real
from planner.cli.request import add_case_arguments, request_of

if TYPE_CHECKING:
    from planner.plan.imports import Imported, Origin
    from planner.plan.plan import Plan

HELP: Final = "make a plan of trajectories from 3D Slicer or ROSA"
DETAILS: Final = (
    "Each line becomes a thread that enters where it goes into the cortex; what was moved is said, and so is each line "
    "that was refused. The plan is measured and checked; exits with 1 where it breaks a limit. Go on with calcarine "
    "plan --from."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("file", type=Path, metavar="FILE", help="lines of 3D Slicer (.mrk.json) or of ROSA (.ros)")
    add_case_arguments(parser)
    parser.add_argument("--device", default="long-thread", metavar="NAME", help="see calcarine devices")
    parser.add_argument(
        "--origin",
        type=_origin,
        metavar="WHERE",
        help="of a .ros file: where its origin is, scanner (the scanner's own), volume (the middle of the case's) or "
        "x,y,z in scanner RAS, e.g. --origin=-1.5,20,0",
    )
    parser.add_argument(
        "--out", type=Path, default=Path("imported.json"), metavar="PLAN", help="the plan (default imported.json)"
    )
    add_limits_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Read, place, check, save."""
    from planner.anatomy.subject import load_anatomy
    from planner.cli import DONE, INFEASIBLE
    from planner.cli.output import say
    from planner.design.site import prepare_site
    from planner.errors import InputError
    from planner.implant.catalogue import load_device
    from planner.plan.files import save_plan
    from planner.plan.imports import origin_mm, read_trajectories, threads_of
    from planner.plan.make import device_limits, evaluated, new_plan

    asked, device = asked_limits(arguments), load_device(arguments.device)
    out = Path(os.path.expanduser(arguments.out))
    if out.exists():
        raise InputError("is there already", source=arguments.out, remedy="name another file with --out, or remove it")
    anatomy = load_anatomy(request_of(arguments), progress=say)
    trajectories = read_trajectories(arguments.file, origin_mm(arguments.origin, anatomy))
    limits = limits_on(asked, device_limits(device, len(trajectories), arguments.clearance), anatomy)
    say("Preparing the site")
    site = prepare_site(anatomy)
    imported = threads_of(trajectories, site, device, limits)
    limits = replace(limits, threads=len(imported.threads))
    if not imported.threads:
        raise InputError(
            f"has no line that can be placed: {' '.join(imported.refused).removesuffix('.')}",
            source=arguments.file,
            remedy="check that the case and the space are those that the lines were drawn in",
        )
    say("Checking exactly")
    plan = evaluated(new_plan(anatomy, device, limits, threads=imported.threads), site)
    save_plan(plan, out)
    (_print_json if arguments.json else _print)(arguments.out, plan, imported)
    return DONE if plan.verdict is not None and plan.verdict.feasible else INFEASIBLE


def _print(file: Path, plan: Plan, imported: Imported) -> None:
    from planner.cli.output import print_lines, print_verdict, warn

    print_lines(imported.moved)
    for sentence in imported.refused:
        warn(f"Left out: {sentence}")
    print_verdict(plan)
    print_lines([str(file)])


def _print_json(file: Path, plan: Plan, imported: Imported) -> None:
    from planner.cli.output import print_json
    from planner.plan.document import verdict_values
    from planner.plan.stamp import limits_words, notice

    print_json(
        {
            "file": str(file),
            "threads": [thread.name for thread in plan.threads],
            "moved": list(imported.moved),
            "refused": list(imported.refused),
            "verdict": verdict_values(plan.verdict) if plan.verdict else None,
            "limits": limits_words(plan),
            "notice": notice(plan),
        }
    )


def _origin(text: str) -> Origin:
    if text == "scanner":
        return "scanner"
    if text == "volume":
        return "volume"
    parts = text.split(",")
    if len(parts) != 3:
        raise argparse.ArgumentTypeError(f"{text!r} is not scanner, volume or three numbers with commas between them")
    number = real(-1000, 1000, "mm")
    x, y, z = (number(part) for part in parts)
    return (x, y, z)
