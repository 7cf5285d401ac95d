"""What is drawn over a slice: contours of the cortex, cut vessels, and threads, as paths in the plane's millimetres.

Nothing here loops over contours, vessels, threads or contacts: each kind of thing is one path.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainterPath

from app import theme
from app.slicing import Plane
from app.views.brain_threads import STATE_COLOURS
from app.views.status import STATES, State
from app.views.thread_look import ThreadLook
from app.volume import LAYERS, Matter
from planner.frames import FloatArray

CONTOURS: Final = theme.CONTOURS
IN_PLANE_MM: Final = 0.5  # ours: what is no farther from the plane is drawn as lying in it
CONTACT_PX, ENTRY_PX = 2.4, 6.6  # the least that can be told apart
CURRENT_ENTRY_PX: Final = 8.2
RIM_PX, MARK_PX = 1.4, 1.8  # how wide the rim of a shaft is, and the line of an entry
GAP_SHARE: Final = 0.38  # of the way to the next contact, so that a gap is left
SHADE: Final = 175  # Qt's percent, by which a shaft is darker than its contacts
CORNERS: Final = 12


@dataclass(frozen=True)
class Band:
    """What is so far from a plane, on either side, and how opaque it is drawn.

    Attributes
    ----------
    beyond_mm, within_mm : float
    shaft : float
        Shafts of a band are drawn over those of all nearer ones once more, so that they fade with the distance.
    mark : float
        Contacts and entries.
    """

    beyond_mm: float
    within_mm: float
    shaft: float
    mark: float


BANDS: Final = (Band(1.5, 4.0, 0.2, 0.2), Band(IN_PLANE_MM, 1.5, 0.2, 0.36), Band(-1.0, IN_PLANE_MM, 1.0, 1.0))
"""Ours; from the farthest one on, as they are drawn."""


@dataclass(frozen=True, eq=False)
class Shape:
    """One path, and how it is drawn.

    Attributes
    ----------
    path : QPainterPath
        In the plane's axes, mm; up is up.
    line, fill : str
        Colours; empty for none.
    width_px : float
    opacity : float
    dashed : bool
    joined : bool
        Whether parts that overlap are to look like one: a vessel's pieces.
    """

    path: QPainterPath
    line: str = ""
    width_px: float = 1.0
    fill: str = ""
    opacity: float = 1.0
    dashed: bool = False
    joined: bool = False


def contours(matter: Matter, plane: Plane) -> list[Shape]:
    """Where the plane cuts the pial and the white surface."""
    normal = np.cross(*plane.axes)
    return [
        Shape(lines(plane.flat(cut(matter.surfaces[layer], plane, normal))), CONTOURS[layer], 1.2, opacity=0.95)
        for layer in LAYERS
    ]


def vessels(matter: Matter, plane: Plane) -> list[Shape]:
    """Where the plane cuts vessels: filled pale, with their wall as outline."""
    from planner.geometry.section import cut_tubes

    found = []
    for kind, its in matter.tubes.items():
        polygons, _ = cut_tubes(
            its.start_mm, its.end_mm, its.start_radius_mm, its.end_radius_mm, plane.origin_mm, plane.axes
        )
        found.append(Shape(closed(polygons), theme.VESSELS[kind], 1.1, theme.VESSELS[kind], joined=True))
    normal = np.cross(*plane.axes)
    for kind, walls in matter.walls.items():
        found.append(Shape(lines(plane.flat(cut(walls, plane, normal))), theme.VESSELS[kind], 1.4))
    return found


def vessel_lines(matter: Matter) -> tuple[tuple[str, str], ...]:
    """The kinds of vessels that there are, with their colours."""
    return tuple((kind, colour) for kind, colour in theme.VESSELS.items() if kind in {*matter.tubes, *matter.walls})


def threads(look: ThreadLook, plane: Plane, px_mm: float) -> list[Shape]:
    """Threads near the plane: what lies in it strong, what lies around it projected onto it, the paler the farther off.

    Shafts, contacts as discs, and entries with the shape of the thread's state, as in the 3D view; these are hollow, so
    that what lies at an entry is seen. A shaft in the plane has one rim with its contacts, which is white where the
    thread is selected, and the current one is wider. Of what is not used the dotted shaft and the entry are drawn, thin
    in the plane too, and the entry is filled.
    """
    from planner.geometry.section import clipped

    joined = np.flatnonzero(np.diff(look.lines.line) == 0)
    segments = np.stack([look.lines.points_mm[joined], look.lines.points_mm[joined + 1]], axis=1)
    owner, height = look.lines.thread[joined], plane.height(segments)
    dots, entries = np.abs(plane.height(look.dots.points_mm)), np.abs(plane.height(look.entry_mm))
    dots_at, entry_at = plane.flat(look.dots.points_mm), plane.flat(look.entry_mm)
    radius = _dot_radius(look, px_mm)
    groups = [
        (state, rank, ours)
        for rank in (0, 1, 2)
        for number, state in enumerate(STATES)
        for ours in ((look.states == number) & (rank == look.selected.astype(int) + look.current),)
        if ours.any()
    ]
    shapes: list[Shape] = []
    for band in BANDS:
        strong = band.within_mm == IN_PLANE_MM
        parts, whose = clipped(segments, height, band.within_mm)
        shafts, whose = plane.flat(parts), owner[whose]
        dotted, entered = ((band.beyond_mm < away) & (away <= band.within_mm) for away in (dots, entries))
        if strong:
            marked = np.where(entered, np.where(look.current, CURRENT_ENTRY_PX, ENTRY_PX) * px_mm, 0.0)
            shafts, left = _from_marks(shafts, entry_at[whose], marked[whose])
            whose = whose[left]
        for state, rank, ours in groups:
            of, near, at = ours[whose], ours[look.dots.thread] & dotted, entry_at[ours & entered]
            if not (of.any() or near.any() or len(at)):
                continue
            here = _Near(lines(shafts[of]), dots_at[near], radius[near], at[:, None], px_mm * _MARKS[state])
            if state == "aside":
                shapes += _unused(here, 0.9 * band.shaft, strong, rank > 0)
            elif strong:
                shapes += _strong(here, STATE_COLOURS[state], px_mm, rank)
            else:
                shapes += _pale(here, STATE_COLOURS[state], band.shaft, band.mark, rank > 0)
    return shapes


def near_contact(look: ThreadLook, plane: Plane, at_mm: FloatArray, within_mm: float) -> int | None:
    """The row of the drawn contact nearest to a place ``(2,)`` of the plane; None where none is near."""
    if len(look.dots.points_mm) == 0:
        return None
    away = np.linalg.norm(plane.flat(look.dots.points_mm) - at_mm, axis=1)
    away[np.abs(plane.height(look.dots.points_mm)) > BANDS[0].within_mm] = np.inf
    nearest = int(away.argmin())
    return nearest if away[nearest] <= within_mm else None


def lines(segments: FloatArray) -> QPainterPath:
    """Segments ``(S, 2, 2)`` as one path."""
    flat = np.ascontiguousarray(segments.reshape(-1, 2))
    found: QPainterPath = pg.arrayToQPath(flat[:, 0].copy(), flat[:, 1].copy(), connect="pairs", finiteCheck=False)
    return found


def closed(polygons: FloatArray) -> QPainterPath:
    """Polygons ``(S, K, 2)`` as one path."""
    if len(polygons) == 0:
        return QPainterPath()
    rings = np.concatenate([polygons, polygons[:, :1]], axis=1)
    joined = np.ones(rings.shape[:2], dtype=np.int32)
    joined[:, -1] = 0
    flat = rings.reshape(-1, 2)
    path: QPainterPath = pg.arrayToQPath(
        flat[:, 0].copy(), flat[:, 1].copy(), connect=joined.ravel(), finiteCheck=False
    )
    return path


def cut(sections: tuple[object, ...], plane: Plane, normal: FloatArray) -> FloatArray:
    """Where a plane with a normal ``(3,)`` cuts surfaces: segments ``(S, 2, 3)``, scanner RAS."""
    parts = [its.cut(plane.origin_mm, normal) for its in sections]  # type: ignore[attr-defined]
    return np.concatenate([np.zeros((0, 2, 3)), *parts])


@dataclass(frozen=True, eq=False)
class _Near:
    """What is drawn of the threads of one state near a plane.

    Attributes
    ----------
    shafts : QPainterPath
    contacts, radius_mm : (N, 2), (N,) float64
    entries : (E, 1, 2) float64
    mark : (K, 2) float64
        The outline of an entry one pixel large, mm.
    """

    shafts: QPainterPath
    contacts: FloatArray
    radius_mm: FloatArray
    entries: FloatArray
    mark: FloatArray

    def marks(self, size_px: float) -> QPainterPath:
        """The entries' outlines."""
        return closed(self.entries + size_px * self.mark)

    def discs(self, wider_mm: float = 0.0, times: float = 1.0) -> QPainterPath:
        """The contacts; where these overlap they are one."""
        radius = times * self.radius_mm + wider_mm
        path = closed(self.contacts[:, None] + radius[:, None, None] * _ring(CORNERS))
        path.setFillRule(Qt.FillRule.WindingFill)
        return path


