"""The colours of the cortex: what its overlays show, and their tables."""

from __future__ import annotations

from functools import cache
from typing import Final, Literal

import numpy as np
from numpy.typing import NDArray

from planner.anatomy.hemisphere import V1, Hemisphere
from planner.frames import FloatArray

Overlay = Literal["eccentricity", "polar angle", "curvature", "none"]
OVERLAYS: Final[tuple[Overlay, ...]] = ("eccentricity", "polar angle", "curvature", "none")
ECCENTRICITY_DEG: Final = (0.5, 40.0)

Colours = NDArray[np.uint8]

_GYRUS, _SULCUS = np.array([206, 199, 190]), np.array([104, 101, 99])
_PLAIN = np.array([188, 180, 170])
# Ours: without the red of what is unsafe, the green of what is safe and the grays of cortex, and lighter all along.
_STOPS: Final[dict[Overlay, list[list[int]]]] = {
    "eccentricity": [[38, 18, 96], [78, 48, 168], [126, 98, 216], [182, 164, 236], [240, 222, 178], [255, 214, 64]],
    # upper meridian warm, horizontal pale, lower cool: as vision papers colour it
    "polar angle": [[196, 116, 28], [228, 178, 92], [244, 236, 196], [110, 170, 216], [58, 74, 168]],
    "curvature": [_GYRUS.tolist(), _SULCUS.tolist()],
    "none": [_PLAIN.tolist(), _PLAIN.tolist()],
}


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
    stops = np.array(_STOPS[overlay])
    chosen = [np.interp(position, np.linspace(0, 1, len(stops)), stops[:, k]) for k in range(3)]
    return np.asarray(np.stack(chosen, axis=1), dtype=np.int64)


def _folds(hemisphere: Hemisphere) -> FloatArray:
    """Gyri light, sulci dark, with a soft edge."""
    if hemisphere.curvature is None:
        return np.tile(_PLAIN, (len(hemisphere.pial_mm), 1)).astype(np.float64)
    sulcal = 1.0 / (1.0 + np.exp(-hemisphere.curvature / 0.03))
    return np.asarray(_GYRUS + sulcal[:, None] * (_SULCUS - _GYRUS), dtype=np.float64)
