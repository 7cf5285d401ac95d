"""``calcarine verify``: the exact check of a plan file, whatever the file says of itself."""

from __future__ import annotations

import argparse
from dataclasses import asdict, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final

from planner.cli.request import add_moved_case_argument

if TYPE_CHECKING:
    from planner.design.limits import Verdict

SAME_MM: Final = 1e-6  # margins no farther apart are the same: last digits differ between processors

HELP: Final = "check a plan exactly against its anatomy"
DETAILS: Final = (
    "Exits with 0 where every limit is kept, 1 where one is broken, 2 where the plan or its case cannot be used."
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
    from planner.plan.document import verdict_values
    from planner.plan.stamp import limits_words, notice

    given = open_plan(arguments.plan, arguments.case)
    anatomy = anatomy_of(given)
    say("Checking exactly")
    plan = replace(given, verdict=(verdict := verify(anatomy, given.implant, given.limits)))
    said_otherwise = _disagreements(given.verdict, verdict)
    if arguments.json:
        print_json(
            {
                "plan": str(arguments.plan),
                "threads": len(plan.threads),
                "retinotopy": plan.case.retinotopy,
                "constraints": asdict(plan.limits),
                "device": asdict(plan.device),
                **verdict_values(verdict),
                "limits": limits_words(plan),
                "notice": notice(plan),
                "disagreements": said_otherwise,
            }
        )
    else:
        print_verdict(plan)
        print_lines(said_otherwise)
    return DONE if verdict.feasible else INFEASIBLE


def _disagreements(given: Verdict | None, found: Verdict) -> list[str]:
    """Where the file's own verdict is not what the check finds, a sentence each."""
    if given is None:
        return []
    sentences = []
    if given.feasible != found.feasible:
        word = "feasible" if given.feasible else "not feasible"
        sentences.append(f"The file calls the plan {word}, which does not hold.")
    for thread, margins in found.margins.items():
        for name, margin in margins.margins.items():
            said = given.margins[thread].margins[name]
            if said != margin and not abs(said - margin) <= SAME_MM:
                sentences.append(
                    f"The file gives thread {thread} a {name} margin of {said:+.3f} mm; it is {margin:+.3f}."
                )
    return sentences