def _dot_radius(look: ThreadLook, px_mm: float) -> FloatArray:
    """How large each contact is drawn ``(N,)``: with a gap to the next one, but as large as can be told apart."""
    points = look.dots.points_mm
    if len(points) == 0:
        return np.zeros(0)
    apart = np.linalg.norm(np.diff(points, axis=0), axis=1)
    apart[np.diff(look.dots.thread) != 0] = np.inf
    nearest = np.minimum(np.concatenate([apart, [np.inf]]), np.concatenate([[np.inf], apart]))
    return np.asarray(np.maximum(np.minimum(look.dots.radius_mm, GAP_SHARE * nearest), CONTACT_PX * px_mm))


def _from_marks(shafts: FloatArray, entry: FloatArray, mark_mm: FloatArray) -> tuple[FloatArray, NDArray[np.bool_]]:
    """Parts of shafts ``(S, 2, 2)`` from where they leave the marks of their entries ``(S, 2)``, and which do."""
    start, along = shafts[:, 0], shafts[:, 1] - shafts[:, 0]
    length = np.linalg.norm(along, axis=1)
    unit = along / np.maximum(length, 1e-9)[:, None]
    before = ((start - entry) * unit).sum(axis=1)
    inside = mark_mm**2 - ((start - entry) ** 2).sum(axis=1)  # positive where they begin within
    leaves = np.where(inside > 0, np.sqrt(np.maximum(before**2 + inside, 0.0)) - before, 0.0)
    left = leaves < length
    return np.stack([start + leaves[:, None] * unit, shafts[:, 1]], axis=1)[left], left


