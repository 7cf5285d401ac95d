"""What number fields and choices keep to: the wheel, undo, and what is half typed."""

from __future__ import annotations

from functools import cache

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QComboBox, QDoubleSpinBox, QSpinBox, QWidget


def teach(window: QWidget) -> None:
    """Have all fields of a window, dialog or form keep to it; those that do already stay so."""
    for field in (*window.findChildren(QAbstractSpinBox), *window.findChildren(QComboBox)):
        field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # or the wheel would give it the keys first
        field.installEventFilter(_manners())


def half_typed(field: QSpinBox | QDoubleSpinBox) -> bool:
    """Whether somebody is typing a number that has not been entered yet: it must not be shown over."""
    line = field.lineEdit()
    return field.hasFocus() and line.isModified() and field.valueFromText(line.text()) != field.value()


class _Manners(QObject):
    """The wheel scrolls, and changes a field only where the keys go to it; undo is the plan's once nothing is typed."""

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        if event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent):
            undo = event.key() == Qt.Key.Key_Z and bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            if undo and isinstance(watched, QSpinBox | QDoubleSpinBox) and not half_typed(watched):
                event.ignore()  # else the field would take it, and have nothing to undo
                return True
        return False


@cache
def _manners() -> _Manners:
    return _Manners(QApplication.instance())
