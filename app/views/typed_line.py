"""Lines to type into that know Esc: it is theirs while there is something of the user's in them, else the window's."""

from __future__ import annotations

from PySide6.QtCore import QEvent, Qt, Signal
from PySide6.QtGui import QFocusEvent, QKeyEvent
from PySide6.QtWidgets import QDoubleSpinBox, QLineEdit, QSpinBox, QWidget

from planner.implant.thread import Vector


class TypedLine(QLineEdit):
    """A line that Esc does not leave before it has been asked whether it takes Esc.

    Signals
    -------
    escaped()
    """

    escaped = Signal()

    def takes_esc(self) -> bool:
        """Whether Esc is for this line."""
        return True

    def event(self, event: QEvent) -> bool:
        """A key of the window's would come first."""
        override = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if override and event.key() == Qt.Key.Key_Escape and self.takes_esc():  # type: ignore[attr-defined]
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Say that Esc was pressed."""
        if event.key() == Qt.Key.Key_Escape:
            self.escaped.emit()
        else:
            super().keyPressEvent(event)


class PointLine(TypedLine):
    """Three numbers, mm; Enter or leaving the line enters what is typed, once, Esc puts back what was there.

    Signals
    -------
    typed(str)
    """

    typed = Signal(str)

    def __init__(self, name: str, tip: str) -> None:
        super().__init__()
        self._shown = self._sent = ""
        self.setAccessibleName(f"{name}: x, y and z, scanner RAS in mm")
        self.setToolTip(
            f"{tip}. x (right), y (front) and z (up), scanner RAS in mm, with blanks or commas between them"
        )
        self.editingFinished.connect(self._enter)
        self.escaped.connect(self._put_back)

    def takes_esc(self) -> bool:
        """Only where something was typed."""
        return self.text() != self._shown

    def show_point(self, point_mm: Vector) -> None:
        """Show a point; where it is the same one, what is being typed stays."""
        text = "  ".join(f"{round(value, 2) + 0.0:.2f}" for value in point_mm)
        if text != self._shown or not self.hasFocus():
            self._shown = text
            self._put_back()

    def focusOutEvent(self, event: QFocusEvent) -> None:
        """What was not taken does not stay as if it were so."""
        super().focusOutEvent(event)
        self._put_back()

    def _put_back(self) -> None:
        self._sent = ""
        self.setText(self._shown)
        self.setCursorPosition(0)

    def _enter(self) -> None:
        if self.text() not in (self._shown, self._sent) and not self.isReadOnly():
            self._sent = self.text()  # or leaving the line would refuse it once more
            self.typed.emit(self.text())


def put_back(field: QWidget | None) -> bool:
    """Have a field show again what it did before it was typed in; whether something was typed and not entered yet."""
    if not isinstance(field, QSpinBox | QDoubleSpinBox | QLineEdit):
        return False
    typed = field.text()
    if isinstance(field, QLineEdit):
        while field.isUndoAvailable():  # as far back as it was last told what to show
            field.undo()
        field.setModified(False)
    else:
        field.setValue(field.value())  # type: ignore[arg-type]  # which is of the field's own kind
    return field.text() != typed
