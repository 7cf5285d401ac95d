"""``calcarine plan``: find threads for a case and write the plan with its pictures."""

from __future__ import annotations

import argparse
import itertools
import os
import shutil
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from planner.cli.limits import add_limits_arguments, asked_limits, limits_on, still_forbidden
from planner.cli.numbers import whole
from planner.cli.request import add_case_arguments, request_of
from planner.cli.seeing import add_seeing_arguments, goal_of, seeing_of
from planner.cli.task import add_task_arguments, skipped_words, task_of

if TYPE_CHECKING:
    from planner.design.site import Site
    from planner.implant.device import Device, Devices
    from planner.plan.make import Examined
    from planner.plan.plan import Plan
    from planner.plan.starts import Start

MOST_THREADS: Final = 1024
USUAL_THREADS: Final = 32
HELP: Final = "find threads for a case; write plan.json, percepts.png and view3d.png"
DETAILS: Final = (
    "Exits with 1, everything written, where the threads found break a limit, also with --no-vessels. An output folder "
    "that exists keeps its other files; another plan.json there is kept as plan-1.json."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    add_case_arguments(parser)
    parser.add_argument(
        "--out", type=Path, metavar="DIR", help="folder for the files (default: calcarine- and the case's name)"
    )
    parser.add_argument(
        "--threads",
        type=whole(1, MOST_THREADS),
        metavar="T",
        help="how many to insert (default 32, of arrays 1, or as in --from; of several devices each says how many)",
    )
    parser.add_argument(
        "--device",
        action="append",
        metavar="NAME[:COUNT]",
        help="see calcarine devices, or a TOML file (default long-thread); again for mixed implants, e.g. utah:1",
    )
    parser.add_argument(
        "--method",
        choices=["percept", "coverage", "field", "grid", "random"],
        default="percept",
        help="by the percept (default), spread over the cortex or the visual field, on a grid, or at random",
    )
    parser.add_argument(
        "--from",
        dest="start",
        type=Path,
        metavar="PLAN",
        help="go on from a plan of this case: its threads (locked ones stay), devices, limits and forbidden regions, "
        "but for what is given here",
    )
    parser.add_argument(
        "--allow",
        action="append",
        default=[],
        metavar="REGION",
        help="of the plan of --from: a forbidden region, by its name, that may be touched again; repeatable",
    )
    parser.add_argument(
        "--start",
        dest="begin",
        choices=["coverage", "plan", "refine"],
        help="what the percept's method begins with: threads spread over V1 around the locked ones of --from; the "
        "threads of --from, filled up to the budget; or these alone, none exchanged and none added (default: the "
        "threads of --from, with every other start beside them)",
    )
    parser.add_argument(
        "--no-vessels", action="store_true", help="ignore vessels while placing; the verdict never does"
    )
    parser.add_argument("--steps", type=whole(0, 100_000), metavar="N", help="gradient steps at most")
    parser.add_argument(
        "--seed", type=whole(0, 2**63 - 1), default=0, metavar="S", help="same seed, same plan (default 0)"
    )
    add_limits_arguments(parser)
    add_seeing_arguments(parser)
    add_task_arguments(parser)


@dataclass(frozen=True)
class Found:
    """The plan that was found, how the search ended, and what a random search of the same length was worth."""

    plan: Plan
    status: str = "placed"
    message: str = ""
    warnings: tuple[str, ...] = ()
    evaluations: int = 0
    weighed: int = 0
    chance: Mapping[str, float] | None = None


def run(arguments: argparse.Namespace) -> int:
    """Plan, write, report."""
    from planner.anatomy.subject import load_anatomy
    from planner.cli.output import say, warn
    from planner.design.site import prepare_site
    from planner.errors import InputError
    from planner.plan.atomic import staged_folder
    from planner.plan.files import load_plan, save_plan
    from planner.plan.make import check_case, device_limits, examine, new_plan
    from planner.plan.pictures import percepts_picture
    from planner.plan.rivals import with_baselines
    from planner.plan.view3d import view3d_picture
    from planner.tasks.goal import check_goal
    from planner.tasks.make import make_task

    if arguments.begin and arguments.method != "percept":
        raise InputError(f"--start says nothing of --method {arguments.method}", remedy="leave --start out")
    began = time.monotonic()
    task, skipped = task_of(arguments)
    if skipped:
        warn(skipped_words(arguments.images, skipped))
    make_task(task)  # what cannot be drawn is refused before the case is loaded
    seeing, goal = seeing_of(arguments), goal_of(arguments)
    check_goal(goal, task, seeing.stimulus.encoder)
    given = load_plan(arguments.start) if arguments.start is not None else None
    devices, counts = _asked_devices(arguments, given)
    kept = still_forbidden(arguments.allow, given.limits.regions if given is not None else ())
    asked = asked_limits(arguments)
    out: Path = arguments.out or Path(f"calcarine-{Path(arguments.case).resolve().name}")
    with staged_folder(out) as stage:
        anatomy = load_anatomy(request_of(arguments), progress=say)
        limits = device_limits(devices, counts, arguments.clearance)
        if given is not None:
            check_case(given, anatomy)
            limits = replace(given.limits, threads=limits.threads, mix=limits.mix, regions=kept)
        limits = limits_on(asked, limits, anatomy)
        say("Preparing the site")
        site = prepare_site(anatomy)
        empty = new_plan(
            anatomy,
            devices,
            limits,
            task=task,
            method=arguments.method,
            avoid_vessels=not arguments.no_vessels,
            seed=arguments.seed,
            seeing=seeing,
            goal=goal,
        )
        if given is not None:
            empty = replace(empty, threads=given.threads, aside=given.aside)
        found = _search(empty, site, arguments.steps, arguments.begin)
        say("Checking exactly")
        examined = examine(found.plan, site)
        say("Measuring baselines")
        examined = replace(examined, plan=with_baselines(examined.plan, site))
        say("Drawing")
        save_plan(examined.plan, stage / "plan.json")
        percepts_picture(examined, stage / "percepts.png")
        view3d_picture(examined.plan, anatomy, stage / "view3d.png")
        names = sorted(file.name for file in stage.iterdir())
        set_aside = _set_aside(examined.plan, out, stage)
    files = [out / name for name in names]
    report = _print_json if arguments.json else _print_summary
    report(found, examined, files, time.monotonic() - began)
    if set_aside:
        warn(f"The plan that was there is kept as {out / set_aside}.")
    return _code(examined.plan)


def devices_of(named: Sequence[str], threads: int | None) -> tuple[Devices, tuple[int, ...]]:
    """The devices that ``--device`` names and how many of each; one that says no number takes the whole budget.

    Where that is None too, it is `USUAL_THREADS`, or one array.

    Raises
    ------
    InputError
        Where several are named and one does not say how many, or one is named twice.
    """
    from planner.errors import InputError
    from planner.implant.catalogue import load_device

    found: list[Device] = []
    counts: list[int] = []
    for text in named:
        name, colon, count = text.rpartition(":")
        numbered = bool(colon) and count.isdecimal()
        if len(named) > 1 and not numbered:
            raise InputError(f"{text} does not say how many", remedy=f"give a number to each device, e.g. {text}:1")
        found.append(device := load_device(name if numbered else text))
        usual = USUAL_THREADS if device.kind == "thread" else 1
        counts.append(int(count) if numbered else threads or usual)
    if len({device.name for device in found}) < len(found):
        raise InputError("a device is named twice", remedy="give each device once, with how many of it")
    if not 1 <= sum(counts) <= MOST_THREADS:
        raise InputError(f"{sum(counts)} insertions are no plan", remedy=f"give 1 to {MOST_THREADS} in all")
    return tuple(found), tuple(counts)


def _set_aside(plan: Plan, out: Path, stage: Path) -> str:
    """Keep another plan that lies where this one goes: its copy's name, which moves in with the new files."""
    from planner.errors import InputError
    from planner.plan.files import load_plan

    there = Path(os.path.expanduser(out)) / "plan.json"
    if not there.is_file():
        return ""
    try:
        if load_plan(there) == plan:
            return ""
    except InputError:
        pass  # whatever it is, it is not ours to lose
    name = next(name for n in itertools.count(1) if not there.with_name(name := f"plan-{n}.json").exists())
    shutil.copy2(there, stage / name)
    return name


def _asked_devices(arguments: argparse.Namespace, given: Plan | None) -> tuple[Devices, tuple[int, ...]]:
    """The devices and how many of each: those that are named, or those of the plan to go on from."""
    from planner.errors import InputError

    if arguments.threads is not None and len(arguments.device or ()) > 1:
        raise InputError(
            "--threads says nothing of which device, and each --device says how many",
            remedy="leave --threads out",
        )
    if given is None:
        return devices_of(arguments.device or ["long-thread"], arguments.threads)
    shares = given.limits.shares(len(given.devices))
    if arguments.device:
        devices, counts = devices_of(arguments.device, arguments.threads or given.limits.threads)
        if devices != given.devices:
            names = " ".join(f"--device {d.name}:{n}" for d, n in zip(given.devices, shares, strict=True))
            raise InputError(
                "the plan to go on from is of other devices", remedy=f"leave --device out, or give {names}"
            )
        return devices, counts
    if arguments.threads is None:
        return given.devices, shares
    if len(given.devices) > 1:
        raise InputError("--threads does not say of which device", remedy="give --device NAME:COUNT for each")
    return given.devices, (arguments.threads,)


def _search(plan: Plan, site: Site, steps: int | None, begin: Start | None) -> Found:
    from planner.cli.output import say
    from planner.design.baselines import baseline
    from planner.plan.edits import named

    say("Placing threads")
    if plan.method == "percept" or plan.method == "manual":
        return _optimised(plan, site, steps, begin)
    locked = tuple(thread for thread in plan.threads if thread.locked)
    threads = baseline(
        plan.method,
        site,
        plan.devices,
        plan.limits,
        plan.seed,
        plan.task.extent_deg,
        plan.avoid_vessels,
        locked,
    )
    return Found(replace(plan, threads=named(replace(plan, threads=locked), (*locked, *threads), locked)))


def _optimised(start: Plan, site: Site, steps: int | None, begin: Start | None) -> Found:
    from tqdm import tqdm

    from planner.design.optimise import optimise
    from planner.plan.edits import named
    from planner.plan.make import measured
    from planner.plan.starts import first_threads
    from planner.tasks.make import make_task

    options: dict[str, Any] = {} if steps is None else {"steps": steps}
    threads = start.threads if begin is None else first_threads(start, site, begin)
    last = None
    with tqdm(desc="start", unit="step", disable=None, leave=False) as bar:
        for step in optimise(
            site,
            replace(start.implant, threads=threads),
            make_task(start.task),
            start.limits,
            seed=start.seed,
            avoid_vessels=start.avoid_vessels,
            seeing=start.seeing,
            goal=start.goal,
            exchanging=begin != "refine",
            **options,
        ):
            bar.total = step.total
            bar.set_description(step.phase, refresh=False)
            bar.set_postfix(error=f"{step.loss:.3f}", refresh=False)
            bar.n = step.index
            bar.refresh()
            last = step
    if last is None:
        raise RuntimeError("the optimiser ended without a step")
    plan = replace(start, threads=named(start, last.implant.threads, threads))
    chance = None if last.control is None else measured(replace(plan, threads=last.control.threads), site).measures
    evaluations, weighed = (last.control.evaluations, last.control.weighed) if last.control else (0, 0)
    return Found(plan, last.status, last.message, last.warnings, evaluations, weighed, chance)


def _code(plan: Plan) -> int:
    from planner.cli import DONE, INFEASIBLE

    return DONE if plan.verdict is not None and plan.verdict.feasible else INFEASIBLE


def _print_json(found: Found, examined: Examined, files: list[Path], seconds: float) -> None:
    from planner.cli.output import print_json
    from planner.plan.document import task_values, verdict_values
    from planner.plan.stamp import limits_words, notice

    plan = examined.plan
    print_json(
        {
            "files": [str(file) for file in files],
            "method": plan.method,
            "avoid_vessels": plan.avoid_vessels,
            "seed": plan.seed,
            "task": task_values(plan.task),
            "threads": len(plan.threads),
            "retinotopy": plan.case.retinotopy,
            "status": found.status,
            "message": found.message,
            "warnings": list(found.warnings),
            "budget": plan.limits.threads,
            "random_search": None
            if found.chance is None
            else {"evaluations": found.evaluations, "moves_weighed": found.weighed, **found.chance},
            "measures": dict(plan.measures or {}),
            "baselines": {method: dict(measures) for method, measures in (plan.baselines or {}).items()},
            "verdict": verdict_values(plan.verdict) if plan.verdict else None,
            "limits": limits_words(plan),
            "notice": notice(plan),
            "seconds": round(seconds, 3),
        }
    )


def _print_summary(found: Found, examined: Examined, files: list[Path], seconds: float) -> None:
    from planner.cli.output import print_lines, print_verdict
    from planner.plan.pictures import METHODS, measures_line, measures_words, title
    from planner.plan.stamp import seen_words

    plan = examined.plan
    print(f"{title(plan)} ({seconds:.0f} s)")
    print(seen_words(plan))
    print(measures_line(plan))
    for method, measures in (plan.baselines or {}).items():
        if method != plan.method:
            print(f"  beside it, {METHODS[method]}: {measures_words(measures)}")
    if found.chance is not None:
        print(
            f"  the best of {found.evaluations} plans at random, as many as percepts were computed here (besides "
            f"{found.weighed} single moves weighed): {measures_words(found.chance)}"
        )
    coverage = (plan.baselines or {}).get("coverage")
    if plan.method == "percept" and coverage is not None and plan.measures is not None:
        before, after = coverage["mse"], plan.measures["mse"]
        change = round(100 * (after / before - 1))
        print(f"MSE {before:.4f} spread over the cortex, {after:.4f} now ({change:+d} %).")
    if found.message:
        print(found.message)
    print_lines(found.warnings)
    print_verdict(plan)
    print_lines(str(file) for file in files)
