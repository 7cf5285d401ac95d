"""What stands on every export and picture: the exact check's word, and what the plan may be used for."""

from __future__ import annotations

from planner import RESEARCH_NOTICE
from planner.plan.plan import Plan

SYNTHETIC_NOTICE = "The vessels are synthetic and belong to nobody."
ACCESS_NOTICE = "The way from the skull to an entry is not checked."


def verdict_words(plan: Plan) -> str:
    """``feasible``, ``feasible, vessels unknown``, ``NOT FEASIBLE (3 violations)`` or ``not verified``."""
    if plan.verdict is None:
        return "not verified"
    if plan.verdict.feasible:
        return "feasible, vessels unknown" if plan.verdict.vessels_unknown else "feasible"
    count = len(plan.verdict.violations)
    return f"NOT FEASIBLE ({count} violation{'s' if count != 1 else ''})"


def notice(plan: Plan) -> str:
    """What the plan may be used for, what was not checked, and that vessels are synthetic or unknown where they are."""
    sentences = [RESEARCH_NOTICE, ACCESS_NOTICE]
    if any(vessel.synthetic for vessel in plan.case.vessels):
        sentences.append(SYNTHETIC_NOTICE)
    if plan.verdict is not None and (unknown := plan.verdict.vessels_unknown):
        which = "all threads" if len(unknown) == len(plan.threads) else ", ".join(unknown)
        sentences.append(f"No vessels are known around {which}: their clearance is unknown, not safe.")
    return " ".join(sentences)


def unsafe_threads(plan: Plan) -> frozenset[str]:
    """Names of the threads that break a limit by the exact check."""
    return frozenset(violation.thread for violation in plan.verdict.violations) if plan.verdict else frozenset()
