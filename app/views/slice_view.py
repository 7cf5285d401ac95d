"""One slice: the volume's picture with everything that lies in its plane, and the mouse in it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPoint, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import (
    QColor,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QTransform,
    QWheelEvent,
)
from PySide6.QtWidgets import QSizePolicy, QWidget

from app import theme
from app.slicing import Picture, Plane, picture
from app.views.hover_ring import paint_ring
from app.views.slice_layers import IN_PLANE_MM, Shape, contours, near_contact, threads, vessels
from app.views.slice_marks import SliceMarks, cross, write
from app.views.slice_mouse import SliceMouse
from app.views.slice_paint import draw, fineness, joined_layer, to_image
from app.views.slice_room import CLEARANCE, Room
from app.views.slice_state import SliceState
from app.views.thread_look import ThreadLook
from app.volume import Matter
from planner.frames import FloatArray

CLOSEST, FARTHEST = 0.005, 2.0  # mm a pixel
REACH_PX: Final = 7.0  # from the mouse to a contact that it is said to be on
MARGIN: Final = 1.06  # round what is fitted


class SliceView(QWidget):
    """Draws a plane of a case; where that is and what is in it, it is told.

    Signals
    -------
    pointed(point), hovered(row or None), contact_clicked(row)
        A point of scanner RAS ``(3,)`` where the crosshair is wanted; the contact under the mouse; one clicked on.
    stepped(steps)
        To so many slices on, or back.
    zoomed(mm a pixel)
    maximise_requested()
    """

    pointed = Signal(object)
    hovered = Signal(object)
    contact_clicked = Signal(int)
    stepped = Signal(float)
    zoomed = Signal(float)
    maximise_requested = Signal()

    def __init__(self, state: SliceState) -> None:
        super().__init__()
        self._state = state
        self.plane: Plane | None = None
        self.px_mm = 0.6
        self.marks = SliceMarks()
        self.lines = theme.IMAGE_MUTED, theme.IMAGE_MUTED  # colours of the crosshair's lines: across, upright
        self._centre_mm = np.zeros(3)
        self._fitted: tuple[FloatArray, FloatArray] | None = None  # the box that is shown whole, whatever the size
        self._matter: Matter | None = None
        self._look: ThreadLook | None = None
        self._room: Room | None = None
        self._cross_mm: FloatArray | None = None
        self._contact: int | None = None
        self._picture: Picture | None = None
        self._image: tuple[NDArray[np.uint8], QImage] | None = None
        self._cortex: list[Shape] | None = None
        self._threads: list[Shape] | None = None
        self._ways_in: Callable[[Plane, float], list[Shape]] = lambda plane, px_mm: []
        self._access: list[Shape] | None = None
        self._joined: tuple[object, QPoint, QImage] | None = None
        self._mouse = SliceMouse(self)
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(110, 80)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        state.changed.connect(self._recontrast)

    # --- what is shown ---------------------------------------------------------------------------

    def show_plane(self, plane: Plane | None) -> None:
        """Show another plane."""
        if plane is None or not plane.same(self.plane):
            self.plane = plane
            self._cortex = self._threads = self._access = None
            self._resample()

    def show_matter(self, matter: Matter | None) -> None:
        """Cut something else."""
        self._matter, self._cortex = matter, None
        self._resample()

    def show_threads(self, look: ThreadLook | None, room: Room | None = None) -> None:
        """Draw other threads, and the room that the selected one needs."""
        self._look, self._room, self._threads = look, room, None
        self.update()

    def show_access(self, ways_in: Callable[[Plane, float], list[Shape]]) -> None:
        """Draw other windows and forbidden cortex: shapes of a plane, with a pixel's size in mm."""
        self._ways_in, self._access = ways_in, None
        self.update()

    def show_cross(self, point_mm: FloatArray | None) -> None:
        """Put the crosshair elsewhere; the picture follows where it would leave it."""
        self._cross_mm = point_mm
        if point_mm is not None and self.plane is not None and not self._inside(point_mm):
            box = self._fitted
            self.centre_on(point_mm)
            if box is not None:
                half_mm = (box[1] - box[0]) / 2
                self._fitted = point_mm - half_mm, point_mm + half_mm
        self.update()

    def show_contact(self, row: int | None) -> None:
        """Mark a contact of the threads that are shown."""
        if row != self._contact:
            self._contact = row
            self.update()

    def show_marks(self, marks: SliceMarks) -> None:
        """Write something else over it."""
        if marks != self.marks:
            self.marks = marks
            self.update()

    def centre_on(self, point_mm: FloatArray) -> None:
        """Have a point of scanner RAS in the middle."""
        self._centre_mm, self._fitted = np.array(point_mm, dtype=np.float64), None
        self._resample()

    @property
    def framing(self) -> tuple[FloatArray, float, tuple[FloatArray, FloatArray] | None]:
        """What of a plane is seen, to be seen again with `frame`."""
        return self._centre_mm, self.px_mm, self._fitted

    def frame(self, centre_mm: FloatArray, px_mm: float, fitted: tuple[FloatArray, FloatArray] | None) -> None:
        """See again what has been."""
        self._centre_mm = centre_mm
        self.zoom(px_mm)
        self._fitted = fitted

    def zoom(self, px_mm: float, fixed: QPointF | None = None) -> None:
        """Show a pixel as so many millimetres; what is at a `fixed` position stays there."""
        px_mm = float(np.clip(px_mm, CLOSEST, FARTHEST))
        if self.plane is not None and fixed is not None:
            held = self.place(fixed)
            middle = self.plane.flat(self._centre_mm)
            moved = held + (middle - held) * (px_mm / self.px_mm)
            self._centre_mm = self._centre_mm + (moved - middle) @ self.plane.axes
        self.px_mm, self._threads, self._access, self._fitted = px_mm, None, None, None
        self._resample()

    @property
    def fitted(self) -> bool:
        """Whether it shows the whole of a box, whatever its size, and nobody has zoomed or moved it since."""
        return self._fitted is not None

    def fit(self, low_mm: FloatArray, high_mm: FloatArray) -> None:
        """Show the whole of a box of scanner RAS."""
        if self.plane is None:
            return
        corners = np.stack(np.meshgrid(*zip(low_mm, high_mm, strict=True), indexing="ij"), axis=-1).reshape(-1, 3)
        flat = self.plane.flat(corners)
        extent = np.ptp(flat, axis=0) * MARGIN
        self._centre_mm = (low_mm + high_mm) / 2
        self.zoom(float(max(extent[0] / max(self.width(), 1), extent[1] / max(self.height(), 1))))
        self._fitted = low_mm, high_mm

    # --- places ----------------------------------------------------------------------------------

    def place(self, position: QPointF) -> FloatArray:
        """The place of the plane ``(2,)``, mm, under a position of the widget."""
        assert self.plane is not None
        middle = self.plane.flat(self._centre_mm)
        away = (position.x() - self.width() / 2, self.height() / 2 - position.y())
        return np.asarray(middle + np.array(away) * self.px_mm)

    def point(self, position: QPointF) -> FloatArray:
        """The point of scanner RAS ``(3,)`` under a position of the widget."""
        assert self.plane is not None
        return self.plane.point(self.place(position))

    def position(self, point_mm: FloatArray) -> QPointF:
        """Where a point of scanner RAS is drawn."""
        assert self.plane is not None
        right, up = (self.plane.flat(np.asarray(point_mm)) - self.plane.flat(self._centre_mm)) / self.px_mm
        return QPointF(self.width() / 2 + right, self.height() / 2 - up)

    def pan(self, by: QPointF) -> None:
        """Move the picture by so many pixels."""
        if self.plane is not None:
            self.centre_on(self._centre_mm + self.px_mm * np.array([-by.x(), by.y()]) @ self.plane.axes)

    def contact_at(self, position: QPointF) -> int | None:
        """The contact under a position."""
        if self.plane is None or self._look is None:
            return None
        return near_contact(self._look, self.plane, self.place(position), REACH_PX * self.px_mm)

    def levels(self) -> tuple[float, float]:
        """The values shown black and white."""
        return self._state.levels or (self._matter.window if self._matter else (0.0, 1.0))

    def set_levels(self, low: float, high: float) -> None:
        """Show other values black and white, in all slices."""
        self._state.set_levels((low, high))

    def _inside(self, point_mm: FloatArray) -> bool:
        if self._fitted is not None and self.plane is not None:
            low, high, at = (self.plane.flat(p) for p in (*self._fitted, point_mm))
            if (np.minimum(low, high) <= at).all() and (at <= np.maximum(low, high)).all():
                return True  # whatever the size of a pane that is still to be laid out
        return self.rect().adjusted(12, 12, -12, -12).contains(self.position(point_mm).toPoint())

    # --- Qt --------------------------------------------------------------------------------------

    def sizeHint(self) -> QSize:
        """A quarter of a small window's middle."""
        return QSize(380, 230)

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Show as much of the case in the new size as in the old one."""
        before = event.oldSize()
        if self._fitted is not None:
            self.fit(*self._fitted)
        elif before.isValid() and not before.isEmpty() and not event.size().isEmpty():
            self.px_mm *= min(before.width(), before.height()) / min(event.size().width(), event.size().height())
            self._threads = self._access = None
        self._resample()

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """See `SliceMouse`, which has all of the mouse."""
        self._mouse.press(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """The same."""
        self._mouse.move(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """The same."""
        self._mouse.release()

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Give this slice all the room, or take it back."""
        if event.button() == Qt.MouseButton.LeftButton:
            self.maximise_requested.emit()

    def wheelEvent(self, event: QWheelEvent) -> None:
        """The same."""
        self._mouse.wheel(event)

    def leaveEvent(self, event: object) -> None:
        """Nothing is under the mouse any more."""
        self.hovered.emit(None)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Arrows and page keys step slices."""
        steps = _STEPS.get(Qt.Key(event.key()))
        if steps is None or event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier:
            event.ignore()
        else:
            self.stepped.emit(steps)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint picture, contours, vessels, threads, crosshair and letters."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), QColor("black"))
        area = QRectF(self.rect())
        if self.plane is not None:
            self._paint_picture(painter)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_shapes(painter)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing, False)
            if self._cross_mm is not None:
                cross(painter, area, self.position(self._cross_mm), *self.lines)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            self._paint_contact(painter)
        write(painter, area, self._all_marks(), self.px_mm)
        if self.hasFocus():
            painter.setPen(QPen(QColor(theme.ACCENT), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRect(area.adjusted(0.5, 0.5, -0.5, -0.5))
        painter.end()

    # --- drawing ---------------------------------------------------------------------------------

    def _all_marks(self) -> SliceMarks:
        """What is written, and what depends on how near the slice is."""
        if self.plane is None or self._room is None or not self._room.seen(self.plane, self.px_mm):
            return self.marks
        return replace(self.marks, drawn=(CLEARANCE, *self.marks.drawn))

    def _resample(self) -> None:
        self._picture = self._image = None
        self.update()

    def _recontrast(self) -> None:
        self._image = None
        self.update()

    def _paint_picture(self, painter: QPainter) -> None:
        if self._matter is None:
            return
        assert self.plane is not None
        if self._picture is None:
            size = self.width() * self.px_mm, self.height() * self.px_mm
            step = self.px_mm / self.devicePixelRatioF()
            middle = self.plane.flat(self._centre_mm)
            self._picture = picture(self._matter.volume, self.plane, middle, size, step)
        if self._image is None:
            self._image = to_image(self._picture.values, *self.levels())
        its = self._picture
        corner = self._on_screen().map(QPointF(its.left_mm, its.top_mm))
        coarse = its.width_mm > 1.01 * its.values.shape[1] * self.px_mm / self.devicePixelRatioF()
        painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform, coarse)
        painter.drawImage(
            QRectF(corner.x(), corner.y(), its.width_mm / self.px_mm, its.height_mm / self.px_mm), self._image[1]
        )

    def _paint_shapes(self, painter: QPainter) -> None:
        assert self.plane is not None
        if self._cortex is None:
            matter, plane = self._matter, self.plane
            self._cortex = [] if matter is None else [*contours(matter, plane), *vessels(matter, plane)]
        if self._threads is None:
            free = [] if self._room is None else self._room.shapes(self.plane, self.px_mm)
            self._threads = free if self._look is None else [*free, *threads(self._look, self.plane, self.px_mm)]
        if self._access is None:
            self._access = self._ways_in(self.plane, self.px_mm)
        way, (thinner, fainter) = self._on_screen(), fineness(self.px_mm)
        for shape in self._cortex:
            if not shape.joined:
                draw(painter, shape, way, thinner, fainter)
        self._paint_joined(painter, [shape for shape in self._cortex if shape.joined], way)
        for shape in (*self._access, *self._threads):
            draw(painter, shape, way)

    def _paint_joined(self, painter: QPainter, shapes: list[Shape], way: QTransform) -> None:
        """Outlines of what overlaps, without the lines within; kept, since strokes of thousands of tubes take long."""
        key = (way, self.devicePixelRatioF(), self.rect(), shapes)  # shapes are equal where they are the same ones
        if self._joined is None or self._joined[0] != key:
            thinner, _ = fineness(self.px_mm)
            self._joined = (key, *joined_layer(shapes, way, self.rect(), self.devicePixelRatioF(), thinner))
        _, corner, layer = self._joined
        if not layer.isNull():
            painter.setOpacity(fineness(self.px_mm)[1])
            painter.drawImage(corner, layer)
            painter.setOpacity(1.0)

    def _paint_contact(self, painter: QPainter) -> None:
        if self._contact is None or self._look is None or self._contact >= len(self._look.dots.points_mm):
            return
        assert self.plane is not None
        point = self._look.dots.points_mm[self._contact]
        paint_ring(painter, self.position(point), beside=abs(float(self.plane.height(point))) > IN_PLANE_MM)

    def _on_screen(self) -> QTransform:
        """From the plane's millimetres to the widget's pixels."""
        assert self.plane is not None
        right, up = self.plane.flat(self._centre_mm)
        scale = 1 / self.px_mm
        return QTransform(scale, 0, 0, -scale, self.width() / 2 - right * scale, self.height() / 2 + up * scale)


_STEPS: Final = {
    Qt.Key.Key_Up: 1.0,
    Qt.Key.Key_Right: 1.0,
    Qt.Key.Key_Down: -1.0,
    Qt.Key.Key_Left: -1.0,
    Qt.Key.Key_PageUp: 10.0,
    Qt.Key.Key_PageDown: -10.0,
}
