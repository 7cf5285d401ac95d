"""The error of an optimisation, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from math import ceil
from typing import Any, Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent

from app import theme
from planner.frames import FloatArray

LEAST_SPAN: Final = 0.05  # ours, of relative error: less would make much of nothing
TITLED_PX: Final = 74  # high enough for titles of the axes
BOTTOM_PX: Final = 31  # of the axis below, with its title
AXIS_PX: Final = 52  # of the axis at the left, so that curves one above the other are in line


class StepAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """Counts gradient steps, in whole ones; before the first of them threads are exchanged, which has no number."""

    def tickSpacing(self, least: float, most: float, size: float) -> list[tuple[float, float]]:
        """As pyqtgraph would have it, but never a fraction of a step."""
        spacing = max(1, ceil((most - least) / max(2.0, size / 60)))
        power = 10 ** (len(str(spacing)) - 1)
        return [(next(float(n * power) for n in (1, 2, 5, 10) if n * power >= spacing), 0.0)]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """The number of a gradient step, nothing before the first one."""
        return [f"{value:.0f}" if value >= 0 else "" for value in values]


class LossCurve(pg.PlotWidget):  # type: ignore[misc]
    """Relative errors over steps: those of the exchange left of 0, the gradient's right of it."""

    def __init__(self) -> None:
        super().__init__(background=theme.BASE, enableMenu=False, axisItems={"bottom": StepAxis("bottom")})
        self.setMinimumHeight(60)
        self.setMouseEnabled(False, False)
        self.hideButtons()
        self.showGrid(y=True, alpha=0.15)
        dress_axes(self, "relative error")
        self.setToolTip(
            "The task's error relative to a black percept's, which is 1, step by step; left of the line at 0 threads "
            "are exchanged across the cortex, right of it they are moved by the gradient. Where it says repair, "
            "threads are brought back within the limits and, in the middle of a run, exchanged once more"
        )
        self.curve = self.plot(pen=pg.mkPen(theme.ACCENT, width=2))
        # At the right of the line: left of it there is often no room.
        self.exchange = _mark("◂ exchange", Qt.PenStyle.DashLine, 0.88, 0)
        self.repairs = [_mark("repair", Qt.PenStyle.DotLine, 0.66, 1) for _ in range(2)]
        for line in (self.exchange, *self.repairs):
            self.addItem(line)

    def resizeEvent(self, event: QResizeEvent | None) -> None:
        """Where there is little room, all of it is the curve's: what the axes are is said by the tip as well."""
        super().resizeEvent(event)
        if event is None:  # pyqtgraph calls it before there are axes
            return
        titled = self.height() >= TITLED_PX
        for side in ("left", "bottom"):
            self.getAxis(side).showLabel(titled)
        self.getAxis("bottom").setHeight(BOTTOM_PX if titled else None)

    def show_losses(self, losses: Sequence[float], at: Sequence[int], total: int) -> None:
        """Show a run's losses, after how many gradient steps each was, and of how many at most; none hides it all."""
        self.setVisible(len(losses) > 1)
        if not losses:
            self.curve.setData([], [])
            return
        begin, end = stretch_of(at, total)
        self.exchange.setVisible(begin < 0)
        for line, place in zip(self.repairs, (*repairs_of(at), None, None), strict=False):
            line.setVisible(place is not None)
            line.setPos(place or 0)
        self.curve.setData(places_of(at), np.array(losses))
        self.setXRange(begin, end, padding=0)
        self.setYRange(*_span(losses), padding=0.08)


def dress_axes(plot: Any, title: str) -> None:
    """Give a plot over steps its titles and colours."""
    style: dict[str, Any] = {"color": theme.MUTED, "font-size": "7.5pt"}
    for side, words in (("left", title), ("bottom", "gradient step")):
        plot.getAxis(side).setTextPen(theme.MUTED)
        plot.getAxis(side).setPen(theme.LINE)
        plot.setLabel(side, words, **style)
    plot.getAxis("left").setWidth(AXIS_PX)
    plot.getAxis("bottom").setHeight(BOTTOM_PX)
    plot.getAxis("left").enableAutoSIPrefix(False)


def places_of(at: Sequence[int]) -> FloatArray:
    """Where in a picture steps are: exchanges before the first gradient step one after the other, left of 0."""
    places = np.array(at, dtype=np.float64)
    before = int((places == 0).sum())
    places[:before] = np.arange(before) - (before - 1)
    return places


def stretch_of(at: Sequence[int], total: int) -> tuple[float, float]:
    """From where to where a picture of steps goes: to all that were asked for, however many there are yet."""
    places = places_of(at)
    return float(places[0]), float(max(total, places[-1], 1))


def repairs_of(at: Sequence[int]) -> list[int]:
    """After which gradient steps threads were repaired: another state of the run has the number of the one before."""
    return [step for before, step in pairwise(at) if before == step > 0]


def _mark(words: str, style: Qt.PenStyle, height: float, side: int) -> Any:
    anchors = [(side, 0.5), (side, 0.5)]
    options = {"position": height, "color": theme.MUTED, "anchors": anchors}
    return pg.InfiniteLine(pos=0.0, pen=pg.mkPen(theme.MUTED, width=1, style=style), label=words, labelOpts=options)


def _span(losses: Sequence[float]) -> tuple[float, float]:
    """From the least to the most, and no less than is worth looking at."""
    low, high = min(losses), max(losses)
    more = max(0.0, LEAST_SPAN - (high - low)) / 2
    return low - more, high + more
