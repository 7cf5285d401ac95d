"""The one statement of spaces, units and signs.

Inside the program every point is in **scanner RAS, millimetres** (x right, y anterior, z superior); points are
converted only where files enter or leave. Visual field in degrees of visual angle: x right, y up, fixation at the
origin. Currents in µA. Margins are signed and **positive means safe**.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal, overload

import numpy as np
from numpy.typing import NDArray

FloatArray = NDArray[np.float64]
IntArray = NDArray[np.int64]

HemisphereName = Literal["lh", "rh"]
HEMISPHERES: Final[tuple[HemisphereName, HemisphereName]] = ("lh", "rh")


class Space(StrEnum):
    """Coordinate spaces a point can be in; all in millimetres but `VOXEL`.

    MNI305 is fsaverage's space, MNI152 the one of most atlases: some millimetres apart, so never the same thing.
    """

    SCANNER_RAS = "scanner_ras"
    TKRAS = "tkras"
    LPS = "lps"
    VOXEL = "voxel"
    MNI305 = "mni305"
    MNI152 = "mni152"


class SpaceError(TypeError):
    """Points or transforms of different spaces were mixed: a bug, never something a user does."""


@dataclass(frozen=True, eq=False)
class Points:
    """Points that know their space, so that no transform of another space can be applied to them.

    Attributes
    ----------
    space : Space
    mm : (..., 3) float64
        In `space`; voxel indices where that is `Space.VOXEL`.
    """

    space: Space
    mm: FloatArray

    def mm_in(self, space: Space) -> FloatArray:
        """The coordinates, for a caller that says in which space it takes them to be.

        Raises
        ------
        SpaceError
            Where they are in another.
        """
        if space != self.space:
            raise SpaceError(f"points in {self.space} were taken for points in {space}")
        return self.mm


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

    @overload
    def __call__(self, points: Points) -> Points: ...

    @overload
    def __call__(self, points: FloatArray) -> FloatArray: ...

    def __call__(self, points: Points | FloatArray) -> Points | FloatArray:
        """Map points ``(..., 3)``; a bare array is taken to be in `source` and comes back bare.

        Raises
        ------
        SpaceError
            Where the points are of another space than `source`.
        """
        if not isinstance(points, Points):
            return np.asarray(points, dtype=np.float64) @ self.matrix[:3, :3].T + self.matrix[:3, 3]
        if points.space != self.source:
            raise SpaceError(f"points in {points.space} were given to a transform from {self.source}")
        return Points(self.target, self(points.mm))

    def then(self, following: Transform) -> Transform:
        """The transform that does this one first and another after it, which has to start where this one ends.

        Raises
        ------
        SpaceError
            Where it does not.
        """
        if following.source != self.target:
            raise SpaceError(f"a transform from {following.source} cannot follow one to {self.target}")
        return Transform(self.source, following.target, following.matrix @ self.matrix)

    def inverse(self) -> Transform:
        """The map back."""
        return Transform(self.target, self.source, np.linalg.inv(self.matrix).astype(np.float64))


@dataclass(frozen=True, eq=False)
class VolumeGeometry:
    """The grid of a volume.

    Attributes
    ----------
    shape : tuple of 3 int
    voxel_to_scanner : (4, 4) float64
        Voxel centres (i, j, k) to scanner RAS mm: FreeSurfer's ``Norig``.
    """

    shape: tuple[int, int, int]
    voxel_to_scanner: FloatArray

    @property
    def voxel_mm(self) -> FloatArray:
        """Voxel sizes ``(3,)`` in mm."""
        return np.asarray(np.linalg.norm(self.voxel_to_scanner[:3, :3], axis=0))

    @property
    def voxel_to_tkras(self) -> FloatArray:
        """FreeSurfer's ``Torig``: coronal slices of the same voxel sizes, the origin in the middle of the grid."""
        i_mm, j_mm, k_mm = self.voxel_mm
        axes = np.array([[-i_mm, 0.0, 0.0], [0.0, 0.0, k_mm], [0.0, -j_mm, 0.0]])
        matrix = np.eye(4)
        matrix[:3, :3], matrix[:3, 3] = axes, -axes @ (np.array(self.shape) / 2)
        return matrix

    @property
    def tkras_to_scanner(self) -> Transform:
        """FreeSurfer's surface space of this volume to scanner RAS."""
        return tkras_to_scanner(self.voxel_to_scanner, self.voxel_to_tkras)

    @property
    def scanner_to_voxel(self) -> Transform:
        """Scanner RAS to voxel indices (i, j, k); a voxel's centre has whole numbers."""
        return Transform(Space.VOXEL, Space.SCANNER_RAS, self.voxel_to_scanner).inverse()


RAS_TO_LPS: Final = Transform(Space.SCANNER_RAS, Space.LPS, np.diag(np.array([-1.0, -1.0, 1.0, 1.0])))

MNI305_TO_MNI152: Final = Transform(
    Space.MNI305,
    Space.MNI152,
    np.array(
        [
            [0.9975, -0.0073, 0.0176, -0.0429],
            [0.0146, 1.0009, -0.0024, 1.5496],
            [-0.0130, -0.0093, 0.9971, 1.1840],
            [0.0, 0.0, 0.0, 1.0],
        ]
    ),
)
"""FreeSurfer's registration of the two templates (mni152.register.dat; its wiki, CoordinateSystems, use case 8)."""


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
    Negative angles lie on the hemisphere's own side: measured receptive fields reach a little across the meridian.
    """
    angle = np.deg2rad(np.clip(polar_angle_deg, -180.0, 180.0))
    side = 1.0 if hemisphere == "lh" else -1.0
    return np.stack([side * eccentricity_deg * np.sin(angle), eccentricity_deg * np.cos(angle)], axis=-1)
