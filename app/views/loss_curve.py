"""The error of an optimisation, step by step."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil
from typing import Any, Final

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import Qt

from app import theme

LEAST_STEPS: Final = 20  # shown however early a run is, so that its curve does not jump


class _Steps(pg.AxisItem):  # type: ignore[misc]  # pyqtgraph has no types
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
    """Losses over steps: those of the exchange left of 0, the gradient's right of it."""

    def __init__(self) -> None:
        super().__init__(background=theme.BASE, enableMenu=False, axisItems={"bottom": _Steps("bottom")})
        self.setMinimumHeight(60)
        self.setMouseEnabled(False, False)
        self.hideButtons()
        self.showGrid(y=True, alpha=0.15)
        style: dict[str, Any] = {"color": theme.MUTED, "font-size": "8pt"}
        for side, title in (("left", "error"), ("bottom", "gradient step")):
            self.getAxis(side).setTextPen(theme.MUTED)
            self.getAxis(side).setPen(theme.LINE)
            self.setLabel(side, title, **style)
        self.setToolTip(
            "The task's error as a share of a black percept's, step by step (1 = nothing seen); left of the line "
            "threads are exchanged across the cortex, right of it they are moved by the gradient"
        )
        self.getAxis("left").setTicks([[(0.2, "0.2"), (0.5, "0.5"), (0.8, "0.8")]])  # a low plot has room for no more
        self.setYRange(0.0, 1.0)
        self.curve = self.plot(pen=pg.mkPen(theme.ACCENT, width=2))
        self.exchange = pg.InfiniteLine(
            pos=0.0,
            pen=pg.mkPen(theme.MUTED, width=1, style=Qt.PenStyle.DashLine),
            label="◂ exchange",  # at the right of the line: left of it there is often no room
            labelOpts={"position": 0.12, "color": theme.MUTED, "anchors": [(0, 0.5), (0, 0.5)]},
        )
        self.addItem(self.exchange)

    def show_losses(self, losses: Sequence[float], swaps: int) -> None:
        """Show a run's losses, of which the start and the first `swaps` came before the gradient; none hides it all."""
        self.setVisible(len(losses) > 1)
        self.exchange.setVisible(swaps > 0)
        steps = np.arange(len(losses)) - swaps
        self.curve.setData(steps, np.array(losses))
        self.setXRange(-swaps, max(LEAST_STEPS - swaps, len(losses) - 1 - swaps, 1), padding=0)
