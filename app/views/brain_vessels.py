"""Vessels in the 3D view, as VTK actors."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pyvista as pv
from vtkmodules.vtkCommonDataModel import vtkPlane

from app import theme
from app.cortex import surface_mesh
from planner.anatomy.vessels.wall import Vessel, VesselWall

LEAST_PX: Final = 1.0  # ours: of a vessel's width on screen; a thinner tube would fall to pieces between pixels
LIFT_MM, LIGHT_LIFT_MM = 0.6, 1.2  # ours: by so much the line is nearer to the viewer, on the light mesh by more
LINE_SHADE: Final = 0.85  # of the vessel's colour, about as its tube is lit


class VesselActors:
    """One vessel: a wall as it is, a tree as a tube of its own radius.

    In the tube's middle is a line that no distance makes too thin. It is drawn about a thin vessel's radius nearer to
    the viewer, since cortex in which half of the vessel lies would leave but pieces of a line.

    Attributes
    ----------
    vessel : Vessel
    """

    def __init__(self, plotter: Any, vessel: Vessel, shapes: Sequence[Any]) -> None:
        self.vessel = vessel
        self._actors = [
            plotter.add_mesh(
                shape,
                color=theme.VESSELS[vessel.kind],
                scalars=None,
                show_scalar_bar=False,
                specular=0.25,
                line_width=LEAST_PX,
                reset_camera=False,
                render=False,
            )
            for shape in shapes
        ]
        for actor in self._actors:
            actor.prop.interpolation = "Gouraud"
        self._lines = self._actors[1:]  # a wall has none
        for actor in self._lines:
            actor.prop.lighting = False  # lines have no normals: some of their pixels would be black
            actor.prop.color = tuple(LINE_SHADE * part / 255 for part in theme.rgb(theme.VESSELS[vessel.kind]))

    def follow(self, camera: Any, light: bool) -> None:
        """Bring the line nearer to a camera without moving it on screen; before every frame."""
        at, away = np.array(camera.position), camera.distance
        for actor in self._lines:
            share = max(0.5, 1.0 - (LIGHT_LIFT_MM if light else LIFT_MM) / max(away, LIFT_MM))
            actor.SetScale(share)
            actor.SetPosition(*((1.0 - share) * at))

    @property
    def visible(self) -> bool:
        """Whether it is shown."""
        return any(actor.visibility for actor in self._actors)

    def set_visible(self, on: bool) -> None:
        """Show it, or not."""
        for actor in self._actors:
            actor.visibility = on

    def cut(self, plane: vtkPlane | None) -> None:
        """Leave out what is behind a plane, or nothing."""
        for actor in self._actors:
            actor.mapper.RemoveAllClippingPlanes()
            if plane is not None:
                actor.mapper.AddClippingPlane(plane)

    def remove(self, plotter: Any) -> None:
        """Draw it no more."""
        for actor in self._actors:
            plotter.remove_actor(actor, reset_camera=False, render=False)


def add_vessels(plotter: Any, vessels: Sequence[Vessel]) -> list[VesselActors]:
    """Draw vessels, those of which there is something to draw."""
    shapes = [(vessel, [shape for shape in _shapes(vessel) if shape.n_cells]) for vessel in vessels]
    return [VesselActors(plotter, vessel, its) for vessel, its in shapes if its]


def _shapes(vessel: Vessel) -> list[Any]:
    if isinstance(vessel, VesselWall):
        wall = surface_mesh(vessel.vertices_mm.astype(np.float32), vessel.faces)
        return [wall.compute_normals(cell_normals=False, split_vertices=False, consistent_normals=False)]
    if len(vessel.edges) == 0:
        return []
    lines = np.column_stack([np.full(len(vessel.edges), 2), vessel.edges]).ravel()
    mesh = pv.PolyData(vessel.points_mm.astype(np.float32), lines=lines)
    mesh.point_data["radius"] = vessel.radius_mm
    courses = mesh.strip(max_length=10_000)  # whole ones instead of single segments: half the points
    return [courses.tube(scalars="radius", absolute=True, n_sides=6, capping=False), courses]
