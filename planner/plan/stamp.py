"""What stands on every export and picture: the exact check's word, and what the plan may be used for."""

from __future__ import annotations

from planner import RESEARCH_NOTICE
from planner.anatomy.vessels.kinds import missing_kind
from planner.implant.device import device_names, load_device
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
    if plan.case.vessels and (missing := missing_kind({vessel.kind for vessel in plan.case.vessels})):
        sentences.append(missing)
    if plan.verdict is not None and (unknown := plan.verdict.vessels_unknown):
        which = "all threads" if len(unknown) == len(plan.threads) else ", ".join(unknown)
        sentences.append(f"No vessels are known around {which}: their clearance is unknown, not safe.")
    return " ".join(sentences)


def limits_words(plan: Plan) -> str:
    """What the plan was checked against: every limit in mm, and whatever of it is laxer than the catalogue asks."""
    limits, device = plan.limits, plan.device
    sentences = [
        f"Checked for {device.name} with at most {limits.threads} threads, {limits.clearance_mm:g} mm from vessels, "
        f"contacts {limits.gray_mm:g} mm inside gray matter, shafts {limits.spacing_mm:g} mm apart and "
        f"at most {limits.max_depth_mm:g} mm long."
    ]
    if device.name not in device_names():
        sentences.append(f"{device.name} is no device of the catalogue.")
    elif device != load_device(device.name):
        sentences.append(f"The plan's {device.name} differs from the catalogue's.")
    laxer = [
        f"{name} ({got:g} instead of {asked:g} mm)"
        for name, got, asked in (
            ("the clearance", limits.clearance_mm, device.clearance_mm),
            ("the spacing", limits.spacing_mm, device.spacing_mm),
        )
        if got < asked
    ]
    if laxer:
        sentences.append(f"Laxer than the device asks: {', '.join(laxer)}.")
    return " ".join(sentences)


def unsafe_threads(plan: Plan) -> frozenset[str]:
    """Names of the threads that break a limit by the exact check."""
    return frozenset(violation.thread for violation in plan.verdict.violations) if plan.verdict else frozenset()
