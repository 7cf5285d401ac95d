"""The threads in the 3D view: the VTK actors that are changed in place."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

import numpy as np
import pyvista as pv
from numpy.typing import NDArray
from vtkmodules.vtkCommonTransforms import vtkTransform
from vtkmodules.vtkFiltersCore import vtkAppendPolyData, vtkTubeFilter
from vtkmodules.vtkFiltersGeneral import vtkTransformFilter
from vtkmodules.vtkFiltersSources import vtkConeSource, vtkCubeSource, vtkCylinderSource, vtkSphereSource
from vtkmodules.vtkRenderingCore import vtkActor, vtkGlyph3DMapper, vtkMapper, vtkPolyDataMapper, vtkRenderer

from app import theme
from app.views.shaft_lines import Lines, crests, farther_apart
from app.views.status import STATES, State
from app.views.thread_look import CONTACT_MM, SHAFT_MM, Dots, ThreadLook
from planner.frames import FloatArray

CONTACT_SHADE: Final = 0.66  # of its shaft's colour: contacts are told from the shaft, and alarm stays alarm
ENTRY_MM: Final = 0.42
CURRENT_TIMES: Final = 1.3  # of the current thread's entry: between vessels there is little room
LEAST_ENTRY: Final = 0.5  # how small the mark is in the middle of a dense array
BAR, BARS = 1.0, 3.2  # how wide and long the bars through contacts outside the gray matter are, in their radius
BAR_SHADE: Final = 0.4  # of their shaft's colour, of which they stand out at either side by a little
BARS_APART: Final = 2.4  # from middle to middle at least, in a contact's radius as drawn
EDGE_MM: Final = 0.1  # of the outline that threads have
LEAST_PX: Final = 1.3  # ours: a shaft's radius on screen at least; contacts, entries and edges are in proportion
STEP: Final = 1.12  # threads grow in such steps as the camera goes away, so that seldom anything is made anew
SELECTED_TIMES: Final = 1.8
VALLEY_SHADE: Final = 0.4  # of the rings' colour, between them: rings are told from a thick shaft without colour
PALE_OPACITY, PALE_GHOST_OPACITY = 0.75, 0.25  # of threads that are not used, in the scene and through the cortex
GHOST_OPACITY: Final = 0.75  # of threads where cortex hides them
GHOST_EDGE: Final = 0.4  # of that, of their dark edges: what lies over them is not to be darkened
CHOSEN_OPACITY: Final = 0.9  # of the selected one there
AMBIENT, DIFFUSE = 0.55, 0.6  # bright on all sides: colours say what is known of a thread

STATE_COLOURS: dict[State, str] = {
    "safe": theme.MARK_SAFE,
    "unsafe": theme.MARK_UNSAFE,
    "unknown": theme.MARK_UNKNOWN,
    "blind": theme.MARK_BLIND,
    "aside": theme.MARK_ASIDE,
}
_UNSAFE, _ASIDE = STATES.index("unsafe"), STATES.index("aside")


class ThreadActors:
    """All threads: those that break a limit, the selected one, those that are not used, and the rest.

    An entry's shape tells what is known of a thread: safe (ball), unsafe (cube), not known (gray diamond), blind,
    outside V1 (cone), or not used (bar, on a pale dotted shaft). Contacts are balls darker than their shaft; outside
    the gray matter they are dark bars across it. A stretch that is too near to a vessel has rings; a shaft around which
    vessels are not known is dashed. Threads have a dark edge, selected ones a white edge; all keep the colour of their
    state, and the current one is thicker. Seen from afar they are drawn thicker than from near, so that they can be
    told apart and counted.

    Threads are drawn twice: in the scene, and paler in a layer over it, so that they are seen through the cortex.
    What breaks a limit is never paler.
    """

    def __init__(self, scene: vtkRenderer, layer: vtkRenderer) -> None:
        self._calm, self._selected, self._alarm, self._chosen_alarm, self._pale = (_Bodies() for _ in range(5))
        self._look: ThreadLook | None = None
        self._grown = 1.0
        white, dark = theme.rgb(theme.SELECTED), theme.rgb(theme.IMAGE_RIM)
        for bodies, edge, opacity, through in (
            (self._calm, dark, 1.0, GHOST_OPACITY),
            (self._alarm, dark, 1.0, 1.0),
            (self._pale, None, PALE_OPACITY, PALE_GHOST_OPACITY),
            (self._selected, white, 1.0, CHOSEN_OPACITY),
            (self._chosen_alarm, white, 1.0, 1.0),
        ):
            bodies.add_to(scene, opacity, edge)
            bodies.add_to(layer, through, edge, GHOST_EDGE if bodies is self._calm else 1.0)

    def follow(self, px_mm: float) -> None:
        """Draw threads as thick as can be seen where a pixel is so many mm; before every frame."""
        grown = STEP ** np.ceil(np.log(max(1.0, LEAST_PX * px_mm / SHAFT_MM)) / np.log(STEP))
        if grown != self._grown:
            self._grown = float(grown)
            if self._look is not None:
                self.draw(self._look)

    def draw(self, look: ThreadLook) -> None:
        """Show these threads instead of those before; no actor is made anew."""
        self._look = look
        unsafe, aside = look.states == _UNSAFE, look.states == _ASIDE
        for bodies, chosen in (
            (self._calm, ~unsafe & ~aside & ~look.selected),
            (self._pale, aside & ~look.selected),
            (self._selected, ~unsafe & look.selected),
            (self._alarm, unsafe & ~look.selected),
            (self._chosen_alarm, unsafe & look.selected),
        ):
            bodies.show(look.of(chosen), self._grown)


class _Bodies:
    """Some threads in four meshes: lines, contacts, entries and rings.

    Their edges are the same shapes, a little wider; rings have none, since they stand out themselves.
    """

    def __init__(self) -> None:
        self._meshes = [pv.PolyData() for _ in range(4)]
        self._mappers = [*self._mapped(self._meshes[:3]), tubes(self._meshes[3])]
        self._edge_meshes = [pv.PolyData() for _ in range(3)]

    def _mapped(self, meshes: Sequence[pv.PolyData]) -> list[vtkMapper]:
        lines, contacts, entries = meshes
        shapes = _entry_shapes()
        return [
            tubes(lines),
            glyphs(contacts, [shapes["safe"], _disc(), _crossed()], "towards"),
            glyphs(entries, [shapes[s] for s in STATES]),
        ]

    def add_to(
        self, renderer: vtkRenderer, opacity: float, edge: tuple[int, int, int] | None, edge_share: float = 1.0
    ) -> None:
        """Draw them there, with an edge of a colour where one is given: first, or it would be seen through them.

        How opaque the edge is, is a share of how opaque they are.
        """
        for mapper in self._mapped(self._edge_meshes) if edge else ():
            mapper.ScalarVisibilityOff()
            actor = _actor(mapper, edge_share * opacity)
            actor.GetProperty().SetColor(*(part / 255 for part in edge or ()))
            actor.GetProperty().LightingOff()
            actor.GetProperty().FrontfaceCullingOn()  # of a wider shape only the rim is seen, behind what it is of
            renderer.AddActor(actor)
        for mapper in self._mappers:
            actor = _actor(mapper, opacity)
            actor.GetProperty().SetAmbient(AMBIENT)
            actor.GetProperty().SetDiffuse(DIFFUSE)
            renderer.AddActor(actor)

    def show(self, look: ThreadLook, grown: float) -> None:
        """Show these threads instead of those before, so many times as thick as they are from near."""
        shapes = (*_shapes(look, 0.0, grown), _rings(look, grown), *_shapes(look, EDGE_MM * grown, grown))
        for mesh, shape in zip((*self._meshes, *self._edge_meshes), shapes, strict=True):
            mesh.shallow_copy(shape)
            mesh.Modified()


def _shapes(look: ThreadLook, wider_mm: float, grown: float) -> tuple[pv.PolyData, pv.PolyData, pv.PolyData]:
    if len(look.states) == 0:
        return pv.PolyData(), pv.PolyData(), pv.PolyData()
    thick = _thick(look, grown)
    colour = np.array([theme.rgb(STATE_COLOURS[state]) for state in STATES])[look.states]
    colour = np.where(look.locked[:, None], (0.8 * colour + 0.2 * 110).astype(int), colour).astype(np.uint8)

    lines = _polylines(look.lines)
    if lines.n_points:
        beads = max(1.0, CONTACT_MM / SHAFT_MM / grown)  # an edge goes round contacts too
        beads = beads if wider_mm and not look.linked else 1.0
        radius_mm = look.lines.radius_mm * beads * thick[look.lines.thread]
        lines.point_data["radius"] = radius_mm + _edge(wider_mm, look.lines.radius_mm, SHAFT_MM)
        lines.point_data["rgb"] = colour[look.lines.thread]

    dots, its = pv.PolyData(), look.dots
    # Where shafts are drawn that thick, the others are within them, and drawn larger they would run together.
    if not look.linked and grown * SHAFT_MM >= CONTACT_MM:
        its = its.of_rows(its.flat | _told(its, grown))
    if wider_mm:  # edges of the single ones would stand before their neighbours on the shaft
        its = its.of_rows(look.linked | its.flat)
    if len(its.points_mm):
        dots = pv.PolyData(its.points_mm)
        growing = its.outside | look.linked  # and a disc is as large as it is
        times = np.where(its.flat, 1.0, thick[its.thread] / np.where(growing, 1.0, grown))
        dots.point_data["size"] = its.radius_mm * times + _edge(wider_mm, its.radius_mm, CONTACT_MM)
        shade = np.where(its.outside, BAR_SHADE, CONTACT_SHADE)[:, None]
        dots.point_data["rgb"] = (shade * colour[its.thread]).astype(np.uint8)
        dots.point_data["shape"] = np.where(its.flat, 1.0, np.where(its.outside, 2.0, 0.0))
        dots.point_data["towards"] = its.axis

    entries = pv.PolyData(look.entry_mm.copy())
    small = np.maximum(LEAST_ENTRY, look.gauge)  # or it would hide its array
    entries.point_data["size"] = ENTRY_MM * small * grown * np.where(look.current, CURRENT_TIMES, 1.0) + wider_mm
    entries.point_data["rgb"] = colour
    entries.point_data["shape"] = look.states.astype(np.float64)
    return lines, dots, entries


def _told(dots: Dots, grown: float) -> NDArray[np.bool_]:
    """Of the contacts outside the gray matter those ``(N,)`` whose bars do not run together where all is so thick."""
    told, rows = np.zeros(len(dots.outside), dtype=bool), np.flatnonzero(dots.outside)
    if len(rows) == 0:
        return told
    first = np.flatnonzero(np.diff(dots.thread[rows], prepend=-1))
    count = np.diff(first, append=len(rows))
    step = np.linalg.norm(np.diff(dots.points_mm[rows], axis=0, prepend=np.nan), axis=1)
    step[first] = np.inf
    least = np.minimum.reduceat(step, first)  # a thread's contacts are as far from each other
    every = np.ceil(BARS_APART * dots.radius_mm[rows[first]] * grown / least).clip(1).astype(np.int64)
    rank = np.arange(len(rows)) - first.repeat(count)
    told[rows] = rank % every.repeat(count) == 0  # the first of a thread is always told
    return told


def _rings(look: ThreadLook, grown: float) -> pv.PolyData:
    """The stretches that are too near to vessels."""
    lines = farther_apart(look.rings, grown)
    rings = _polylines(lines)
    if rings.n_points:
        rings.point_data["radius"] = lines.radius_mm * _thick(look, grown)[lines.thread]
        shade = np.where(crests(lines, SHAFT_MM * look.gauge), 1.0, VALLEY_SHADE)[:, None]
        rings.point_data["rgb"] = (shade * theme.rgb(theme.MARK_UNSAFE)).astype(np.uint8)
    return rings


def _thick(look: ThreadLook, grown: float) -> FloatArray:
    """How many times as thick as it says each thread is drawn; dense shanks have no room for a thicker current one."""
    return np.where(look.current, grown + (SELECTED_TIMES - 1.0) * look.gauge, grown)


def _polylines(lines: Lines) -> pv.PolyData:
    if len(lines.points_mm) == 0:
        return pv.PolyData()
    counts = np.bincount(lines.line)
    first = np.cumsum(counts) - counts
    cells = np.insert(np.arange(len(lines.points_mm)), first, counts).astype(np.int64)
    return pv.PolyData(lines.points_mm, lines=cells)


def _edge(wider_mm: float, radius_mm: FloatArray, usual_mm: float) -> FloatArray:
    """How wide the edge of something is, so that thin shanks have a thin one."""
    return wider_mm * np.minimum(1.0, radius_mm / usual_mm)


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
        set_length(2.0)
    diamond = vtkSphereSource()  # of so few points that it is an octahedron
    diamond.SetRadius(1.7)
    diamond.SetThetaResolution(4)
    diamond.SetPhiResolution(3)
    cone = vtkConeSource()
    cone.SetDirection(0.0, 0.0, 1.0)
    cone.SetHeight(2.8)
    cone.SetRadius(1.6)
    cone.SetResolution(16)
    bar = vtkCubeSource()
    bar.SetXLength(2.4)
    bar.SetYLength(0.8)
    bar.SetZLength(0.8)
    return {"safe": ball, "unsafe": cube, "unknown": diamond, "blind": cone, "aside": bar}


def _disc() -> vtkTransformFilter:
    """A flat disc at right angles to x, which glyphs turn to where they face."""
    flat = vtkCylinderSource()
    flat.SetRadius(1.0)
    flat.SetHeight(0.25)
    flat.SetResolution(24)
    turn = vtkTransform()
    turn.RotateZ(90.0)
    turned = vtkTransformFilter()
    turned.SetInputConnection(flat.GetOutputPort())
    turned.SetTransform(turn)
    return turned


def _crossed() -> vtkAppendPolyData:
    """A small ball with two bars through it, across x, which glyphs turn to the shaft that they are on."""
    ball = vtkSphereSource()
    ball.SetRadius(0.8)
    both = vtkAppendPolyData()
    both.AddInputConnection(ball.GetOutputPort())
    for set_length in (vtkCubeSource.SetYLength, vtkCubeSource.SetZLength):
        bar = vtkCubeSource()
        for set_width in (bar.SetXLength, bar.SetYLength, bar.SetZLength):
            set_width(BAR)
        set_length(bar, BARS)
        both.AddInputConnection(bar.GetOutputPort())
    return both


def tubes(lines: pv.PolyData, sides: int = 8) -> vtkPolyDataMapper:
    """Lines as tubes, as wide as their points' `radius` and with their `rgb`."""
    grown = vtkTubeFilter()
    grown.SetInputData(lines)
    grown.SetNumberOfSides(sides)
    grown.CappingOn()
    grown.SetVaryRadiusToVaryRadiusByAbsoluteScalar()
    grown.SetInputArrayToProcess(0, 0, 0, 0, "radius")
    mapper = vtkPolyDataMapper()
    mapper.SetInputConnection(grown.GetOutputPort())
    mapper.SetScalarModeToUsePointFieldData()
    mapper.SelectColorArray("rgb")
    mapper.SetColorModeToDirectScalars()
    return mapper


def glyphs(mesh: pv.PolyData, shapes: Sequence[Any], towards: str = "") -> vtkGlyph3DMapper:
    """Points as bodies: the one of `shapes` that their `shape` names, of their `size` (mm) and colour `rgb`."""
    mapper = vtkGlyph3DMapper()
    mapper.SetInputData(mesh)
    for index, shape in enumerate(shapes):
        mapper.SetSourceConnection(index, shape.GetOutputPort())
    mapper.SetScaleArray("size")
    mapper.SetScaleModeToScaleByMagnitude()
    mapper.SetOrient(bool(towards))
    if towards:
        mapper.SetOrientationArray(towards)
        mapper.SetOrientationModeToDirection()
    mapper.SourceIndexingOn()
    mapper.SetSourceIndexArray("shape")
    mapper.SetRange(0, len(shapes))
    mapper.SetScalarModeToUsePointFieldData()
    mapper.SelectColorArray("rgb")
    mapper.SetColorModeToDirectScalars()
    return mapper
