"""What is known of a plan's safety at this moment, in the words and colours that all views share."""

from __future__ import annotations

from collections.abc import Mapping
from math import isinf

from app import theme
from app.preview import Preview
from planner.design.limits import ThreadMargins
from planner.plan.plan import Plan

CONSTRAINT_WORDS = {
    "vessel": "Vessel clearance",
    "gray": "Contacts in gray matter",
    "path": "Single pial crossing",
    "spacing": "Thread spacing",
    "depth": "Insertion depth",
    "hemisphere": "Hemisphere",
}


def margins_of(plan: Plan | None, preview: Preview | None) -> Mapping[str, ThreadMargins]:
    """The exact check's margins where they are of this plan, otherwise the fast ones, as far as they are known."""
    if plan is None:
        return {}
    if plan.verdict is not None:
        return plan.verdict.margins
    return preview.margins if preview is not None else {}


def unsafe_names(plan: Plan, preview: Preview | None) -> frozenset[str]:
    """Threads that break a limit, as far as is known."""
    broken = {name for name, found in margins_of(plan, preview).items() if found.worst[1] < 0}
    if plan.verdict is not None:
        broken |= {violation.thread for violation in plan.verdict.violations if violation.thread}
    return frozenset(broken)


def verdict_words(plan: Plan | None) -> tuple[str, str]:
    """The exact verdict in a few words, and its colour."""
    if plan is None or plan.verdict is None:
        return "not verified", theme.WARNING
    if plan.verdict.feasible and plan.verdict.vessels_unknown:
        return "verified feasible, vessels unknown", theme.WARNING
    if plan.verdict.feasible:
        return "verified feasible", theme.SAFE
    count = len(plan.verdict.violations)
    return f"{count} violation{'s' if count != 1 else ''}", theme.UNSAFE


def millimetres(value: float | None) -> str:
    """A margin for a table cell: two decimals with its sign, or a dash."""
    if value is None or isinf(value):
        return "–"
    return f"{value:+.2f}"
