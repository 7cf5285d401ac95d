"""The room that shafts need: round each the tube within which no vessel's wall may lie, translucent.

Round shafts and not round vessels, because it is the shafts that are moved: so planners of depth electrodes know their
safety zones, a few tubes hide less of the picture than thousands of vessel segments, and the slices show the same
outline. What a vessel's own localisation error adds is not in it, since it differs from vessel to vessel.
"""

from __future__ import annotations

from typing import Final

import numpy as np
import pyvista as pv
from numpy.typing import NDArray
from vtkmodules.vtkRenderingCore import vtkActor, vtkRenderer

from app import theme
from app.views.brain_threads import STATE_COLOURS, tubes
from app.views.shaft_lines import needed_mm
from app.views.status import STATES
from app.views.thread_look import ThreadLook
from planner.frames import FloatArray
from planner.plan.plan import Plan

OPACITY: Final = 0.42
GHOST_OPACITY: Final = 0.26  # where cortex hides it
ROUND: Final = 4  # steps of the caps that make a tube's ends round
SIDES: Final = 16


class RoomActors:
    """Drawn in the scene, and paler in the layer over it. Back faces are left out: cheap, and one sees through once."""

    def __init__(self, scene: vtkRenderer, layer: vtkRenderer) -> None:
        self._mesh = pv.PolyData()
        mapper = tubes(self._mesh, SIDES)
        for renderer, opacity in ((scene, OPACITY), (layer, GHOST_OPACITY)):
            actor = vtkActor()
            actor.SetMapper(mapper)
            actor.GetProperty().SetOpacity(opacity)
            actor.GetProperty().BackfaceCullingOn()
            actor.GetProperty().SetInterpolationToGouraud()
            actor.GetProperty().SetAmbient(0.4)
            actor.GetProperty().SetDiffuse(0.7)
            actor.PickableOff()
            renderer.AddActor(actor)

    def draw(self, plan: Plan, look: ThreadLook, shown: NDArray[np.bool_]) -> None:
        """Show the room of those of a plan's threads that are shown ``(T,)``, in the colour of their state."""
        self._mesh.shallow_copy(_capsules(plan, look, shown))
        self._mesh.Modified()


def _capsules(plan: Plan, look: ThreadLook, shown: NDArray[np.bool_]) -> pv.PolyData:
    """Lines along the shafts and beyond, as thick as the room is there."""
    shafts, implant = plan.implant.shafts(), plan.implant
    devices = [implant.device_of(t) for t in plan.threads]
    wide = np.array([needed_mm(plan, d) if d.penetrates else 0.0 for d in devices])[shafts.thread]
    rows = np.flatnonzero((wide > 0) & shown[shafts.thread])
    if len(rows) == 0:
        return pv.PolyData()
    along = shafts.tip_mm[rows] - shafts.start_mm[rows]
    length = np.linalg.norm(along, axis=1)
    unit = along / np.maximum(length, 1e-9)[:, None]
    beyond, share = _profile()
    at = beyond * wide[rows, None]
    at[:, ROUND + 1 :] += length[:, None]
    points = shafts.start_mm[rows, None] + at[..., None] * unit[:, None]
    mesh = pv.PolyData(
        points.reshape(-1, 3),
        lines=np.column_stack(
            [np.full(len(rows), len(beyond)), np.arange(points.shape[0] * len(beyond)).reshape(len(rows), -1)]
        ).ravel(),
    )
    mesh.point_data["radius"] = (wide[rows, None] * share).ravel()
    colour = np.array([theme.rgb(STATE_COLOURS[state]) for state in STATES], dtype=np.uint8)[look.states]
    mesh.point_data["rgb"] = colour[shafts.thread[rows]].repeat(len(beyond), axis=0)
    return mesh


def _profile() -> tuple[FloatArray, FloatArray]:
    """Of a capsule's outline, how far beyond the shaft's ends points lie, and their radius; shares of the greatest."""
    turn = np.linspace(0.02, 1.0, ROUND + 1) * np.pi / 2
    before, after = -np.cos(turn), np.cos(turn)[::-1]
    return np.concatenate([before, after]), np.concatenate([np.sin(turn), np.sin(turn)[::-1]])
