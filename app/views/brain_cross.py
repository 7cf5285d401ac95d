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
    """Drawn in the layer over the scene; of one colour with a dark rim, as red would say that something is unsafe.

    It is the same in both looks, as cortex and vessels are.
    """

    def __init__(self, layer: vtkRenderer) -> None:
        self._px_mm = 0.0
        lines = np.column_stack([np.full(6, 2), np.arange(12).reshape(6, 2)]).ravel()
        self._mesh: Any = pv.PolyData(_arms(0.0), lines=lines)
        mapper = vtkPolyDataMapper()
        mapper.SetInputData(self._mesh)
        self._actors = [_actor(mapper, theme.IMAGE_RIM, 4.0), _actor(mapper, theme.IMAGE_FOCUS, 2.0)]
        for actor in self._actors:  # the later one lies upon the earlier
            layer.AddActor(actor)

    def follow(self, px_mm: float) -> None:
        """Keep the middle free where a pixel is so many mm; before every frame."""
        if px_mm != self._px_mm:
            self._px_mm = px_mm
            self._mesh.points[:] = _arms(px_mm)
            self._mesh.GetPoints().Modified()
            self._mesh.Modified()

    def show(self, point_mm: Vector | None) -> None:
        """Show it at a point of scanner RAS, or not at all."""
        for actor in self._actors:
            actor.SetVisibility(point_mm is not None)
            if point_mm is not None:
                actor.SetPosition(*point_mm)


def _actor(mapper: vtkPolyDataMapper, colour: str, width_px: float) -> vtkActor:
    actor = vtkActor()
    actor.SetMapper(mapper)
    actor.GetProperty().SetColor(*(part / 255 for part in theme.rgb(colour)))
    actor.GetProperty().SetLineWidth(width_px)
    actor.GetProperty().LightingOff()
    actor.PickableOff()
    actor.VisibilityOff()
    return actor


def _arms(px_mm: float) -> FloatArray:
    """Begin and end of each of the six lines ``(12, 3)`` around the origin."""
    gap = max(GAP_MM, GAP_PX * px_mm)
    ends = gap, gap + max(ARM_MM, ARM_PX * px_mm)
    return np.stack([sign * size * axis for axis in np.eye(3) for sign in (1, -1) for size in ends])
