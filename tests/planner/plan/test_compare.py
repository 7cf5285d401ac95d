"""What keeps margins of two plans from being compared."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from planner.plan.compare import unlike_limits
from planner.plan.plan import Plan

Change = Callable[[Plan], Plan]


def limits(**changes: object) -> Change:
    return lambda plan: replace(plan, limits=replace(plan.limits, **changes))


def vessels(**changes: object) -> Change:
    return lambda plan: replace(
        plan, case=replace(plan.case, vessels=tuple(replace(vessel, **changes) for vessel in plan.case.vessels))
    )


def test_margins_are_comparable_with_their_own(plan: Plan) -> None:
    for constraint in ("vessel", "gray", "spacing", "depth", "angle", "access", "region", "current", "hemisphere"):
        assert unlike_limits(constraint, plan, plan) is None


@pytest.mark.parametrize(
    ("constraint", "change", "words"),
    [
        ("vessel", limits(clearance_mm=0.75), "0.75 mm"),
        ("vessel", limits(localisation_mm=0.1), ""),  # the clearance is the same
        ("vessel", limits(vein_clearance_mm=7.0), None),  # there are arteries alone
        ("vessel", limits(array_clearance_mm=7.0), None),  # and no array
        ("vessel", vessels(kind="vein"), ""),
        ("vessel", vessels(error_mm=0.2), ""),
        ("gray", limits(gray_mm=0.2), "0.2 mm"),
        ("spacing", limits(spacing_mm=0.9), "0.9 mm"),
        ("angle", limits(angle_deg=30.0), "30°"),
        ("depth", limits(max_depth_mm=2.0), "2 mm"),
        ("depth", lambda plan: replace(plan, devices=(replace(plan.devices[0], max_depth_mm=2.5),)), "2.5 mm"),
        ("current", lambda plan: replace(plan, devices=(replace(plan.devices[0], max_depth_mm=6.5),)), ""),
        ("region", limits(localisation_mm=0.1), ""),  # it keeps off a region as well
        ("gray", lambda plan: replace(plan, devices=(replace(plan.devices[0], gray_share=0.5),)), ""),
        ("hemisphere", limits(clearance_mm=0.75), None),
    ],
)
def test_they_are_not_where_what_they_are_measured_from_differs(
    plan: Plan, constraint: str, change: Change, words: str | None
) -> None:
    found = unlike_limits(constraint, plan, change(plan))
    assert (None if found is None else found[1]) == words
