"""What two plans' comparison says, line by line: their measures and worst margins, and what cannot be compared."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite
from typing import Final

from app.views.status import begun, percent, verdict_words
from app.words import CONSTRAINT_WORDS, amount
from planner.design.limits import UNITS
from planner.plan.compare import numbers_of, unlike, unlike_limits, worst_margins
from planner.plan.plan import Plan

VERDICT: Final = "Verdict"
TITLES: Final[Mapping[str, str]] = {
    "mse": "MSE (less is better)",
    "ssim": "SSIM",
    "psnr": "PSNR, dB",
    "recognition": "Letters read, held-out fonts",
    "coverage": "Field covered",
    "usable_contacts": "Contacts in V1",
}
SHARES: Final = ("recognition", "coverage", "usable_contacts")


def caution(one: Plan, other: Plan) -> str:
    """What keeps the two from being compared number by number; empty where nothing does."""
    differing = unlike(one, other)
    words = [f"Checked under different {', '.join(differing)}: do not compare verdicts."] if differing else []
    if one.task != other.task or one.seeing != other.seeing:
        words.append("Measured by another task or model: do not compare measures.")
    return " ".join(words)


def lines_of(one: Plan, other: Plan) -> list[tuple[str, str, str, str]]:
    """The table: a name, both values and their difference; both plans must have been examined."""
    numbers = numbers_of(one), numbers_of(other)
    lines = [
        ("Threads", *_pair(*numbers, "threads", ".0f", "+.0f")),
        (VERDICT, begun(verdict_words(one)[0]), begun(verdict_words(other)[0]), ""),
    ]
    for name, title in TITLES.items():
        if any(name in found for found in numbers):
            lines.append((title, *_pair(*numbers, name, ".4f", "+.4f")))
    worst = [worst_margins(plan.verdict) for plan in (one, other) if plan.verdict is not None]
    force = [name for name in CONSTRAINT_WORDS if name in one.limits.in_force or name in other.limits.in_force]
    for constraint in force:
        margins = [found.get(constraint) for found in worst]
        cells = [_margin(constraint, margin) for margin in margins]
        known = [margin for margin in margins if margin is not None and isfinite(margin)]
        difference = amount(constraint, known[1] - known[0]) if len(known) == 2 else ""
        unit = UNITS.get(constraint, "mm")
        if other_limits := unlike_limits(constraint, one, other):
            cells = [f"{cell}{_beyond(value, unit)}" for cell, value in zip(cells, other_limits, strict=True)]
            difference = "limits differ"
        lines.append((f"Worst: {CONSTRAINT_WORDS[constraint]}", cells[0], cells[1], difference))
    return lines


def _beyond(limit: object, unit: str) -> str:
    return f" (limit {limit:g} {unit})" if isinstance(limit, float) else ""


def _margin(constraint: str, value: float | None) -> str:
    if value is None:
        return "–"
    if isfinite(value):
        return amount(constraint, value)
    return "unknown" if value > 0 else "no window" if constraint == "access" else "impossible"


def _pair(
    one: Mapping[str, float], other: Mapping[str, float], name: str, plain: str, signed: str
) -> tuple[str, str, str]:
    values = [found.get(name) for found in (one, other)]
    whole = all(value is not None and value == int(value) for value in values) and name == "usable_contacts"
    share = name in SHARES and not whole and all(value is None or 0 <= value <= 1 for value in values)
    shown = [
        "–" if value is None else percent(value) if share else format(value, ".0f" if whole else plain)
        for value in values
    ]
    if values[0] is None or values[1] is None:
        return shown[0], shown[1], ""
    difference = values[1] - values[0]
    return (
        shown[0],
        shown[1],
        f"{round(100 * difference, 1) + 0.0:+.1f} points" if share else format(difference, "+.0f" if whole else signed),
    )
