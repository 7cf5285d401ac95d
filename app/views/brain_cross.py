"""The crosshair in the 3D view: three short lines along the scanner's axes, seen through the cortex."""

from __future__ import annotations

from typing import Final

import numpy as np
import pyvista as pv
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer

from app import theme
from planner.implant.thread import Vector

ARM_MM: Final = 5.0
GAP_MM: Final = 0.8  # left free in the middle, so that what is there is seen


class CrossActor:
    """Drawn in the layer over the scene; of one colour, because red says that something is unsafe here."""

    def __init__(self, layer: vtkRenderer) -> None:
        arms = np.stack([sign * size * axis for axis in np.eye(3) for sign in (1, -1) for size in (GAP_MM, ARM_MM)])
        mapper = vtkPolyDataMapper()
        mapper.SetInputData(
            pv.PolyData(arms, lines=np.column_stack([np.full(6, 2), np.arange(12).reshape(6, 2)]).ravel())
        )
        self._actor = vtkActor()
        self._actor.SetMapper(mapper)
        self._actor.GetProperty().SetColor(*(part / 255 for part in theme.rgb(theme.FOCUS)))
        self._actor.GetProperty().SetLineWidth(2.0)
        self._actor.GetProperty().LightingOff()
        self._actor.PickableOff()
        self._actor.VisibilityOff()
        layer.AddActor(self._actor)

    def show(self, point_mm: Vector | None) -> None:
        """Show it at a point of scanner RAS, or not at all."""
        self._actor.SetVisibility(point_mm is not None)
        if point_mm is not None:
            self._actor.SetPosition(*point_mm)
