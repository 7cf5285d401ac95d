"""What fields keep to: the wheel, undo, and numbers that are half typed."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QDialog, QSpinBox, QVBoxLayout, QWidget

from app.window import MainWindow


def turn(widget: QWidget, notches: int) -> None:
    """The wheel over a widget, as it comes from the window system."""
    window = widget.window()
    at = QPointF(widget.mapTo(window, widget.rect().center()))
    QTest.wheelEvent(window.windowHandle(), at, QPoint(0, 120 * notches))


@pytest.mark.parametrize("tab", [0, 1])  # the optimiser, the limits
def test_a_wheel_over_fields_that_nobody_has_clicked_changes_nothing(qtbot, window: MainWindow, tab: int) -> None:
    window.tabs.setCurrentIndex(tab)
    window.brain.plotter.setFocus()
    before, count = window.session.plan, window.session.history.count()
    fields = [
        field
        for kind in (QAbstractSpinBox, QComboBox)
        for field in (*window.tabs.findChildren(kind), *window.seen.findChildren(kind))
        if field.isVisible()
    ]
    assert len(fields) > 5
    for field in fields:
        turn(field, -3)
    qtbot.waitUntil(lambda: not window.session.worker.busy, timeout=10_000)
    assert window.session.plan is before
    assert window.session.history.count() == count


def test_a_field_that_has_the_keys_follows_the_wheel(qtbot, window: MainWindow) -> None:
    window.optimiser.steps.setFocus()
    before = window.optimiser.steps.value()
    turn(window.optimiser.steps, 1)
    assert window.optimiser.steps.value() > before


def test_the_wheel_scrolls_what_a_field_is_in(qtbot, window: MainWindow) -> None:
    window.tabs.setCurrentWidget(window.limits)
    window.brain.plotter.setFocus()
    qtbot.wait(50)
    spin = next(field for field in window.limits.findChildren(QAbstractSpinBox) if field.isVisible())
    area = next(one for one in ancestors(spin) if hasattr(one, "verticalScrollBar"))
    area.setFixedHeight(120)
    qtbot.waitUntil(lambda: area.verticalScrollBar().maximum() > 0)
    turn(spin, -2)
    assert area.verticalScrollBar().value() > 0


def test_dialogs_keep_to_it_too(qtbot, window: MainWindow) -> None:
    dialog = QDialog(window)
    number, other = QSpinBox(), QSpinBox()
    column = QVBoxLayout(dialog)
    column.addWidget(number)
    column.addWidget(other)
    with qtbot.waitExposed(dialog):
        dialog.show()
    other.setFocus()
    turn(number, 2)
    assert number.value() == 0


def ancestors(widget: QWidget) -> list[QWidget]:
    found = []
    while (parent := widget.parentWidget()) is not None:
        found.append(parent)
        widget = parent
    return found


def test_what_is_half_typed_stays_though_a_job_ends_and_undo_is_the_plans_once_it_is_entered(
    qtbot, window: MainWindow, settled
) -> None:
    session, field = window.session, window.optimiser.clearance
    before = session.plan
    field.setFocus()
    field.selectAll()
    qtbot.keyClicks(field, "0.")
    session.document_changed.emit()  # as where a verdict arrives
    qtbot.keyClicks(field, "5")
    qtbot.keyClick(field, Qt.Key.Key_Return)
    settled()
    assert session.plan.limits.clearance_mm == 0.5
    assert field.hasFocus()
    qtbot.keyClick(field, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    settled()
    assert session.plan == before
    assert field.value() == before.limits.clearance_mm
