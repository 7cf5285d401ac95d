"""White vertices outside pial: recon-all leaves some, fsaverage has hundreds; to be reported and lived with."""

from __future__ import annotations

from typing import Final

import igl
import numpy as np

from planner.anatomy.cache import cached, key_of
from planner.frames import FloatArray, IntArray

OUTSIDE_MM: Final = 0.01  # ours: on the medial wall white lies on pial, and rounding puts half of it outside
RECIPE: Final = f"white outside pial by {OUTSIDE_MM} mm 2"


def white_outside_pial(white_mm: FloatArray, pial_mm: FloatArray, faces: IntArray) -> IntArray:
    """Which white vertices ``(K,)`` are outside the pial surface by more than `OUTSIDE_MM`.

    Parameters
    ----------
    white_mm, pial_mm : (V, 3) float64
    faces : (F, 3) int64
        What was found is kept between runs by these three: by what was placed, not by the files, which another volume
        would place otherwise.
    """

    def find() -> dict[str, IntArray]:
        pial, triangles = np.ascontiguousarray(pial_mm), np.ascontiguousarray(faces)
        outside = np.flatnonzero(igl.fast_winding_number(pial, triangles, np.ascontiguousarray(white_mm)) < 0.5)
        if len(outside):
            squared = igl.point_mesh_squared_distance(np.ascontiguousarray(white_mm[outside]), pial, triangles)[0]
            outside = outside[np.asarray(squared).reshape(-1) > OUTSIDE_MM**2]
        return {"outside": outside.astype(np.int64)}

    placed = {"white": white_mm, "pial": pial_mm, "faces": faces}
    return cached(key_of(RECIPE, placed), lambda: dict(find()))["outside"].astype(np.int64)
