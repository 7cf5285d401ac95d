"""How far an optimisation is from keeping each limit, step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
from math import ceil, floor, log10
from typing import Any, Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt

from app import theme
from app.views.loss_curve import StepAxis, dress_axes, places_of, stretch_of
from app.words import CONSTRAINT_WORDS
from planner.design.limits import CONSTRAINTS, ConstraintName

_STROKES: Final = (
    (Qt.PenStyle.SolidLine, "—"),
    (Qt.PenStyle.DashLine, "– –"),
    (Qt.PenStyle.DotLine, "···"),
    (Qt.PenStyle.DashDotLine, "–·"),
)
_LOOKS: Final = tuple(product(_STROKES, (theme.TEXT, theme.CURVE, theme.CURVE_TOO)))
"""None of these colours means anything elsewhere: no vessel, nothing safe or unsafe."""
LEAST_MM: Final = 1e-3  # a shortfall that was never larger is none to draw
KEPT: Final = round(log10(LEAST_MM))  # where the scale begins
LEAST_SPAN: Final = 2  # decades
TICK_PX: Final = 15  # a line of the axis's words


class ShortfallAxis(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
    """Decades of mm, as many as there is room for; what is drawn at the lowest is kept."""

    def tickValues(self, least: float, most: float, size: float) -> list[tuple[float, list[float]]]:
        """The exponents from the lowest one on."""
        decades = max(1, floor(most) - KEPT)
        step = ceil(decades / max(1, size // TICK_PX - 1))
        return [(float(step), [float(place) for place in range(KEPT, floor(most) + 1, step)])]

    def tickStrings(self, values: Sequence[float], scale: float, spacing: float) -> list[str]:
        """What they are in mm."""
        return ["kept" if value <= KEPT else f"{10**value:g}" for value in values]


class TermCurves(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph has no types
    """A curve a limit: the root of its squared shortfall over all threads; at `LEAST_MM` and less it is kept."""

    def __init__(self) -> None:
        axes = {"bottom": StepAxis("bottom"), "left": ShortfallAxis("left")}
        super().__init__(background=theme.BASE, enableMenu=False, axisItems=axes)
        self.setMinimumHeight(120)
        self.setMouseEnabled(False, False)
        self.hideButtons()
        dress_axes(self, "short of limit, mm")
        self.setLogMode(x=False, y=True)  # an exchange may put a thread far outside for a moment
        self.setToolTip(
            "By how much limits are not kept yet, a curve a limit: root of the squared shortfalls of all threads, mm; "
            "kept where that is 0.001 mm or less. Angles count as 0.05 mm a degree"
        )
        self.curves: dict[str, Any] = {}

    def show_terms(self, terms: Sequence[Mapping[str, float]], at: Sequence[int], total: int) -> None:
        """Show a run's terms as `LossCurve.show_losses` does; limits that were always kept have no curve."""
        places, highest = places_of(at), float(KEPT + LEAST_SPAN)
        for name in CONSTRAINTS:
            lack_mm = np.sqrt([max(term.get(name, 0.0), 0.0) for term in terms]) if terms else np.zeros(0)
            if not (lack_mm > LEAST_MM).any():
                if name in self.curves:
                    self.removeItem(self.curves.pop(name))
                continue
            if name not in self.curves:
                (style, _), colour = _look(name)
                self.curves[name] = self.plot(pen=pg.mkPen(colour, width=1.6, style=style))
            self.curves[name].setData(places, np.maximum(lack_mm, LEAST_MM))
            highest = max(highest, log10(lack_mm.max()))
        words = []
        for name in (name for name in CONSTRAINTS if name in self.curves):
            (_, stroke), colour = _look(name)
            words.append(f'<span style="color: {colour}">{stroke} {CONSTRAINT_WORDS[name]}</span>')
        self.setTitle(" &nbsp; ".join(words), size="7.5pt")  # a legend would lie over the curves
        self.setVisible(bool(self.curves))
        if self.curves:
            self.setXRange(*stretch_of(at, total), padding=0)
            self.setYRange(KEPT, highest, padding=0.08)


def _look(name: ConstraintName) -> tuple[tuple[Qt.PenStyle, str], str]:
    return _LOOKS[CONSTRAINTS.index(name) % len(_LOOKS)]
