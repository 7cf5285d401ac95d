"""Typing where a thread is, under a real display."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from PySide6.QtCore import Qt

from app import actions, editing
from app.views.thread_inspector import ThreadInspector
from app.window import MainWindow


@pytest.fixture
def inspector(qtbot, window: MainWindow) -> ThreadInspector:
    window.tabs.setCurrentWidget(window.thread_tab)
    window.session.select(window.session.plan.threads[0].name)
    qtbot.waitUntil(window.inspector.entry.isVisible)
    return window.inspector


def type_into(qtbot, line: object, text: str) -> None:
    line.setFocus()
    line.selectAll()
    qtbot.keyClicks(line, text)
    qtbot.keyClick(line, Qt.Key.Key_Return)


def test_it_shows_where_the_selected_thread_is(window: MainWindow, inspector: ThreadInspector) -> None:
    thread, preview = window.session.plan.threads[0], window.session.preview
    for line, point in ((inspector.entry, thread.entry_mm), (inspector.tip, thread.tip_mm)):
        assert [float(part) for part in line.text().split()] == pytest.approx(point, abs=0.005)
    assert inspector.depth_mm.value() == pytest.approx(thread.depth_mm, abs=0.005)
    assert inspector.angle.text() == f"{preview.angle_deg[0]:.0f}° to normal"
    assert thread.name in inspector.title.text()


def test_points_have_their_unit_and_room_at_1280(qtbot, window: MainWindow, inspector: ThreadInspector) -> None:
    window.resize(1280, 800)
    qtbot.wait(50)
    assert [label.text() for label in inspector.labels[:2]] == ["Entry, RAS mm", "Tip, RAS mm"]
    for line in (inspector.entry, inspector.tip):
        line.show_point((-121.34, -101.23, 111.12))
        room = line.contentsRect().width() - line.textMargins().left() - line.textMargins().right()
        assert line.fontMetrics().horizontalAdvance(line.text()) < room


def test_typed_values_are_undoable_edits_and_are_shown_as_they_were_taken(
    qtbot, window: MainWindow, inspector: ThreadInspector
) -> None:
    session, thread = window.session, window.session.plan.threads[0]
    tip = np.add(thread.tip_mm, (0.2, 0.1, -0.1))
    type_into(qtbot, inspector.tip, " ".join(f"{value:.3f}" for value in tip))
    assert session.plan.threads[0].tip_mm == pytest.approx(tip, abs=0.001)
    type_into(qtbot, inspector.entry, " ".join(f"{value + 0.2:.3f}" for value in thread.entry_mm))
    entry = session.plan.threads[0].entry_mm
    inspector.tip.setFocus()
    qtbot.waitUntil(lambda: inspector.entry.text() == "  ".join(f"{value:.2f}" for value in entry))
    inspector.depth_mm.setFocus()
    inspector.depth_mm.selectAll()
    qtbot.keyClicks(inspector.depth_mm, "6.5")
    qtbot.keyClick(inspector.depth_mm, Qt.Key.Key_Return)
    assert session.plan.threads[0].depth_mm == 6.5
    assert [session.history.text(step) for step in range(3)] == [
        f"{what} of {thread.name}" for what in ("Tip", "Entry", "Depth")
    ]
    for _ in range(3):
        session.history.undo()
    assert session.plan.threads[0] == thread


def test_leaving_a_line_that_was_not_changed_edits_nothing(window: MainWindow, inspector: ThreadInspector) -> None:
    plan = window.session.plan
    for line in (inspector.entry, inspector.tip, inspector.depth_mm, inspector.entry):
        line.setFocus()
    assert window.session.plan is plan
    assert window.session.history.count() == 0


def test_what_is_refused_is_said_once_and_esc_puts_back_what_was_there(
    qtbot, window: MainWindow, inspector: ThreadInspector
) -> None:
    session, words = window.session, []
    session.refused.connect(words.append)
    shown, name = inspector.tip.text(), session.selection
    type_into(qtbot, inspector.tip, "1 2")
    assert "no point" in words[0]
    assert len(words) == 1
    assert inspector.tip.text() == "1 2"  # to be mended
    qtbot.keyClick(inspector.tip, Qt.Key.Key_Escape)
    assert inspector.tip.text() == shown
    assert session.selection == name  # Esc was the line's
    type_into(qtbot, inspector.tip, "1 2")
    inspector.entry.setFocus()
    assert inspector.tip.text() == shown
    assert len(words) == 2


def test_locked_threads_are_read_only_and_say_so(qtbot, window: MainWindow, inspector: ThreadInspector) -> None:
    session = window.session
    qtbot.mouseClick(inspector.locked, Qt.MouseButton.LeftButton)
    assert session.plan.threads[0].locked
    qtbot.waitUntil(lambda: inspector.entry.isReadOnly() and inspector.tip.isReadOnly())
    assert not inspector.depth_mm.isEnabled()
    assert "is locked; unlock it to move it" in inspector.why.text()
    actions.set_lock(session, session.selection, False)
    qtbot.waitUntil(lambda: not inspector.entry.isReadOnly())
    assert not inspector.why.isVisible()


def test_an_unused_thread_is_seen_and_not_moved(
    qtbot, window: MainWindow, inspector: ThreadInspector, settled: Callable[[], None]
) -> None:
    name = window.session.selection
    qtbot.mouseClick(inspector.used, Qt.MouseButton.LeftButton)
    assert [t.name for t in window.session.plan.aside] == [name]
    settled()
    qtbot.waitUntil(lambda: "is not used" in inspector.why.text())
    assert inspector.entry.isReadOnly()
    assert inspector.angle.text() == "–"
    assert window.profile.along is not None
    editing.toggle_use(window.session)
    qtbot.waitUntil(lambda: not inspector.entry.isReadOnly())


def test_what_is_typed_stays_while_something_else_is_computed(
    qtbot, window: MainWindow, inspector: ThreadInspector
) -> None:
    inspector.tip.setFocus()
    inspector.tip.selectAll()
    qtbot.keyClicks(inspector.tip, "1 2 3")
    window.session.set_preview(window.session.preview)
    qtbot.wait(20)
    assert inspector.tip.text() == "1 2 3"
