"""A mesh as it comes made into closed surfaces that face outward, so that winding numbers tell inside from outside."""

from __future__ import annotations

from pathlib import Path

import igl
import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from planner.anatomy.vessels.soundness import require_sizes
from planner.errors import InputError
from planner.frames import FloatArray, IntArray

WELD_MM = 1e-4  # ours: vertices as near as that are one, where a surface is open between them
HOLE_MM = 30.0  # ours: the longest rim that is closed, that of a cut through a vessel of 9.5 mm, wider than a carotid
MOST_FACES = 2_000_000  # ours: some ten times what a head's vessels need
REMEDY = "close it in the program that it comes from, or give a segmentation or centrelines"


def close_wall(
    vertices_mm: FloatArray, faces: IntArray, path: str | Path
) -> tuple[FloatArray, IntArray, tuple[str, ...]]:
    """Merge vertices, orient faces outward, and close the open ends of vessels.

    Holes are closed by a cone to the middle of their rim: whatever a rim's form, the surface is closed after that.
    Every body faces outward, an inner surface too, so that what it encloses counts as vessel.

    Parameters
    ----------
    vertices_mm : (V, 3) float64
    faces : (F, 3) int64
    path : str or Path
        For messages.

    Returns
    -------
    vertices_mm : (V', 3) float64
    faces : (F', 3) int64
        Each edge in as many faces one way as the other.
    repairs : tuple of str
        What was done, in a few words each.

    Raises
    ------
    InputError
        Faces of vertices that there are not, coordinates that are not finite, a hole too large, no volume enclosed.
    """
    if len(faces) == 0:
        raise InputError("has no faces", source=path, remedy="give a closed surface")
    if len(faces) > MOST_FACES:
        raise InputError(
            f"has {len(faces)} faces, more than the {MOST_FACES} accepted", source=path, remedy="simplify the mesh"
        )
    if not 0 <= faces.min() <= faces.max() < len(vertices_mm):
        raise InputError("has faces of vertices that it does not hold", source=path, remedy="export it again")
    used_mm = vertices_mm[np.unique(faces)]
    if not np.isfinite(used_mm).all():
        raise InputError("has a vertex that is not finite", source=path, remedy="export it again")
    require_sizes(used_mm, np.zeros(0), path)
    repairs: list[str] = []
    vertices, faces = _merged(vertices_mm, faces)
    if len(_rims(faces)):
        vertices, faces = _welded(vertices, faces, repairs)
    if len(_rims(faces)):
        faces = _agreeing(vertices, faces, repairs)
    if len(_rims(faces)):
        vertices, faces = _capped(vertices, faces, path, repairs)
    faces = _outward(vertices, faces, _bodies(faces, len(vertices)), repairs)
    if not _volumes(vertices, faces, np.zeros(len(faces), dtype=np.int64))[0] > 0.0:
        raise InputError("encloses no volume, so it is no vessel wall", source=path, remedy=REMEDY)
    return vertices, faces, tuple(repairs)


def _merged(vertices: FloatArray, faces: IntArray) -> tuple[FloatArray, IntArray]:
    """Vertices at the same place as one, without those of no face; faces without area or repeated left out."""
    used, place = np.unique(faces, return_inverse=True)
    kept, same = np.unique(vertices[used] + 0.0, axis=0, return_inverse=True)  # + 0.0: there is but one zero
    return kept, _plain(same.reshape(-1)[place.reshape(faces.shape)])


def _plain(faces: IntArray) -> IntArray:
    """Faces of three vertices, each once, in the order that they came."""
    corners = np.sort(faces, axis=1)
    order = np.lexsort(corners.T)
    repeated = np.zeros(len(faces), dtype=np.bool_)
    repeated[order[1:]] = (corners[order[1:]] == corners[order[:-1]]).all(axis=1)
    distinct: IntArray = faces[(corners[:, 0] != corners[:, 1]) & (corners[:, 1] != corners[:, 2]) & ~repeated]
    return distinct


def _welded(vertices: FloatArray, faces: IntArray, repairs: list[str]) -> tuple[FloatArray, IntArray]:
    """Vertices of open edges that lie within `WELD_MM` as one."""
    rim = np.unique(_rims(faces))
    near = rim[cKDTree(vertices[rim]).query_pairs(WELD_MM, output_type="ndarray")]
    if len(near) == 0:
        return vertices, faces
    count = len(vertices)
    _, label = connected_components(coo_array((np.ones(len(near)), near.T), shape=(count, count)), directed=False)
    _, first = np.unique(label, return_index=True)
    repairs.append(f"{count - len(first)} vertices at seams joined")
    return vertices[first], _plain(label.astype(np.int64)[faces])


