"""``calcarine verify``: the exact check of a plan file, whatever the file says of itself."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from planner.cli.request import add_moved_case_argument

if TYPE_CHECKING:
    from planner.anatomy.hemisphere import Anatomy
    from planner.design.exact_currents import Driven
    from planner.plan.plan import Plan

HELP: Final = "check a plan exactly against its anatomy"
DETAILS: Final = (
    "Exits with 0 where every limit is kept, 1 where one is broken, 2 where the plan or its case cannot be used. "
    "Currents are checked where the plan's task can be made. What the file says of its percepts is not: phosphenes, "
    "export and compare measure anew."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("plan", type=Path, metavar="PLAN", help="a plan.json")
    add_moved_case_argument(parser)


def run(arguments: argparse.Namespace) -> int:
    """Verify and report."""
    from planner.cli import DONE, INFEASIBLE
    from planner.cli.case import anatomy_of, open_plan
    from planner.cli.output import print_json, print_lines, print_verdict, say
    from planner.design.verify import verify
    from planner.plan.claims import false_margins, false_names
    from planner.plan.document import device_values, limits_values, verdict_values
    from planner.plan.stamp import limits_words, notice

    given = open_plan(arguments.plan, arguments.case)
    anatomy = anatomy_of(given)
    driven, unchecked = _currents(given, anatomy)
    say("Checking exactly")
    plan = replace(given, verdict=(verdict := verify(anatomy, given.implant, given.limits, driven)))
    said_otherwise = false_margins(given.verdict, verdict) + false_names(given.limits, anatomy)
    if arguments.json:
        print_json(
            {
                "plan": str(arguments.plan),
                "threads": len(plan.threads),
                "aside": [thread.name for thread in plan.aside],
                "retinotopy": plan.case.retinotopy,
                "constraints": limits_values(plan.limits),
                "devices": [device_values(device) for device in plan.devices],
                **verdict_values(verdict),
                "limits": limits_words(plan),
                "notice": notice(plan),
                "disagreements": said_otherwise,
                "currents_checked": not unchecked,
                "measures_checked": False,
            }
        )
    else:
        print_verdict(plan)
        print_lines(said_otherwise)
        if unchecked:
            print(unchecked)
        if given.measures is not None:
            print("The measures in the file were not checked.")
    return DONE if verdict.feasible else INFEASIBLE


def _currents(plan: Plan, anatomy: Anatomy) -> tuple[Driven | None, str]:
    """What the plan's contacts are driven with; or why that is not known, in a sentence."""
    from planner.cli.output import say
    from planner.design.site import prepare_site
    from planner.errors import InputError
    from planner.plan.make import driven_on, task_of

    try:
        task_of(plan)
    except InputError as error:
        return None, f"Currents were not checked, as the plan's task cannot be made: {error}"
    say("Preparing the site")
    return driven_on(plan, prepare_site(anatomy)), ""
