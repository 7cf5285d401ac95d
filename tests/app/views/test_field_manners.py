"""What fields keep to: the wheel, undo, and numbers that are half typed."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QDialog, QSpinBox, QVBoxLayout, QWidget

from app.window import MainWindow


def turn(widget: QWidget, notches: int) -> bool:
    """The wheel over a widget; whether it kept it to itself, or left it to what it is in."""
    at = QPointF(widget.rect().center())
    event = QWheelEvent(
        at,
        widget.mapToGlobal(at),
        QPoint(),
        QPoint(0, 120 * notches),
        Qt.MouseButton.NoButton,
        Qt.KeyboardModifier.NoModifier,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(widget, event)
    return event.isAccepted()


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


def test_a_field_leaves_the_wheel_to_what_it_is_in(qtbot, window: MainWindow) -> None:
    window.tabs.setCurrentWidget(window.limits)
    window.brain.plotter.setFocus()
    spins = [spin for spin in window.limits.findChildren(QAbstractSpinBox) if spin.isVisible()]
    assert spins
    assert not any(turn(spin, -2) for spin in spins)
    spins[0].setFocus()
    assert turn(spins[0], -1)


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
