"""The threads in the 3D view: how they look, and the VTK actors that are changed in place."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, fields, replace
from typing import Any, Final

import numpy as np
import pyvista as pv
from numpy.typing import NDArray
from vtkmodules.vtkFiltersCore import vtkTubeFilter
from vtkmodules.vtkFiltersSources import vtkConeSource, vtkCubeSource, vtkSphereSource
from vtkmodules.vtkRenderingCore import vtkActor, vtkGlyph3DMapper, vtkMapper, vtkPolyDataMapper, vtkRenderer

from app import theme
from app.cortex import Carrier
from app.preview import Preview
from app.views.status import STATES, State, states_of
from planner.frames import FloatArray, HemisphereName, IntArray
from planner.plan.plan import Plan

SHAFT_MM: Final = 0.16  # radii as drawn; the real ones would be too thin to see
LINK_MM: Final = 0.06  # from an entry to its contacts on the inflated surface
CONTACT_MM: Final = 0.21
CONTACT_SHADE: Final = 0.66  # of its shaft's colour: contacts are told from the shaft, and alarm stays alarm
ENTRY_MM: Final = 0.6
EDGE_MM: Final = 0.1  # of the outline that selected and unsafe threads have
SELECTED_TIMES: Final = 1.8
GHOST_OPACITY: Final = 0.38  # of threads where cortex hides them
CHOSEN_OPACITY: Final = 0.85  # of the selected one there

_STATE_COLOURS: dict[State, str] = {
    "safe": theme.SAFE,
    "unsafe": theme.UNSAFE,
    "unknown": theme.MUTED,
    "blind": theme.WARNING,
}
_UNSAFE = STATES.index("unsafe")


@dataclass(frozen=True, eq=False)
class ThreadLook:
    """How threads are drawn. T threads of C contacts.

    Attributes
    ----------
    path_mm : (T, P, 3) float64
        What is drawn as a line: entry and tip, or on the inflated surface the entry and then the contacts.
    contacts_mm : (T, C, 3) float64
    states : (T,) int64
        What is known of their safety, as indices of `STATES`.
    selected, locked : (T,) bool
    right : (T,) bool
        Whether they are of the right hemisphere.
    linked : bool
        Whether the lines are mere links, and no shafts.
    """

    path_mm: FloatArray
    contacts_mm: FloatArray
    states: IntArray
    selected: NDArray[np.bool_]
    locked: NDArray[np.bool_]
    right: NDArray[np.bool_]
    linked: bool = False

    def carried(self, carriers: Mapping[HemisphereName, Carrier]) -> ThreadLook:
        """As they are drawn on the inflated surface: entry and contacts go to their columns, a thin link joins them."""
        points = np.concatenate([self.path_mm[:, :1], self.contacts_mm[:, ::-1]], axis=1)  # the outermost contact first
        for name, carrier in carriers.items():
            rows = self.right == (name == "rh")
            points[rows] = carrier(points[rows])
        return replace(self, path_mm=points, contacts_mm=points[:, :0:-1], linked=True)

    def of(self, shown: NDArray[np.bool_]) -> ThreadLook:
        """Only some of the threads."""
        arrays = {field.name: getattr(self, field.name) for field in fields(self) if field.name != "linked"}
        return ThreadLook(**{name: array[shown] for name, array in arrays.items()}, linked=self.linked)


def thread_look(plan: Plan, preview: Preview | None, selection: str) -> ThreadLook:
    """All threads of a plan where they are in the scanner, and what is known of them."""
    states = states_of(plan, preview)
    return ThreadLook(
        np.array([(t.entry_mm, t.tip_mm) for t in plan.threads], dtype=np.float64).reshape(-1, 2, 3),
        plan.implant.contacts_mm(),
        states=np.array([STATES.index(states[t.name]) for t in plan.threads], dtype=np.int64),
        selected=np.array([t.name == selection for t in plan.threads], dtype=bool),
        locked=np.array([t.locked for t in plan.threads], dtype=bool),
        right=np.array([t.hemisphere == "rh" for t in plan.threads], dtype=bool),
    )


class ThreadActors:
    """All threads: those that break a limit, the selected one, and the rest.

    An entry's shape tells what is known of a thread: safe (ball), unsafe (cube), not known (gray diamond) or blind,
    outside V1 (cone). Contacts are darker than their shaft. A thread that breaks a limit has a dark edge, the selected
    one a white edge; both keep the colour of their state.

    Threads are drawn twice: in the scene, and paler in a layer over it, so that they are seen through the cortex.
    What breaks a limit is never paler.
    """

    def __init__(self, scene: vtkRenderer, layer: vtkRenderer) -> None:
        self._calm, self._selected, self._alarm, self._chosen_alarm = (_Bodies() for _ in range(4))
        white, dark = theme.rgb(theme.SELECTED), (24, 4, 10)
        for bodies, edge, opacity in (
            (self._calm, None, GHOST_OPACITY),
            (self._selected, white, CHOSEN_OPACITY),
            (self._alarm, dark, 1.0),
            (self._chosen_alarm, white, 1.0),
        ):
            bodies.add_to(scene, 1.0, edge)
            bodies.add_to(layer, opacity, edge)

    def draw(self, look: ThreadLook) -> None:
        """Show these threads instead of those before; no actor is made anew."""
        unsafe = look.states == _UNSAFE
        for bodies, chosen in (
            (self._calm, ~unsafe & ~look.selected),
            (self._selected, ~unsafe & look.selected),
            (self._alarm, unsafe & ~look.selected),
            (self._chosen_alarm, unsafe & look.selected),
        ):
            bodies.show(look.of(chosen))


class _Bodies:
    """Some threads in three meshes: lines, contacts and entries. Their edges are the same shapes, a little wider."""

    def __init__(self) -> None:
        self._meshes = [pv.PolyData() for _ in range(3)]
        self._mappers = self._mapped(self._meshes)
        self._edge_meshes = [pv.PolyData() for _ in range(3)]

    def _mapped(self, meshes: Sequence[pv.PolyData]) -> list[vtkMapper]:
        lines, contacts, entries = meshes
        shapes = _entry_shapes()
        return [_tubes(lines), _glyphs(contacts, [shapes["safe"]]), _glyphs(entries, [shapes[s] for s in STATES])]

    def add_to(self, renderer: vtkRenderer, opacity: float, edge: tuple[int, int, int] | None) -> None:
        """Draw them there, with an edge of a colour where one is given."""
        for mapper in self._mappers:
            actor = _actor(mapper, opacity)
            actor.GetProperty().SetAmbient(0.35)
            actor.GetProperty().SetDiffuse(0.75)
            renderer.AddActor(actor)
        for mapper in self._mapped(self._edge_meshes) if edge else ():
            mapper.ScalarVisibilityOff()
            actor = _actor(mapper, opacity)
            actor.GetProperty().SetColor(*(part / 255 for part in edge or ()))
            actor.GetProperty().LightingOff()
            actor.GetProperty().FrontfaceCullingOn()  # of a wider shape only the rim is seen, behind what it is of
            renderer.AddActor(actor)

    def show(self, look: ThreadLook) -> None:
        """Show these threads instead of those before."""
        for meshes, wider in ((self._meshes, 0.0), (self._edge_meshes, EDGE_MM)):
            for mesh, shape in zip(meshes, _shapes(look, wider), strict=True):
                mesh.shallow_copy(shape)
                mesh.Modified()


def _shapes(look: ThreadLook, wider_mm: float) -> tuple[pv.PolyData, pv.PolyData, pv.PolyData]:
    count, contacts = look.contacts_mm.shape[:2]
    if count == 0:
        return pv.PolyData(), pv.PolyData(), pv.PolyData()
    thick = np.where(look.selected, SELECTED_TIMES, 1.0)
    colour = np.array([theme.rgb(_STATE_COLOURS[state]) for state in STATES])[look.states]
    colour = np.where(look.locked[:, None], (0.8 * colour + 0.2 * 110).astype(int), colour).astype(np.uint8)

    points = look.path_mm.shape[1]
    along = np.arange(count * points).reshape(count, points)
    lines = pv.PolyData(
        look.path_mm.reshape(-1, 3), lines=np.column_stack([np.full(count, points), along]).ravel().astype(np.int64)
    )
    radius_mm = LINK_MM if look.linked else CONTACT_MM if wider_mm else SHAFT_MM  # an edge goes round contacts too
    lines.point_data["radius"] = np.repeat(radius_mm * thick + wider_mm, points)
    lines.point_data["rgb"] = np.repeat(colour, points, axis=0)

    dots = pv.PolyData()
    if contacts and (look.linked or not wider_mm):  # edges of the single ones would stand before their neighbours
        dots = pv.PolyData(look.contacts_mm.reshape(-1, 3))
        dots.point_data["size"] = np.repeat(CONTACT_MM * thick + wider_mm, contacts)
        dots.point_data["rgb"] = np.repeat((CONTACT_SHADE * colour).astype(np.uint8), contacts, axis=0)
        dots.point_data["shape"] = np.zeros(count * contacts)

    entries = pv.PolyData(look.path_mm[:, 0].copy())
    entries.point_data["size"] = ENTRY_MM * thick + wider_mm
    entries.point_data["rgb"] = colour
    entries.point_data["shape"] = look.states.astype(np.float64)
    return lines, dots, entries


def _actor(mapper: vtkMapper, opacity: float) -> vtkActor:
    actor = vtkActor()
    actor.SetMapper(mapper)
    actor.GetProperty().SetOpacity(opacity)
    actor.GetProperty().SetInterpolationToGouraud()
    actor.PickableOff()
    return actor


def _entry_shapes() -> dict[State, Any]:
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
    return {"safe": ball, "unsafe": cube, "unknown": diamond, "blind": cone}


def _tubes(lines: pv.PolyData) -> vtkPolyDataMapper:
    tubes = vtkTubeFilter()
    tubes.SetInputData(lines)
    tubes.SetNumberOfSides(8)
    tubes.CappingOn()
    tubes.SetVaryRadiusToVaryRadiusByAbsoluteScalar()
    tubes.SetInputArrayToProcess(0, 0, 0, 0, "radius")
    mapper = vtkPolyDataMapper()
    mapper.SetInputConnection(tubes.GetOutputPort())
    mapper.SetScalarModeToUsePointFieldData()
    mapper.SelectColorArray("rgb")
    mapper.SetColorModeToDirectScalars()
    return mapper


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
