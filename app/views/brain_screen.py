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
        return QPointF(*self.positions(np.asarray(point_mm, dtype=np.float64)[None])[0])

    def positions(self, points_mm: FloatArray) -> FloatArray:
        """Where points ``(K, 3)`` (scanner RAS) appear ``(K, 2)``."""
        renderer, ratio = self._plotter.renderer, self._plotter.devicePixelRatioF()
        flat = renderer.GetActiveCamera().GetCompositeProjectionTransformMatrix(renderer.GetTiledAspectRatio(), 0, 1)
        matrix = np.array([[flat.GetElement(row, column) for column in range(4)] for row in range(4)])
        seen = np.column_stack([points_mm, np.ones(len(points_mm))]) @ matrix.T
        width, height = renderer.GetSize()
        x, y = ((seen[:, :2] / seen[:, 3:] + 1) / 2 * (width, height)).T
        return np.column_stack([x / ratio, self._plotter.height() - 1 - y / ratio])

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

    def level_with(self, point_mm: FloatArray, position: QPointF) -> FloatArray:
        """The point ``(3,)`` that appears at a position and is as far from the camera as another one."""
        near, far = self.ray(position)
        facing = np.array(self._plotter.renderer.GetActiveCamera().GetDirectionOfProjection())
        return np.asarray(near + ((point_mm - near) @ facing) / ((far - near) @ facing) * (far - near))
