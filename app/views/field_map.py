"""The map of phosphenes over the visual field: what each contact lights, and where one may be wished for."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QMouseEvent, QPainter, QPaintEvent, QPen, QWheelEvent
from PySide6.QtWidgets import QWidget

from app import theme
from app.preview import Preview
from app.reading import field_words
from app.session import Session
from app.views.hover_ring import paint_ring
from app.views.status import State, fresh, states_of
from planner.design.limits import counted
from planner.frames import FloatArray

LEAST_DEG, MOST_DEG = 2.0, 90.0  # of the field, from its middle to the map's edge
AROUND = 1.5  # of the task's picture
RINGS_DEG: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 80.0)
REACH_PX = 7.0  # around the mouse
AROUND_PX: Final = 4.0  # from a phosphene to the ring round it
LEAST_RING_PX: Final = 6.0
EDGE_PX: Final = 4.0  # free around the map
LOWEST_PX: Final = 6  # free below the last line of words
COLOURS: Final[dict[State, str]] = {
    "safe": theme.SAFE,
    "unsafe": theme.UNSAFE,
    "unknown": theme.MUTED,
    "blind": theme.WARNING,
    "aside": theme.MUTED,  # though nothing is seen of what is not used
}


@dataclass(frozen=True)
class Frame:
    """Where the map is drawn: its middle and how many pixels a degree is."""

    middle: QPointF
    scale: float

    def to_px(self, field_deg: FloatArray) -> FloatArray:
        """Places ``(N, 2)`` of the field in the widget; up is up."""
        return field_deg * (self.scale, -self.scale) + (self.middle.x(), self.middle.y())

    def to_deg(self, position: QPointF) -> tuple[float, float]:
        """The place of the field under a position of the widget."""
        away = position - self.middle
        return away.x() / self.scale, -away.y() / self.scale


class FieldMap(QWidget):
    """All phosphenes of the plan on screen, as wide as they are seen, in the colours of what is known of their threads.

    The mouse links them with contacts in the other views; a click selects a phosphene's thread, a double click on a
    free place wishes for a phosphene there, the wheel zooms.

    Signals
    -------
    wished(x, y)
        Degrees of visual angle.
    clicked(row)
        A phosphene, by its row in the preview.
    """

    wished = Signal(float, float)
    clicked = Signal(int)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._radius_deg = 0.0  # chosen by the wheel; 0 for the usual one
        self.setMouseTracking(True)
        self.setMinimumSize(200, 200)
        self.setAccessibleName("Map of phosphenes over the visual field")
        self.setToolTip(
            "Each ring is a phosphene, in degrees of visual angle. Click: select its thread. "
            "Double click on a free place: find a thread that lights a phosphene there. Wheel: zoom"
        )
        for changed in (session.preview_changed, session.shown_changed, session.selected_changed):
            changed.connect(lambda *_: self.update())
        session.hovered_changed.connect(lambda *_: self.update())

    def sizeHint(self) -> QSize:
        """As wide as the dock is at first."""
        return QSize(420, 420)

    @property
    def frame(self) -> Frame:
        """Where the map is drawn now."""
        below = 2.0 * self.fontMetrics().height() + LOWEST_PX  # the words there
        side = max(40.0, min(self.width() - 2.0 * EDGE_PX, self.height() - EDGE_PX - below))
        return Frame(QPointF(self.width() / 2, (self.height() + EDGE_PX - below) / 2), side / 2 / self.radius_deg)

    @property
    def radius_deg(self) -> float:
        """From the middle to the edge: as chosen by the wheel, else half as far again as the task's picture reaches."""
        if self._radius_deg:
            return self._radius_deg
        plan = self._session.shown
        return min(max(AROUND * plan.task.extent_deg / 2 if plan is not None else 12.0, LEAST_DEG), MOST_DEG)

    @property
    def beyond_words(self) -> str:
        """How many phosphenes are not on the map; empty for none."""
        preview, rows = self._seen()
        beyond = len(rows) - len(self._within(preview, rows)) if preview is not None else 0
        return (
            f"{beyond} of {counted(len(rows), 'phosphene')} {'lies' if beyond == 1 else 'lie'} farther out"
            if beyond
            else ""
        )

    def row_at(self, position: QPointF) -> int | None:
        """The phosphene under a position of the widget: of several the one whose middle is nearest."""
        preview, rows = self._seen()
        if preview is None or len(rows) == 0 or fresh(self._session.shown, preview) is None:
            return None  # of a plan that is no longer shown no contact is meant
        frame = self.frame
        rows = self._within(preview, rows)
        if len(rows) == 0:
            return None
        away = np.hypot(*(frame.to_px(preview.field_deg[rows]) - (position.x(), position.y())).T)
        inside = away <= np.maximum(REACH_PX, preview.diameter_deg[rows] / 2 * frame.scale)
        return int(rows[np.where(inside, away, np.inf).argmin()]) if inside.any() else None

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Tell all views which contact is meant."""
        self._session.hover(self.row_at(event.position()))

    def leaveEvent(self, event: QEvent) -> None:
        """No contact is meant any more."""
        self._session.hover(None)

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Select a phosphene's thread."""
        row = self.row_at(event.position())
        if event.button() == Qt.MouseButton.LeftButton and row is not None:
            self.clicked.emit(row)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        """Wish for a phosphene where there is none."""
        if event.button() == Qt.MouseButton.LeftButton and self.row_at(event.position()) is None:
            self.wished.emit(*self.frame.to_deg(event.position()))

    def wheelEvent(self, event: QWheelEvent) -> None:
        """Zoom about the middle."""
        factor = 0.85 ** (event.angleDelta().y() / 120)
        self._radius_deg = min(max(self.radius_deg * factor, LEAST_DEG), MOST_DEG)
        self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Rings and axes, the task's square, phosphenes, and what is under the mouse in words."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        frame = self.frame
        self._draw_field(painter, frame)
        preview, rows = self._seen()
        if preview is not None:
            self._draw_phosphenes(painter, frame, preview, self._within(preview, rows))
        self._write(painter, preview)
        painter.end()

    def _seen(self) -> tuple[Preview | None, NDArray[np.int64]]:
        """The preview, where it is of the plan on screen or of a drag's moment ago, and its usable contacts."""
        preview = self._session.preview
        if preview is None or not preview.complete or self._session.shown is None:
            return None, np.zeros(0, dtype=np.int64)
        return preview, np.flatnonzero(preview.usable)

    def _within(self, preview: Preview, rows: NDArray[np.int64]) -> NDArray[np.int64]:
        """Those of the contacts whose phosphenes lie on the map; of the others it is said how many there are."""
        return rows[preview.eccentricity_deg[rows] <= self.radius_deg]

    def _draw_field(self, painter: QPainter, frame: Frame) -> None:
        painter.fillRect(self.rect(), QColor(theme.BASE))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.LINE), 1))
        radius = self.radius_deg
        edge = radius * frame.scale
        x, y = frame.middle.x(), frame.middle.y()
        painter.drawLine(QPointF(x - edge, y), QPointF(x + edge, y))
        painter.drawLine(QPointF(x, y - edge), QPointF(x, y + edge))
        line = painter.fontMetrics().height()
        last = 0.0
        for ring in (*(r for r in RINGS_DEG if r < 0.97 * radius), radius):
            painter.setPen(QPen(QColor(theme.LINE), 1))
            painter.drawEllipse(frame.middle, ring * frame.scale, ring * frame.scale)
            if (ring - last) * frame.scale > 1.5 * line and ring < radius:
                painter.setPen(QColor(theme.MUTED))
                painter.drawText(frame.middle + QPointF(ring * frame.scale + 2, -2), f"{ring:g}°")
                last = ring
        painter.setPen(QColor(theme.MUTED))
        painter.drawText(QPointF(x + 3, y - edge + line), f"{radius:.3g}°")  # at the right it may be the window's edge
        plan = self._session.shown
        if plan is not None:
            half = plan.task.extent_deg / 2 * frame.scale
            painter.setPen(QPen(QColor(theme.ACCENT), 1, Qt.PenStyle.DashLine))
            painter.drawRect(QRectF(x - half, y - half, 2 * half, 2 * half))
            if half < edge:
                painter.drawText(QPointF(x - half, y - half - 5), f"percept ±{plan.task.extent_deg / 2:g}°")
        painter.setPen(QPen(QColor(theme.WARNING), 1.3))
        painter.drawLine(QPointF(x - 4, y), QPointF(x + 4, y))
        painter.drawLine(QPointF(x, y - 4), QPointF(x, y + 4))

    def _draw_phosphenes(self, painter: QPainter, frame: Frame, preview: Preview, rows: NDArray[np.int64]) -> None:
        session, plan = self._session, preview.plan
        states = states_of(plan, fresh(plan, preview), bool(session.read_only))
        names = [thread.name for thread in plan.threads]
        places = frame.to_px(preview.field_deg[rows]).tolist()
        radii = np.maximum(1.5, preview.diameter_deg[rows] / 2 * frame.scale).tolist()
        painter.setOpacity(1.0 if fresh(session.shown, preview) is not None or session.draft is not None else 0.45)
        for row, (px, py), radius in zip(rows.tolist(), places, radii, strict=True):
            name = names[preview.owner[row]]
            chosen, meant = name in session.selected, row == session.hovered
            colour = QColor(theme.TEXT if chosen or meant else COLOURS[states[name]])
            fill = QColor(COLOURS[states[name]])
            fill.setAlpha(150 if meant else 90 if chosen else 45)
            painter.setPen(QPen(colour, 2.2 if meant else 1.6 if chosen else 1.0))
            painter.setBrush(fill)
            painter.drawEllipse(QPointF(px, py), radius, radius)
        painter.setOpacity(1.0)
        for at in np.flatnonzero(rows == session.hovered).tolist() if session.hovered is not None else ():
            paint_ring(painter, QPointF(*places[at]), max(LEAST_RING_PX, radii[at] + AROUND_PX))

    def _write(self, painter: QPainter, preview: Preview | None) -> None:
        line = painter.fontMetrics().height()
        painter.setPen(QColor(theme.MUTED))
        painter.drawText(QPointF(8, line), "left field")
        width = painter.fontMetrics().horizontalAdvance("right field")
        painter.drawText(QPointF(self.width() - width - 8, line), "right field")
        if words := self.beyond_words:
            width = painter.fontMetrics().horizontalAdvance(words)
            painter.drawText(QPointF(self.width() - width - 8, self.height() - LOWEST_PX - line), words)
        row = self._session.hovered
        if preview is None or row is None or row >= len(preview.owner):
            return
        painter.setPen(QColor(theme.TEXT))
        painter.drawText(QPointF(8, self.height() - LOWEST_PX), contact_words(preview, row))


def contact_words(preview: Preview, row: int) -> str:
    """Which contact a row is, and what it lights."""
    owner = int(preview.owner[row])
    number = row - int(np.searchsorted(preview.owner, owner)) + 1
    name = preview.plan.threads[owner].name
    if not preview.usable[row]:
        return f"{name}, contact {number}: outside V1's gray matter"
    x, y = preview.field_deg[row].tolist()
    seen = field_words(preview.eccentricity_deg[row], np.degrees(np.arctan2(x, y)))
    return f"{name}, contact {number}: {seen}, {preview.diameter_deg[row]:.2f}° wide"
