"""What is written over a slice: orientation letters, the scale, the crosshair, and what the picture is."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFont, QPainter, QPen

from app import theme
from app.views.brain_marks import outlined
from app.views.slice_layers import CONTOURS

GAP_PX = 7.0  # left free in the middle of the crosshair, so that what is there is seen
ROOMY_PX = 200.0  # narrower panes have no room for notes
GROUND = QColor(12, 14, 18, 185)  # of small words, which are read on bright tissue too
SOLID = QColor(12, 14, 18, 235)  # of the legend, whose colours are compared
SWATCH_PX = 15  # of a line's colour and what is left free beside it
LENGTHS_MM = (1.0, 2.0, 5.0, 10.0, 20.0, 50.0, 100.0)


@dataclass(frozen=True)
class SliceMarks:
    """Everything that is written.

    Attributes
    ----------
    letters : tuple of str
        At the right, left, upper and lower edge.
    manner : str
        Lower left; e.g. that the view is radiological.
    warning : str
        Upper left; e.g. that the volume is schematic.
    hint : str
        In the middle, where there is nothing else.
    drawn : tuple of (str, str)
        Names and colours of what is drawn besides the cortex's contours and vessels.
    vessels : tuple of (str, str)
        The same of vessels, which is written where there is room for all.
    behind : str
        Upper left where there is no warning: the volume's name.
    """

    letters: tuple[str, str, str, str] = ("", "", "", "")
    manner: str = ""
    warning: str = ""
    hint: str = ""
    drawn: tuple[tuple[str, str], ...] = ()
    vessels: tuple[tuple[str, str], ...] = ()
    behind: str = ""


def write(painter: QPainter, area: QRectF, marks: SliceMarks, px_mm: float) -> None:
    """Write over a pane."""
    flags = Qt.AlignmentFlag
    plain = QFont(painter.font())
    bold = QFont(plain)
    bold.setBold(True)
    bold.setPointSizeF(plain.pointSizeF() + 1)
    small = QFont(plain)
    small.setPointSizeF(max(7.0, plain.pointSizeF() - 1.5))
    inner = area.adjusted(6, 3, -6, -3)
    painter.setFont(bold)
    right, left, top, bottom = marks.letters
    for text, place in (
        (right, flags.AlignRight | flags.AlignVCenter),
        (left, flags.AlignLeft | flags.AlignVCenter),
        (top, flags.AlignHCenter | flags.AlignTop),
        (bottom, flags.AlignHCenter | flags.AlignBottom),
    ):
        outlined(painter, inner, place, text)
    painter.setFont(small)
    if marks.warning:
        half = QRectF(inner.left(), inner.top(), inner.width() / 2 - 22, inner.height())
        _note(
            painter,
            half,
            int(flags.AlignLeft | flags.AlignTop | Qt.TextFlag.TextWordWrap),
            marks.warning,
            theme.FIXATION,
        )
    elif marks.behind:
        _note(painter, inner, int(flags.AlignLeft | flags.AlignTop), marks.behind, theme.IMAGE_TEXT)
    if marks.hint:
        _note(painter, inner, int(flags.AlignCenter | Qt.TextFlag.TextWordWrap), marks.hint, theme.IMAGE_MUTED)
    if area.width() >= ROOMY_PX:
        short = painter.fontMetrics().horizontalAdvance(marks.manner) > inner.width() / 2 - 22
        manner = marks.manner.split(":")[0] if short else marks.manner
        _note(painter, inner, int(flags.AlignLeft | flags.AlignBottom), manner, theme.IMAGE_TEXT)
        if marks.letters[0]:
            _scale(painter, inner, px_mm)
            _legend(painter, inner, marks)
    painter.setFont(plain)


def cross(painter: QPainter, area: QRectF, at: QPointF, across: str, upright: str) -> None:
    """The crosshair's lines in the colours of the slices that they stand for, open in the middle."""
    for colour, ends in (
        (across, ((area.left(), at.y(), at.x() - GAP_PX, at.y()), (at.x() + GAP_PX, at.y(), area.right(), at.y()))),
        (upright, ((at.x(), area.top(), at.x(), at.y() - GAP_PX), (at.x(), at.y() + GAP_PX, at.x(), area.bottom()))),
    ):
        shade = QColor(colour)
        shade.setAlpha(170)
        painter.setPen(QPen(shade, 1))
        for x1, y1, x2, y2 in ends:
            painter.drawLine(QPointF(x1, y1), QPointF(x2, y2))


def _scale(painter: QPainter, area: QRectF, px_mm: float) -> None:
    """A line as long as a round number of millimetres."""
    fitting = [length for length in LENGTHS_MM if 24 <= length / px_mm <= area.width() / 4]
    if not fitting:
        return
    length, metrics = fitting[-1], painter.fontMetrics()
    text, right, y = f"{length:g} mm", area.right(), area.bottom() - 3
    wide = max(length / px_mm, metrics.horizontalAdvance(text))
    box = QRectF(right - wide, y - metrics.height() - 1, wide, metrics.height())
    painter.fillRect(box.adjusted(-3, 0, 3, 5), GROUND)
    painter.setPen(QPen(QColor(theme.IMAGE_TEXT), 1.5))
    painter.drawLine(QPointF(right - length / px_mm, y), QPointF(right, y))
    painter.drawText(box, int(Qt.AlignmentFlag.AlignRight), text)


def _legend(painter: QPainter, area: QRectF, marks: SliceMarks) -> None:
    """Which line is which, at the upper right, above the letter there."""
    high = painter.fontMetrics().height()
    names = (*CONTOURS.items(), *marks.vessels, *marks.drawn)
    if len(names) * high > area.height() / 2 - high:
        names = (*CONTOURS.items(), *marks.drawn)
    wide = SWATCH_PX + max(painter.fontMetrics().horizontalAdvance(name) for name, _ in names)
    block = QRectF(area.right() - wide, area.top(), wide, high * len(names))
    painter.fillRect(block.adjusted(-4, 0, 3, 2), SOLID)
    for row, (name, colour) in enumerate(names):
        line = QRectF(block.left(), block.top() + row * high, wide, high)
        painter.fillRect(QRectF(line.left(), line.center().y() - 1, SWATCH_PX - 5, 3), QColor(colour))
        painter.setPen(QColor(theme.IMAGE_TEXT))
        painter.drawText(line, int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), name)


def _note(painter: QPainter, area: QRectF, place: int, text: str, colour: str) -> None:
    """Small words on a ground of their own, so that they are read on bright tissue too."""
    if text:
        painter.fillRect(painter.boundingRect(area, place, text).adjusted(-3, 0, 3, 0), GROUND)
        painter.setPen(QColor(colour))
        painter.drawText(area, place, text)
