"""How forbidden cortex looks: the edge of what is forbidden and the hatching on it, on any surface and in slices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from app.cortex import Float32
from planner.frames import FloatArray, IntArray

SPACING_MM: Final = 2.2  # ours: between the lines of the hatching on cortex
SLICE_SPACING_MM: Final = 1.0  # and in slices, where cortex is 3 mm thick


@dataclass(frozen=True, eq=False)
class Strokes:
    """Segments whose ends lie on edges of a mesh, so that every surface has a place for them.

    Attributes
    ----------
    start, end : (S, 2) int64
        The vertices of each segment's ends: each lies between a pair of them.
    share : (S, 2) float64
        How far from `start` to `end` each end lies, 0 to 1.
    """

    start: IntArray
    end: IntArray
    share: FloatArray

    def on(self, values: Float32) -> FloatArray:
        """Values ``(V, 3)`` of the vertices, e.g. their places, at the segments' ends ``(S, 2, 3)``."""
        share = self.share[..., None]
        return np.asarray((1.0 - share) * values[self.start] + share * values[self.end])


def forbidden_faces(faces: IntArray, inside: NDArray[np.bool_]) -> IntArray:
    """The faces ``(G, 3)`` that are forbidden where the vertices `inside` are: each with any corner of them."""
    a, b, c = faces.T
    return np.asarray(faces[inside[a] | inside[b] | inside[c]])


def edge_of(patch: IntArray) -> Strokes:
    """The edge of some faces ``(G, 3)``: the sides that only one of them has."""
    sides = np.concatenate([patch[:, [0, 1]], patch[:, [1, 2]], patch[:, [2, 0]]])
    order = np.sort(sides, axis=1)
    _, first, count = np.unique(order @ [int(patch.max(initial=0)) + 1, 1], return_index=True, return_counts=True)
    ends = order[first[count == 1]]
    return Strokes(ends, ends, np.zeros(ends.shape))


def hatching(patch: IntArray, points: Float32, spacing_mm: float = SPACING_MM) -> Strokes:
    """Lines at equal distances over some faces ``(G, 3)`` of a surface ``(V, 3)``, slanting on its picture.

    They lie in planes that stand upright on the faces' mean direction.
    """
    return level_lines(patch, points @ (_slant(patch, points) / spacing_mm))


def level_lines(patch: IntArray, values: FloatArray, only: int | None = None) -> Strokes:
    """Lines over some faces ``(G, 3)`` where values of vertices ``(V,)`` pass whole numbers, or `only` one of them."""
    order = np.argsort(values[patch], axis=1)
    corners = np.take_along_axis(patch, order, axis=1)
    least, middle, most = values[corners].T
    first = np.floor(least).astype(np.int64) + 1
    lines = np.maximum(np.floor(most).astype(np.int64) - first + 1, 0)  # that go through each face
    face = np.repeat(np.arange(len(patch)), lines)
    level = first[face] + np.arange(len(face)) - np.repeat(np.cumsum(lines) - lines, lines)
    if only is not None:
        face, level = face[level == only], level[level == only]
    low, mid, high = least[face], middle[face], most[face]
    lower = level < mid  # the line leaves through the side from the least to the middle corner
    begin = np.where(lower, low, mid)
    there = (level - begin) / np.maximum(np.where(lower, mid, high) - begin, 1e-12)
    share = np.stack([(level - low) / (high - low), there])
    a, b, c = corners[face].T
    start = np.stack([a, np.where(lower, a, b)], axis=1)
    end = np.stack([c, np.where(lower, b, c)], axis=1)
    return Strokes(start, end, np.clip(share.T, 0.0, 1.0))


def _slant(patch: IntArray, points: Float32) -> FloatArray:
    """The unit vector across the lines of the hatching."""
    a, b, c = (points[patch[:, corner]].astype(np.float64) for corner in range(3))
    facing = np.cross(b - a, c - a).sum(axis=0)
    facing = facing / max(float(np.linalg.norm(facing)), 1e-12)
    upright = np.eye(3)[2] if abs(facing[2]) < 0.8 else np.eye(3)[1]
    sideways = np.cross(upright, facing)
    sideways = sideways / max(float(np.linalg.norm(sideways)), 1e-12)
    slanting = sideways + np.cross(facing, sideways)
    length = float(np.linalg.norm(slanting))
    return np.asarray(slanting / length if length > 0.5 else np.array([0.6, 0.0, 0.8]))


def flat_hatching(outline: FloatArray, spacing_mm: float = SLICE_SPACING_MM) -> FloatArray:
    """Slanting lines ``(L, 2, 2)`` that fill what closed outlines in a plane, segments ``(S, 2, 2)``, enclose."""
    turn = np.array([[1.0, 1.0], [-1.0, 1.0]]) / np.sqrt(2.0)  # lines run along the first axis then
    ends = outline @ turn.T
    across = ends[..., 1] / spacing_mm
    low, high = across.min(axis=1, initial=np.inf), across.max(axis=1, initial=-np.inf)
    first = np.ceil(low).astype(np.int64)
    lines = np.maximum(np.ceil(high).astype(np.int64) - first, 0)  # an end that lies on a line counts for one side
    segment = np.repeat(np.arange(len(outline)), lines)
    level = first[segment] + np.arange(len(segment)) - np.repeat(np.cumsum(lines) - lines, lines)
    one, other = across[segment].T
    share = (level - one) / (other - one)
    along = ends[segment, 0, 0] + share * (ends[segment, 1, 0] - ends[segment, 0, 0])
    order = np.lexsort([along, level])
    level, along = level[order], along[order]
    odd = (np.arange(len(level)) - np.searchsorted(level, level)) % 2 == 0  # the first of each pair on its line
    start = np.flatnonzero(odd[:-1] & (level[1:] == level[:-1])) if len(level) else np.zeros(0, dtype=np.int64)
    pairs = np.stack([along[start], along[start + 1]], axis=1)
    strokes = np.stack([pairs, np.broadcast_to(level[start, None] * spacing_mm, pairs.shape)], axis=-1)
    return np.asarray(strokes @ turn)
