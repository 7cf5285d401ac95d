"""What of two plans is compared, and what keeps them from being comparable."""

from __future__ import annotations

from typing import Final

from planner.anatomy.vessels.kinds import KINDS
from planner.design.limits import CONSTRAINTS, UNITS, ConstraintName, Verdict, with_unit
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


def unlike(plan: Plan, first: Plan) -> list[str]:
    """What keeps two verdicts from meaning the same: which of case, device, limits and vessels' errors differ."""
    pairs = {
        "case": (plan.case.hashes, first.case.hashes),
        "devices": (plan.devices, first.devices),
        "limits": (plan.limits, first.limits),
        "vessels": tuple([(v.name, v.kind, v.error_mm) for v in p.case.vessels] for p in (plan, first)),
    }
    return [name for name, (one, other) in pairs.items() if one != other]


def unlike_limits(constraint: ConstraintName, one: Plan, other: Plan) -> tuple[str, str] | None:
    """What a constraint's margins are measured from, where that differs: such margins must not be subtracted.

    Returns
    -------
    (str, str) or None
        The limit of each plan with its unit, where nothing else differs and each is one number; else empty words. None
        where both are measured from the same.
    """
    (numbers, rest), (others, other_rest) = _asked(constraint, one), _asked(constraint, other)
    if numbers == others and rest == other_rest:
        return None
    if rest != other_rest or len(numbers) != 1 or len(others) != 1:
        return "", ""
    unit = UNITS.get(constraint, "mm")
    gap = "" if unit == "°" else " "
    return f"{min(numbers):g}{gap}{unit}", f"{min(others):g}{gap}{unit}"


def _asked(constraint: ConstraintName, plan: Plan) -> tuple[frozenset[float], object]:
    """The limits that a constraint's margins are measured from, and what else they depend on."""
    limits, vessels = plan.limits, plan.case.vessels
    if constraint == "vessel":
        devices = [device for device in plan.devices if device.penetrates]
        named = {vessel.kind for vessel in vessels}
        pairs = {(kind, limits.clearance_of(device, kind)) for device in devices for kind in KINDS if kind in named}
        numbers = frozenset(clearance for _, clearance in pairs)
        known = frozenset((vessel.name, vessel.kind, vessel.error_mm) for vessel in vessels)
        return numbers, (limits.localisation_mm, known, pairs if len(numbers) > 1 else None)
    if constraint == "depth":
        return frozenset(limits.longest_mm(device) for device in plan.devices), None
    alone = {"gray": limits.gray_mm, "spacing": limits.spacing_mm, "angle": limits.angle_deg}
    if constraint in alone:
        shares = tuple(device.gray_share for device in plan.devices) if constraint == "gray" else None
        return frozenset({alone[constraint]}), shares
    if constraint in ("access", "approach", "reach"):
        return frozenset(), limits.access
    return frozenset(), {"region": (limits.regions, limits.localisation_mm), "current": plan.devices}.get(constraint)


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
