"""The colours of the cortex: what its overlays show, and their tables."""

from __future__ import annotations

from functools import cache
from typing import Final, Literal

import numpy as np
import pyqtgraph as pg
from numpy.typing import NDArray

from planner.anatomy.hemisphere import V1, Hemisphere
from planner.frames import FloatArray

Overlay = Literal["eccentricity", "polar angle", "curvature", "none"]
OVERLAYS: Final[tuple[Overlay, ...]] = ("eccentricity", "polar angle", "curvature", "none")
ECCENTRICITY_DEG: Final = (0.5, 40.0)

Colours = NDArray[np.uint8]

_GYRUS, _SULCUS = np.array([206, 199, 190]), np.array([104, 101, 99])
_PLAIN = np.array([188, 180, 170])


def colours(hemisphere: Hemisphere, overlay: Overlay) -> Colours:
    """Colour of each vertex ``(V, 3)``: the overlay in V1, a paler one in other mapped areas, folds elsewhere."""
    base = _folds(hemisphere) if overlay != "none" else np.tile(_PLAIN, (len(hemisphere.pial_mm), 1))
    if overlay in ("none", "curvature"):
        return base.astype(np.uint8)
    retinotopy = hemisphere.retinotopy
    if overlay == "eccentricity":
        low, high = np.log(ECCENTRICITY_DEG)
        share = (np.log(np.maximum(retinotopy.eccentricity_deg, 1e-3)) - low) / (high - low)
    else:
        share = np.abs(retinotopy.polar_angle_deg) / 180.0
    painted = table(overlay)[np.round(np.clip(share, 0.0, 1.0) * 255).astype(np.int64)]
    strength = np.where(retinotopy.area == V1, 0.92, np.where(retinotopy.area > 0, 0.22, 0.0))[:, None]
    return np.asarray(base * (1 - strength) + painted * strength, dtype=np.uint8)


@cache
def table(overlay: Overlay) -> NDArray[np.int64]:
    """The overlay's 256 colours ``(256, 3)``, from its least value to its greatest."""
    position = np.linspace(0.0, 1.0, 256)
    if overlay == "eccentricity":
        chosen = pg.colormap.get("plasma").map(0.08 + 0.87 * position, mode="byte")
    else:  # upper meridian warm, horizontal pale, lower cool: as vision papers colour it
        stops = np.array([[214, 64, 69], [242, 166, 90], [244, 236, 190], [96, 175, 214], [72, 78, 178]])
        chosen = np.stack([np.interp(position, np.linspace(0, 1, 5), stops[:, k]) for k in range(3)], axis=1)
    return np.asarray(chosen, dtype=np.int64)[:, :3]


def _folds(hemisphere: Hemisphere) -> FloatArray:
    """Gyri light, sulci dark, with a soft edge."""
    if hemisphere.curvature is None:
        return np.tile(_PLAIN, (len(hemisphere.pial_mm), 1)).astype(np.float64)
    sulcal = 1.0 / (1.0 + np.exp(-hemisphere.curvature / 0.03))
    return np.asarray(_GYRUS + sulcal[:, None] * (_SULCUS - _GYRUS), dtype=np.float64)