def _agreeing(vertices: FloatArray, faces: IntArray, repairs: list[str]) -> IntArray:
    """Faces that agree with their neighbours on which side is out, each patch by the volume that it half encloses."""
    turned, patch = igl.bfs_orient(np.ascontiguousarray(faces))
    turned = _outward(vertices, np.asarray(turned, dtype=np.int64), np.asarray(patch, dtype=np.int64), [])
    changed = int((turned != faces).any(axis=1).sum())
    if changed:
        repairs.append(f"{changed} faces turned round")
    return turned


def _capped(vertices: FloatArray, faces: IntArray, path: str | Path, repairs: list[str]) -> tuple[FloatArray, IntArray]:
    edges = _rims(faces)
    nodes, flat = np.unique(edges, return_inverse=True)
    flat = flat.reshape(edges.shape)
    graph = coo_array((np.ones(len(flat)), flat.T), shape=(len(nodes), len(nodes)))
    count, label = connected_components(graph, directed=False)
    hole = label[flat[:, 0]]
    length = np.bincount(hole, np.linalg.norm(vertices[edges[:, 0]] - vertices[edges[:, 1]], axis=1), count)
    if length.max() > HOLE_MM:
        raise InputError(
            f"has an opening of {length.max():.0f} mm around (at most {HOLE_MM:g} mm are closed), so it is no wall",
            source=path,
            remedy=REMEDY,
        )
    total = np.stack([np.bincount(label, vertices[nodes, axis], count) for axis in range(3)], axis=1)
    middle = total / np.bincount(label, minlength=count)[:, None]
    cone = np.stack([edges[:, 1], edges[:, 0], len(vertices) + hole], axis=1)
    repairs.append(f"{count} openings closed, the widest {length.max():.1f} mm around")
    return np.concatenate([vertices, middle]), np.concatenate([faces, cone.astype(np.int64)])


def _rims(faces: IntArray) -> IntArray:
    """Directed edges ``(E, 2)`` that more faces run along than against, as often as they are in excess."""
    start, end = faces.ravel(), np.roll(faces, -1, axis=1).ravel()
    count = int(faces.max(initial=0)) + 1
    keys, which = np.unique(np.minimum(start, end) * count + np.maximum(start, end), return_inverse=True)
    excess = np.bincount(which, np.where(start < end, 1.0, -1.0), len(keys)).astype(np.int64)
    low, high = np.divmod(keys, count)
    along = np.stack([np.where(excess > 0, low, high), np.where(excess > 0, high, low)], axis=1)
    return np.repeat(along, np.abs(excess), axis=0)


def _bodies(faces: IntArray, count: int) -> IntArray:
    """Which connected body each face belongs to."""
    edges = faces[:, [[0, 1], [1, 2]]].reshape(-1, 2)
    graph = coo_array((np.ones(len(edges)), edges.T), shape=(count, count))
    body: IntArray = connected_components(graph, directed=False)[1].astype(np.int64)[faces[:, 0]]
    return body


def _outward(vertices: FloatArray, faces: IntArray, body: IntArray, repairs: list[str]) -> IntArray:
    inward = _volumes(vertices, faces, body) < 0.0
    if inward.any():
        repairs.append(f"{int(inward.sum())} of {len(np.unique(body))} bodies turned outward")
    return np.where(inward[body][:, None], faces[:, ::-1], faces)


def _volumes(vertices: FloatArray, faces: IntArray, body: IntArray) -> FloatArray:
    """Signed volume of each body, mm³, seen from its middle: so that an open one has about the sign of a closed one."""
    corners = vertices[faces]
    size = np.maximum(np.bincount(body), 1)
    middle = np.stack([np.bincount(body, corners[..., axis].mean(axis=1)) for axis in range(3)], axis=1) / size[:, None]
    a, b, c = (corners - middle[body][:, None]).transpose(1, 0, 2)
    return np.asarray(np.bincount(body, (a * np.cross(b, c)).sum(axis=1) / 6.0))
