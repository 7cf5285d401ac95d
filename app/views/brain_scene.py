"""Cortices in the 3D view, with V1's outline, as VTK actors; and the light on all of it."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyvista as pv
from numpy.typing import NDArray
from vtkmodules.vtkCommonCore import reference
from vtkmodules.vtkCommonDataModel import vtkGenericCell, vtkPlane, vtkStaticCellLocator

from app import theme
from app.cortex import Cortex, SurfaceName, surface_mesh
from app.views.brain_hatching import Hatching, tinted
from app.views.overlays import Colours
from planner.frames import FloatArray, IntArray

OUTLINE_LIFT_MM: Final = 0.15  # over the surface, so that it does not sink into the light mesh


class CortexActors:
    """One hemisphere as meshes, full, light and perhaps flat, of which one is shown."""

    def __init__(self, plotter: Any, cortex: Cortex) -> None:
        self.cortex = cortex
        self.surface: SurfaceName = "pial"
        self._rows: list[Any] = [slice(None), cortex.light_vertices]
        self._meshes: list[Any] = []  # pv.PolyData, whose stub forbids slices
        self._actors: list[Any] = []
        self._visible, self._light = True, False
        self._locator: Any = None  # VTK's stubs take numbers where it writes into references
        self._cut: vtkPlane | None = None
        rows: Any
        faces_of = [cortex.faces, cortex.light_faces]
        if cortex.patch is not None:
            self._rows.append(cortex.patch.vertices)
            faces_of.append(_among(cortex.patch.vertices, cortex.faces[cortex.patch.faces]))
        surfaces: tuple[SurfaceName, ...] = ("pial", "pial", "flat")
        for surface, rows, faces in zip(surfaces, self._rows, faces_of, strict=False):
            mesh = surface_mesh(cortex.points[surface][rows].copy(), faces)
            mesh.point_data.active_normals = cortex.normals[surface][rows].copy()
            mesh.point_data["rgb"] = np.full((mesh.n_points, 3), 180, dtype=np.uint8)
            actor = plotter.add_mesh(
                mesh, scalars="rgb", rgb=True, copy_mesh=False, show_scalar_bar=False, reset_camera=False, render=False
            )
            actor.prop.interpolation = "Gouraud"
            actor.prop.specular, actor.prop.specular_power = 0.12, 18.0
            actor.prop.ambient, actor.prop.diffuse = 0.08, 0.92
            self._meshes.append(mesh)
            self._actors.append(actor)
        self._border: Any = pv.PolyData()
        if len(cortex.v1_border):
            self._border = pv.PolyData(self._border_points(), lines=_pairs(len(cortex.v1_border)))
        self._outline = (
            plotter.add_mesh(
                self._border,
                color=theme.OUTLINE,
                line_width=2.2,
                lighting=False,
                copy_mesh=False,
                reset_camera=False,
                render=False,
            )
            if self._border.n_points
            else None
        )
        self._hatching = Hatching(plotter, cortex)
        self._colours: Colours = np.full((len(cortex.points["pial"]), 3), 180, dtype=np.uint8)
        self._forbidden: NDArray[np.bool_] | None = None
        self._show()

    def set_surface(self, surface: SurfaceName) -> None:
        """Draw another surface; the vertices keep their colours."""
        self.surface = surface
        self._locator = None
        self._hatching.set_surface(surface)
        for mesh, rows in zip(self._meshes[:2], self._rows[:2], strict=True) if surface != "flat" else ():
            mesh.points[:] = self.cortex.points[surface][rows]
            mesh.point_data.active_normals[:] = self.cortex.normals[surface][rows]
            mesh.GetPoints().Modified()
            mesh.GetPointData().GetNormals().Modified()
            mesh.Modified()
        self._show()
        if self._outline is not None:
            self._border.points[:] = self._border_points()
            self._border.GetPoints().Modified()
            self._border.Modified()

    def _border_points(self) -> FloatArray:
        """The ends of V1's outline, edge by edge ``(2 S, 3)``, a little over the shown surface."""
        surface, normals = self.cortex.points[self.surface], self.cortex.normals[self.surface]
        lifted = (surface[self.cortex.v1_border] + OUTLINE_LIFT_MM * normals[self.cortex.v1_border]).mean(axis=2)
        off = np.isnan(lifted).any(axis=(1, 2))  # a part of V1 that the flat patch leaves out
        lifted[off] = lifted[~off][0, 0] if (~off).any() else 0.0
        return np.asarray(lifted.reshape(-1, 3))

    def set_colours(self, colours: Colours) -> None:
        """Colour the vertices ``(V, 3)``."""
        self._colours = colours
        self._tint()

    def set_forbidden(self, vertices: NDArray[np.bool_] | None) -> None:
        """Tint and hatch what is forbidden by these vertices ``(V,)``; None for nothing. Quick enough for a brush."""
        self._forbidden = vertices
        self._hatching.show(vertices)
        self._tint()

    def _tint(self) -> None:
        colours = self._colours if self._forbidden is None else tinted(self._colours, self._forbidden)
        for mesh, rows in zip(self._meshes, self._rows, strict=True):
            mesh.point_data["rgb"][:] = colours[rows]
            mesh.GetPointData().GetArray("rgb").Modified()
            mesh.Modified()

    def set_opacity(self, opacity: float) -> None:
        """0 to 1. Back faces are left out where one can see through: cheap, and calmer than sorting them."""
        for actor in self._actors:
            actor.prop.opacity = opacity
            actor.prop.culling = "back" if opacity < 1 else "none"

    @property
    def visible(self) -> bool:
        """Whether the hemisphere is shown."""
        return self._visible

    def set_visible(self, visible: bool) -> None:
        """Show or hide the hemisphere."""
        self._visible = visible
        self._show()

    def set_light(self, light: bool) -> None:
        """Draw the light mesh, for moving pictures, or the full one."""
        self._light = light
        self._show()

    def cut(self, plane: vtkPlane | None) -> None:
        """Leave out what is on a plane's far side, against its normal; with None nothing. The plane may be moved."""
        self._cut = plane
        for actor in filter(None, (*self._actors, self._outline, *self._hatching.actors)):
            actor.mapper.RemoveAllClippingPlanes()
            if plane is not None:
                actor.mapper.AddClippingPlane(plane)

    def hit(self, near: FloatArray, far: FloatArray) -> tuple[float, FloatArray, int] | None:
        """Where a ray first meets what is shown: share of the way, point, face; never on the light mesh."""
        if self._locator is None:
            self._locator = vtkStaticCellLocator()
            self._locator.SetDataSet(self._meshes[2 if self.surface == "flat" else 0])
            self._locator.BuildLocator()
        begin, end = _kept(self._cut, near, far)
        if begin >= end:
            return None
        t: Any = reference(0.0)
        sub: Any = reference(0)
        face: Any = reference(0)
        at, inside = [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]
        first, last = near + begin * (far - near), near + end * (far - near)
        if not self._locator.IntersectWithLine(first, last, 1e-6, t, at, inside, sub, face, vtkGenericCell()):
            return None
        row = int(face.get())
        if self.surface == "flat" and self.cortex.patch is not None:
            row = int(self.cortex.patch.faces[row])
        return begin + float(t.get()) * (end - begin), np.array(at), row

    def remove(self, plotter: Any) -> None:
        """Take the hemisphere out of the scene."""
        for actor in filter(None, (*self._actors, self._outline)):
            plotter.remove_actor(actor, reset_camera=False, render=False)
        self._hatching.remove(plotter)

    def _show(self) -> None:
        shown = 2 if self.surface == "flat" else int(self._light)
        for number, actor in enumerate(self._actors):
            actor.visibility = self._visible and number == shown
        if self._outline is not None:
            self._outline.visibility = self._visible
        self._hatching.set_visible(self._visible)


