"""Windows put by hand, without a window on screen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from app import aims, openings
from app.session import Session
from planner.anatomy.access import UNRESTRICTED, USUAL
from planner.plan.claims import false_names
from planner.plan.files import load_plan, save_plan


@pytest.fixture
def placed(session: Session, settled: Callable[[], None]) -> Session:
    """A window on the hull over the left cap, and one on the right's pial."""
    openings.place_window(session, "hull", "lh", (-45.0, -39.0, 8.0))
    settled()
    openings.place_window(session, "pial", "rh", (45.0, -39.0, 8.0))
    settled()
    return session


def test_each_click_adds_a_window_of_the_usual_size_that_points_in(placed: Session) -> None:
    left, right = placed.plan.limits.access.windows
    assert placed.history.undoText() == "Place window 2"
    assert [(w.radius_mm, w.cone_deg, w.reach_mm) for w in (left, right)] == [USUAL["hull"], USUAL["pial"]]
    for window, centre in ((left, [-45.0, 0, 0]), (right, [45.0, 0, 0])):
        outwards = np.subtract(window.centre_mm, centre)
        assert np.linalg.norm(outwards) == pytest.approx(40.0, abs=0.4)
        assert outwards @ np.array(window.axis) < -0.95 * np.linalg.norm(outwards)
    placed.history.undo()
    placed.history.undo()
    assert placed.plan.limits.access == UNRESTRICTED


def test_a_hemisphere_that_has_no_window_yet_is_said_to_be_closed(
    session: Session, settled: Callable[[], None]
) -> None:
    said: list[str] = []
    session.said.connect(said.append)
    openings.place_window(session, "hull", "lh", (-45.0, -39.0, 8.0))
    settled()
    count = sum(t.hemisphere == "rh" for t in session.plan.threads)
    assert count
    assert f"its {count} threads cannot come in" in said[-1]


def test_typing_a_field_is_one_step_a_field_and_makes_a_presets_windows_ones_own(
    session: Session, settled: Callable[[], None]
) -> None:
    aims.set_access(session, "occipital pole")
    settled()
    for radius in (24.0, 23.0, 22.0):
        openings.set_window(session, 1, "radius_mm", radius)
    assert session.history.undoText() == "Radius of window 2"
    assert session.history.count() == 2
    openings.set_window(session, 1, "reach_mm", None)
    openings.set_window(session, 0, "axis", (0.0, 5.0, 0.0))
    assert session.history.count() == 4
    first, second = session.plan.limits.access.windows
    assert (second.radius_mm, second.reach_mm, first.axis) == (22.0, None, (0.0, 1.0, 0.0))
    assert session.plan.limits.access.name == openings.OWN
    assert false_names(session.plan.limits, session.case.anatomy) == []


@pytest.mark.parametrize(("field", "value"), [("radius_mm", 0.0), ("cone_deg", 89.0), ("axis", (0.0, 0.0, 0.0))])
def test_what_no_window_can_have_is_refused_in_a_sentence(placed: Session, field: str, value: object) -> None:
    refused: list[str] = []
    placed.refused.connect(refused.append)
    before = placed.plan
    openings.set_window(placed, 0, field, value)
    assert placed.plan is before
    assert "window" in refused[-1]


def test_a_drag_shows_a_draft_and_dropping_it_is_one_step(placed: Session) -> None:
    before = placed.plan
    window = before.limits.access.windows[0]
    for radius in (20.0, 15.0, 10.0):
        openings.drag_window(placed, 0, replace(window, radius_mm=radius))
        assert placed.plan is before
        assert placed.shown.limits.access.windows[0].radius_mm == radius
    openings.drop_window(placed, "Radius of window 1")
    assert placed.history.count() == 3
    assert placed.plan.limits.access.windows[0].radius_mm == 10.0
    openings.drag_window(placed, 0, window)
    placed.cancel_drag()
    assert placed.shown.limits.access.windows[0].radius_mm == 10.0


def test_deleting_the_last_window_leaves_the_approach_unrestricted(placed: Session) -> None:
    kept = placed.plan.limits.access.windows[1]
    openings.delete_window(placed, 0)
    assert placed.plan.limits.access.windows == (kept,)
    openings.delete_window(placed, 5)
    openings.delete_window(placed, 0)
    assert placed.plan.limits.access == UNRESTRICTED
    assert placed.history.undoText() == "Delete window 1"


def test_a_file_keeps_windows_put_by_hand(placed: Session, tmp_path: Path) -> None:
    save_plan(placed.plan, tmp_path / "plan.json")
    assert load_plan(tmp_path / "plan.json").limits.access == placed.plan.limits.access


def test_nothing_is_put_while_the_plan_may_only_be_looked_at(session: Session, settled: Callable[[], None]) -> None:
    session.forbid("its anatomy has changed")
    openings.place_window(session, "hull", "lh", (-45.0, -39.0, 8.0))
    settled()
    assert session.history.count() == 0
