from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.errors import InputError
from planner.implant.catalogue import load_device
from planner.implant.thread import Thread
from planner.plan.edits import (
    depth_range,
    each,
    free_name,
    grouped,
    named,
    names_of,
    pointed,
    renamed,
    set_aside,
    used_again,
    with_tip,
    without,
)
from planner.plan.make import Examined, device_limits
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


def test_what_is_set_aside_is_kept_as_it_was_and_counts_for_nothing(examined: Examined) -> None:
    plan = examined.plan
    less = set_aside(plan, {"T02"})
    assert [t.name for t in less.threads] == [t.name for t in less.implant.threads] == ["T01"]
    assert less.aside == plan.threads[1:]
    assert [t.name for t in less.everyone.threads] == ["T01", "T02"]
    assert (less.measures, less.verdict) == (None, None)
    assert used_again(less, {"T02"}).threads == plan.threads
    assert without(less, {"T02"}).everyone.threads == plan.threads[:1]


def test_what_is_not_used_has_a_name_of_its_own_and_may_be_renamed_without_a_new_check(examined: Examined) -> None:
    plan = replace(examined.plan, aside=(replace(examined.plan.threads[0], name="T07"),))
    assert names_of(plan) == {"T01", "T02", "T07"}
    with pytest.raises(InputError, match="another thread is called T07 already"):
        renamed(plan, "T01", "T07")
    changed = renamed(plan, "T07", "Spare")
    assert (changed.aside[0].name, changed.verdict) == ("Spare", plan.verdict)
    assert without(plan, {"T07"}).verdict == plan.verdict


def test_groups_and_locks_change_used_and_unused_threads_and_nothing_that_was_measured(examined: Examined) -> None:
    plan = replace(set_aside(examined.plan, {"T02"}), measures=examined.plan.measures)
    changed = grouped(plan, {"T01", "T02"}, "  foveal ")
    assert {t.group for t in changed.everyone.threads} == {"foveal"}
    assert changed.measures == plan.measures
    assert grouped(changed, {"T01", "T02"}, " ") == plan
    assert [t.locked for t in each(plan, ("T01",), lambda t: replace(t, locked=True)).everyone.threads] == [True, True]
    for bad in ("x" * 65, "a\nb"):
        with pytest.raises(InputError, match="no name for a group"):
            grouped(plan, {"T01"}, bad)


def test_what_a_search_found_is_named_so_that_undo_brings_the_right_thread_back(plan: Plan) -> None:
    first, second = plan.threads
    aside = replace(first, name="T03")
    plan = replace(plan, aside=(aside,))
    start = (replace(second, name="T05"), first)  # T05 was made up for the search, and was never the plan's
    found = (replace(second, name="T05"), replace(first, depth_mm=1.4), replace(second, name="T02"))
    names = [thread.name for thread in named(plan, found, start)]
    assert names == ["T04", "T01", "T05"]  # neither T02, which was not given, nor T03, which is not used
    empty = replace(plan, threads=(), aside=())
    assert [t.name for t in named(empty, found, start)] == ["T01", "T02", "T03"]
    assert free_name({"T01", "T03"}) == "T02"
