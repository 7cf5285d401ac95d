"""The legend of the 3D picture: an overlay's colours with their values, or the names of visual areas."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QLinearGradient, QPainter, QPen

from app import theme
from app.views.overlays import PLAIN, STRIPE, Overlay, Range, Scale, area_colours, area_name, shares, table, ticks

WIDTH_PX: Final = 190
LINE_PX: Final = 16
BAR_PX: Final = 30  # of the colours and the values under them
COLUMN_PX: Final = 62  # of an area's name with its colour
COLUMNS: Final = 3
GAP_PX: Final = 24
ROOMY_PX: Final = 330  # high; in less the legend would hide what it explains, and says only what the colours are


@dataclass(frozen=True)
class Legend:
    """What the colours of the cortex mean.

    Attributes
    ----------
    overlay : Overlay
    scale : Scale or None
        Of its numbers; None where it has none.
    shown : (low, high) or None
        The values of its first and last colour; None for those that are usual.
    areas : tuple of int
        The visual areas in the picture.
    unknown : bool
        Whether some of it is striped because vessels are not known there.
    note : str
        Instead of the colours: why there are none yet.
    drawn : tuple of str
        What stands for what besides, a line each.
    """

    overlay: Overlay = "none"
    scale: Scale | None = None
    shown: Range | None = None
    areas: tuple[int, ...] = ()
    unknown: bool = False
    note: str = ""
    drawn: tuple[str, ...] = ()


def paint_legend(painter: QPainter, area: QRectF, legend: Legend) -> float:
    """Paint it at the lower right: the colours, above them what they are of, above that what lines and shades are.

    Gives how wide it is, with a gap to what stands beside it, pixels.
    """
    roomy = area.height() >= ROOMY_PX
    scale, title, above, below_px = legend.scale, "", ["Outline: V1"] if roomy else [], 0
    if legend.note:
        title = legend.note
    elif legend.overlay == "area":
        title, below_px = "Visual areas", LINE_PX * -(-len(legend.areas) // COLUMNS)
    elif scale is not None:
        title, below_px = ", ".join(filter(None, (scale.title, scale.unit))), BAR_PX
        if roomy and legend.overlay in ("eccentricity", "polar angle") and legend.areas != (1,):
            above.append("Paler: other visual areas")
    above += legend.drawn
    striped = legend.unknown and not legend.note
    if striped:
        above.append("Striped: vessels not known")
    lines = [line for line in (title, *above) if line]
    if not lines:
        return 0.0
    metrics = painter.fontMetrics()
    width = max(WIDTH_PX if below_px else 0, *(metrics.horizontalAdvance(line) for line in lines)) + 27 * striped
    top = area.bottom() - below_px
    whole = QRectF(area.right() - width, top - LINE_PX * len(lines), width, LINE_PX * len(lines) + below_px)
    plate(painter, whole)
    painter.setPen(QColor(theme.MUTED))
    for number, text in enumerate(lines):
        line = QRectF(whole.left(), top - LINE_PX * (number + 1), width, LINE_PX)
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
    if striped:
        row = top - LINE_PX * len(lines)
        _swatch(painter, QRectF(area.right() - metrics.horizontalAdvance(lines[-1]) - 27, row + 3, 22, 11))
    if legend.overlay == "area" and not legend.note:
        _areas(painter, QRectF(whole.left(), top, width, below_px), legend.areas)
    elif scale is not None and below_px:
        _bar(painter, QRectF(area.right() - WIDTH_PX, top + 3, WIDTH_PX, 8), scale, legend)
    return whole.width() + GAP_PX


def plate(painter: QPainter, box: QRectF) -> None:
    """A ground for small words, which are read on cortex too."""
    ground = QColor(theme.SCENE_BOTTOM)
    ground.setAlpha(195)
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(ground)
    painter.drawRoundedRect(box.adjusted(-6, -3, 6, 4), 4, 4)


def _bar(painter: QPainter, bar: QRectF, scale: Scale, legend: Legend) -> None:
    colours = table(legend.overlay)
    gradient = QLinearGradient(bar.topLeft(), bar.topRight())
    for position in np.linspace(0, 1, 33):
        gradient.setColorAt(position, QColor(*(int(v) for v in colours[round(position * 255)])))
    painter.setPen(Qt.PenStyle.NoPen)
    painter.setBrush(gradient)
    painter.drawRoundedRect(bar, 2, 2)
    painter.setPen(QColor(theme.MUTED))
    words = dict(scale.words)
    for value in ticks(scale, legend.shown):
        text = " ".join(filter(None, (words.get(value, ""), f"{value:g}")))
        share = float(shares(scale, np.array([value]), legend.shown)[0])
        width = painter.fontMetrics().horizontalAdvance(text)
        left = np.clip(bar.left() + share * bar.width() - width / 2, bar.left(), bar.right() - width)
        painter.drawText(QPointF(left, bar.bottom() + 15), text)


def _areas(painter: QPainter, box: QRectF, areas: tuple[int, ...]) -> None:
    """Names with their colours, in columns."""
    for number, its in enumerate(areas):
        row, column = divmod(number, COLUMNS)
        left = box.right() - COLUMN_PX * (min(COLUMNS, len(areas)) - column)
        top = box.top() + LINE_PX * row
        painter.fillRect(QRectF(left, top + 4, 10, 9), QColor(*(int(v) for v in area_colours(np.array(its)))))
        name = QRectF(left + 15, top, COLUMN_PX - 15, LINE_PX)
        painter.drawText(name, Qt.AlignmentFlag.AlignVCenter, area_name(its))


def _swatch(painter: QPainter, box: QRectF) -> None:
    """What is striped looks like this."""
    painter.save()
    painter.setClipRect(box)
    painter.fillRect(box, QColor(*(int(v) for v in PLAIN)))
    painter.setPen(QPen(QColor(*(int(v) for v in STRIPE)), 3))
    for left in np.arange(box.left() - box.height(), box.right(), 7):
        painter.drawLine(QPointF(left, box.bottom()), QPointF(left + box.height(), box.top()))
    painter.restore()
