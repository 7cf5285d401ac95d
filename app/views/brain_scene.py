"""What stands in the 3D view: cortices, vessels and threads as VTK actors that are changed in place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np
import pyvista as pv
from numpy.typing import NDArray
from vtkmodules.vtkCommonCore import reference
from vtkmodules.vtkCommonDataModel import vtkGenericCell, vtkStaticCellLocator
from vtkmodules.vtkFiltersCore import vtkTubeFilter
from vtkmodules.vtkFiltersSources import vtkConeSource, vtkCubeSource, vtkSphereSource
from vtkmodules.vtkRenderingCore import vtkActor, vtkGlyph3DMapper, vtkPolyDataMapper, vtkRenderer

from app import theme
from app.cortex import Carrier, Cortex, SurfaceName, surface_mesh
from app.preview import Preview
from app.views.overlays import Colours
from app.views.status import STATES, State, states_of
from planner.anatomy.vessels.wall import Vessel, VesselWall
from planner.frames import FloatArray, HemisphereName, IntArray
from planner.plan.plan import Plan

SHAFT_MM: Final = 0.16  # radii as drawn; the real ones would be too thin to see
CONTACT_MM: Final = 0.24
ENTRY_MM: Final = 0.6
SELECTED_TIMES: Final = 1.7
GHOST_OPACITY: Final = 0.38  # of threads where cortex hides them

_STATE_COLOURS: dict[State, str] = {
    "safe": theme.SAFE,
    "unsafe": theme.UNSAFE,
    "unknown": theme.MUTED,
    "blind": theme.WARNING,
}
_VESSEL_COLOURS = {"artery": theme.ARTERY, "vein": theme.VEIN, "vessel": theme.VESSEL}


class CortexActors:
    """One hemisphere as two meshes, full and light, of which one is shown."""

    def __init__(self, plotter: Any, cortex: Cortex) -> None:
        self.cortex = cortex
        self.surface: SurfaceName = "pial"
        self._rows: tuple[Any, ...] = (slice(None), cortex.light_vertices)
        self._meshes: list[Any] = []  # pv.PolyData, whose stub forbids slices
        self._actors: list[Any] = []
        self._visible, self._light = True, False
        self._locator: Any = None  # VTK's stubs take numbers where it writes into references
        rows: Any
        for rows, faces in zip(self._rows, (cortex.faces, cortex.light_faces), strict=True):
            mesh = surface_mesh(cortex.points["pial"][rows].copy(), faces)
            mesh.point_data.active_normals = cortex.normals["pial"][rows].copy()
            mesh.point_data["rgb"] = np.full((mesh.n_points, 3), 180, dtype=np.uint8)
            actor = plotter.add_mesh(
                mesh, scalars="rgb", rgb=True, copy_mesh=False, show_scalar_bar=False, reset_camera=False, render=False
            )
            actor.prop.interpolation = "Gouraud"
            actor.prop.specular, actor.prop.specular_power = 0.12, 18.0
            actor.prop.ambient, actor.prop.diffuse = 0.08, 0.92
            self._meshes.append(mesh)
            self._actors.append(actor)
        self._show()

    def set_surface(self, surface: SurfaceName) -> None:
        """Draw another surface; the vertices keep their colours."""
        self.surface = surface
        self._locator = None
        for mesh, rows in zip(self._meshes, self._rows, strict=True):
            mesh.points[:] = self.cortex.points[surface][rows]
            mesh.point_data.active_normals[:] = self.cortex.normals[surface][rows]
            mesh.GetPoints().Modified()
            mesh.GetPointData().GetNormals().Modified()
            mesh.Modified()

    def set_colours(self, colours: Colours) -> None:
        """Colour the vertices ``(V, 3)``."""
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

    def hit(self, near: FloatArray, far: FloatArray) -> tuple[float, FloatArray, int] | None:
        """Where a ray first meets the shown surface: share of the way, point, face; always on the full mesh."""
        if self._locator is None:
            self._locator = vtkStaticCellLocator()
            self._locator.SetDataSet(self._meshes[0])
            self._locator.BuildLocator()
        t: Any = reference(0.0)
        sub: Any = reference(0)
        face: Any = reference(0)
        at, inside = [0.0, 0.0, 0.0], [0.0, 0.0, 0.0]
        if not self._locator.IntersectWithLine(near, far, 1e-6, t, at, inside, sub, face, vtkGenericCell()):
            return None
        return float(t.get()), np.array(at), int(face.get())

    def remove(self, plotter: Any) -> None:
        """Take the hemisphere out of the scene."""
        for actor in self._actors:
            plotter.remove_actor(actor, reset_camera=False, render=False)

    def _show(self) -> None:
        full, light = self._actors
        full.visibility = self._visible and not self._light
        light.visibility = self._visible and self._light


def light_scene(plotter: Any) -> None:
    """A key light from the viewer's upper left, a weak one from the right: each one more costs in every pixel."""
    for position, intensity in (((-0.6, 0.8, 1.4), 0.86), ((1.2, -0.3, 0.8), 0.3)):
        light = pv.Light(position=position, focal_point=(0.0, 0.0, 0.0), light_type="camera light", intensity=intensity)
        plotter.add_light(light)


