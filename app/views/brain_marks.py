"""What is written over the 3D picture: orientation letters, the overlay's legend, and what the vessels are."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QFontMetricsF, QLinearGradient, QPainter, QPainterPath, QPaintEvent, QPen
from PySide6.QtWidgets import QWidget

from app import theme
from app.views.overlays import ECCENTRICITY_DEG, Overlay, table

_TICKS = {
    "eccentricity": ("0.5", "2", "8", "40°"),
    "polar angle": ("upper 0°", "90°", "lower 180°"),
    "curvature": ("gyrus", "sulcus"),
}
_TITLES = {"eccentricity": "Eccentricity", "polar angle": "Polar angle", "curvature": "Folds", "none": ""}


@dataclass(frozen=True)
class Marks:
    """Everything that is written.

    Attributes
    ----------
    right, left, top, bottom : str
        Anatomical letters at the four edges; empty for none.
    overlay : Overlay
    note : str
        Lower left; e.g. that the vessels are synthetic.
    hint : str
        Upper centre; what a click will do, or what is being waited for.
    alarm : bool
        Whether the hint says what was refused.
    veiled : bool
        Whether the picture is of what is about to be replaced.
    drawn : tuple of str
        What stands for what besides, a line each over the overlay's legend.
    """

    right: str = ""
    left: str = ""
    top: str = ""
    bottom: str = ""
    overlay: Overlay = "none"
    note: str = ""
    hint: str = ""
    alarm: bool = False
    veiled: bool = False
    drawn: tuple[str, ...] = ()


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
        font = QFont(self.font())
        font.setPointSizeF(font.pointSizeF() + 2)
        font.setBold(True)
        painter.setFont(font)
        for text, across in ((marks.right, Qt.AlignmentFlag.AlignRight), (marks.left, Qt.AlignmentFlag.AlignLeft)):
            outlined(painter, area, Qt.AlignmentFlag.AlignVCenter | across, text)
        for text, along in ((marks.top, Qt.AlignmentFlag.AlignTop), (marks.bottom, Qt.AlignmentFlag.AlignBottom)):
            outlined(painter, area, Qt.AlignmentFlag.AlignHCenter | along, text)
        font.setPointSizeF(font.pointSizeF() - 3)
        font.setBold(False)
        painter.setFont(font)
        painter.setPen(QColor(theme.MUTED))
        painter.drawText(area, Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom, marks.note)
        if marks.right:  # or nothing has been drawn yet
            self._legend(painter, area, marks.overlay, marks.drawn)
        if marks.veiled:
            painter.fillRect(self.rect(), _veil(theme.SCENE_BOTTOM, 150))
        if marks.hint:
            self._pill(painter, area, marks.hint, theme.WARNING if marks.alarm else theme.TEXT)
        painter.end()

    def _pill(self, painter: QPainter, area: QRectF, text: str, colour: str) -> None:
        width = painter.fontMetrics().horizontalAdvance(text) + 28
        pill = QRectF(area.center().x() - width / 2, area.top() + 26, width, 26)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(_veil(theme.PANEL, 225))
        painter.drawRoundedRect(pill, 13, 13)
        painter.setPen(QColor(colour))
        painter.drawText(pill, Qt.AlignmentFlag.AlignCenter, text)

    def _legend(self, painter: QPainter, area: QRectF, overlay: Overlay, drawn: tuple[str, ...]) -> None:
        """The overlay's colours with their values, over what the lines and paler colours are."""
        bar = QRectF(area.right() - 170, area.bottom() - 26, 170, 8)
        above = ["Outline: V1", *drawn]
        if overlay in ("eccentricity", "polar angle"):
            above.append("Paler: other visual areas")
        if overlay in _TICKS:
            self._colours(painter, bar, overlay)
        else:
            bar.translate(0, 26)
        painter.setPen(QColor(theme.MUTED))
        for number, text in enumerate(filter(None, (_TITLES[overlay], *above))):
            line = QRectF(area.right() - 260, bar.top() - 19 - 16 * number, 260, 16)
            painter.drawText(line, Qt.AlignmentFlag.AlignRight, text)

    def _colours(self, painter: QPainter, bar: QRectF, overlay: Overlay) -> None:
        gradient = QLinearGradient(bar.topLeft(), bar.topRight())
        colours = table(overlay)
        for position in np.linspace(0, 1, 17):
            gradient.setColorAt(position, QColor(*(int(v) for v in colours[round(position * 255)])))
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(gradient)
        painter.drawRoundedRect(bar, 2, 2)
        painter.setPen(QColor(theme.MUTED))
        ticks = _TICKS[overlay]
        for index, text in enumerate(ticks):
            share = index / (len(ticks) - 1)
            if overlay == "eccentricity":
                low, high = np.log(ECCENTRICITY_DEG)
                share = float((np.log(float(text.rstrip("°"))) - low) / (high - low))
            width = painter.fontMetrics().horizontalAdvance(text)
            left = np.clip(bar.left() + share * bar.width() - width / 2, bar.left(), bar.right() - width)
            painter.drawText(QPointF(left, bar.bottom() + 14), text)


def _veil(colour: str, opacity: int) -> QColor:
    """A colour that lets through what is behind it; opacity of 255."""
    veil = QColor(colour)
    veil.setAlpha(opacity)
    return veil


def outlined(painter: QPainter, area: QRectF, place: Qt.AlignmentFlag, text: str) -> None:
    """Light letters with a dark edge: they are read on pale cortex, on vessels and on the dark ground alike."""
    metrics = QFontMetricsF(painter.font())
    box = metrics.boundingRect(area, int(place), text)
    path = QPainterPath()
    path.addText(QPointF(box.left(), box.top() + metrics.ascent()), painter.font(), text)
    pen = QPen(QColor(12, 14, 18, 220), 4.0)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.strokePath(path, pen)
    painter.fillPath(path, QColor(240, 244, 250))
