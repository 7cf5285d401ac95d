"""The pial surfaces of a case as vessels are compared with them, indexed once for all vessels."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

import igl
import numpy as np
from scipy.spatial import cKDTree

from planner.anatomy.hemisphere import Hemisphere
from planner.anatomy.vessels.tree import VesselTree
from planner.anatomy.vessels.wall import Vessel
from planner.frames import FloatArray, HemisphereName, IntArray

SAMPLE = 5000  # points of a vessel that say where it lies
ON_CORTEX_MM = 3.0
"""Ours: another reading of vessels is suggested only where their median point then lies within this of pial. Vessels of
pial that were written mirrored or in LPS lie 0.3 mm from it once read rightly, a whole head's tree in LPS 2.0 mm; the
left hemisphere's artery read as LPS lies 8.3 mm from the right one, where it does not belong."""


class PialIndex:
    """Pial vertices of hemispheres, scanner RAS.

    Parameters
    ----------
    vertices_mm : mapping of name to (V, 3) float64
    faces : mapping of name to (F, 3) int64
        Counter-clockwise seen from outside; needed where heights are asked for.
    """

    def __init__(
        self, vertices_mm: Mapping[HemisphereName, FloatArray], faces: Mapping[HemisphereName, IntArray]
    ) -> None:
        self._vertices, self._faces = vertices_mm, faces

    @classmethod
    def of(cls, hemispheres: Mapping[HemisphereName, Hemisphere]) -> PialIndex:
        """Of a case's hemispheres."""
        return cls({n: h.pial_mm for n, h in hemispheres.items()}, {n: h.faces for n, h in hemispheres.items()})

    @property
    def names(self) -> tuple[HemisphereName, ...]:
        """Which hemispheres there are."""
        return tuple(self._vertices)

    @property
    def widths(self) -> dict[HemisphereName, tuple[float, float]]:
        """From where to where each hemisphere reaches in x."""
        return {n: (float(mm[:, 0].min()), float(mm[:, 0].max())) for n, mm in self._vertices.items()}

    def distances(self, points_mm: FloatArray) -> dict[HemisphereName, FloatArray]:
        """Distance ``(N,)`` of points to the nearest vertex of each hemisphere."""
        return {name: np.asarray(tree.query(points_mm)[0]) for name, tree in self._trees.items()}

    def distance(self, points_mm: FloatArray) -> FloatArray:
        """Distance ``(N,)`` of points to the nearest vertex of any hemisphere."""
        return np.asarray(np.minimum.reduce(list(self.distances(points_mm).values())))

    def heights(self, points_mm: FloatArray, within_mm: float) -> tuple[FloatArray, FloatArray]:
        """Of the points within reach the distance to pial, and the height above it, negative inside."""
        nearest, height = np.full(len(points_mm), np.inf), np.zeros(len(points_mm))
        for name, tree in self._trees.items():
            distance, vertex = tree.query(points_mm, distance_upper_bound=within_mm)
            rows = np.flatnonzero(distance < nearest)
            vertex = vertex[rows]
            offset = points_mm[rows] - self._vertices[name][vertex]
            nearest[rows], height[rows] = distance[rows], (offset * self._outward[name][vertex]).sum(axis=1)
        near = np.isfinite(nearest)
        return nearest[near], height[near]

    @cached_property
    def _trees(self) -> dict[HemisphereName, cKDTree]:
        return {name: cKDTree(vertices, balanced_tree=False) for name, vertices in self._vertices.items()}

    @cached_property
    def _outward(self) -> dict[HemisphereName, FloatArray]:
        return {name: igl.per_vertex_normals(self._vertices[name], self._faces[name]) for name in self._vertices}


def sample_of(vessel: Vessel) -> FloatArray:
    """Points ``(K, 3)`` of a vessel, evenly taken from its nodes or vertices, mm."""
    points_mm = vessel.points_mm[np.unique(vessel.edges)] if isinstance(vessel, VesselTree) else vessel.vertices_mm
    return points_mm[:: -(-len(points_mm) // SAMPLE)]
