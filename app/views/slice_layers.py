"""What is drawn over a slice: contours of the cortex, cut vessels, and threads, as paths in the plane's millimetres.

Nothing here loops over contours, vessels, threads or contacts: each kind of thing is one path.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray
from PySide6.QtGui import QPainterPath

from app import theme
from app.slicing import Plane
from app.views.brain_threads import STATE_COLOURS
from app.views.status import STATES, State
from app.views.thread_look import ThreadLook
from app.volume import LAYERS, Matter, Tubes
from planner.frames import FloatArray

CONTOURS: Final = theme.CONTOURS
VESSELS: Final = {"artery": theme.ARTERY, "vein": theme.VEIN, "vessel": theme.VESSEL}
IN_PLANE_MM: Final = 0.5  # ours: what is no farther from the plane is drawn as lying in it
AROUND_MM: Final = 4.0  # ours: what is no farther is drawn thin and pale
CONTACT_PX, ENTRY_PX = 2.4, 5.0  # the least that can be told apart
CORNERS: Final = 16


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
        found.append(Shape(closed(polygons), VESSELS[kind], 1.1, VESSELS[kind], joined=True))
    normal = np.cross(*plane.axes)
    for kind, walls in matter.walls.items():
        found.append(Shape(lines(plane.flat(cut(walls, plane, normal))), VESSELS[kind], 1.4))
    return found


def threads(look: ThreadLook, plane: Plane, px_mm: float) -> list[Shape]:
    """Threads near the plane: what lies in it strong, what lies around it projected onto it, thin and pale.

    Shafts, contacts as discs, and entries with the shape of the thread's state, as in the 3D view. Selected threads
    have a white edge, and the current one is wider. Of what is not used the dotted shaft and the entry are drawn, thin
    in the plane too.
    """
    from planner.geometry.section import clipped

    joined = np.flatnonzero(np.diff(look.lines.line) == 0)
    segments = np.stack([look.lines.points_mm[joined], look.lines.points_mm[joined + 1]], axis=1)
    owner, height = look.lines.thread[joined], plane.height(segments)
    dots, entries = np.abs(plane.height(look.dots.points_mm)), np.abs(plane.height(look.entry_mm))
    shapes: list[Shape] = []
    for within, strong in ((AROUND_MM, False), (IN_PLANE_MM, True)):
        parts, whose = clipped(segments, height, within)
        shafts, whose = plane.flat(parts), owner[whose]
        for rank in (0, 1, 2):
            chosen, current = rank > 0, rank > 1
            for number, state in enumerate(STATES):
                ours = (look.states == number) & (look.selected == chosen) & (look.current == current)
                if not ours.any():
                    continue
                shafts_of = lines(shafts[ours[whose]])
                near = dots <= IN_PLANE_MM if strong else (dots > IN_PLANE_MM) & (dots <= AROUND_MM)
                contacts = _discs(look, plane, near & ours[look.dots.thread], px_mm, current)
                at = plane.flat(look.entry_mm[ours & (entries <= within)])
                marks = closed(at[:, None] + _mark(state) * px_mm * ENTRY_PX * (1.0 if strong else 0.7))
                if state == "aside":
                    shapes += _unused(shafts_of, marks, strong, chosen)
                else:
                    shapes += _drawn(shafts_of, contacts, marks, STATE_COLOURS[state], strong, chosen, current)
    return shapes


def room(needed: Tubes, plane: Plane) -> list[Shape]:
    """The room that has to stay free of vessels around shafts: where the plane cuts it."""
    from planner.geometry.section import cut_tubes

    polygons, _ = cut_tubes(
        needed.start_mm, needed.end_mm, needed.start_radius_mm, needed.end_radius_mm, plane.origin_mm, plane.axes
    )
    return [Shape(closed(polygons), theme.MARK_UNSAFE, 1.2, dashed=True)]


def near_contact(look: ThreadLook, plane: Plane, at_mm: FloatArray, within_mm: float) -> int | None:
    """The row of the drawn contact nearest to a place ``(2,)`` of the plane; None where none is near."""
    if len(look.dots.points_mm) == 0:
        return None
    away = np.linalg.norm(plane.flat(look.dots.points_mm) - at_mm, axis=1)
    away[np.abs(plane.height(look.dots.points_mm)) > AROUND_MM] = np.inf
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


def _discs(look: ThreadLook, plane: Plane, shown: NDArray[np.bool_], px_mm: float, current: bool) -> QPainterPath:
    at, radius = plane.flat(look.dots.points_mm[shown]), look.dots.radius_mm[shown]
    radius = np.maximum(radius, CONTACT_PX * px_mm) * (1.25 if current else 1.0)
    return closed(at[:, None] + radius[:, None, None] * _ring(CORNERS))


def _drawn(
    shafts: QPainterPath,
    contacts: QPainterPath,
    marks: QPainterPath,
    colour: str,
    strong: bool,
    chosen: bool,
    current: bool,
) -> list[Shape]:
    """One state's threads: edge first, then shafts, contacts and entries."""
    if not strong:
        opacity = 0.9 if current else 0.7 if chosen else 0.55
        edge = [Shape(shafts, theme.SELECTED, 2.6, opacity=0.5)] if chosen else []
        return [
            *edge,
            Shape(shafts, colour, 1.2, opacity=opacity),
            Shape(contacts, colour, 1.0, opacity=opacity),
            Shape(marks, colour, 1.2, opacity=opacity),
        ]
    width = 3.6 if current else 2.6
    rim = theme.SELECTED if chosen else theme.IMAGE_RIM
    return [
        Shape(shafts, rim, width + 2.2, opacity=0.9),
        Shape(shafts, colour, width),
        Shape(contacts, rim, 1.2, colour),
        Shape(marks, rim, 1.4, colour),
    ]


def _unused(shafts: QPainterPath, marks: QPainterPath, strong: bool, chosen: bool) -> list[Shape]:
    """Threads that are not used: pale on a dark rim, or a white one where selected."""
    rim = theme.SELECTED if chosen else theme.IMAGE_RIM
    opacity = 0.9 if strong else 0.4
    return [
        Shape(shafts, rim, 3.4 if chosen else 2.8, opacity=0.6 * opacity),
        Shape(shafts, STATE_COLOURS["aside"], 1.4, opacity=opacity),
        Shape(marks, rim, 1.2, STATE_COLOURS["aside"], opacity=opacity),
    ]


def _ring(corners: int) -> FloatArray:
    turn = 2 * np.pi * np.arange(corners) / corners
    return np.stack([np.cos(turn), np.sin(turn)], axis=1)


def _mark(state: State) -> FloatArray:
    """The outline of an entry, as the 3D view's bodies look: ball, cube, diamond, cone, bar."""
    shapes = {
        "safe": _ring(CORNERS),
        "unsafe": np.array([(-0.95, -0.95), (0.95, -0.95), (0.95, 0.95), (-0.95, 0.95)]),
        "unknown": 1.35 * np.array([(0.0, -1.0), (1.0, 0.0), (0.0, 1.0), (-1.0, 0.0)]),
        "blind": np.array([(-1.1, -0.8), (1.1, -0.8), (0.0, 1.2)]),
        "aside": np.array([(-1.3, -0.45), (1.3, -0.45), (1.3, 0.45), (-1.3, 0.45)]),
    }
    return shapes[state]
