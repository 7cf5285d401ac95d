"""What verbs say: results on standard output, progress on standard error where that is a terminal."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterable, Sequence
from math import inf

from planner.design.limits import margin_words
from planner.plan.compare import worst_margins
from planner.plan.plan import Plan
from planner.plan.stamp import insertions_words, limits_words, notice, verdict_words


def say(message: str) -> None:
    """Tell someone at a terminal what is being done."""
    if sys.stderr.isatty():
        print(f"{message} …", file=sys.stderr)


def warn(message: str) -> None:
    """Tell whoever runs the program, beside the result."""
    print(message, file=sys.stderr)


def print_json(value: object) -> None:
    """Print one JSON value; infinities must have been replaced."""
    print(json.dumps(value, indent=1, allow_nan=False))


def print_table(rows: Sequence[Sequence[str]]) -> None:
    """Print rows in aligned columns: the first one to the left, the others to the right."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        cells = [first.ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(others, widths[1:], strict=True))]
        print("  ".join(cells).rstrip())


def print_verdict(plan: Plan) -> None:
    """Print the verdict, each violation as a sentence, and what the plan may be used for."""
    print(f"Verdict: {verdict_words(plan)}; {insertions_words(plan)}, checked exactly.")
    if plan.verdict is not None:
        print_lines(violation.message for violation in plan.verdict.violations)
        least = worst_margins(plan.verdict)
        known = [name for name in plan.limits.in_force if name in least and (name, least[name]) != ("current", inf)]
        if known:
            print(f"Least margins: {', '.join(f'{name} {margin_words(name, least[name])}' for name in known)}.")
    print(f"Retinotopy: {plan.case.retinotopy}.")
    print(limits_words(plan))
    print(notice(plan))


def print_lines(lines: Iterable[str]) -> None:
    """Print lines, indented."""
    for line in lines:
        print(f"  {line}")