def _strong(here: _Near, colour: str, px_mm: float, rank: int) -> list[Shape]:
    """One state's threads in the plane: one rim for all of a shaft, in it the shaft darker than its contacts."""
    width, times, entry_px = (3.2, 1.15, CURRENT_ENTRY_PX) if rank > 1 else (2.4, 1.0, ENTRY_PX)
    rim = theme.SELECTED if rank else theme.IMAGE_RIM
    return [
        Shape(here.shafts, rim, width + 2 * RIM_PX),
        Shape(here.discs(RIM_PX * px_mm, times), fill=rim),
        Shape(here.shafts, _DARKER[colour], width),
        Shape(here.discs(0.0, times), fill=colour),
        Shape(here.marks(entry_px + RIM_PX), rim, MARK_PX),
        Shape(here.marks(entry_px), colour, MARK_PX),
    ]


def _pale(here: _Near, colour: str, opacity: float, above: float, chosen: bool) -> list[Shape]:
    """One state's threads beside the plane."""
    edge = [Shape(here.shafts, theme.SELECTED, 2.6, opacity=0.6 * opacity)] if chosen else []
    return [
        *edge,
        Shape(here.shafts, colour, 1.2, opacity=opacity),
        Shape(here.discs(times=0.7), fill=colour, opacity=above),
        Shape(here.marks(0.7 * ENTRY_PX), colour, 1.2, opacity=above),
    ]


def _unused(here: _Near, opacity: float, strong: bool, chosen: bool) -> list[Shape]:
    """Threads that are not used: pale on a dark rim, or a white one where selected."""
    rim = theme.SELECTED if chosen else theme.IMAGE_RIM
    return [
        Shape(here.shafts, rim, 3.4 if chosen else 2.8, opacity=0.6 * opacity),
        Shape(here.shafts, STATE_COLOURS["aside"], 1.4, opacity=opacity),
        Shape(here.marks((1.0 if strong else 0.7) * ENTRY_PX), rim, 1.2, STATE_COLOURS["aside"], opacity=opacity),
    ]


_DARKER: Final = {colour: QColor(colour).darker(SHADE).name() for colour in STATE_COLOURS.values()}


def _ring(corners: int) -> FloatArray:
    turn = 2 * np.pi * np.arange(corners) / corners
    return np.stack([np.cos(turn), np.sin(turn)], axis=1)


_MARKS: Final[dict[State, FloatArray]] = {
    "safe": _ring(CORNERS),
    "unsafe": np.array([(-0.95, -0.95), (0.95, -0.95), (0.95, 0.95), (-0.95, 0.95)]),
    "unknown": 1.35 * np.array([(0.0, -1.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)]),
    "blind": np.array([(-1.1, -0.8), (1.1, -0.8), (0.0, 1.2)]),
    "aside": np.array([(-1.3, -0.45), (1.3, -0.45), (1.3, 0.45), (-1.3, 0.45)]),
}
"""The outlines of entries, as the 3D view's bodies look: ball, cube, diamond, cone, bar."""
