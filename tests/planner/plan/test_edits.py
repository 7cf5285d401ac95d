from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.errors import InputError
from planner.implant.catalogue import load_device
from planner.implant.thread import Thread
from planner.plan.edits import depth_range, pointed, renamed, with_tip, without
from planner.plan.make import device_limits
from planner.plan.plan import Plan

ARRAY = Thread("A", "lh", (1.0, 2.0, 3.0), (0.0, 0.0, -1.0), 1.5, device="utah", across=(1.0, 0.0, 0.0))


def test_a_turned_array_keeps_its_axes_at_right_angles_and_does_not_spin() -> None:
    device = load_device("utah")
    turned = with_tip(ARRAY, (1.3, 2.2, 1.6), device, device_limits(device, 1))
    unit, across = np.array(turned.direction), np.array(turned.across)
    assert np.linalg.norm(unit) == pytest.approx(1.0)
    assert np.linalg.norm(across) == pytest.approx(1.0)
    assert unit @ across == pytest.approx(0.0, abs=1e-12)
    np.testing.assert_allclose(unit, np.array([0.3, 0.2, -1.4]) / np.linalg.norm([0.3, 0.2, -1.4]))
    normal = np.cross(ARRAY.direction, unit)  # the least turn leaves what is along its own axis as it is
    assert abs(across @ np.array([0.0, 1.0, 0.0])) < 0.1
    assert np.linalg.norm(normal) > 0
    with pytest.raises(InputError, match="turn it in two steps"):
        pointed(ARRAY, np.array([1.0, 0.0, 0.0]))


def test_a_tip_at_the_entry_changes_nothing(plan: Plan) -> None:
    thread = plan.threads[0]
    assert with_tip(thread, thread.entry_mm, plan.device, plan.limits) is thread


def test_depth_stays_within_what_device_and_limits_allow(plan: Plan) -> None:
    least, most = depth_range(plan.device, replace(plan.limits, max_depth_mm=4.0))
    assert least == pytest.approx(plan.device.span_mm + plan.device.tip_mm)
    assert most == min(plan.device.max_depth_mm, 4.0)
    assert depth_range(load_device("orion"), plan.limits) == (0.0, 0.0)


def test_names_are_unique_and_what_is_renamed_has_to_be_verified_again(plan: Plan) -> None:
    first, second = plan.threads[0].name, plan.threads[1].name
    changed = renamed(plan, first, "Fovea")
    assert [t.name for t in changed.threads][:2] == ["Fovea", second]
    assert changed.verdict is None
    with pytest.raises(InputError, match=f"another thread is called {second} already"):
        renamed(plan, first, second)
    assert second not in {t.name for t in without(plan, {second}).threads}
