"""Real mouse and keys with the brush."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest

from app import aims
from app.window import MainWindow
from planner.anatomy.regions import Region

LEFT, RIGHT = Qt.MouseButton.LeftButton, Qt.MouseButton.RightButton
NONE, CTRL = Qt.KeyboardModifier.NoModifier, Qt.KeyboardModifier.ControlModifier
SPOT = np.array([-45.0, -38.0, 12.0])  # on the left cap


@pytest.fixture
def painting(qtbot, window: MainWindow, settled: Callable[[], None]) -> MainWindow:
    """The brush in hand, 5 mm."""
    window.slices.choose("3D")
    qtbot.keyClick(window, "x")
    settled()
    window.brain.access.brush.set_radius(5.0)
    return window


def at(window: MainWindow, point_mm: object) -> QPoint:
    return window.brain.widget_position(np.array(point_mm, dtype=float)).toPoint()


def stroke(
    qtbot, window: MainWindow, start: QPoint, by: QPoint, button: Any = LEFT, key: Any = NONE, release: bool = True
) -> None:
    view = window.brain.plotter
    QTest.mousePress(view, button, key, start)
    for part in (0.5, 1.0):
        QTest.mouseMove(view, start + by * part)
        qtbot.wait(40)
    if release:
        QTest.mouseRelease(view, button, key, start + by)


def painted(window: MainWindow, side: str = "lh") -> set[int]:
    found = [r.vertices for r in window.session.plan.limits.regions if r.hemisphere == side and r.by_hand]
    return set(found[0]) if found else set()


def tint(window: MainWindow, side: str = "lh") -> set[int]:
    """The vertices that look otherwise than cortex does where nothing is forbidden."""
    from app.views.overlays import colours

    actors = window.brain.stage.cortices[side]
    plain = colours(actors.cortex.hemisphere, window.brain.bar.overlay)
    return set(np.flatnonzero((actors._meshes[0].point_data["rgb"] != plain).any(axis=1)).tolist())


def test_a_stroke_forbids_the_cortex_under_it_as_one_step_and_the_camera_stays(qtbot, painting: MainWindow) -> None:
    session = painting.session
    before, camera = session.plan, painting.brain.plotter.camera.position
    start, end = at(painting, SPOT), at(painting, SPOT + np.array([0.0, 3.0, -22.0]))
    stroke(qtbot, painting, start, end - start)
    assert session.history.count() == 1
    assert session.history.undoText() == "Paint forbidden cortex, left"
    pial = session.case.anatomy.hemispheres["lh"].pial_mm
    away = np.linalg.norm(pial - SPOT, axis=1)
    assert set(np.flatnonzero(away < 3.0)) <= painted(painting)
    low, high = pial[list(painted(painting))][:, 2].min(), pial[list(painted(painting))][:, 2].max()
    assert low < -11.0
    assert high > 13.0  # the whole way was followed
    assert tint(painting) == painted(painting)
    assert painting.brain.plotter.camera.position == camera
    assert len(session.plan.threads) == 6
    session.history.undo()
    assert session.plan == before
    assert tint(painting) == set()


def test_ctrl_and_the_right_button_erase(qtbot, painting: MainWindow) -> None:
    spot = at(painting, SPOT)
    for button, key in ((LEFT, CTRL), (RIGHT, NONE)):
        stroke(qtbot, painting, spot, QPoint(1, 0))
        assert painted(painting)
        stroke(qtbot, painting, spot, QPoint(2, 0), button, key)
        assert painted(painting) == set()
        assert painting.session.history.undoText() == "Erase forbidden cortex, left"
        assert tint(painting) == set()


def test_escape_gives_up_the_stroke_and_the_next_one_the_brush(qtbot, painting: MainWindow) -> None:
    before = painting.session.plan
    spot = at(painting, SPOT)
    stroke(qtbot, painting, spot, QPoint(20, 0), release=False)
    assert tint(painting)
    assert all(mesh.n_cells > 3 for mesh in painting.brain.stage.cortices["lh"]._hatching._meshes)  # as it goes on
    assert painting.session.plan is before
    QTest.keyClick(painting.brain.plotter, Qt.Key.Key_Escape)
    assert tint(painting) == set()
    QTest.mouseRelease(painting.brain.plotter, LEFT, NONE, spot + QPoint(20, 0))
    assert painting.session.plan is before
    assert painting.brain.access.painting
    QTest.keyClick(painting.brain.plotter, Qt.Key.Key_Escape)
    assert not painting.brain.access.painting


@pytest.mark.parametrize("surface", ["inflated", "flat"])
def test_on_an_unfolded_surface_the_same_cortex_is_painted_and_hatched(
    qtbot, painting: MainWindow, surface: Any
) -> None:
    spot = at(painting, SPOT)
    stroke(qtbot, painting, spot, QPoint(1, 0))
    on_pial = painted(painting)
    painting.session.history.undo()
    painting.brain.bar.choose(surface=surface)
    actors = painting.brain.stage.cortices["lh"]
    assert surface in actors.cortex.points
    nearest = int(np.linalg.norm(actors.cortex.points["pial"] - SPOT, axis=1).argmin())
    spot = at(painting, actors.cortex.points[surface][nearest])
    stroke(qtbot, painting, spot, QPoint(1, 0))
    assert len(painted(painting) & on_pial) > 0.6 * len(on_pial)
    lines = np.concatenate([mesh.points for mesh in actors._hatching._meshes])
    assert len(lines) > 10
    assert np.isfinite(lines).all()


def test_a_stroke_stays_on_its_hemisphere(qtbot, painting: MainWindow) -> None:
    start, end = at(painting, [-20.0, -30.0, 0.0]), at(painting, [20.0, -30.0, 0.0])
    stroke(qtbot, painting, start, end - start)
    assert painted(painting)
    assert painted(painting, "rh") == set()


def test_keys_and_slider_size_the_brush_and_a_larger_one_paints_more(qtbot, painting: MainWindow) -> None:
    brush, editor = painting.brain.access.brush, painting.limits.forbidden
    stroke(qtbot, painting, at(painting, SPOT), QPoint(1, 0))
    small = len(painted(painting))
    for _ in range(3):
        qtbot.keyClick(painting, "]")
    assert brush.radius_mm == pytest.approx(5.0 * 1.25**3, abs=0.2)
    assert editor.brush.value() == round(10 * brush.radius_mm)
    assert f"{brush.radius_mm:g} mm" in painting.brain.marks.marks.hint
    stroke(qtbot, painting, at(painting, SPOT), QPoint(2, 0))
    assert len(painted(painting)) > 1.5 * small
    qtbot.keyClick(painting, "[")
    assert brush.radius_mm < 9.0
    editor.brush.setValue(20)
    assert brush.radius_mm == 2.0


def test_erasing_over_a_label_leaves_it_and_says_where_it_is_taken_off(qtbot, painting: MainWindow) -> None:
    session = painting.session
    pial = session.case.anatomy.hemispheres["lh"].pial_mm
    near = tuple(np.flatnonzero(np.linalg.norm(pial - SPOT, axis=1) < 6.0).tolist())
    label = Region("V2", "lh", near, "label lh.V2.label", "0" * 64)
    aims.set_limits(session, replace(session.plan.limits, regions=(label,)), "Forbid V2")
    stroke(qtbot, painting, at(painting, SPOT), QPoint(2, 0), RIGHT)
    assert session.plan.limits.regions == (label,)
    assert tint(painting) == set(near)
    assert "under Limits" in painting.brain.marks.marks.hint


def test_a_drag_beside_the_cortex_turns_the_view(qtbot, painting: MainWindow) -> None:
    camera = painting.brain.plotter.camera.position
    stroke(qtbot, painting, QPoint(8, 40), QPoint(30, 20))
    assert painting.brain.plotter.camera.position != camera
    assert painting.session.history.count() == 0


def test_forbidden_cortex_is_hatched_in_3d_and_in_slices_and_can_be_switched_off(
    qtbot, painting: MainWindow, settled: Callable[[], None]
) -> None:
    stroke(qtbot, painting, at(painting, SPOT), QPoint(2, 0))
    settled()
    access, hatching = painting.brain.access, painting.brain.stage.cortices["lh"]._hatching
    assert all(mesh.n_cells > 3 for mesh in hatching._meshes)
    assert "Hatched: forbidden cortex" in access.legend()
    from app.slicing import standard

    plane = standard("sagittal", SPOT)
    outline, filled = painting.slices.access.shapes(plane, 0.2)[:2]
    assert outline.path.elementCount() > 4
    assert filled.path.elementCount() > 4
    access.show_forbidden.trigger()
    assert tint(painting) == set()
    assert all(mesh.n_cells == 0 for mesh in hatching._meshes)
    assert painting.slices.access.shapes(plane, 0.2) == []


def test_undo_gives_up_the_stroke_and_does_nothing_else(qtbot, painting: MainWindow) -> None:
    session, spot = painting.session, at(painting, SPOT)
    stroke(qtbot, painting, spot, QPoint(20, 0))
    before = session.plan
    stroke(qtbot, painting, spot, QPoint(-30, 10), release=False)
    QTest.keyClick(painting.brain.plotter, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    QTest.mouseRelease(painting.brain.plotter, LEFT, NONE, spot + QPoint(-30, 10))
    assert session.plan is before
    assert session.history.canUndo()
