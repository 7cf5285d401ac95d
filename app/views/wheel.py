"""The mouse's wheel scrolls, and changes a number or a choice only where the keys go to it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QAbstractSpinBox, QComboBox, QWidget


class Wheel(QObject):
    """Keeps the wheel off fields that nobody has clicked: a limit must not change because a panel was scrolled."""

    def keep_off(self, window: QWidget) -> None:
        """From now on in all fields of a window; those that are kept off already stay so."""
        for field in (*window.findChildren(QAbstractSpinBox), *window.findChildren(QComboBox)):
            field.setFocusPolicy(Qt.FocusPolicy.StrongFocus)  # or the wheel would give it the keys first
            field.installEventFilter(self)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Leave the wheel to what the field is in."""
        if event.type() == QEvent.Type.Wheel and isinstance(watched, QWidget) and not watched.hasFocus():
            event.ignore()
            return True
        return False
