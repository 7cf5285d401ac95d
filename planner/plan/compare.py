"""What of two plans is compared, and what keeps them from being comparable."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from planner.design.limits import CONSTRAINTS, ConstraintName, Verdict, with_unit
from planner.plan.plan import Plan

MEASURES: Final = (
    "mse",
    "mse_mean",
    "mse_worst",
    "ssim",
    "psnr",
    "recognition",
    "acuity_logmar",
    "acuity_logmar_at_most",
    "acuity_logmar_above",
    "gain",
    "coverage",
    "usable_contacts",
)

_LIMITS_OF: Final[Mapping[ConstraintName, tuple[str, ...]]] = {
    "vessel": ("clearance_mm", "vein_clearance_mm", "array_clearance_mm", "localisation_mm"),
    "gray": ("gray_mm",),
    "spacing": ("spacing_mm",),
    "depth": ("max_depth_mm",),
    "angle": ("angle_deg",),
    "access": ("access",),
    "approach": ("access",),
    "reach": ("access",),
    "region": ("regions",),
}


def unlike(plan: Plan, first: Plan) -> list[str]:
    """What keeps two verdicts from meaning the same: which of case, device, limits and vessels' errors differ."""
    pairs = {
        "case": (plan.case.hashes, first.case.hashes),
        "devices": (plan.devices, first.devices),
        "limits": (plan.limits, first.limits),
        "vessels": tuple([(v.name, v.kind, v.error_mm) for v in p.case.vessels] for p in (plan, first)),
    }
    return [name for name, (one, other) in pairs.items() if one != other]


def unlike_limits(constraint: ConstraintName, one: Plan, other: Plan) -> tuple[object, object] | None:
    """The limits of both that a constraint's margins are measured from, where they differ: the first that does.

    Margins from different limits must not be subtracted.
    """
    for name in _LIMITS_OF.get(constraint, ()):
        pair: tuple[object, object] = (getattr(one.limits, name), getattr(other.limits, name))
        if pair[0] != pair[1]:
            return pair
    if constraint == "vessel":
        here, there = ({vessel.name: vessel.error_mm for vessel in plan.case.vessels} for plan in (one, other))
        return (here, there) if here != there else None
    return None


def numbers_of(plan: Plan) -> dict[str, float]:
    """What is compared: threads, measures, violations, and the worst margin by each constraint.

    Raises
    ------
    ValueError
        Where the plan was not examined.
    """
    if plan.verdict is None or plan.measures is None:
        raise ValueError("only an examined plan can be compared")
    return {
        "threads": float(len(plan.threads)),
        **{name: plan.measures[name] for name in MEASURES if name in plan.measures},
        "violations": float(len(plan.verdict.violations)),
        **{f"worst_{with_unit(name)}": margin for name, margin in worst_margins(plan.verdict).items()},
    }


def worst_margins(verdict: Verdict) -> dict[ConstraintName, float]:
    """The least margin, in its unit, by each constraint of the threads to which it applies; empty without threads."""
    least = {}
    for name in CONSTRAINTS:
        if given := [found.margins[name] for found in verdict.margins.values() if name not in found.exempt]:
            least[name] = min(given)
    return least
