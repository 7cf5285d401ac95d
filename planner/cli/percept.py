"""``calcarine percept``: what a patient with a plan's threads would see of one picture, letter or word."""

from __future__ import annotations

import argparse
from dataclasses import fields, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from planner.cli.numbers import real
from planner.cli.request import add_moved_case_argument
from planner.cli.seeing import add_model_arguments, model_of

if TYPE_CHECKING:
    from planner.plan.plan import Plan

HELP: Final = "draw what is seen of a letter, word or picture"
DETAILS: Final = (
    "Writes percept.png, target and percept side by side, and percept.npz, their arrays with every contact's current. "
    "The model is the plan's unless another is named."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("plan", type=Path, metavar="PLAN", help="a plan.json")
    add_moved_case_argument(parser)
    parser.add_argument("--target", required=True, metavar="FILE|TEXT", help="a picture's file, or a letter or word")
    parser.add_argument(
        "--height",
        type=real(0, 180, "degrees"),
        metavar="DEG",
        help="of a letter or word (default: the plan's, or less)",
    )
    parser.add_argument("--out", type=Path, default=Path(), metavar="DIR", help="folder for the files (default: here)")
    add_model_arguments(parser)


def run(arguments: argparse.Namespace) -> int:
    """Look and write."""
    from planner.cli import DONE
    from planner.cli.case import open_plan, site_of
    from planner.cli.output import print_json, print_lines
    from planner.plan.atomic import staged_folder
    from planner.plan.document import seeing_values
    from planner.plan.percept_picture import look, percept_arrays, percept_picture
    from planner.plan.pictures import measures_words
    from planner.plan.stamp import notice

    plan = _seen_by(open_plan(arguments.plan, arguments.case), arguments)
    with staged_folder(arguments.out) as stage:
        seen = look(plan, site_of(plan), arguments.target, arguments.height)
        percept_picture(seen, stage / "percept.png")
        percept_arrays(seen, stage / "percept.npz")
    files = [str(arguments.out / name) for name in ("percept.png", "percept.npz")]
    measures = seen.assessment.measures
    if arguments.json:
        model = seeing_values(plan.seeing)["model"]
        print_json({"files": files, "target": seen.label, "model": model, "measures": measures, "notice": notice(plan)})
    else:
        print(measures_words(measures))
        print(notice(plan))
        print_lines(files)
    return DONE


def _seen_by(plan: Plan, arguments: argparse.Namespace) -> Plan:
    """The plan with the model asked for."""
    from planner.percept.parameters import model_name

    own = model_name(plan.seeing.model)
    if arguments.model in (None, own):
        known = [f"{f.name}={getattr(plan.seeing.model, f.name)}" for f in fields(plan.seeing.model)]
        arguments = argparse.Namespace(model=own, parameter=[*known, *arguments.parameter])
    return replace(plan, seeing=replace(plan.seeing, model=model_of(arguments)))
