"""The mouse on approach windows in the 3D view: choose one, and drag its centre, its rim and its axis."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, Literal

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QObject, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent

from app.openings import window_of
from app.views.brain_screen import Screen
from app.views.brain_tools import DRAG_MS, far
from app.views.letting_go import let_go
from app.views.window_shapes import axis_from, radius_from, rim, tail
from planner.anatomy.access import Window
from planner.implant.thread import vector

if TYPE_CHECKING:
    from app.session import Session
    from app.views.brain_access import BrainAccess
    from app.views.brain_view import BrainView

Grip = Literal["centre", "rim", "axis"]
GRIP_PX: Final = 9.0
RADII_MM: Final = (1.0, 80.0)  # ours: what a drag of the rim can make
_WORDS: Final = {"centre": "Move", "rim": "Radius of", "axis": "Axis of"}


class WindowHandles(QObject):
    """Turns mouse events on windows into intents. Made after the thread tools, it is asked before them.

    Signals
    -------
    dragged(place, Window), dropped(words), cancelled()
        A window of the plan by its place, as it would be; what was done to it; that nothing was.
    """

    dragged = Signal(int, object)
    dropped = Signal(str)
    cancelled = Signal()

    def __init__(self, view: BrainView, access: BrainAccess, session: Session, screen: Screen) -> None:
        super().__init__(view)
        self._view, self._access, self._session, self._screen = view, access, session, screen
        self._held: tuple[int, Grip] | None = None
        self._before: Window | None = None
        self._pressed = self._at = self._grip = QPointF()
        self._dragging = self._keep = False
        self._follow = QTimer(self, singleShot=True, interval=DRAG_MS)
        self._follow.timeout.connect(self._drag_on)
        view.plotter.installEventFilter(self)

    @property
    def dragging(self) -> bool:
        """Whether a window is being dragged."""
        return self._dragging

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take what is on a window; False leaves the event to the threads, and at last to the camera."""
        kind = event.type()
        if isinstance(event, QKeyEvent):
            return self._held is not None and let_go(event, self.cancel)
        if not isinstance(event, QMouseEvent):
            return False
        left, position = event.button() == Qt.MouseButton.LeftButton, event.position()
        if kind == QEvent.Type.MouseButtonPress and left:
            self._keep = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            return self._press(position)
        if kind == QEvent.Type.MouseMove:
            return self._move(position, event.buttons())
        if kind == QEvent.Type.MouseButtonRelease and left and self._held is not None:
            self._release(position)
            return True
        return False

    def cancel(self) -> None:
        """Let go of what is held, and put it back where it was dragged."""
        self._held = None
        if self._dragging:
            self._dragging = False
            self._follow.stop()
            self._view.set_moving(False)
            self.cancelled.emit()

    def grip_at(self, position: QPointF) -> tuple[int, Grip] | None:
        """The window and the part of it at a position: knobs of the chosen one first, then what no thread is at."""
        shown = self._access.placed
        chosen = shown.get(self._access.chosen)
        if chosen is not None:
            for grip, point in (("centre", np.array(chosen.centre_mm)), ("axis", tail(chosen))):
                if QLineF(position, self._screen.position(point)).length() <= GRIP_PX:
                    return self._access.chosen, "centre" if grip == "centre" else "axis"
        if self._view.thread_at(position):
            return None
        for place, window in shown.items():
            for grip, points in (("rim", rim(window)), ("axis", _arrow(window))):
                seen = self._screen.positions(points) - (position.x(), position.y())
                if np.hypot(*seen.T).min() <= GRIP_PX:
                    return place, "rim" if grip == "rim" else "axis"
        return None

    def _press(self, position: QPointF) -> bool:
        if self._access.busy or self._view.bar.adding:
            return False
        self._held = self.grip_at(position)
        if self._held is None:
            return False
        self._view.plotter.setFocus()
        self._pressed = self._at = position
        self._before = window_of(self._session.plan, self._held[0])
        self._grip = QPointF()
        if self._before is not None and self._held[1] == "centre":
            self._grip = self._screen.position(np.array(self._before.centre_mm)) - position
        elif self._before is not None and self._held[1] == "axis":
            self._grip = self._screen.position(tail(self._before)) - position
        return True

    def _move(self, position: QPointF, buttons: Qt.MouseButton) -> bool:
        self._at = position
        if self._held is not None:
            if not self._dragging and far(position, self._pressed) and self._may_drag():
                self._dragging = True
                self._view.set_moving(True)
            if self._dragging and not self._follow.isActive():
                self._follow.start()
            return True
        if buttons != Qt.MouseButton.NoButton or self._access.busy or self._view.bar.adding:
            return False
        held = self.grip_at(position)
        if held is None:
            return False
        ours = held[0] == self._access.chosen and self._session.editable
        self._view.plotter.setCursor(Qt.CursorShape.OpenHandCursor if ours else Qt.CursorShape.PointingHandCursor)
        return True

    def _may_drag(self) -> bool:
        """Whether what is held follows the mouse: a window has to be chosen first, by a click."""
        assert self._held is not None
        if not self._session.editable:
            return False
        if self._held[0] != self._access.chosen:
            self._view.say(f"Click on window {self._held[0] + 1} first: then it can be dragged")
            return False
        return True

    def _release(self, position: QPointF) -> None:
        assert self._held is not None
        (place, grip), self._held = self._held, None
        if self._dragging:
            self._dragging = False
            self._follow.stop()
            self._drag_to(place, grip, position)
            self._view.set_moving(False)
            self.dropped.emit(f"{_WORDS[grip]} window {place + 1}")
        elif not far(position, self._pressed):
            self._access.choose(place)

    def _drag_on(self) -> None:
        if self._dragging and self._held is not None:
            self._drag_to(*self._held, self._at)

    def _drag_to(self, place: int, grip: Grip, position: QPointF) -> None:
        window = window_of(self._session.shown, place)
        if window is None or self._before is None:
            return
        at = position + self._grip
        ray = self._screen.ray(at)
        if grip == "axis":
            window = replace(window, axis=vector(axis_from(window, *ray)))
            turned = np.degrees(np.arccos(np.clip(np.dot(window.axis, self._before.axis), -1.0, 1.0)))
            words = f"axis turned by {turned:.0f}°"
        elif grip == "rim":
            radius_mm = round(float(np.clip(radius_from(window, *ray), *RADII_MM)), 1)
            window = replace(window, radius_mm=radius_mm)
            words = f"radius {radius_mm:.1f} mm"
        else:
            moved = self._moved(window, at)
            if moved is None:
                return
            window = moved if not self._keep else replace(moved, axis=window.axis)
            words = f"moved by {np.linalg.norm(np.subtract(window.centre_mm, self._before.centre_mm)):.1f} mm"
        self._view.say(f"Window {place + 1}: {words}")
        self.dragged.emit(place, window)

    def _moved(self, window: Window, at: QPointF) -> Window | None:
        """A window with its centre on its surface under a position; None where that cannot be."""
        case = self._session.case
        assert case is not None  # or there would be no window
        from planner.anatomy.windows import window_at

        sizes = window.radius_mm, window.cone_deg, window.reach_mm
        if window.surface == "pial":
            point = self._view.point_at(at)
            if point is None or point.hemisphere != window.hemisphere:
                return None
            return window_at(case.anatomy, window.hemisphere, "pial", point.pial_mm, *sizes)
        for _ in range(2):  # the hull bends away from the plane that the mouse moves in
            level = vector(self._screen.level_with(np.array(window.centre_mm), at))
            window = window_at(case.anatomy, window.hemisphere, "hull", level, *sizes)
        return window


def _arrow(window: Window) -> np.ndarray:
    """Points along the outer half of the arrow, which nothing else is near to."""
    share = np.linspace(0.0, 0.5, 6)[:, None]
    return np.asarray((1.0 - share) * tail(window) + share * np.array(window.centre_mm))
