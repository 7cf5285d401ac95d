"""What is known of a plan's safety at this moment, in the words and colours that all views share."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf, isinf
from typing import Final, Literal, get_args

from app import theme
from app.preview import Preview, same_design
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


State = Literal["safe", "unsafe", "unknown", "blind"]
STATES: Final[tuple[State, ...]] = get_args(State)


def fresh(plan: Plan | None, preview: Preview | None) -> Preview | None:
    """The preview, where what it says is of this plan's design; what was computed of another one is not known here."""
    if plan is None or preview is None or not same_design(plan, preview.plan):
        return None
    return preview


def margins_of(plan: Plan | None, preview: Preview | None) -> Mapping[str, ThreadMargins]:
    """The exact check's margins of this plan, otherwise the fast ones, where they are of its very design."""
    if plan is None:
        return {}
    if plan.verdict is not None:
        return plan.verdict.margins
    found = fresh(plan, preview)
    return found.margins if found is not None else {}


def outside_v1(plan: Plan | None, preview: Preview | None) -> Mapping[str, int]:
    """How many contacts of each thread lie outside V1's gray matter; empty where that is not known."""
    found = fresh(plan, preview)
    if found is None or not found.complete:
        return {}
    names = (thread.name for thread in found.plan.threads)
    return {name: int((~usable).sum()) for name, usable in zip(names, found.usable, strict=True)}


def states_of(plan: Plan, preview: Preview | None) -> Mapping[str, State]:
    """What is known of each thread. Where no vessel is known around one, its safety is unknown.

    A safe thread most of whose contacts lie outside V1 is blind: little or nothing is seen of it.
    """
    margins, outside = margins_of(plan, preview), outside_v1(plan, preview)
    accused = {violation.thread for violation in plan.verdict.violations} if plan.verdict is not None else set()

    def state(name: str) -> State:
        found = margins.get(name)
        if name in accused or (found is not None and found.worst[1] < 0):
            return "unsafe"
        if found is None or found.margins["vessel"] == inf:
            return "unknown"
        return "blind" if 2 * outside.get(name, 0) > plan.device.contacts else "safe"

    return {thread.name: state(thread.name) for thread in plan.threads}


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
