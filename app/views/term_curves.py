"""How far an optimisation is from keeping each limit, step by step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Final

import numpy as np
import pyqtgraph as pg

from app import theme
from app.words import CONSTRAINT_WORDS
from planner.design.limits import CONSTRAINTS

COLOURS: Final = (
    *(theme.ARTERY, theme.SAFE, theme.VESSEL, theme.WARNING),
    *(theme.ACCENT, theme.TEXT, theme.VEIN, theme.UNSAFE),
)
LEAST_MM: Final = 1e-3  # a shortfall that was never larger is none to draw


class TermCurves(pg.PlotWidget):  # type: ignore[misc]  # pyqtgraph has no types
    """A curve a limit: the root of its squared shortfall over all threads; at 0.001 mm and less it is kept."""

    def __init__(self) -> None:
        super().__init__(background=theme.BASE, enableMenu=False)
        self.setMinimumHeight(56)
        self.setMouseEnabled(False, False)
        self.hideButtons()
        style: dict[str, Any] = {"color": theme.MUTED, "font-size": "8pt"}
        for side, title in (("left", "lack, mm"), ("bottom", "")):
            self.getAxis(side).setTextPen(theme.MUTED)
            self.getAxis(side).setPen(theme.LINE)
            self.setLabel(side, title, **style)
        self.hideAxis("bottom")
        self.setLogMode(x=False, y=True)  # an exchange may put a thread far outside for a moment
        self.setToolTip(
            "By how much limits are not kept yet, a curve a limit: root of the squared shortfalls of all threads, mm; "
            "0.001 where all keep to it. Angles count as 0.05 mm a degree"
        )
        self.getAxis("left").enableAutoSIPrefix(False)
        self.curves: dict[str, Any] = {}

    def show_terms(self, terms: Sequence[Mapping[str, float]], swaps: int) -> None:
        """Show a run's terms in the order of its steps; limits that were always kept have no curve."""
        steps = np.arange(len(terms)) - swaps
        drawn = False
        for place, name in enumerate(CONSTRAINTS):
            lack_mm = np.sqrt([max(term.get(name, 0.0), 0.0) for term in terms]) if terms else np.zeros(0)
            if not (lack_mm > LEAST_MM).any():
                if name in self.curves:
                    self.removeItem(self.curves.pop(name))
                continue
            drawn = True
            if name not in self.curves:
                pen = pg.mkPen(COLOURS[place % len(COLOURS)], width=1.6)
                self.curves[name] = self.plot(pen=pen)
            self.curves[name].setData(steps, np.maximum(lack_mm, LEAST_MM))
        names = {name: COLOURS[place % len(COLOURS)] for place, name in enumerate(CONSTRAINTS) if name in self.curves}
        words = [f'<span style="color: {colour}">{CONSTRAINT_WORDS[name]}</span>' for name, colour in names.items()]
        self.setTitle(" &nbsp; ".join(words), size="7.5pt")  # a legend would lie over the curves
        self.setVisible(drawn)
        if drawn:
            self.setXRange(-swaps, max(len(terms) - 1 - swaps, 1), padding=0)
