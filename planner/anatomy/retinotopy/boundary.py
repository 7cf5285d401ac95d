"""The outline of V1 on the cortex: its loops in order, its pieces and its holes."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from planner.frames import FloatArray, IntArray


@dataclass(frozen=True, eq=False)
class Boundary:
    """V1's outline.

    Attributes
    ----------
    loops : tuple of (K,) int64
        Vertices in order, V1 on the left seen from outside; the longest (in mm) first. The last joins the first.
    length_mm : (L,) float64
        Of each loop.
    area_mm2 : (P,) float64
        Of each piece of V1, the largest first.
    """

    loops: tuple[IntArray, ...]
    length_mm: FloatArray
    area_mm2: FloatArray

    @property
    def islands(self) -> int:
        """Pieces beside the largest."""
        return max(len(self.area_mm2) - 1, 0)

    @property
    def holes(self) -> int:
        """Loops beside the one that each piece has; on a surface without handles these are holes."""
        return max(len(self.loops) - len(self.area_mm2), 0)

    @property
    def text(self) -> str:
        """For the loading report."""
        words = f"{self.area_mm2.sum():.0f} mm², outline {self.length_mm.sum():.0f} mm"
        if self.islands:
            words += f", {self.islands} island(s) of {self.area_mm2[1:].sum():.1f} mm² beside the largest piece"
        if self.holes:
            words += f", {self.holes} hole(s)"
        return words


def trace_boundary(points_mm: FloatArray, faces: IntArray, inside: NDArray[np.bool_]) -> Boundary:
    """Outline of the faces whose three corners are `inside`.

    Where pieces touch in one vertex each keeps its own loop: a loop is followed through the fan of faces at a vertex.

    Parameters
    ----------
    points_mm : (V, 3) float64
        The surface on which lengths and areas are measured.
    faces : (F, 3) int64
        Counter-clockwise seen from outside, no edge in more than two.
    inside : (V,) bool
    """
    inner = faces[inside[faces].all(axis=1)]
    a, b, c = (points_mm[corner] for corner in inner.T)
    areas = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2
    # Half-edge h runs from start[h] to end[h]; three in a row are a face.
    start, end = inner.ravel(), np.roll(inner, -1, axis=1).ravel()
    count, vertices = len(start), len(points_mm)
    twin = _twins(start * vertices + end, end * vertices + start)
    edge = np.flatnonzero(twin < 0)
    after = np.roll(np.arange(count).reshape(-1, 3), -1, axis=1).ravel()
    following = after[edge]
    while (turning := twin[following] >= 0).any():  # as often as the widest fan has faces
        following[turning] = after[twin[following[turning]]]
    number = np.full(count, -1)
    number[edge] = np.arange(len(edge))
    loops = _cycles(number[following])
    lengths = [float(np.linalg.norm(points_mm[start[edge[x]]] - points_mm[end[edge[x]]], axis=1).sum()) for x in loops]
    order = np.argsort([-length for length in lengths], kind="stable")
    face_of = np.arange(count) // 3
    paired = np.flatnonzero(twin >= 0)
    joined = coo_array((np.ones(len(paired)), (face_of[paired], face_of[twin[paired]])), shape=(len(inner),) * 2)
    pieces, piece = connected_components(joined, directed=False)
    piece_area: FloatArray = np.zeros(pieces)
    np.add.at(piece_area, piece, areas)
    return Boundary(
        loops=tuple(start[edge[loops[k]]] for k in order),
        length_mm=np.array([lengths[k] for k in order]),
        area_mm2=np.sort(piece_area)[::-1],
    )


def _twins(keys: IntArray, opposite: IntArray) -> IntArray:
    """For each half-edge the one that runs the other way, or −1."""
    order = np.argsort(keys)
    place = np.minimum(np.searchsorted(keys, opposite, sorter=order), max(len(keys) - 1, 0))
    if not len(keys):
        return np.empty(0, np.int64)
    found = order[place]
    return np.where(keys[found] == opposite, found, -1)


def _cycles(successor: IntArray) -> list[IntArray]:
    """The cycles of a permutation, each in order, beginning with its smallest member."""
    count = len(successor)
    members = np.arange(count)
    if not count:
        return []
    _, cycle = connected_components(coo_array((np.ones(count), (members, successor)), shape=(count, count)))
    _, first = np.unique(cycle, return_index=True)
    # Steps to the end of the chain that begins at `first`, by doubling the length of jumps.
    last = np.isin(successor, first)
    jump, steps = np.where(last, members, successor), np.where(last, 0, 1)
    for _ in range(int(np.ceil(np.log2(count))) + 1):
        steps, jump = steps + steps[jump], jump[jump]
    ranked = np.lexsort((-steps, cycle))
    return np.split(ranked, np.flatnonzero(np.diff(cycle[ranked])) + 1)
