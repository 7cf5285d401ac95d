"""Drawing what should be seen: strokes by mouse and keys, each the plan's task at once and undoable."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from PySide6.QtCore import QPoint, Qt

from app.views.drawing_dialog import DrawingDialog
from app.window import MainWindow
from planner.plan.files import load_plan, save_plan

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def dialog(qtbot, window: MainWindow) -> DrawingDialog:
    bar = window.percept.bar
    bar.task.activated.emit(bar.task.findData("drawing"))
    dialog = window.commands.aims._drawing
    with qtbot.waitActive(dialog):  # keys go to the active window
        dialog.activateWindow()
    return dialog


def stroke(qtbot, dialog: DrawingDialog, *places: tuple[float, float]) -> None:
    """Draw through places in degrees with the mouse."""
    points = [dialog.canvas.place(*place).toPoint() for place in places]
    qtbot.mousePress(dialog.canvas, LEFT, pos=points[0])
    for start, end in pairwise(points):
        for share in (0.5, 1.0):
            way = QPoint(round((end - start).x() * share), round((end - start).y() * share))
            qtbot.mouseMove(dialog.canvas, start + way)
    qtbot.mouseRelease(dialog.canvas, LEFT, pos=points[-1])


def test_a_stroke_is_the_target_at_once_and_the_plan_holds_it(
    qtbot, window: MainWindow, dialog: DrawingDialog, settled, tmp_path
) -> None:
    session, letters = window.session, window.session.plan.task
    stroke(qtbot, dialog, (-4.0, 5.0), (4.0, 5.0))
    qtbot.waitUntil(lambda: session.plan.task.name == "drawing", timeout=10_000)
    settled()
    assert window.percept.bar.task.currentData() == "drawing"
    assert session.preview.labels == ("drawing",)
    target = session.preview.targets[0]
    rows, columns = np.nonzero(target > 0.5)
    half = target.shape[0] / 2
    assert rows.mean() < half - 0.2 * half  # drawn above fixation
    assert abs(columns.mean() - half) < 1.5
    drawn = session.plan.task.strokes[0]
    assert drawn.points_deg[0] == pytest.approx((-4.0, 5.0), abs=0.05)
    assert drawn.points_deg[-1] == pytest.approx((4.0, 5.0), abs=0.05)
    save_plan(session.plan, tmp_path / "plan.json")
    assert load_plan(tmp_path / "plan.json").task == session.plan.task
    session.history.undo()
    assert session.plan.task == letters
    assert dialog.canvas.strokes == ()


def test_strokes_that_follow_fast_are_all_kept_and_each_is_a_step(
    qtbot, window: MainWindow, dialog: DrawingDialog, settled
) -> None:
    session = window.session
    for y in (4.0, 0.0, -4.0):
        stroke(qtbot, dialog, (-3.0, y), (3.0, y))
    settled()
    assert len(session.plan.task.strokes) == 3
    qtbot.mouseClick(dialog.undo, LEFT)
    settled()
    assert [s.points_deg[0][1] for s in session.plan.task.strokes] == pytest.approx([4.0, 0.0], abs=0.05)
    assert session.history.undoText() == "Take a stroke back"


def test_the_eraser_and_the_width_are_those_chosen(qtbot, window: MainWindow, dialog: DrawingDialog, settled) -> None:
    stroke(qtbot, dialog, (-3.0, 0.0), (3.0, 0.0))
    qtbot.mouseClick(dialog.eraser, LEFT)
    dialog.wide.setValue(2.5)
    stroke(qtbot, dialog, (0.0, -3.0), (0.0, 3.0))
    settled()
    pen, eraser = window.session.plan.task.strokes
    assert (pen.erases, pen.width_deg) == (False, 1.0)
    assert (eraser.erases, eraser.width_deg) == (True, 2.5)
    middle = window.session.preview.targets[0].shape[0] // 2
    assert window.session.preview.targets[0][middle, middle] == 0.0


def test_a_cleared_field_leaves_the_target_until_the_next_stroke(
    qtbot, window: MainWindow, dialog: DrawingDialog, settled
) -> None:
    session = window.session
    stroke(qtbot, dialog, (-3.0, 0.0), (3.0, 0.0))
    settled()
    before = session.plan
    qtbot.mouseClick(dialog.clear, LEFT)
    assert dialog.canvas.strokes == ()
    assert session.plan is before
    session.document_changed.emit()  # as when the plan is saved
    assert dialog.canvas.strokes == ()
    assert not dialog.undo.isEnabled()
    stroke(qtbot, dialog, (0.0, 5.0), (0.0, -5.0))
    settled()
    (only,) = session.plan.task.strokes
    assert only.points_deg[0] == pytest.approx((0.0, 5.0), abs=0.05)


def test_erasing_everything_is_refused_in_a_sentence_and_the_drawing_stays(
    qtbot, window: MainWindow, dialog: DrawingDialog, settled
) -> None:
    stroke(qtbot, dialog, (0.0, 0.0))
    settled()
    before = window.session.plan.task
    qtbot.mouseClick(dialog.eraser, LEFT)
    dialog.wide.setValue(6.0)
    stroke(qtbot, dialog, (0.0, 0.0))
    settled()
    assert window.session.plan.task == before
    assert "black" in dialog.complaint.text()
    assert dialog.canvas.strokes == before.strokes


def test_one_can_draw_with_the_keys_and_esc_takes_the_stroke_back(
    qtbot, window: MainWindow, dialog: DrawingDialog, settled
) -> None:
    canvas = dialog.canvas
    canvas.setFocus()
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Right, Qt.Key.Key_Escape):
        qtbot.keyClick(canvas, key)
    assert canvas.strokes == ()
    assert dialog.isVisible()
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Up, Qt.Key.Key_Up, Qt.Key.Key_Space):
        qtbot.keyClick(canvas, key)
    settled()
    (drawn,) = window.session.plan.task.strokes
    assert drawn.points_deg[-1] == pytest.approx((drawn.points_deg[0][0], drawn.points_deg[0][1] + 2 * 16 / 64))


def test_esc_is_the_strokes_also_while_the_window_behind_is_the_active_one(
    qtbot, window: MainWindow, dialog: DrawingDialog
) -> None:
    with qtbot.waitActive(window):
        window.activateWindow()
    canvas = dialog.canvas
    for key in (Qt.Key.Key_Space, Qt.Key.Key_Right, Qt.Key.Key_Escape, Qt.Key.Key_Space, Qt.Key.Key_Space):
        qtbot.keyClick(canvas, key)
    (drawn,) = canvas.strokes
    assert len(drawn.points_deg) == 1


def test_a_mouse_that_rests_on_the_canvas_does_not_move_the_pen_of_the_keys(qtbot, dialog: DrawingDialog) -> None:
    canvas = dialog.canvas
    canvas.setFocus()
    qtbot.keyClick(canvas, Qt.Key.Key_Space)
    qtbot.mouseMove(canvas, canvas.place(3.0, 3.0).toPoint())
    for key in (Qt.Key.Key_Up, Qt.Key.Key_Space):
        qtbot.keyClick(canvas, key)
    (drawn,) = canvas.strokes
    (start, end) = drawn.points_deg
    assert end == pytest.approx((start[0], start[1] + 16 / 64))
