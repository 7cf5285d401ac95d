"""The crosshair in the 3D view: three short lines along the scanner's axes, seen through the cortex."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyvista as pv
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer

from app import theme
from planner.frames import FloatArray
from planner.implant.thread import Vector

ARM_MM, ARM_PX = 4.2, 14.0  # long at least
GAP_MM, GAP_PX = 0.8, 9.0  # left free in the middle at least, so that what is there is seen


class CrossActor:
    """Drawn in the layer over the scene; of one colour, because red says that something is unsafe here."""

    def __init__(self, layer: vtkRenderer) -> None:
        self._px_mm = 0.0
        lines = np.column_stack([np.full(6, 2), np.arange(12).reshape(6, 2)]).ravel()
        self._mesh: Any = pv.PolyData(_arms(0.0), lines=lines)
        mapper = vtkPolyDataMapper()
        mapper.SetInputData(self._mesh)
        self._actor = vtkActor()
        self._actor.SetMapper(mapper)
        self._actor.GetProperty().SetColor(*(part / 255 for part in theme.rgb(theme.FOCUS)))
        self._actor.GetProperty().SetLineWidth(2.0)
        self._actor.GetProperty().LightingOff()
        self._actor.PickableOff()
        self._actor.VisibilityOff()
        layer.AddActor(self._actor)

    def follow(self, px_mm: float) -> None:
        """Keep the middle free where a pixel is so many mm; before every frame."""
        if px_mm != self._px_mm:
            self._px_mm = px_mm
            self._mesh.points[:] = _arms(px_mm)
            self._mesh.GetPoints().Modified()
            self._mesh.Modified()

    def show(self, point_mm: Vector | None) -> None:
        """Show it at a point of scanner RAS, or not at all."""
        self._actor.SetVisibility(point_mm is not None)
        if point_mm is not None:
            self._actor.SetPosition(*point_mm)


def _arms(px_mm: float) -> FloatArray:
    """Begin and end of each of the six lines ``(12, 3)`` around the origin."""
    gap = max(GAP_MM, GAP_PX * px_mm)
    ends = gap, gap + max(ARM_MM, ARM_PX * px_mm)
    return np.stack([sign * size * axis for axis in np.eye(3) for sign in (1, -1) for size in ends])
