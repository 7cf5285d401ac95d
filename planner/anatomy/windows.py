"""Approach windows laid on a case's anatomy: the presets, and one at a point."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final

import igl
import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from planner.anatomy.access import UNRESTRICTED, USUAL, Access, Point, Surface, Window
from planner.anatomy.approaches import OCCIPITAL, PRESETS
from planner.anatomy.hemisphere import Anatomy, Hemisphere
from planner.errors import InputError
from planner.frames import HEMISPHERES, FloatArray, HemisphereName, IntArray
from planner.geometry.subdivision import midpoints, subdivide

NORMAL_MM: Final = 5.0  # ours: a window's axis is the normal of the surface within so far of its centre
_FACE_MM: Final = 2.0  # the hull's large faces are cut so small for that
_MEDIAL_COSINE: Final = 0.5  # ours: cortex that faces the falx by 60° or less is of the medial wall
_OFF_MM: Final = 1e-3


def access_preset(name: str, anatomy: Anatomy) -> Access:
    """The windows of a preset on a case. Radii, cones and reaches are ours.

    Of the demo's V1 (by pial area, lh and rh) shafts within 45° of the pial normal enter through the occipital windows
    at 39 and 29 %, through the interhemispheric ones at 73 and 67 %; within 80° at 70 and 65, 94 and 86 %. The rest
    lies on banks that hide each other: 88 and 83 % can be entered within 45° at all.

    - ``unrestricted``: none.
    - ``occipital pole``: for each hemisphere a disc of 25 mm on the hull at its most posterior pial point (along y of
      the scanner), cone 60°, reach 60 mm.
    - ``interhemispheric``: for each hemisphere the medial pial wall within 25 mm of the middle of that part of its V1
      that faces the falx and is not hidden by other cortex of its own; axis away from the other hemisphere, cone 60°,
      any reach. The hemispheres are retracted, so the other one is not in the way.

    Parameters
    ----------
    name : str
        One of `PRESETS`.
    anatomy : Anatomy

    Raises
    ------
    InputError
        Where there is no such preset, or no hemisphere of the case has what it needs.
    """
    if name not in PRESETS:
        raise InputError(f"there is no approach called {name!r}", remedy=f"use one of {', '.join(PRESETS)}")
    if name == UNRESTRICTED.name:
        return UNRESTRICTED
    hemispheres = anatomy.hemispheres.values()
    if name == OCCIPITAL:
        poles = {h.name: _point(h.pial_mm[h.pial_mm[:, 1].argmin()]) for h in hemispheres}
        return Access(name, tuple(window_at(anatomy, n, "hull", pole, *USUAL["hull"]) for n, pole in poles.items()))
    walls = tuple(window for h in hemispheres if (window := _medial(anatomy, h)) is not None)
    if not walls:
        raise InputError(
            "no V1 of this case lies on the medial wall, where the interhemispheric approach leads",
            remedy="choose another approach",
        )
    return Access(name, walls)


def window_at(
    anatomy: Anatomy,
    hemisphere: HemisphereName,
    surface: Surface,
    point_mm: Point,
    radius_mm: float,
    cone_deg: float,
    reach_mm: float | None = None,
) -> Window:
    """A window at the point of the hull, or of the hemisphere's pial, that is nearest to a given one.

    Its axis is the inward normal there: that of the surface within `NORMAL_MM` (ours) and connected within it, by area.
    The first call for a surface takes a moment; after it a window can follow a mouse.

    Parameters
    ----------
    anatomy : Anatomy
    hemisphere : "lh" or "rh"
    surface : "hull" or "pial"
    point_mm : (x, y, z)
        Scanner RAS.
    radius_mm, cone_deg, reach_mm
        See `Window`.

    Raises
    ------
    InputError
        Where the case lacks the hemisphere, or the window's numbers cannot be used.
    """
    _side(anatomy, hemisphere)
    if not np.isfinite(point_mm).all():
        raise InputError("a window cannot be put there", remedy="give x, y and z in mm")
    point = np.array(point_mm, dtype=np.float64)
    vertices, faces = _ground(anatomy, hemisphere if surface == "pial" else None).around(point)
    centre, _ = _nearest(point, vertices, faces)
    axis = -_normal(centre, vertices, faces)
    return Window(hemisphere, surface, _point(centre), _point(axis), radius_mm, cone_deg, reach_mm)


def nearest_hemisphere(anatomy: Anatomy, point_mm: Point) -> HemisphereName:
    """The hemisphere whose pial vertices are nearest to a point of scanner RAS."""
    return min(anatomy.hemispheres, key=lambda name: float(_ground(anatomy, name).tree.query(point_mm)[0]))


def _side(anatomy: Anatomy, name: HemisphereName) -> Hemisphere:
    if name not in anatomy.hemispheres:
        raise InputError(f"the case has no {name} hemisphere", remedy="put the window on the other one")
    return anatomy.hemispheres[name]


def _medial(anatomy: Anatomy, hemisphere: Hemisphere) -> Window | None:
    lateral = _lateral(anatomy, hemisphere)
    faces = hemisphere.faces[hemisphere.v1_faces]
    corners = hemisphere.pial_mm[faces]
    normal = np.cross(corners[:, 1] - corners[:, 0], corners[:, 2] - corners[:, 0])
    area = np.linalg.norm(normal, axis=1)
    facing = np.flatnonzero(-normal @ lateral > _MEDIAL_COSINE * area)
    middle = corners[facing].mean(axis=1)
    if len(facing):
        rays = middle - _OFF_MM * lateral, np.tile(-lateral, (len(middle), 1))
        pial = np.ascontiguousarray(hemisphere.pial_mm, np.float64), np.ascontiguousarray(hemisphere.faces, np.int64)
        tree = igl.AABB()
        tree.init(*pial)
        met, _, _ = tree.intersect_ray_first(*pial, *rays)
        facing, middle = facing[met < 0], middle[met < 0]
    if len(facing) == 0:
        return None
    centre, _ = _nearest(np.average(middle, axis=0, weights=area[facing]), hemisphere.pial_mm, faces)
    return Window(hemisphere.name, "pial", _point(centre), _point(lateral), *USUAL["pial"])


def _lateral(anatomy: Anatomy, hemisphere: Hemisphere) -> FloatArray:
    """Away from the other hemisphere's middle; along the scanner's x where there is none."""
    sides = [anatomy.hemispheres[name].pial_mm.mean(axis=0) for name in HEMISPHERES if name in anatomy.hemispheres]
    across = sides[1] - sides[0] if len(sides) == 2 else np.array([1.0, 0.0, 0.0])
    across = across / np.linalg.norm(across)
    return np.asarray(across if hemisphere.name == "rh" else -across)


@dataclass(frozen=True, eq=False)
class _Ground:
    """A surface that windows are put on, ready to be looked up."""

    vertices_mm: FloatArray
    faces: IntArray
    tree: cKDTree
    longest_mm: float  # of its edges

    def around(self, point: FloatArray) -> tuple[FloatArray, IntArray]:
        """All its faces that can hold the point nearest to a given one, or anything within `NORMAL_MM` of that."""
        away, _ = self.tree.query(point)
        near = np.zeros(len(self.vertices_mm), dtype=bool)
        # the nearest point is no farther than the nearest vertex, and a corner of its face no farther than an edge more
        near[self.tree.query_ball_point(point, 2 * away + NORMAL_MM + 2 * self.longest_mm)] = True
        return _numbered_anew(self.vertices_mm, self.faces[near[self.faces].any(axis=1)])


@lru_cache(maxsize=4)
def _ground(anatomy: Anatomy, hemisphere: HemisphereName | None) -> _Ground:
    """The pial surface of a hemisphere, or the hull."""
    if hemisphere is None:
        vertices, faces = _hull(anatomy)
    else:
        side = anatomy.hemispheres[hemisphere]
        vertices, faces = side.pial_mm, side.faces
    corners = vertices[faces]
    longest = float(np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max())
    return _Ground(vertices, faces, cKDTree(vertices), longest)


@lru_cache(maxsize=2)
def _hull(anatomy: Anatomy) -> tuple[FloatArray, IntArray]:
    """The convex hull of both hemispheres' pial vertices, faces outward."""
    import trimesh  # no start of the program waits for it

    hull = trimesh.convex.convex_hull(np.concatenate([h.pial_mm for h in anatomy.hemispheres.values()]))
    return np.array(hull.vertices, dtype=np.float64), np.array(hull.faces, dtype=np.int64)