def add_vessels(plotter: Any, vessels: Sequence[Vessel]) -> list[tuple[Vessel, Any]]:
    """Draw vessels: trees as tubes of their own radius, walls as they are."""
    actors = []
    for vessel in vessels:
        shape = _vessel_shape(vessel)
        if shape.n_cells == 0:
            continue
        actor = plotter.add_mesh(
            shape,
            color=_VESSEL_COLOURS[vessel.kind],
            scalars=None,
            show_scalar_bar=False,
            specular=0.25,
            reset_camera=False,
            render=False,
        )
        actor.prop.interpolation = "Gouraud"
        actors.append((vessel, actor))
    return actors


def _vessel_shape(vessel: Vessel) -> Any:
    if isinstance(vessel, VesselWall):
        return surface_mesh(vessel.vertices_mm.astype(np.float32), vessel.faces).compute_normals(
            cell_normals=False, split_vertices=False, consistent_normals=False
        )
    if len(vessel.edges) == 0:
        return pv.PolyData()
    lines = np.column_stack([np.full(len(vessel.edges), 2), vessel.edges]).ravel()
    mesh = pv.PolyData(vessel.points_mm.astype(np.float32), lines=lines)
    mesh.point_data["radius"] = vessel.radius_mm
    # whole courses instead of single segments: half the points
    return mesh.strip(max_length=10_000).tube(scalars="radius", absolute=True, n_sides=6, capping=False)


@dataclass(frozen=True, eq=False)
class ThreadLook:
    """How threads are drawn. T threads of C contacts.

    Attributes
    ----------
    ends_mm : (T, 2, 3) float64
        Entry and tip.
    contacts_mm : (T, C, 3) float64
    states : (T,) int64
        What is known of their safety, as indices of `STATES`.
    selected, locked : (T,) bool
    hemispheres : tuple of T hemisphere names
    """

    ends_mm: FloatArray
    contacts_mm: FloatArray
    states: IntArray
    selected: NDArray[np.bool_]
    locked: NDArray[np.bool_]
    hemispheres: tuple[HemisphereName, ...]

    def carried(self, carriers: Mapping[HemisphereName, Carrier]) -> ThreadLook:
        """As they are drawn on the inflated surface: the shaft shrinks to its entry, contacts go to their columns."""
        ends, contacts = self.ends_mm.copy(), self.contacts_mm.copy()
        for row, name in enumerate(self.hemispheres):
            contacts[row] = carriers[name](contacts[row])
            ends[row] = carriers[name](ends[row, 0])
        return replace(self, ends_mm=ends, contacts_mm=contacts)

    def of(self, shown: NDArray[np.bool_]) -> ThreadLook:
        """Only some of the threads."""
        return ThreadLook(
            self.ends_mm[shown],
            self.contacts_mm[shown],
            self.states[shown],
            self.selected[shown],
            self.locked[shown],
            tuple(name for name, keep in zip(self.hemispheres, shown, strict=True) if keep),
        )


def thread_look(plan: Plan, preview: Preview | None, selection: str) -> ThreadLook:
    """All threads of a plan where they are in the scanner, and what is known of them."""
    states = states_of(plan, preview)
    return ThreadLook(
        np.array([(t.entry_mm, t.tip_mm) for t in plan.threads], dtype=np.float64).reshape(-1, 2, 3),
        plan.implant.contacts_mm(),
        states=np.array([STATES.index(states[t.name]) for t in plan.threads], dtype=np.int64),
        selected=np.array([t.name == selection for t in plan.threads], dtype=bool),
        locked=np.array([t.locked for t in plan.threads], dtype=bool),
        hemispheres=tuple(t.hemisphere for t in plan.threads),
    )


