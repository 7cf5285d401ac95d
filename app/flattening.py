"""The cortex around V1 laid flat, to be looked at: one patch a hemisphere, without a cut.

The patch is V1 with V2 and V3 where they are known, and a little around them, measured halfway between white and pial.
It is laid out as rigidly as possible (ARAP: Liu et al. 2008, "A local/global approach to mesh parameterization", of
libigl), from a least-squares conformal map. Area is not kept everywhere, since cortex is curved: see
`Patch.area_ratio`.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import igl
import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components, dijkstra

from planner.anatomy.cache import Arrays, cached, key_of
from planner.anatomy.hemisphere import V1, Hemisphere
from planner.frames import FloatArray, IntArray

RECIPE: Final = "flat patch 2"
AREAS: Final = (1, 2, 3)
AROUND_MM: Final = 6.0  # ours: threads are placed within 5 mm of V1
ROUNDS: Final = 30  # ours: of ARAP; the layout hardly moves any more
MENDS: Final = 20


@dataclass(frozen=True, eq=False)
class Patch:
    """A flat piece of a hemisphere; n of its vertices, m of its faces.

    Attributes
    ----------
    vertices : (n,) int64
    faces : (m,) int64
        Rows of the hemisphere's faces; all their corners are among `vertices`.
    place_mm : (n, 2) float64
        Right and up, the middle of all at the origin. Foveal V1 is at the left of a left hemisphere's and at the right
        of a right one's, dorsal cortex (the lower visual field) above, as both medial walls are seen.
    area_ratio : (m,) float64
        Area of each flat face as a share of its area in the cortex, at the scale of the whole patch. Of the demo's
        cortex 90 % is between 0.73 and 1.29 in the left hemisphere, and 0.69 and 1.36 in the right one, V1 a tenth
        smaller than the whole; of its edges 90 % have between 0.8 and 1.2 of their length. No face is turned over.
    """

    vertices: IntArray
    faces: IntArray
    place_mm: FloatArray
    area_ratio: FloatArray


def flat_patch(hemisphere: Hemisphere) -> Patch | None:
    """Lay the cortex around V1 flat; a few seconds at first, then it is kept between runs.

    None where there is no V1, or nothing but V1.
    """
    area = hemisphere.retinotopy.area
    if not (area == V1).any():
        return None
    middle_mm = (hemisphere.pial_mm + hemisphere.white_mm) / 2

    def lay() -> Arrays:
        rows = _disc(hemisphere.faces, _wanted(middle_mm, hemisphere.faces, area))
        if len(rows) == len(hemisphere.faces):  # a closed surface
            return {"rows": rows, "flat": np.zeros((0, 2))}
        vertices, faces = _numbered(hemisphere.faces[rows])
        return {"rows": rows, "flat": _laid(middle_mm[vertices], faces)}

    source = {"middle": middle_mm, "faces": hemisphere.faces, "area": area}
    found = cached(key_of(f"{RECIPE}, {ROUNDS} rounds", source), lay)
    rows, flat = found["rows"].astype(np.int64), found["flat"].astype(np.float64)
    if len(flat) == 0:
        return None
    vertices, faces = _numbered(hemisphere.faces[rows])
    points = middle_mm[vertices]
    its = area[vertices] == V1
    peripheral = _rise(flat[its], np.log(np.maximum(hemisphere.retinotopy.eccentricity_deg[vertices[its]], 0.1)))
    towards = np.array([1.0, 0.0]) if hemisphere.name == "lh" else np.array([-1.0, 0.0])
    place = flat @ _turn(peripheral, towards).T
    place -= (place.min(axis=0) + place.max(axis=0)) / 2
    folded, laid = igl.doublearea(points, faces), igl.doublearea(np.column_stack([place, np.zeros(len(place))]), faces)
    return Patch(vertices, rows, place, laid / np.maximum(folded, 1e-12) * folded.sum() / laid.sum())


def _numbered(faces: IntArray) -> tuple[IntArray, IntArray]:
    """The vertices of some faces, and the faces between these as they are numbered then."""
    vertices, local = np.unique(faces, return_inverse=True)
    return vertices.astype(np.int64), np.ascontiguousarray(local.reshape(-1, 3), dtype=np.int64)


def _wanted(middle_mm: FloatArray, faces: IntArray, area: IntArray) -> NDArray[np.bool_]:
    """The vertices to lay flat: V1 to V3 and what is near them along the cortex, from vertex to vertex."""
    ends = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]).T
    length = np.linalg.norm(middle_mm[ends[0]] - middle_mm[ends[1]], axis=1)
    edges = coo_array((length, tuple(ends)), shape=(len(area), len(area))).tocsr()  # of two faces: twice as long
    seen = np.flatnonzero(np.isin(area, AREAS))
    away = dijkstra(edges, directed=False, indices=seen, min_only=True, limit=AROUND_MM)
    return np.asarray(np.isfinite(away))


def _disc(faces: IntArray, wanted: NDArray[np.bool_]) -> IntArray:
    """Rows of faces that make one disc without holes, of which all wanted vertices that hang together are part."""
    chosen: NDArray[np.bool_] = np.asarray(wanted[faces].all(axis=1))
    for _ in range(MENDS):
        chosen = _largest(faces, chosen)  # what lies apart is left out
        chosen = np.logical_not(
            _largest(faces, np.logical_not(chosen))
        )  # what is left out within is a hole, and is taken in
        pinched = _pinched(faces[chosen])
        if len(pinched) == 0:
            break
        chosen = chosen | np.isin(faces, pinched).any(axis=1)
    return np.flatnonzero(chosen)


def _largest(faces: IntArray, chosen: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Of the chosen faces the largest part that hangs together by edges."""
    rows = np.flatnonzero(chosen)
    if len(rows) == 0:
        return chosen
    edges = np.sort(np.concatenate([faces[rows][:, [0, 1]], faces[rows][:, [1, 2]], faces[rows][:, [2, 0]]]), axis=1)
    face = np.tile(np.arange(len(rows)), 3)
    order = np.lexsort(edges.T)
    same = np.flatnonzero((np.diff(edges[order], axis=0) == 0).all(axis=1))
    pairs = face[order[same]], face[order[same + 1]]
    graph = coo_array((np.ones(len(same)), pairs), shape=(len(rows), len(rows)))
    _, part = connected_components(graph, directed=False)
    found = np.zeros(len(faces), dtype=bool)
    found[rows[part == np.bincount(part).argmax()]] = True
    return found