def _nearest(point: FloatArray, vertices: FloatArray, faces: IntArray) -> tuple[FloatArray, int]:
    """The point of a surface that is nearest to one, and its face."""
    _, face, nearest = igl.point_mesh_squared_distance(point[None], np.ascontiguousarray(vertices), faces)
    return np.asarray(nearest, dtype=np.float64).reshape(3), int(np.asarray(face).reshape(-1)[0])


def _normal(centre: FloatArray, vertices: FloatArray, faces: IntArray) -> FloatArray:
    """The outward unit normal, by area, of the piece of a surface around a point of it."""
    points, faces = _cut_around(centre, vertices, faces)
    corners = points[faces]
    _, start = _nearest(centre, points, faces)
    within = np.linalg.norm(corners.mean(axis=1) - centre, axis=1) <= NORMAL_MM
    within[start] = True
    kept = np.flatnonzero(within)
    start_edge, end_edge = faces[kept].ravel(), np.roll(faces[kept], 1, axis=1).ravel()
    graph = coo_array((np.ones(len(start_edge)), (start_edge, end_edge)), shape=(len(points),) * 2)
    _, part = connected_components(graph, directed=False)
    piece = corners[kept[part[faces[kept, 0]] == part[faces[start, 0]]]]
    normal = np.cross(piece[:, 1] - piece[:, 0], piece[:, 2] - piece[:, 0]).sum(axis=0)
    return np.asarray(normal / np.linalg.norm(normal))


def _cut_around(centre: FloatArray, vertices: FloatArray, faces: IntArray) -> tuple[FloatArray, IntArray]:
    """The faces around a point, divided until none has an edge longer than `_FACE_MM`."""
    while True:
        corners = vertices[faces]
        edge = np.linalg.norm(corners - np.roll(corners, 1, axis=1), axis=2).max(axis=1)
        near = np.linalg.norm(corners - centre, axis=2).min(axis=1) <= NORMAL_MM + edge
        vertices, faces = _numbered_anew(vertices, faces[near])
        if edge[near].max() <= _FACE_MM:
            return vertices, faces
        faces, parents = subdivide(faces, len(vertices))
        vertices = midpoints(vertices, parents)


def _numbered_anew(vertices: FloatArray, faces: IntArray) -> tuple[FloatArray, IntArray]:
    """Some faces of a surface, with no other vertices than theirs."""
    used, numbered = np.unique(faces, return_inverse=True)
    return vertices[used], numbered.reshape(-1, 3).astype(np.int64)


def _point(values: FloatArray) -> Point:
    x, y, z = (float(value) for value in values)
    return x, y, z
