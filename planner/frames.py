"""The one statement of spaces, units and signs.

Inside the program every point is in **scanner RAS, millimetres** (x right, y anterior, z superior); points are
converted only where files enter or leave. Visual field in degrees of visual angle: x right, y up, fixation at the
origin. Currents in µA. Margins are signed and **positive means safe**.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

HemisphereName = Literal["lh", "rh"]
HEMISPHERES: Final[tuple[HemisphereName, HemisphereName]] = ("lh", "rh")


class Space(StrEnum):
    """Coordinate spaces a point can be in; all in millimetres."""

    SCANNER_RAS = "scanner_ras"
    TKRAS = "tkras"
    LPS = "lps"


@dataclass(frozen=True, eq=False)
class Transform:
    """An affine map between two named spaces, so that it cannot be applied to points of a third.

    Attributes
    ----------
    source, target : Space
        From where to where.
    matrix : (4, 4) float64
        Acts on column vectors ``(x, y, z, 1)`` in mm.
    """

    source: Space
    target: Space
    matrix: FloatArray

    def __call__(self, points_mm: FloatArray) -> FloatArray:
        """Map points ``(..., 3)``."""
        return np.asarray(points_mm, dtype=np.float64) @ self.matrix[:3, :3].T + self.matrix[:3, 3]

    def inverse(self) -> Transform:
        """The map back."""
        return Transform(self.target, self.source, np.linalg.inv(self.matrix).astype(np.float64))


RAS_TO_LPS: Final = Transform(Space.SCANNER_RAS, Space.LPS, np.diag(np.array([-1.0, -1.0, 1.0, 1.0])))


def tkras_to_scanner(vox_to_scanner: FloatArray, vox_to_tkras: FloatArray) -> Transform:
    """FreeSurfer's surface space to scanner RAS with the volume's full matrices: ``Norig · inv(Torig)``.

    Adding ``c_ras`` alone would be wrong for oblique or rotated volumes.

    Parameters
    ----------
    vox_to_scanner, vox_to_tkras : (4, 4) float64
        ``Norig`` and ``Torig`` of the volume that the surfaces were made from.
    """
    norig, torig = (np.asarray(matrix, dtype=np.float64) for matrix in (vox_to_scanner, vox_to_tkras))  # may be float32
    return Transform(Space.TKRAS, Space.SCANNER_RAS, norig @ np.linalg.inv(torig))


def polar_to_field(eccentricity_deg: FloatArray, polar_angle_deg: FloatArray, hemisphere: HemisphereName) -> FloatArray:
    """Retinotopic coordinates to visual-field ``(..., 2)`` in degrees.

    Benson's convention: the angle is 0° at the upper vertical meridian, 90° at the horizontal and 180° at the lower
    one, positive in both hemispheres. The left hemisphere sees the right half of the field (x ≥ 0), and the reverse.
    """
    angle = np.deg2rad(np.clip(polar_angle_deg, 0.0, 180.0))
    side = 1.0 if hemisphere == "lh" else -1.0
    return np.stack([side * eccentricity_deg * np.sin(angle), eccentricity_deg * np.cos(angle)], axis=-1)


def field_to_polar(field_deg: FloatArray) -> tuple[FloatArray, FloatArray]:
    """Visual-field ``(..., 2)`` degrees to (eccentricity, polar angle in Benson's convention), both in degrees."""
    x, y = field_deg[..., 0], field_deg[..., 1]
    return np.hypot(x, y), np.rad2deg(np.arctan2(np.abs(x), y))
