from __future__ import annotations

from dataclasses import replace

from planner.implant.device import load_device
from planner.plan.make import device_limits
from planner.plan.plan import Plan
from planner.plan.stamp import limits_words, notice


def test_a_plan_says_which_limits_it_was_checked_against(plan: Plan) -> None:
    device = load_device("thread")
    words = limits_words(replace(plan, device=device, limits=device_limits(device, 7, 1.25)))
    assert words.startswith("Checked for thread with at most 7 threads, 1.25 mm from vessels")
    assert "differs" not in words
    assert "Laxer" not in words


def test_laxer_limits_than_the_device_asks_are_named(plan: Plan) -> None:
    device = load_device("thread")
    words = limits_words(replace(plan, device=device, limits=replace(device_limits(device, 7, 0.0), spacing_mm=0.0)))
    assert f"Laxer than the device asks: the clearance (0 instead of {device.clearance_mm:g} mm), the spacing" in words


def test_a_device_that_only_bears_a_name_of_the_catalogue_is_named(plan: Plan) -> None:
    thinner = replace(load_device("thread"), shaft_radius_mm=0.0)
    assert "The plan's thread differs from the catalogue's." in limits_words(replace(plan, device=thinner))
    unknown = replace(thinner, name="mine")
    assert "mine is no device of the catalogue." in limits_words(replace(plan, device=unknown))


def test_a_kind_of_vessel_that_nobody_knows_of_is_named(plan: Plan) -> None:
    assert [vessel.kind for vessel in plan.case.vessels] == ["artery"]
    assert "Only arteries are known" in notice(plan)
    both = (*plan.case.vessels, replace(plan.case.vessels[0], kind="vein"))
    assert "are known:" not in notice(replace(plan, case=replace(plan.case, vessels=both)))
