"""Forbidden cortex on a hemisphere of the 3D view: hatched, with an edge."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import pyvista as pv
from numpy.typing import NDArray

from app import theme
from app.cortex import Cortex, SurfaceName
from app.views.brain_windows import segments
from app.views.region_shapes import edge_of, forbidden_faces, hatching

LIFT_MM: Final = 0.2  # over the surface, so that the lines do not sink into the light mesh
TINT: Final = 0.6  # ours: how much of the cortex's colour forbidden cortex loses


class Hatching:
    """The lines over forbidden cortex: an edge, thick, and hatching, thin."""

    def __init__(self, plotter: Any, cortex: Cortex) -> None:
        self._cortex = cortex
        self._surface: SurfaceName = "pial"
        self._faces = cortex.faces  # that the surface shows
        self._inside: NDArray[np.bool_] | None = None
        self._meshes: list[Any] = [pv.PolyData(), pv.PolyData()]
        self.actors: list[Any] = []
        for mesh, width in zip(self._meshes, (3.4, 1.5), strict=True):
            mesh.shallow_copy(segments(np.zeros((1, 2, 3))))  # pyvista draws no mesh that has nothing in it
            actor = plotter.add_mesh(
                mesh,
                color=theme.FORBIDDEN,
                line_width=width,
                lighting=False,
                copy_mesh=False,
                reset_camera=False,
                render=False,
            )
            self.actors.append(actor)
        self._draw()

    def show(self, inside: NDArray[np.bool_] | None) -> None:
        """Hatch what is forbidden by these vertices ``(V,)``; None for nothing."""
        self._inside = inside if inside is not None and inside.any() else None
        self._draw()

    def set_surface(self, surface: SurfaceName) -> None:
        """Draw on another surface."""
        self._surface = surface
        whole = self._cortex.faces
        self._faces = whole[self._cortex.faces_of(surface)] if surface == "flat" else whole
        self._draw()

    def set_visible(self, visible: bool) -> None:
        """Show or hide it with its hemisphere."""
        for actor in self.actors:
            actor.visibility = visible

    def remove(self, plotter: Any) -> None:
        """Take it out of the scene."""
        for actor in self.actors:
            plotter.remove_actor(actor, reset_camera=False, render=False)

    def _draw(self) -> None:
        ends = [np.zeros((0, 2, 3))] * 2
        if self._inside is not None:
            points, normals = self._cortex.points[self._surface], self._cortex.normals[self._surface]
            patch = forbidden_faces(self._faces, self._inside)
            strokes = edge_of(patch), hatching(patch, points)
            ends = [its.on(points) + LIFT_MM * its.on(normals) for its in strokes]
        for mesh, its in zip(self._meshes, ends, strict=True):
            mesh.shallow_copy(segments(its))
            mesh.Modified()


def tinted(colours: NDArray[np.uint8], inside: NDArray[np.bool_]) -> NDArray[np.uint8]:
    """Colours of vertices ``(V, 3)``, those that are forbidden nearer to what stands for that."""
    found = colours.copy()
    found[inside] = ((1 - TINT) * colours[inside] + TINT * np.array(theme.rgb(theme.FORBIDDEN))).astype(np.uint8)
    return found
