"""The legend of the 3D picture: an overlay's colours with their values, or the names of visual areas."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QFontMetrics, QLinearGradient, QPainter, QPen

from app import theme
from app.views.overlays import PLAIN, STRIPE, Overlay, Range, Scale, area_colours, area_name, shares, table, ticks
from planner.anatomy.vessels.tree import VesselKind

WIDTH_PX: Final = 190
LINE_PX: Final = 16
BAR_PX: Final = 30  # of the colours and the values under them
COLUMN_PX, SMALL_COLUMN_PX = 62, 46  # of an area's name with its colour, and where there is little room
COLUMNS: Final = 3
LETTER_PX: Final = 22  # from the middle of an edge, that are left for a letter
KIND_PX: Final = 29  # of a kind of vessel's colour and what is left free round it
SMALL_PX: Final = 120  # wide where there is little room
PLATE: Final = 235  # of 255: words are read on it whatever is behind
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
    vessels : tuple of VesselKind
        The kinds of vessels in the picture.
    """

    overlay: Overlay = "none"
    scale: Scale | None = None
    shown: Range | None = None
    areas: tuple[int, ...] = ()
    unknown: bool = False
    note: str = ""
    drawn: tuple[str, ...] = ()
    vessels: tuple[VesselKind, ...] = ()


