"""The crosshair in the 3D view: three short lines along the scanner's axes, seen through the cortex."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyvista as pv
from vtkmodules.vtkRenderingCore import vtkActor, vtkPolyDataMapper, vtkRenderer

from app import theme
from app.views.slice_pane import COLOURS
from planner.implant.thread import Vector

ARM_MM: Final = 5.0
GAP_MM: Final = 0.8  # left free in the middle, so that what is there is seen
_AXES: Final = ("sagittal", "coronal", "axial")  # a line along x goes through the sagittal slice


class CrossActor:
    """Drawn in the layer over the scene; its lines have the colours of the slices that they go through."""

    def __init__(self, layer: vtkRenderer) -> None:
        arms = np.stack([sign * size * axis for axis in np.eye(3) for sign in (1, -1) for size in (GAP_MM, ARM_MM)])
        mesh: Any = pv.PolyData(arms, lines=np.column_stack([np.full(6, 2), np.arange(12).reshape(6, 2)]).ravel())
        mesh.cell_data["rgb"] = np.array([theme.rgb(COLOURS[name]) for name in _AXES], dtype=np.uint8).repeat(2, axis=0)
        mapper = vtkPolyDataMapper()
        mapper.SetInputData(mesh)
        mapper.SetScalarModeToUseCellFieldData()
        mapper.SelectColorArray("rgb")
        mapper.SetColorModeToDirectScalars()
        self._actor = vtkActor()
        self._actor.SetMapper(mapper)
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
