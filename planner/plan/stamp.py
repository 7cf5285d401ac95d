"""What stands on every export and picture: the exact check's word, and what the plan may be used for."""

from __future__ import annotations

from planner import RESEARCH_NOTICE
from planner.plan.plan import Plan

SYNTHETIC_NOTICE = "The vessels are synthetic and belong to nobody."
UNKNOWN_NOTICE = "This case has no vessels: clearance to them is unknown, not safe."


def verdict_words(plan: Plan) -> str:
    """``feasible``, ``feasible, vessels unknown``, ``NOT FEASIBLE (3 violations)`` or ``not verified``."""
    if plan.verdict is None:
        return "not verified"
    if plan.verdict.feasible:
        return "feasible" if plan.case.vessels else "feasible, vessels unknown"
    count = len(plan.verdict.violations)
    return f"NOT FEASIBLE ({count} violation{'s' if count != 1 else ''})"


def notice(plan: Plan) -> str:
    """The research notice, and that vessels are synthetic or unknown where they are."""
    if not plan.case.vessels:
        return f"{RESEARCH_NOTICE} {UNKNOWN_NOTICE}"
    synthetic = any(vessel.synthetic for vessel in plan.case.vessels)
    return f"{RESEARCH_NOTICE} {SYNTHETIC_NOTICE}" if synthetic else RESEARCH_NOTICE


def unsafe_threads(plan: Plan) -> frozenset[str]:
    """Names of the threads that break a limit by the exact check."""
    return frozenset(violation.thread for violation in plan.verdict.violations) if plan.verdict else frozenset()
