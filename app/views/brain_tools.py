"""The mouse in the 3D view: point, select, add, and drag threads; everything else turns the camera."""

from __future__ import annotations

from math import dist
from time import perf_counter
from typing import TYPE_CHECKING, Final

from PySide6.QtCore import QEvent, QLineF, QObject, QPointF, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent

from app.views.letting_go import let_go
from planner.implant.thread import Vector

if TYPE_CHECKING:
    from app.cortex import SurfacePoint
    from app.views.brain_view import BrainView

CLICK_PX: Final = 4.0  # press and release within this are a click
DRAG_MS: Final = 30
HOVER_MS: Final = 40
LEAP_MM: Final = 8.0  # ours: a drag crosses a sulcus, but no fissure
STRIDE_PX: Final = 4.0  # a quick drag is followed in such steps


class BrainTools(QObject):
    """Turns mouse events into intents.

    Signals
    -------
    add_requested(SurfacePoint)
    thread_clicked(name)
        Empty where nothing was hit.
    thread_toggled(name)
        It is to be selected beside the others, or not any more.
    looked_at(point)
        The crosshair is to go there, scanner RAS.
    dragged(name, SurfacePoint, whole), tip_dragged(name, point), dropped(name, tip), drag_cancelled(name)
        Its entry, with its direction following the surface or, as a `whole`, kept; or its tip, scanner RAS.
    """

    add_requested = Signal(object)
    thread_clicked = Signal(str)
    thread_toggled = Signal(str)
    looked_at = Signal(object)
    dragged = Signal(str, object, bool)
    tip_dragged = Signal(str, object)
    dropped = Signal(str, bool)
    drag_cancelled = Signal(str)

    def __init__(self, view: BrainView) -> None:
        super().__init__(view)
        self._view = view
        self._pressed: QPointF | None = None
        self._held = self._stuck = ""  # the thread under the press, which can be dragged or cannot
        self._dragging = self._by_tip = self._whole = self._looking = False
        self._at: QPointF | None = None
        self._grip = QPointF()  # from the mouse to the entry that it holds
        self._trail: tuple[QPointF, Vector] = QPointF(), (0.0, 0.0, 0.0)  # as far as the drag was followed; entry, mm
        self.movable: frozenset[str] = frozenset()
        self.aside = False  # another tool has the mouse: threads are neither taken hold of, nor selected, nor added
        self._followed_s = 0.0
        self._follow = QTimer(self, singleShot=True)
        self._follow.timeout.connect(self._drag_on)
        self._hover = QTimer(self, singleShot=True, interval=HOVER_MS)
        self._hover.timeout.connect(self._point)
        view.plotter.installEventFilter(self)

    @property
    def dragging(self) -> bool:
        """Whether a thread is being dragged."""
        return self._dragging

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Take what is ours; False leaves the event to VTK's camera."""
        kind = event.type()
        if isinstance(event, QKeyEvent):
            if self._held and let_go(event, self.cancel):
                return True
            if kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                event.ignore()  # VTK's own keys (q, w, s, 3 …) would close windows or change the drawing
                return True
            return False
        if kind == QEvent.Type.Wheel:
            self._view.set_moving(True)
            self._view.settle_soon()
            return False
        if kind == QEvent.Type.Leave:
            self._hover.stop()
            self._view.pointed.emit(None)
            return False
        if not isinstance(event, QMouseEvent):
            return False
        left = event.button() == Qt.MouseButton.LeftButton
        if kind == QEvent.Type.MouseButtonPress:
            self._whole = bool(event.modifiers() & Qt.KeyboardModifier.ControlModifier)
            return self._press(event.position(), left)
        if kind == QEvent.Type.MouseMove:
            self._looking = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
            return self._move(event.position(), event.buttons())
        if kind == QEvent.Type.MouseButtonRelease:
            return self._release(event.position(), left)
        if kind == QEvent.Type.MouseButtonDblClick and left:
            self._pressed = None
            self._double(event.position())
            return True
        return False

    def cancel(self) -> None:
        """Let go of the thread that is held, and put it back where it was dragged."""
        name, self._held = self._held, ""
        if self._dragging:
            self._dragging = False
            self._follow.stop()
            self._view.set_moving(False)
            self.drag_cancelled.emit(name)

    def _press(self, position: QPointF, left: bool) -> bool:
        self._hover.stop()
        self._view.plotter.setFocus()
        self._pressed, self._stuck = position, ""
        if left and not self._view.bar.adding and not self.aside:
            name = self._view.thread_at(position)
            if name in self.movable and self._view.tip_at(name, position):
                self._held, self._by_tip = name, True
                self._grip = self._view.tip_position(name) - position
                return True
            if name in self.movable and self._view.entry_visible(name):
                self._held, self._by_tip = name, False
                entry = self._view.entry_position(name)
                self._grip, self._trail = entry - position, (entry, self._view.entry_mm(name))
                return True
            self._stuck = name
        return False

    def _move(self, position: QPointF, buttons: Qt.MouseButton) -> bool:
        self._at = position
        if self._held:
            if not self._dragging and self._pressed is not None and far(position, self._pressed):
                self._dragging = True
                self._view.set_moving(True)
            if self._dragging and not self._follow.isActive():  # at once, unless it has just been followed
                self._follow.start(max(0, round(DRAG_MS - 1000 * (perf_counter() - self._followed_s))))
            return True
        if buttons != Qt.MouseButton.NoButton:
            if self._pressed is not None and far(position, self._pressed):
                if self._stuck:
                    self._view.say(self._view.why_fixed(self._stuck))
                    self._stuck = ""
                self._view.set_moving(True)
                self._view.draw_soon()
            return False
        if not self._hover.isActive():
            self._hover.start()
        return True

    def _release(self, position: QPointF, left: bool) -> bool:
        pressed, self._pressed = self._pressed, None
        held, self._held = self._held, ""
        if self._dragging:
            self._at = position
            self._dragging = False
            self._follow.stop()
            self._drag_to(held, position)
            self._view.set_moving(False)
            self.dropped.emit(held, self._by_tip)
            return True
        self._view.settle_soon()
        if left and pressed is not None and not far(position, pressed) and not self.aside:
            if self._view.bar.adding:
                self._add(position)
            else:
                self._click(held or self._view.thread_at(position))
        return bool(held)

    def _click(self, name: str) -> None:
        """Select a thread or none; with Ctrl it is about one thread of several, and one beside all changes nothing."""
        if not self._whole:
            self.thread_clicked.emit(name)
        elif name:
            self.thread_toggled.emit(name)

    def _double(self, position: QPointF) -> None:
        """Add a thread, unless there is one already: that is meant then. With the tool the first click has added it."""
        if self.aside:
            return
        name = self._view.thread_at(position)
        if name:
            self.thread_clicked.emit(name)
            self._press(position, left=True)  # whoever takes hold of it again at once may drag it
        elif not self._view.bar.adding:
            self._add(position)

    def _add(self, position: QPointF) -> None:
        point = self._view.point_at(position)
        if point is not None:
            self.add_requested.emit(point)

    def _drag_on(self) -> None:
        if self._dragging and self._at is not None:
            self._drag_to(self._held, self._at)
            self._followed_s = perf_counter()

    def _drag_to(self, name: str, position: QPointF) -> None:
        """Follow the mouse over the surface of one hemisphere; a point that is a leap away is no place to go to.

        A tip moves in the plane through it that faces the camera.
        """
        if self._by_tip:
            self.tip_dragged.emit(name, self._view.tip_under(name, position + self._grip))
            return
        (start, entry_mm), end = self._trail, position + self._grip
        strides = int(min(64, max(1, QLineF(start, end).length() // STRIDE_PX)))
        found: SurfacePoint | None = None
        for stride in range(1, strides + 1):
            point = self._view.point_at(start + (end - start) * (stride / strides))
            if point is None or point.hemisphere != self._view.hemisphere_of(name):
                continue
            if dist(point.pial_mm, entry_mm) <= LEAP_MM:
                found, entry_mm = point, point.pial_mm
        self._trail = end, entry_mm
        if found is not None:
            self.dragged.emit(name, found, self._whole)

    def _point(self) -> None:
        if self._at is None:
            return
        point = self._view.point_at(self._at)
        self._view.pointed.emit(point)
        if self._looking and point is not None:
            self.looked_at.emit(point.place_mm)
        if self.aside:
            return
        over = "" if self._view.bar.adding else self._view.thread_at(self._at)
        shape = Qt.CursorShape.ArrowCursor
        if self._view.bar.adding:
            shape = Qt.CursorShape.CrossCursor
        elif over:
            reachable = self._view.entry_visible(over) or self._view.tip_at(over, self._at)
            held = over in self.movable and reachable
            shape = Qt.CursorShape.OpenHandCursor if held else Qt.CursorShape.PointingHandCursor
        self._view.plotter.setCursor(shape)


def far(a: QPointF, b: QPointF) -> bool:
    """Whether a mouse has moved farther than a click allows."""
    return (a - b).manhattanLength() > CLICK_PX
