"""``calcarine verify``: the exact check of a plan file, whatever the file says of itself."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Final

HELP: Final = "check a plan exactly against its anatomy"
DETAILS: Final = (
    "Exits with 0 where every limit is kept, 1 where one is broken, 2 where the plan or its case cannot be used."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("plan", type=Path, metavar="PLAN", help="a plan.json")


def run(arguments: argparse.Namespace) -> int:
    """Verify and report."""
    from planner.cli import DONE, INFEASIBLE
    from planner.cli.case import anatomy_of
    from planner.cli.output import print_json, print_verdict, say
    from planner.design.verify import verify
    from planner.plan.document import verdict_values
    from planner.plan.files import load_plan

    given = load_plan(arguments.plan)
    anatomy = anatomy_of(given)
    say("Checking exactly")
    plan = replace(given, verdict=(verdict := verify(anatomy, given.implant, given.limits)))
    if arguments.json:
        print_json(
            {
                "plan": str(arguments.plan),
                "threads": len(plan.threads),
                "retinotopy": plan.case.retinotopy,
                **verdict_values(verdict),
            }
        )
    else:
        print_verdict(plan)
        if given.verdict is not None and given.verdict.feasible != verdict.feasible:
            print(f"The file says {'feasible' if given.verdict.feasible else 'not feasible'}; that no longer holds.")
    return DONE if verdict.feasible else INFEASIBLE
