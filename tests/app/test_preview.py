from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.case import Case
from app.preview import follow, glimpse, resolve, same_design, task_for
from planner.design.assess import assess
from planner.design.constraints import thread_margins
from planner.design.insertion import insertion_angles
from planner.design.placing import follow_surface
from planner.percept.settings import Stimulus
from planner.plan.plan import Plan


def test_what_is_seen_is_what_the_core_computes(case: Case, plan: Plan) -> None:
    preview = resolve(case.site, plan)
    found = assess(case.site, plan.implant, task_for(plan))
    np.testing.assert_array_equal(preview.percepts, found.percept_images)
    np.testing.assert_allclose(preview.field_deg, found.phosphenes.field_deg.numpy())
    assert preview.measures == found.measures
    assert preview.margins == thread_margins(case.site, plan.implant, plan.limits)


def test_left_hemisphere_threads_are_seen_in_the_right_half_of_the_field(case: Case, plan: Plan) -> None:
    preview = resolve(case.site, plan)
    for row, thread in enumerate(plan.threads):
        side = np.sign(np.median(preview.field_deg[preview.owner == row, 0]))
        assert side == (1 if thread.hemisphere == "lh" else -1)


def test_a_plan_without_threads_shows_darkness(case: Case, empty_plan: Plan) -> None:
    preview = resolve(case.site, empty_plan)
    assert preview.percepts.shape == preview.targets.shape
    assert not preview.percepts.any()
    assert preview.margins == {}


def test_a_glimpse_has_percepts_and_their_error_only(plan: Plan) -> None:
    targets = task_for(plan).targets.numpy()
    preview = glimpse(plan, targets + 0.5)
    assert preview.measures == {"mse": np.float32(0.25)}
    assert preview.margins == {}


def test_the_task_is_drawn_anew_only_when_its_settings_change(plan: Plan) -> None:
    other = replace(plan, task=replace(plan.task, height_deg=8.0))
    assert task_for(plan) is task_for(replace(plan, seed=3))
    assert task_for(other) is not task_for(plan)


def test_the_same_design_is_what_is_measured_alike(plan: Plan) -> None:
    first = replace(plan.threads[0], locked=not plan.threads[0].locked)
    deeper = replace(plan.threads[0], depth_mm=plan.threads[0].depth_mm + 0.1)
    assert same_design(plan, replace(plan, measures={"mse": 1.0}, seed=3, method="random"))
    assert same_design(plan, replace(plan, threads=(first, *plan.threads[1:])))
    assert not same_design(plan, replace(plan, threads=plan.threads[:-1]))
    assert not same_design(plan, replace(plan, seeing=replace(plan.seeing, stimulus=Stimulus("fit"))))
    assert not same_design(plan, replace(plan, threads=(deeper, *plan.threads[1:])))
    assert not same_design(plan, replace(plan, limits=replace(plan.limits, clearance_mm=9.0)))


@pytest.mark.parametrize("clearance_mm", [0.3, 3.0])  # with the second one all threads but some are too near
def test_what_follows_a_drag_is_what_is_computed_afterwards(case: Case, plan: Plan, clearance_mm: float) -> None:
    plan = replace(plan, limits=replace(plan.limits, clearance_mm=clearance_mm))
    x, y, z = plan.threads[2].entry_mm
    moved = follow_surface(case.site, plan.threads[2], (x, y, z + 1.5))
    after = replace(plan, threads=tuple(moved if t.name == moved.name else t for t in plan.threads))
    followed, full = follow(case.site, after, resolve(case.site, plan)), resolve(case.site, after)
    np.testing.assert_array_equal(followed.percepts, full.percepts)
    np.testing.assert_array_equal(followed.field_deg, full.field_deg)
    np.testing.assert_array_equal(followed.usable, full.usable)
    assert followed.margins == full.margins
    np.testing.assert_array_equal(followed.angle_deg, full.angle_deg)
    np.testing.assert_array_equal(full.angle_deg, insertion_angles(case.site, after.implant))
    for name in ("shaft", "thread", "begin", "end", "outside"):
        np.testing.assert_array_equal(getattr(followed.faults, name), getattr(full.faults, name))
    assert followed.measures == {"mse": pytest.approx(full.measures["mse"])}
    assert not followed.measured
    assert full.measured