class ThreadActors:
    """All threads in three meshes: shafts, contacts, and entries.

    An entry's shape tells what is known of the thread: safe (ball), unsafe (cube), not known (gray diamond)
    or blind, outside V1 (cone).

    They are drawn twice: in the scene, and paler in a layer over it, so that threads are seen through the cortex.
    """

    def __init__(self, scene: vtkRenderer, layer: vtkRenderer) -> None:
        self._lines, self._contacts, self._entries = pv.PolyData(), pv.PolyData(), pv.PolyData()
        tubes = vtkTubeFilter()
        tubes.SetInputData(self._lines)
        tubes.SetNumberOfSides(8)
        tubes.CappingOn()
        tubes.SetVaryRadiusToVaryRadiusByAbsoluteScalar()
        tubes.SetInputArrayToProcess(0, 0, 0, 0, "radius")
        shafts = vtkPolyDataMapper()
        shafts.SetInputConnection(tubes.GetOutputPort())
        shafts.SetScalarModeToUsePointFieldData()
        shafts.SelectColorArray("rgb")
        shafts.SetColorModeToDirectScalars()
        ball, cube = vtkSphereSource(), vtkCubeSource()
        ball.SetRadius(1.0)
        ball.SetThetaResolution(12)
        ball.SetPhiResolution(9)
        for set_length in (cube.SetXLength, cube.SetYLength, cube.SetZLength):
            set_length(2.3)
        diamond = vtkSphereSource()  # of so few points that it is an octahedron
        diamond.SetRadius(1.7)
        diamond.SetThetaResolution(4)
        diamond.SetPhiResolution(3)
        cone = vtkConeSource()
        cone.SetDirection(0.0, 0.0, 1.0)
        cone.SetHeight(2.8)
        cone.SetRadius(1.6)
        cone.SetResolution(16)
        shapes: dict[State, Any] = {"safe": ball, "unsafe": cube, "unknown": diamond, "blind": cone}
        mappers = [
            shafts,
            _glyphs(self._contacts, [ball]),
            _glyphs(self._entries, [shapes[state] for state in STATES]),
        ]
        for renderer, opacity in ((scene, 1.0), (layer, GHOST_OPACITY)):
            for mapper in mappers:
                actor = vtkActor()
                actor.SetMapper(mapper)
                actor.GetProperty().SetOpacity(opacity)
                actor.GetProperty().SetInterpolationToGouraud()
                actor.GetProperty().SetAmbient(0.35)
                actor.GetProperty().SetDiffuse(0.75)
                actor.PickableOff()
                renderer.AddActor(actor)

    def draw(self, look: ThreadLook) -> None:
        """Show these threads instead of those before; no actor is made anew."""
        count, contacts = look.contacts_mm.shape[:2]
        colour = np.array([theme.rgb(_STATE_COLOURS[state]) for state in STATES])[look.states]
        colour = np.where(look.locked[:, None], (0.8 * colour + 0.2 * 110).astype(int), colour)
        colour = np.where(look.selected[:, None], (0.35 * colour + 0.65 * 255).astype(int), colour).astype(np.uint8)
        thick = np.where(look.selected, SELECTED_TIMES, 1.0)

        lines = pv.PolyData()
        if count:
            first = 2 * np.arange(count)
            lines = pv.PolyData(
                look.ends_mm.reshape(-1, 3), lines=np.stack([np.full(count, 2), first, first + 1], axis=1).ravel()
            )
            lines.point_data["radius"] = np.repeat(SHAFT_MM * thick, 2)
            lines.point_data["rgb"] = np.repeat(colour, 2, axis=0)
        self._lines.shallow_copy(lines)

        dots = pv.PolyData()
        if count and contacts:
            dots = pv.PolyData(look.contacts_mm.reshape(-1, 3))
            dots.point_data["size"] = np.repeat(CONTACT_MM * thick, contacts)
            dots.point_data["rgb"] = np.repeat(colour, contacts, axis=0)
            dots.point_data["shape"] = np.zeros(count * contacts)
        self._contacts.shallow_copy(dots)

        entries = pv.PolyData()
        if count:
            entries = pv.PolyData(look.ends_mm[:, 0].copy())
            entries.point_data["size"] = ENTRY_MM * thick
            entries.point_data["rgb"] = colour
            entries.point_data["shape"] = look.states.astype(np.float64)
        self._entries.shallow_copy(entries)
        for mesh in (self._lines, self._contacts, self._entries):
            mesh.Modified()


def _glyphs(mesh: pv.PolyData, shapes: Sequence[Any]) -> vtkGlyph3DMapper:
    mapper = vtkGlyph3DMapper()
    mapper.SetInputData(mesh)
    for index, shape in enumerate(shapes):
        mapper.SetSourceConnection(index, shape.GetOutputPort())
    mapper.SetScaleArray("size")
    mapper.SetScaleModeToScaleByMagnitude()
    mapper.OrientOff()
    if len(shapes) > 1:
        mapper.SourceIndexingOn()
        mapper.SetSourceIndexArray("shape")
        mapper.SetRange(0, len(shapes))
    mapper.SetScalarModeToUsePointFieldData()
    mapper.SelectColorArray("rgb")
    mapper.SetColorModeToDirectScalars()
    return mapper
