"""What is written over the 3D picture: letters, the overlay's legend, what vessels are, and which contact is meant."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app import theme
from app.views.brain_legend import LETTER_PX, Legend, paint_legend, plate
from app.views.hover_ring import paint_ring

NAME_PX: Final = 8  # between a place and the name over it
BESIDE_PX: Final = 36  # right of the letters at the left edge, where a note is as high as these


@dataclass(frozen=True)
class Marks:
    """Everything that is written.

    Attributes
    ----------
    right, left, top, bottom : str
        Anatomical letters at the four edges; empty for none.
    sides : tuple of (letter, x, y)
        L and R with the middle of their place, pixels: which hemisphere is which where edges have no directions.
    names : tuple of (text, x, y, chosen)
        What is written just above a place, pixels, or as near to it as the picture has room.
    legend : Legend or None
        Lower right; None before anything has been drawn.
    note : str
        Lower left; e.g. that the vessels are synthetic.
    hint : str
        Upper centre; what a click will do, or what is being waited for.
    alarm : bool
        Whether the hint says what was refused.
    veiled : bool
        Whether the picture is of what is about to be replaced.
    ring : (x, y) or None
        Where the contact is that is under the mouse, in whichever view; pixels.
    """

    right: str = ""
    left: str = ""
    top: str = ""
    bottom: str = ""
    sides: tuple[tuple[str, float, float], ...] = ()
    names: tuple[tuple[str, float, float, bool], ...] = ()
    legend: Legend | None = None
    note: str = ""
    hint: str = ""
    alarm: bool = False
    veiled: bool = False
    ring: tuple[float, float] | None = None


class BrainMarks(QWidget):
    """Painted over the 3D view; lets the mouse through."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.setAttribute(Qt.WidgetAttribute.WA_NoSystemBackground)
        self._marks = Marks()

    @property
    def marks(self) -> Marks:
        """What is written now."""
        return self._marks

    def write(self, marks: Marks) -> None:
        """Write something else, if it is something else."""
        if marks != self._marks:
            self._marks = marks
            self.update()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint letters at the four edges, the legend, the note and the hint."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        marks, area = self._marks, QRectF(self.rect()).adjusted(10, 8, -10, -8)
        large, small = QFont(self.font()), QFont(self.font())
        large.setPointSizeF(large.pointSizeF() + 2)
        large.setBold(True)
        small.setPointSizeF(small.pointSizeF() - 1)
        painter.setFont(small)
        if marks.legend is not None:
            paint_legend(painter, area, marks.legend)
        if marks.note:
            corner = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom | Qt.TextFlag.TextWordWrap)
            room = area.adjusted(0, 0, -(area.width() / 2 + LETTER_PX), 0)
            if painter.boundingRect(room, corner, marks.note).top() < area.center().y() + LETTER_PX:
                room.adjust(BESIDE_PX, 0, 0, 0)
            plate(painter, painter.boundingRect(room, corner, marks.note))
            painter.setPen(QColor(theme.TEXT))
            painter.drawText(room, corner, marks.note)
        if marks.ring is not None:
            paint_ring(painter, QPointF(*marks.ring))
        for name in marks.names:
            self._name(painter, area, *name)
        painter.setFont(large)
        inks = theme.TEXT, theme.BASE
        for text, across in ((marks.right, Qt.AlignmentFlag.AlignRight), (marks.left, Qt.AlignmentFlag.AlignLeft)):
            outlined(painter, area, Qt.AlignmentFlag.AlignVCenter | across, text, *inks)
        for text, x, y in marks.sides:
            outlined(painter, QRectF(x - 40, y - 20, 80, 40), Qt.AlignmentFlag.AlignCenter, text, *inks)
        for text, along in ((marks.top, Qt.AlignmentFlag.AlignTop), (marks.bottom, Qt.AlignmentFlag.AlignBottom)):
            outlined(painter, area, Qt.AlignmentFlag.AlignHCenter | along, text, *inks)
        painter.setFont(small)
        if marks.veiled:
            painter.fillRect(self.rect(), _veil(theme.SCENE_BOTTOM, 150))
        if marks.hint:
            self._pill(painter, area, marks.hint, theme.WARNING if marks.alarm else theme.TEXT)
        painter.end()

    def _name(self, painter: QPainter, area: QRectF, text: str, x: float, y: float, chosen: bool) -> None:
        box = QRectF(painter.fontMetrics().boundingRect(text)).adjusted(-5, -1, 5, 1)
        box.moveCenter(QPointF(x, y - box.height() / 2 - NAME_PX))
        box.moveLeft(min(max(box.left(), area.left()), area.right() - box.width()))
        box.moveTop(min(max(box.top(), area.top()), area.bottom() - box.height()))
        painter.fillRect(box, _veil(theme.IMAGE_RIM, 190))
        painter.setPen(QColor(theme.SELECTED if chosen else theme.IMAGE_OPENING))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)

    def _pill(self, painter: QPainter, area: QRectF, text: str, colour: str) -> None:
        middle = int(Qt.AlignmentFlag.AlignHCenter | Qt.TextFlag.TextWordWrap)
        words = painter.boundingRect(area.adjusted(14, 32, -14, 0), middle, text)
        pill = words.adjusted(-14, -6, 14, 6)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_veil(theme.PANEL, 225))
        painter.drawRoundedRect(pill, 13, 13)
        painter.setPen(QColor(colour))
        painter.drawText(words, middle, text)


def _veil(colour: str, opacity: int) -> QColor:
    """A colour that lets through what is behind it; opacity of 255."""
    veil = QColor(colour)
    veil.setAlpha(opacity)
    return veil


def outlined(
    painter: QPainter,
    area: QRectF,
    place: Qt.AlignmentFlag,
    text: str,
    ink: str = theme.IMAGE_TEXT,
    edge: str = theme.IMAGE_RIM,
) -> None:
    """Letters with an edge: they are read on pale cortex, on vessels and on the ground alike."""
    metrics = QFontMetricsF(painter.font())
    box = metrics.boundingRect(area, int(place), text)
    path = QPainterPath()
    path.addText(QPointF(box.left(), box.top() + metrics.ascent()), painter.font(), text)
    pen = QPen(_veil(edge, 220), 4.0)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.strokePath(path, pen)
    painter.fillPath(path, QColor(ink))