def _pinched(faces: IntArray) -> IntArray:
    """Vertices at which a patch touches itself: its border passes them twice."""
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    _, first, times = np.unique(np.sort(edges, axis=1), axis=0, return_index=True, return_counts=True)
    border = edges[first[times == 1]]
    vertex, leaving = np.unique(border[:, 0], return_counts=True)
    return np.asarray(vertex[leaving > 1], dtype=np.int64)


def _laid(points: FloatArray, faces: IntArray) -> FloatArray:
    """Where the vertices ``(n, 2)`` of a disc lie when it is flat, seen from outside, mm."""
    rim = igl.boundary_loop(faces)
    ends = np.array([rim[0], rim[len(rim) // 2]], dtype=np.int64)
    apart = float(np.linalg.norm(points[ends[0]] - points[ends[1]]))
    flat, _ = igl.lscm(points, faces, ends, np.array([[0.0, 0.0], [apart, 0.0]]))
    if _signed(flat, faces).sum() < 0:
        flat = flat * [1.0, -1.0]
    flat = flat * np.sqrt(igl.doublearea(points, faces).sum() / np.abs(_signed(flat, faces)).sum())
    data, held = igl.ARAPData(), rim[:1]  # something has to be held, or it could lie anywhere
    data.max_iter = ROUNDS
    igl.arap_precomputation(points, faces, 2, held.astype(np.int32), data)
    found = igl.arap_solve(np.ascontiguousarray(flat[held]), data, np.ascontiguousarray(flat))
    return np.asarray(found, dtype=np.float64)


def _signed(flat: FloatArray, faces: IntArray) -> FloatArray:
    """Twice the area of each face ``(m,)``, negative where it is turned over."""
    a, b, c = (flat[faces[:, corner]] for corner in range(3))
    (ux, uy), (vx, vy) = (b - a).T, (c - a).T
    return np.asarray(ux * vy - uy * vx)


def _rise(place: FloatArray, values: FloatArray) -> FloatArray:
    """The direction ``(2,)`` in which values grow, on the whole."""
    terms = np.column_stack([place, np.ones(len(place))])
    slope, *_ = np.linalg.lstsq(terms, values, rcond=None)
    return np.asarray(slope[:2] / max(float(np.linalg.norm(slope[:2])), 1e-12))


def _turn(direction: FloatArray, towards: FloatArray) -> FloatArray:
    """The rotation ``(2, 2)`` that turns one unit vector into another."""
    cos = float(direction @ towards)
    sin = float(direction[0] * towards[1] - direction[1] * towards[0])
    return np.array([[cos, -sin], [sin, cos]])
