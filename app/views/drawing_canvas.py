"""A square of the visual field to draw on, with the mouse or the arrow keys."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QPointF, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QColor, QKeyEvent, QMouseEvent, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QSizePolicy

from app import theme
from app.views.focused import FocusedWidget
from planner.tasks.record import Stroke

LEAST_PX: Final = 1.5  # ours: the pen has to move so far to leave another point
DIGITS: Final = 3  # of degrees that a plan keeps
STEPS: Final = 64  # of an arrow key across the field
_ARROWS: Final[dict[int, tuple[int, int]]] = {
    Qt.Key.Key_Left: (-1, 0),
    Qt.Key.Key_Right: (1, 0),
    Qt.Key.Key_Up: (0, 1),
    Qt.Key.Key_Down: (0, -1),
}


class DrawingCanvas(FocusedWidget):
    """Shows strokes, and takes another one: press, move and let go, or Space, arrow keys and Space.

    Signals
    -------
    drawn(Stroke)
    """

    drawn = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self.strokes: tuple[Stroke, ...] = ()
        self.extent_deg = 16.0
        self.dark_on_light = False
        self.width_deg = 1.0
        self.erases = False
        self._points: list[tuple[float, float]] = []  # of the stroke under way
        self._at: tuple[float, float] | None = None  # where the pen is
        self.setMinimumSize(260, 260)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMouseTracking(True)
        self.setCursor(Qt.CursorShape.CrossCursor)
        self.setAccessibleName("Drawing of what should be seen")
        self.setToolTip(
            "Drag to draw. By keys: arrows move the pen (with Shift faster), Space puts it down and lifts it, Esc "
            "takes the stroke under way back"
        )

    def sizeHint(self) -> QSize:
        """Room to draw."""
        return QSize(400, 400)

    def show_strokes(self, strokes: tuple[Stroke, ...]) -> None:
        """Show these instead; a stroke under way is not lost by it."""
        self.strokes = strokes
        self.update()

    def place(self, x_deg: float, y_deg: float) -> QPointF:
        """Where a point of the visual field is in the widget."""
        box, scale = self._box(), self._box().width() / self.extent_deg
        return QPointF(box.center().x() + x_deg * scale, box.center().y() - y_deg * scale)

    # --- drawing ---------------------------------------------------------------------------------

    def mousePressEvent(self, event: QMouseEvent) -> None:
        """Put the pen down."""
        if event.button() == Qt.MouseButton.LeftButton and self.isEnabled():
            self._at = self._degrees(event.position())
            self._points = [self._at]
            self.update()

    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        """Move the pen; a mouse that only rests here has no say in what the keys draw."""
        pressed = bool(event.buttons() & Qt.MouseButton.LeftButton)
        if self._points and not pressed:
            return
        self._at = self._degrees(event.position())
        if self._points:
            away = event.position() - self.place(*self._points[-1])
            if away.manhattanLength() >= LEAST_PX:
                self._points.append(self._at)
        self.update()

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        """Lift the pen."""
        if event.button() == Qt.MouseButton.LeftButton:
            self._finish()

    def leaveEvent(self, event: object) -> None:
        """The pen is elsewhere."""
        if not self._points:
            self._at = None
            self.update()

    def event(self, event: QEvent) -> bool:
        """Esc is the window's key too, which would come first: while a stroke is under way it is the stroke's."""
        override = event.type() == QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent)
        if override and event.key() == Qt.Key.Key_Escape and self._points:  # type: ignore[attr-defined]
            event.accept()
            return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:
        """Draw with the keys."""
        way = _ARROWS.get(event.key())
        if way is not None:
            far = self.extent_deg / STEPS * (4 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 1)
            x, y = self._at or (0.0, 0.0)
            self._at = self._within(x + way[0] * far, y + way[1] * far)
            if self._points:
                self._points.append(self._at)
        elif event.key() == Qt.Key.Key_Space:
            if self._points:
                self._finish()
            else:
                self._at = self._at or (0.0, 0.0)
                self._points = [self._at]
        elif event.key() == Qt.Key.Key_Escape and self._points:
            self._points = []
        else:
            super().keyPressEvent(event)
            return
        self.update()

    def _finish(self) -> None:
        if self._points:
            stroke = Stroke(tuple(self._points), self.width_deg, self.erases)
            self._points = []
            self.show_strokes((*self.strokes, stroke))
            self.drawn.emit(stroke)

    def _degrees(self, place: QPointF) -> tuple[float, float]:
        box, scale = self._box(), self._box().width() / self.extent_deg
        return self._within((place.x() - box.center().x()) / scale, (box.center().y() - place.y()) / scale)

    def _within(self, x_deg: float, y_deg: float) -> tuple[float, float]:
        half = self.extent_deg / 2
        return (round(min(max(x_deg, -half), half), DIGITS), round(min(max(y_deg, -half), half), DIGITS))

    # --- painting --------------------------------------------------------------------------------

    def _box(self) -> QRectF:
        side = min(self.width(), self.height()) - 6.0
        return QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the strokes, fixation, and the pen."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = self._box()
        paper, ink = (QColor("white"), QColor("black")) if self.dark_on_light else (QColor("black"), QColor("white"))
        painter.fillRect(box, paper)
        painter.save()
        painter.setClipRect(box)
        under_way = (Stroke(tuple(self._points), self.width_deg, self.erases),) if self._points else ()
        for stroke in (*self.strokes, *under_way):
            self._paint(painter, stroke, paper if stroke.erases else ink)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(QColor(theme.FIXATION), 1.3))
        middle = box.center()
        painter.drawLine(middle - QPointF(5, 0), middle + QPointF(5, 0))
        painter.drawLine(middle - QPointF(0, 5), middle + QPointF(0, 5))
        if self._at is not None:
            reach = self.width_deg / 2 * box.width() / self.extent_deg
            painter.setPen(QPen(QColor(theme.ACCENT), 1.2))
            painter.drawEllipse(self.place(*self._at), reach, reach)
        painter.restore()
        painter.setPen(QPen(QColor(theme.FOCUS if self.hasFocus() else theme.LINE), 2 if self.hasFocus() else 1))
        painter.drawRect(box)
        painter.end()

    def _paint(self, painter: QPainter, stroke: Stroke, colour: QColor) -> None:
        wide = stroke.width_deg * self._box().width() / self.extent_deg
        first, *rest = (self.place(*point) for point in stroke.points_deg)
        if not rest:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(colour)
            painter.drawEllipse(first, wide / 2, wide / 2)
            return
        path = QPainterPath(first)
        for place in rest:
            path.lineTo(place)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour, wide, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
        painter.drawPath(path)