def _among(vertices: IntArray, faces: IntArray) -> IntArray:
    """Faces between some vertices, which are numbered anew."""
    return np.asarray(np.searchsorted(vertices, faces), dtype=np.int64)


def _kept(plane: vtkPlane | None, near: FloatArray, far: FloatArray) -> tuple[float, float]:
    """From where to where a ray is on the side of a plane that is shown, as shares of its way."""
    if plane is None:
        return 0.0, 1.0
    first, last = (plane.EvaluateFunction(*point.tolist()) for point in (near, far))
    if first >= 0 and last >= 0:
        return 0.0, 1.0
    if first < 0 and last < 0:
        return 1.0, 0.0
    meets = first / (first - last)
    return (meets, 1.0) if first < 0 else (0.0, meets)


def _pairs(count: int) -> Any:
    """VTK's lines between points 0 and 1, 2 and 3 and so on."""
    return np.column_stack([np.full(count, 2), np.arange(2 * count).reshape(count, 2)]).ravel()


def light_scene(plotter: Any) -> None:
    """A key light from the viewer's upper left, a weak one from the right: each one more costs in every pixel."""
    for position, intensity in (((-0.6, 0.8, 1.4), 0.86), ((1.2, -0.3, 0.8), 0.3)):
        light = pv.Light(position=position, focal_point=(0.0, 0.0, 0.0), light_type="camera light", intensity=intensity)
        plotter.add_light(light)
