"""Approach windows in the 3D view: rim, axis and cone of each, and the handles of the chosen one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np
import pyvista as pv
from vtkmodules.vtkFiltersSources import vtkSphereSource
from vtkmodules.vtkRenderingCore import vtkActor, vtkMapper, vtkPolyDataMapper, vtkRenderer

from app import theme
from app.cortex import UNFOLDED, Cortex, SurfaceName
from app.views.brain_threads import glyphs, tubes
from app.views.region_shapes import level_lines
from app.views.window_shapes import funnel, rim, tail
from planner.anatomy.access import Window
from planner.frames import FloatArray, HemisphereName

RIM_MM: Final = 0.4  # how thick the rim is drawn
AXIS_MM: Final = 0.45
TIP_MM: Final = (1.5, 4.0)  # of the arrow: its head's radius and length
CONE_MM: Final = 0.13
CHOSEN_TIMES: Final = 1.6
KNOB_MM: Final = 1.3  # of handles
BEHIND: Final = 0.3  # how opaque what cortex hides is drawn
FILL: Final = 0.08  # of the disc: white, so that the colours of the cortex keep their meaning
LIFT_MM: Final = 0.25

Shown = Mapping[int, Window]
"""Windows by their place in the plan's list."""


class WindowActors:
    """Draws windows in the scene, and paler in the layer over it, so that they are seen through the cortex."""

    def __init__(self, scene: vtkRenderer, layer: vtkRenderer) -> None:
        self._lines, self._fill, self._edge, self._knobs = (pv.PolyData() for _ in range(4))
        bodies = tubes(self._lines)
        ball = vtkSphereSource()
        ball.SetRadius(1.0)
        ball.SetThetaResolution(16)
        ball.SetPhiResolution(12)
        for renderer, mapper, opacity in (
            (scene, bodies, 1.0),
            (layer, bodies, BEHIND),
            (scene, _plain(self._fill), FILL),
            (scene, _plain(self._edge), 1.0),
            (layer, glyphs(self._knobs, [ball]), 1.0),
        ):
            renderer.AddActor(_actor(mapper, opacity, theme.SELECTED if opacity == FILL else theme.OPENING))

    def draw(
        self, windows: Shown, chosen: int, cortices: Mapping[HemisphereName, Cortex], surface: SurfaceName
    ) -> bool:
        """Show these windows instead of those before; `chosen` is a place, or -1.

        Of those on pial the edge of the cortex that they bare is drawn, which is said in return; on a surface that has
        no place in the scanner nothing else.
        """
        placed = windows if surface not in UNFOLDED else {}
        self._lines.shallow_copy(_bodies(placed, chosen))
        self._fill.shallow_copy(_discs([w for w in placed.values() if w.surface == "hull"]))
        self._edge.shallow_copy(_edges(windows, cortices, surface))
        self._knobs.shallow_copy(_knobs(placed.get(chosen)))
        for mesh in (self._lines, self._fill, self._edge, self._knobs):
            mesh.Modified()
        return self._edge.n_points > 0


def _bodies(windows: Shown, chosen: int) -> Any:
    """Rims, arrows and cones as lines with a radius."""
    paths: list[FloatArray] = []
    radii: list[FloatArray] = []
    for place, window in windows.items():
        thick = CHOSEN_TIMES if place == chosen else 1.0
        centre, axis, start = np.array(window.centre_mm), np.array(window.axis), tail(window)
        ribs, mouth = funnel(window)
        base = centre - TIP_MM[1] * axis
        for path, radius in (
            (_closed(rim(window)), RIM_MM * thick),
            (np.stack([start, base]), AXIS_MM * thick),
            (_closed(mouth), CONE_MM * thick),
            *((rib, CONE_MM * thick) for rib in ribs),
        ):
            paths.append(path)
            radii.append(np.full(len(path), radius))
        paths.append(np.stack([base, centre]))
        radii.append(np.array([TIP_MM[0] * thick, 1e-3]))  # a tube that narrows is the arrow's head
    if not paths:
        return pv.PolyData()
    counts = np.array([len(path) for path in paths], dtype=np.int64)
    first = np.cumsum(counts) - counts
    mesh = pv.PolyData(np.concatenate(paths), lines=np.insert(np.arange(counts.sum()), first, counts))
    mesh.point_data["radius"] = np.concatenate(radii)
    mesh.point_data["rgb"] = np.tile(np.array(theme.rgb(theme.OPENING), dtype=np.uint8), (int(counts.sum()), 1))
    return mesh


def _discs(windows: list[Window]) -> pv.PolyData:
    if not windows:
        return pv.PolyData()
    rims = [rim(window) for window in windows]
    corners = len(rims[0])
    rows = [np.insert(corners * number + np.arange(corners), 0, corners) for number in range(len(rims))]
    return pv.PolyData(np.concatenate(rims), faces=np.concatenate(rows))


def _edges(windows: Shown, cortices: Mapping[HemisphereName, Cortex], surface: SurfaceName) -> Any:
    """The edges of the cortex that windows on pial lay bare."""
    parts = []
    for window in windows.values():
        cortex = cortices.get(window.hemisphere)
        if window.surface == "hull" or cortex is None:
            continue
        away = np.linalg.norm(cortex.points["pial"] - np.array(window.centre_mm), axis=1)
        lifted = cortex.points[surface] + LIFT_MM * cortex.normals[surface]
        parts.append(level_lines(cortex.faces[cortex.faces_of(surface)], away / window.radius_mm, only=1).on(lifted))
    return segments(np.concatenate(parts) if parts else np.zeros((0, 2, 3)))


def segments(ends: FloatArray) -> Any:
    """Segments ``(S, 2, 3)`` as lines of VTK."""
    if len(ends) == 0:
        return pv.PolyData()
    cells = np.column_stack([np.full(len(ends), 2), np.arange(2 * len(ends)).reshape(-1, 2)])
    return pv.PolyData(ends.reshape(-1, 3), lines=cells.ravel())


def _knobs(window: Window | None) -> pv.PolyData:
    """What can be taken hold of: the centre, four points of the rim, and where the arrow begins."""
    if window is None:
        return pv.PolyData()
    edge = rim(window)
    mesh = pv.PolyData(np.vstack([window.centre_mm, edge[:: len(edge) // 4], tail(window)]))
    mesh.point_data["size"] = np.full(mesh.n_points, KNOB_MM)
    mesh.point_data["shape"] = np.zeros(mesh.n_points)
    mesh.point_data["rgb"] = np.full((mesh.n_points, 3), 255, dtype=np.uint8)
    return mesh


def _closed(ring: FloatArray) -> FloatArray:
    return np.concatenate([ring, ring[:1]])


def _plain(mesh: pv.PolyData) -> vtkPolyDataMapper:
    mapper = vtkPolyDataMapper()
    mapper.SetInputData(mesh)
    mapper.ScalarVisibilityOff()
    return mapper


def _actor(mapper: vtkMapper, opacity: float, colour: str) -> vtkActor:
    actor = vtkActor()
    actor.SetMapper(mapper)
    its = actor.GetProperty()
    its.SetOpacity(opacity)
    its.SetColor(*(part / 255 for part in theme.rgb(colour)))
    its.SetLineWidth(3.0)
    its.SetAmbient(0.45)
    its.SetDiffuse(0.6)
    actor.PickableOff()
    return actor
