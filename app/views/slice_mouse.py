"""The mouse in a slice, as 3D Slicer has it where it can be."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QPointF, Qt
from PySide6.QtGui import QMouseEvent, QWheelEvent

if TYPE_CHECKING:
    from app.views.slice_view import SliceView

ZOOM_PX: Final = 90.0  # of a drag, for e times as near
NOTCH: Final = 120.0  # Qt's unit of the wheel

WORDS: Final = (
    ("Click or drag", "Move the crosshair, in all views; on a contact, select its thread"),
    ("Shift + move", "Move the crosshair without a click"),
    ("Wheel, or arrows", "Next slice; page keys go ten on. Along a thread they turn about it"),
    ("Ctrl + wheel, or right button", "Nearer and farther"),
    ("Shift + drag, or middle button", "Move the picture"),
    ("Ctrl + drag", "Contrast: sideways how much, up and down how bright"),
    ("Double click", "Give this slice all the room, and back"),
)


class SliceMouse:
    """Turns mouse events into intents of a view."""

    def __init__(self, view: SliceView) -> None:
        self._view = view
        self._doing = ""
        self._at = QPointF()
        self._pressed = QPointF()

    def press(self, event: QMouseEvent) -> None:
        """Begin what button and keys say."""
        view, keys, button = self._view, event.modifiers(), event.button()
        if view.plane is None:
            return
        self._at = self._pressed = event.position()
        if button == Qt.MouseButton.RightButton:
            self._doing = "zoom"
        elif button == Qt.MouseButton.MiddleButton or (
            button == Qt.MouseButton.LeftButton and keys & Qt.KeyboardModifier.ShiftModifier
        ):
            self._doing = "pan"
        elif button == Qt.MouseButton.LeftButton and keys & Qt.KeyboardModifier.ControlModifier:
            self._doing = "levels"
        elif button == Qt.MouseButton.LeftButton:
            row = view.contact_at(event.position())
            self._doing = "" if row is not None else "cross"
            if row is not None:
                view.contact_clicked.emit(row)
            else:
                view.pointed.emit(view.point(event.position()))

    def move(self, event: QMouseEvent) -> None:
        """Go on with it; without a button say what is under the mouse."""
        view = self._view
        if view.plane is None:
            return
        by, self._at = event.position() - self._at, event.position()
        if event.buttons() == Qt.MouseButton.NoButton:
            self._doing = ""
            if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
                view.pointed.emit(view.point(event.position()))
            view.hovered.emit(view.contact_at(event.position()))
        elif self._doing == "cross":
            view.pointed.emit(view.point(event.position()))
        elif self._doing == "pan":
            view.pan(by)
        elif self._doing == "zoom":
            self._zoom(2.718281828 ** (-by.y() / ZOOM_PX), self._pressed)
        elif self._doing == "levels":
            low, high = view.levels()
            width, middle = high - low, (high + low) / 2
            width *= 2.718281828 ** (by.x() / ZOOM_PX)
            middle += by.y() / ZOOM_PX * (high - low)
            view.set_levels(middle - width / 2, middle + width / 2)

    def release(self) -> None:
        """It is over."""
        self._doing = ""

    def wheel(self, event: QWheelEvent) -> None:
        """Step, or with Ctrl zoom about the mouse."""
        notches = event.angleDelta().y() / NOTCH
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            self._zoom(0.85**notches, event.position())
        elif notches:
            self._view.stepped.emit(notches)
        event.accept()

    def _zoom(self, times: float, fixed: QPointF) -> None:
        self._view.zoom(self._view.px_mm * times, fixed)
        self._view.zoomed.emit(self._view.px_mm)
