"""How much of the half of the visual field that a hemisphere sees its V1 map reaches."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import igl
import numpy as np

from planner.anatomy.retinotopy.gaps import BoolArray, ComplexArray, flat
from planner.frames import FloatArray, IntArray

RINGS_DEG: Final = (0.5, 1.0, 2.0, 5.0, 10.0, 20.0, 40.0, 60.0, 90.0)
_ANGLES: Final = 45  # samples in a quadrant
_ACROSS: Final = 8  # samples across a ring
_NEAR: Final = 0.02  # ours: a sample within 2 % of its eccentricity of the map counts as reached


@dataclass(frozen=True, eq=False)
class Coverage:
    """Shares of the hemifield that the map reaches.

    Attributes
    ----------
    rings_deg : (R + 1,) float64
        Eccentricities between which rings lie.
    share : (R, 2) float64
        Of each ring's upper and lower quadrant, in [0, 1].
    """

    rings_deg: FloatArray
    share: FloatArray

    @property
    def total(self) -> float:
        """Share of the whole hemifield between the first and the last eccentricity, by its area in square degrees."""
        return float(self.share.mean(axis=1) @ self._areas / self._areas.sum())

    @property
    def _areas(self) -> FloatArray:
        return np.diff(self.rings_deg**2)

    @property
    def text(self) -> str:
        """For the loading report."""
        rings = ", ".join(
            f"{low:g}–{high:g}°: {upper:.0%} / {lower:.0%}"
            for low, high, (upper, lower) in zip(self.rings_deg[:-1], self.rings_deg[1:], self.share, strict=True)
        )
        return (
            f"V1 reaches {self.total:.0%} of the hemifield between {self.rings_deg[0]:g}° and {self.rings_deg[-1]:g}° "
            f"(upper / lower quadrant at {rings})"
        )


def measure_coverage(faces: IntArray, position: ComplexArray, v1: BoolArray) -> Coverage:
    """Sample the hemifield evenly in angle and in log eccentricity and ask which samples lie within V1's triangles.

    Parameters
    ----------
    faces : (F, 3) int64
    position : (V,) complex128
        Visual field ``x + iy`` in degrees, x towards the side that the hemisphere sees.
    v1 : (V,) bool
    """
    inner = faces[v1[faces].all(axis=1)]
    rings = np.array(RINGS_DEG)
    if not len(inner):
        return Coverage(rings, np.zeros((len(rings) - 1, 2)))
    across = (np.arange(_ACROSS) + 0.5) / _ACROSS
    eccentricity = (rings[:-1, None] * (rings[1:] / rings[:-1])[:, None] ** across).ravel()
    angle = np.deg2rad(90.0 - (np.arange(2 * _ANGLES) + 0.5) * 90.0 / _ANGLES)
    samples = _plane(flat(eccentricity[:, None] * np.exp(1j * angle)).ravel())
    points = _plane(flat(np.where(v1, position, 0.0)))
    tree = igl.AABB()
    tree.init(points, inner)
    squared, _, _ = tree.squared_distance(points, inner, samples)
    reached = (np.asarray(squared) <= _NEAR**2).reshape(len(rings) - 1, _ACROSS, 2, _ANGLES)
    return Coverage(rings, reached.mean(axis=(1, 3)))


def _plane(values: ComplexArray) -> FloatArray:
    return np.ascontiguousarray(np.stack([values.real, values.imag, np.zeros(len(values))], axis=1))
