"""The room round shafts, as it is drawn."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from app import aims
from app.session import Session
from app.views.brain_room import _capsules
from app.views.shaft_lines import needed_mm
from app.views.thread_look import thread_look
from app.window import MainWindow
from planner.plan.plan import Plan


def test_the_room_is_as_wide_as_the_kind_of_vessel_asks_that_asks_for_most_and_round_at_its_ends(plan: Plan) -> None:
    wide = replace(plan, limits=replace(plan.limits, clearance_mm=0.4, vein_clearance_mm=1.2, localisation_mm=0.3))
    assert needed_mm(wide, plan.device) == pytest.approx(plan.device.shaft_radius_mm + 1.5)
    shown = np.array([True, False] * 3)
    mesh = _capsules(wide, thread_look(wide, None, ""), shown)
    assert mesh.n_lines == 3
    points, radius = np.asarray(mesh.points).reshape(3, -1, 3), mesh.point_data["radius"].reshape(3, -1)
    assert radius.max() == pytest.approx(needed_mm(wide, plan.device))
    for row, thread in enumerate(t for t, its in zip(plan.threads, shown, strict=True) if its):
        entry, unit = np.array(thread.entry_mm), np.array(thread.direction)
        at = (points[row] - entry) @ unit
        beyond = np.maximum(np.maximum(-at, at - thread.depth_mm), 0.0)
        np.testing.assert_allclose(np.hypot(beyond, radius[row]), radius.max(), rtol=1e-6)  # on a ball round the end
        assert beyond.max() == pytest.approx(radius.max(), rel=1e-3)


def test_it_is_drawn_where_it_is_wanted_and_has_a_place(window: MainWindow, picture: Callable[[], np.ndarray]) -> None:
    brain = window.brain
    aims.set_limit(window.session, "clearance_mm", 2.0)
    before = picture()
    brain.bar._room.trigger()
    with_room = picture()
    assert (np.abs(with_room.astype(int) - before).sum(axis=2) > 20).mean() > 0.003
    assert "Tubes" in brain.marks.marks.note
    brain.bar.choose(surface="inflated")
    assert not brain.bar._room.isEnabled()
    assert brain.stage._room._mesh.n_points == 0


def test_it_follows_a_thread_that_is_dragged(window: MainWindow, session: Session) -> None:
    window.brain.bar._room.trigger()
    before = np.array(window.brain.stage._room._mesh.points)
    plan = session.plan
    moved = replace(plan.threads[0], depth_mm=plan.threads[0].depth_mm - 0.5)
    session.show(replace(plan, threads=(moved, *plan.threads[1:])))
    after = np.array(window.brain.stage._room._mesh.points)
    assert np.linalg.norm(after - before, axis=1).max() == pytest.approx(0.5, abs=1e-5)
    session.show(None)
