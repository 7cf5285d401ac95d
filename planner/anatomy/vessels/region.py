"""Where vessels were imaged: outside it none are known, which is not to say that there are none."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.frames import FloatArray


@dataclass(frozen=True, eq=False)
class ImagedRegion:
    """A convex region, the field of view of a volume, as six half-spaces ``normal · p <= offset``.

    Attributes
    ----------
    normals : (6, 3) float64
        Outward, of length 1.
    offsets_mm : (6,) float64
    source : str
        Whose field of view it is.
    """

    normals: FloatArray
    offsets_mm: FloatArray
    source: str

    @classmethod
    def of_volume(cls, shape: tuple[int, ...], voxel_to_scanner: FloatArray, source: str) -> ImagedRegion:
        """The field of view of a volume, to the outer faces of its outermost voxels, however oblique.

        Parameters
        ----------
        shape : tuple of 3 int
        voxel_to_scanner : (4, 4) float64
            Voxel centres (i, j, k) to scanner RAS mm.
        source : str
        """
        inverse = np.linalg.inv(np.asarray(voxel_to_scanner, dtype=np.float64))
        rows, origin = inverse[:3, :3], inverse[:3, 3]
        length = np.linalg.norm(rows, axis=1)
        high = (np.array(shape[:3], dtype=np.float64) - 0.5 - origin) / length
        low = (0.5 + origin) / length
        unit = rows / length[:, None]
        return cls(np.concatenate([unit, -unit]), np.concatenate([high, low]), source)

    def depth(self, points_mm: FloatArray) -> FloatArray:
        """How deep points ``(..., 3)`` lie within the region, mm; negative outside (a lower bound of the distance)."""
        return np.asarray((self.offsets_mm - np.asarray(points_mm) @ self.normals.T).min(axis=-1))
