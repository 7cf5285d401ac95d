"""Lines that join a plan: its threads, limits and devices stay what they are unless it is said otherwise."""

from __future__ import annotations

from dataclasses import replace

import pytest

from planner.anatomy.hemisphere import Anatomy
from planner.design.limits import Limits
from planner.design.site import Site, prepare_site
from planner.implant.device import Device
from planner.implant.thread import Thread
from planner.plan.edits import set_aside
from planner.plan.files import load_plan, save_plan
from planner.plan.imports import Trajectory, with_trajectories
from planner.plan.make import device_limits, new_plan
from planner.plan.plan import Plan

LINES = [
    Trajectory("T01", (-12.0, -90.0, 9.0), (-12.0, -90.0, 0.5), ordered=True),
    Trajectory("R", (14.0, -92.0, 9.0), (14.0, -92.0, 0.5), ordered=True),
]


@pytest.fixture(scope="module")
def site(anatomy: Anatomy) -> Site:
    return prepare_site(anatomy)


@pytest.fixture
def other(device: Device) -> Device:
    return replace(device, name="other", title="Another", max_depth_mm=3.0, clearance_mm=0.5, spacing_mm=0.05)


@pytest.fixture
def placed(anatomy: Anatomy, device: Device) -> Plan:
    threads = (
        Thread("T01", "lh", (-20.0, -90.0, 2.0), (0.0, 0.0, -1.0), 1.5, locked=True),
        Thread("T02", "rh", (20.0, -90.0, 2.0), (0.0, 0.0, -1.0), 1.5),
    )
    limits: Limits = replace(device_limits(device, 3), vein_clearance_mm=0.2, angle_deg=40.0)
    return new_plan(anatomy, device, limits, threads=threads, method="percept", seed=4)


def test_the_plans_threads_stay_names_stay_theirs_and_the_budget_grows_to_what_is_placed(
    placed: Plan, site: Site, device: Device
) -> None:
    after, found = with_trajectories(placed, LINES, site, device)
    assert after.threads[:2] == placed.threads
    assert [t.name for t in after.threads] == ["T01", "T02", "T01 2", "R"]
    assert "T01 (now T01 2)" in found.moved[0]
    assert after.limits == replace(placed.limits, threads=4)
    assert (after.seed, after.case, after.task) == (placed.seed, placed.case, placed.task)
    assert after.method == "manual"


def test_unlocked_threads_give_way_where_that_is_wanted(placed: Plan, site: Site, device: Device) -> None:
    after, _ = with_trajectories(placed, LINES, site, device, instead=True)
    assert [t.name for t in after.threads] == ["T01", "T01 2", "R"]
    assert after.limits == placed.limits  # there was room


def test_another_device_joins_with_the_stricter_of_both_clearances(
    placed: Plan, site: Site, other: Device, tmp_path
) -> None:
    after, _ = with_trajectories(placed, LINES, site, other)
    assert after.devices == (*placed.devices, other)
    assert [t.device for t in after.threads] == ["four", "four", "other", "other"]
    assert after.limits.clearance_mm == 0.5
    assert after.limits.spacing_mm == placed.limits.spacing_mm
    assert (after.limits.threads, after.limits.mix) == (5, (3, 2))
    assert (after.limits.vein_clearance_mm, after.limits.angle_deg) == (0.2, 40.0)
    save_plan(after, tmp_path / "plan.json")
    assert load_plan(tmp_path / "plan.json") == after
    again, _ = with_trajectories(after, LINES, site, other)
    assert again.devices == after.devices
    assert again.limits.mix == (3, 4)


def test_a_plan_without_threads_of_its_device_becomes_one_of_the_other(placed: Plan, site: Site, other: Device) -> None:
    after, _ = with_trajectories(replace(placed, threads=()), LINES, site, other)
    assert after.devices == (other,)
    assert all(t.device == "" for t in after.threads)
    assert (after.limits.threads, after.limits.mix) == (3, ())
    assert (after.limits.clearance_mm, after.limits.max_depth_mm) == (0.5, 3.0)


def test_lines_that_are_all_refused_change_no_thread(placed: Plan, site: Site, device: Device) -> None:
    after, found = with_trajectories(placed, [Trajectory("broken", fault="has no points")], site, device)
    assert after.threads == placed.threads
    assert len(found.refused) == 1


def test_threads_that_are_not_used_keep_their_names_and_their_device(
    placed: Plan, site: Site, device: Device, other: Device
) -> None:
    spare = replace(set_aside(placed, {"T01", "T02"}), limits=placed.limits)
    after, _ = with_trajectories(spare, LINES, site, other)
    assert [t.name for t in after.threads] == ["T01 2", "R"]
    assert [(t.name, t.device) for t in after.aside] == [("T01", device.name), ("T02", device.name)]
    assert after.devices == (device, other)
    assert [t.contact_count for t in map(after.everyone.device_of, after.everyone.threads)] == [4, 4, 4, 4]