def paint_legend(painter: QPainter, area: QRectF, legend: Legend) -> None:
    """Paint it at the lower right: the colours, above them what they are of, above that what lines and shades are.

    It keeps to the lower right quarter, so that the letters at the middle of the edges stay free.
    """
    roomy, metrics = area.height() >= ROOMY_PX, painter.fontMetrics()
    most = area.width() / 2 - LETTER_PX
    wide = min(WIDTH_PX if roomy else SMALL_PX, most)
    column_px = COLUMN_PX if roomy else SMALL_COLUMN_PX
    columns = int(min(COLUMNS, max(1, len(legend.areas)), max(1, most // column_px)))
    scale, title, above, below_px = legend.scale, "", ["Outline: V1"] if roomy else [], 0
    if legend.note:
        title = legend.note
    elif legend.overlay == "area":
        title, below_px = "Visual areas", LINE_PX * -(-len(legend.areas) // columns)
        wide = column_px * columns
    elif scale is not None:
        title, below_px = f"{scale.title}{scale.unit and ', '}{scale.unit}", BAR_PX
        if not roomy or metrics.horizontalAdvance(title) > most:
            title = f"{legend.overlay.capitalize()}{scale.unit and ', '}{scale.unit}"
        if roomy and legend.overlay in ("eccentricity", "polar angle") and legend.areas != (1,):
            above.append("Paler: other visual areas")
    above += legend.drawn if roomy else ()  # slices name what they have of it
    striped = legend.unknown and not legend.note
    texts = [title, *(["Striped: vessels not known" if roomy else "Striped: not known"] if striped else ()), *above]
    lines = [line for text in texts for line in reversed(_wrapped(metrics, text, most))]
    least = 2 if striped else int(legend.overlay != "area")  # areas' names speak for themselves
    fit = int((area.height() / 2 - LETTER_PX - below_px) // LINE_PX)
    kinds = legend.vessels if fit > least and _kinds_px(metrics, legend.vessels) <= most else ()
    lines = lines[: max(least, fit - bool(kinds))]
    if not lines and not below_px and not kinds:
        return
    width = max([wide if below_px else 0, *(metrics.horizontalAdvance(line) for line in lines)]) + 27 * striped
    width = max(width, _kinds_px(metrics, kinds))
    top = area.bottom() - below_px
    high = LINE_PX * (len(lines) + bool(kinds))
    whole = QRectF(area.right() - width, top - high, width, high + below_px)
    plate(painter, whole)
    painter.setPen(QColor(theme.TEXT))
    for number, text in enumerate(lines):
        line = QRectF(whole.left(), top - LINE_PX * (number + 1), width, LINE_PX)
        painter.drawText(line, Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter, text)
    _kinds(painter, QRectF(whole.left(), whole.top(), width, LINE_PX), kinds)
    row = next((number for number, line in enumerate(lines) if line.startswith("Striped")), None)
    if row is not None:
        left = area.right() - metrics.horizontalAdvance(lines[row]) - 27
        _swatch(painter, QRectF(left, top - LINE_PX * (row + 1) + 3, 22, 11))
    if legend.overlay == "area" and not legend.note:
        _areas(painter, QRectF(area.right() - wide, top, wide, below_px), legend.areas, columns)
    elif scale is not None and below_px:
        _bar(painter, QRectF(area.right() - wide, top + 3, wide, 8), scale, legend)


def _wrapped(metrics: QFontMetrics, text: str, width: float) -> list[str]:
    """A text in lines of at most so many pixels, if its words let it."""
    lines: list[str] = []
    for word in text.split():
        longer = f"{lines[-1]} {word}" if lines else word
        if lines and metrics.horizontalAdvance(longer) <= width:
            lines[-1] = longer
        else:
            lines.append(word)
    return lines


def plate(painter: QPainter, box: QRectF) -> None:
    """A ground for small words, which are read on cortex too."""
    ground = QColor(theme.SCENE_BOTTOM)
    ground.setAlpha(PLATE)
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
    painter.setPen(QColor(theme.TEXT))
    words = dict(scale.words)
    first, *inner, last = ticks(scale, legend.shown)
    taken: list[tuple[float, float]] = []
    for value in (first, last, *inner):
        beyond = "≤" if value == first > scale.bounds[0] else "≥" if value == last < scale.bounds[1] else ""
        text = " ".join(filter(None, (words.get(value, ""), f"{beyond}{value:g}")))
        share = float(shares(scale, np.array([value]), legend.shown)[0])
        width = painter.fontMetrics().horizontalAdvance(text)
        left = float(np.clip(bar.left() + share * bar.width() - width / 2, bar.left(), bar.right() - width))
        if all(left > end or left + width < begin for begin, end in taken):
            taken.append((left - 4, left + width + 4))
            painter.drawText(QPointF(left, bar.bottom() + 15), text)


def _areas(painter: QPainter, box: QRectF, areas: tuple[int, ...], columns: int) -> None:
    """Names with their colours, in columns."""
    for number, its in enumerate(areas):
        row, column = divmod(number, columns)
        left = box.right() - box.width() * (1 - column / columns)
        top = box.top() + LINE_PX * row
        painter.fillRect(QRectF(left, top + 4, 10, 9), QColor(*(int(v) for v in area_colours(np.array(its)))))
        name = QRectF(left + 15, top, box.width() / columns - 15, LINE_PX)
        painter.drawText(name, Qt.AlignmentFlag.AlignVCenter, area_name(its))


def _kinds_px(metrics: QFontMetrics, kinds: Sequence[VesselKind]) -> int:
    return sum(KIND_PX + metrics.horizontalAdvance(kind) for kind in kinds)


def _kinds(painter: QPainter, line: QRectF, kinds: Sequence[VesselKind]) -> None:
    """Kinds of vessels with their colours, to the right of a line."""
    left = line.right() - _kinds_px(painter.fontMetrics(), kinds)
    for kind in kinds:
        painter.fillRect(QRectF(left + 10, line.center().y() - 2, 14, 4), QColor(theme.VESSELS[kind]))
        wide = painter.fontMetrics().horizontalAdvance(kind)
        painter.setPen(QColor(theme.TEXT))
        painter.drawText(QRectF(left + KIND_PX, line.top(), wide + 2, LINE_PX), Qt.AlignmentFlag.AlignVCenter, kind)
        left += KIND_PX + wide


def _swatch(painter: QPainter, box: QRectF) -> None:
    """What is striped looks like this."""
    painter.save()
    painter.setClipRect(box)
    painter.fillRect(box, QColor(*(int(v) for v in PLAIN)))
    painter.setPen(QPen(QColor(*(int(v) for v in STRIPE)), 3))
    for left in np.arange(box.left() - box.height(), box.right(), 7):
        painter.drawLine(QPointF(left, box.bottom()), QPointF(left + box.height(), box.top()))
    painter.restore()
