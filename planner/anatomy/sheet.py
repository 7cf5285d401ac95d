"""V1 as a sheet of small patches: where each lies in the gray matter, and what it sees."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import coo_array
from scipy.spatial import cKDTree

from planner.anatomy.hemisphere import Hemisphere
from planner.frames import FloatArray, IntArray

EQUILATERAL = 3**0.5 / 4  # area of such a triangle with sides of 1
APART_MM = 1e4  # between the hemispheres in the index: the falx lets no current through (ours)


@dataclass(frozen=True, eq=False)
class Sheet:
    """S patches that cover the V1 of every hemisphere, at half the depth of the gray matter.

    Attributes
    ----------
    position_mm : (S, 3) float64
        Centres, scanner RAS.
    right : (S,) bool
        True in the right hemisphere.
    field_deg : (S, 2) float64
        What their centres see, x right and y up.
    area_mm2 : (S,) float64
        Of cortex.
    area_deg2 : (S,) float64
        Of the visual field that the patch sees.
    """

    position_mm: FloatArray
    right: NDArray[np.bool_]
    field_deg: FloatArray
    area_mm2: FloatArray
    area_deg2: FloatArray

    def __post_init__(self) -> None:
        object.__setattr__(self, "_index", cKDTree(_with_side(self.position_mm, self.right)))

    def __len__(self) -> int:
        """How many patches there are."""
        return len(self.position_mm)

    def near(self, position_mm: FloatArray, right: NDArray[np.bool_], reach_mm: float) -> tuple[IntArray, IntArray]:
        """Pairs of point and patch of the same hemisphere no farther apart than `reach_mm`.

        Parameters
        ----------
        position_mm : (N, 3)
        right : (N,) bool
        reach_mm : float

        Returns
        -------
        point, patch : (P,) int64
            Ordered by point.
        """
        index: cKDTree = self._index  # type: ignore[attr-defined]  # set above
        points = cKDTree(_with_side(position_mm, right))
        pairs = points.sparse_distance_matrix(index, reach_mm, output_type="ndarray")
        # A conversion between sparse formats counts where a sort would compare.
        by_point = coo_array((pairs["v"], (pairs["i"], pairs["j"])), shape=(len(position_mm), len(self))).tocsr()
        point = np.repeat(np.arange(len(position_mm)), np.diff(by_point.indptr))
        return point, by_point.indices.astype(np.int64)


def v1_sheet(hemispheres: Iterable[Hemisphere], spacing_mm: float) -> Sheet:
    """Cut V1 into patches.

    Each triangle is divided into equal ones of its own shape, no larger than an equilateral one with sides of
    `spacing_mm`. Position and visual field are linear in a triangle, as they are in `planner.anatomy.ribbon`, so the
    patches' areas are exact.

    Parameters
    ----------
    hemispheres : iterable of Hemisphere
    spacing_mm : float
        Size of the patches, > 0.
    """
    parts = [_patches(hemisphere, spacing_mm) for hemisphere in hemispheres]
    position, field, area_mm2, area_deg2, right = (np.concatenate(columns) for columns in zip(*parts, strict=True))
    return Sheet(position, right, field, area_mm2, area_deg2)


def _patches(
    hemisphere: Hemisphere, spacing_mm: float
) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray, NDArray[np.bool_]]:
    corners = hemisphere.faces[hemisphere.v1_faces]
    middle = ((hemisphere.pial_mm + hemisphere.white_mm) / 2)[corners]
    field = hemisphere.field_deg[corners]
    area_mm2 = np.linalg.norm(np.cross(middle[:, 1] - middle[:, 0], middle[:, 2] - middle[:, 0]), axis=1) / 2
    (ax, ay), (bx, by) = ((field[:, k] - field[:, 0]).T for k in (1, 2))
    parts = np.maximum(np.ceil(np.sqrt(area_mm2 / (EQUILATERAL * spacing_mm**2))), 1).astype(np.int64)
    area_deg2 = np.abs(ax * by - ay * bx) / 2
    found: list[tuple[FloatArray, ...]] = []
    for n in np.unique(parts):
        rows = np.flatnonzero(parts == n)
        weights = _centres(int(n))
        found.append(
            (
                np.einsum("ck,fkd->fcd", weights, middle[rows]).reshape(-1, 3),
                np.einsum("ck,fkd->fcd", weights, field[rows]).reshape(-1, 2),
                np.repeat(area_mm2[rows] / n**2, n**2),
                np.repeat(area_deg2[rows] / n**2, n**2),
            )
        )
    position, seen, mm2, deg2 = (np.concatenate(columns) for columns in zip(*found, strict=True))
    return position, seen, mm2, deg2, np.full(len(position), hemisphere.name == "rh")


def _centres(n: int) -> FloatArray:
    """Barycentric centres ``(n², 3)`` of the n² equal triangles that a triangle divides into."""
    i, j = (x.ravel() for x in np.meshgrid(np.arange(n), np.arange(n), indexing="ij"))
    upright, turned = i + j < n, i + j < n - 1
    u = np.concatenate([i[upright] + 1 / 3, i[turned] + 2 / 3]) / n
    v = np.concatenate([j[upright] + 1 / 3, j[turned] + 2 / 3]) / n
    return np.stack([1 - u - v, u, v], axis=1)


def _with_side(position_mm: FloatArray, right: NDArray[np.bool_]) -> FloatArray:
    return np.column_stack([position_mm, np.where(right, APART_MM, 0.0)])
