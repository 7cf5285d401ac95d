"""The geometry of the screen: from scanner space to the 3D widget's pixels and back."""

from __future__ import annotations

from typing import Any

import numpy as np
from PySide6.QtCore import QPointF

from planner.frames import FloatArray


class Screen:
    """Positions of a 3D widget, in its own pixels from the upper left, as its camera is now."""

    def __init__(self, plotter: Any) -> None:
        self._plotter = plotter

    def position(self, point_mm: FloatArray) -> QPointF:
        """Where a point (scanner RAS) appears."""
        renderer, ratio = self._plotter.renderer, self._plotter.devicePixelRatioF()
        renderer.SetWorldPoint(*(float(v) for v in point_mm), 1.0)
        renderer.WorldToDisplay()
        x, y, _ = renderer.GetDisplayPoint()
        return QPointF(x / ratio, self._plotter.height() - 1 - y / ratio)

    def ray(self, position: QPointF) -> tuple[FloatArray, FloatArray]:
        """The points ``(3,)`` on the near and far plane that appear at a position."""
        renderer, ratio = self._plotter.renderer, self._plotter.devicePixelRatioF()
        ends = []
        for depth in (0.0, 1.0):
            renderer.SetDisplayPoint(position.x() * ratio, (self._plotter.height() - 1 - position.y()) * ratio, depth)
            renderer.DisplayToWorld()
            world = np.array(renderer.GetWorldPoint())
            ends.append(world[:3] / world[3])
        return ends[0], ends[1]
