"""How far an optimisation is from keeping each limit, step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import product
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


class TermCurves(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph has no types
    """A curve a limit: the root of its squared shortfall over all threads; at 0.001 mm and less it is kept."""

    def __init__(self) -> None:
        super().__init__(background=theme.BASE, enableMenu=False, axisItems={"bottom": StepAxis("bottom")})
        self.setMinimumHeight(104)
        self.setMouseEnabled(False, False)
        self.hideButtons()
        dress_axes(self, "lack, mm")
        self.setLogMode(x=False, y=True)  # an exchange may put a thread far outside for a moment
        self.setToolTip(
            "By how much limits are not kept yet, a curve a limit: root of the squared shortfalls of all threads, mm; "
            "0.001 where all keep to it. Angles count as 0.05 mm a degree"
        )
        self.curves: dict[str, Any] = {}

    def show_terms(self, terms: Sequence[Mapping[str, float]], at: Sequence[int], total: int) -> None:
        """Show a run's terms as `LossCurve.show_losses` does; limits that were always kept have no curve."""
        places = places_of(at)
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
        words = []
        for name in (name for name in CONSTRAINTS if name in self.curves):
            (_, stroke), colour = _look(name)
            words.append(f'<span style="color: {colour}">{stroke} {CONSTRAINT_WORDS[name]}</span>')
        self.setTitle(" &nbsp; ".join(words), size="7.5pt")  # a legend would lie over the curves
        self.setVisible(bool(self.curves))
        if self.curves:
            self.setXRange(*stretch_of(at, total), padding=0)


def _look(name: ConstraintName) -> tuple[tuple[Qt.PenStyle, str], str]:
    return _LOOKS[CONSTRAINTS.index(name) % len(_LOOKS)]
