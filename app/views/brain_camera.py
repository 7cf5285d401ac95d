"""From where the 3D view looks at V1, and what is left and right in its picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from app.slicing import letters
from planner.frames import HEMISPHERES, FloatArray, HemisphereName

VIEW_ANGLE_DEG: Final = 26.0

VIEWS: Final[Mapping[str, tuple[tuple[HemisphereName, ...], tuple[float, float, float], float]]] = {
    # hemispheres shown, from where one looks, radius around V1 that is seen (mm)
    "occipital": (HEMISPHERES, (0.0, -1.0, 0.06), 46.0),
    "medial left": (("lh",), (1.0, -0.55, 0.12), 44.0),
    "medial right": (("rh",), (-1.0, -0.55, 0.12), 44.0),
    "lateral left": (("lh",), (-1.0, -0.35, 0.15), 78.0),
    "lateral right": (("rh",), (1.0, -0.35, 0.15), 78.0),
}
PRESETS: Final = tuple(VIEWS)


def aim(camera: Any, preset: str, v1_mm: FloatArray) -> None:
    """Turn a camera to the middle of V1's shown vertices ``(V, 3)`` from one of `PRESETS`."""
    _, direction, radius = VIEWS[preset]
    focus = (v1_mm.min(axis=0) + v1_mm.max(axis=0)) / 2
    out = np.array(direction) / np.linalg.norm(direction)
    camera.view_angle = VIEW_ANGLE_DEG
    camera.focal_point = focus
    camera.position = focus + out * radius / np.tan(np.deg2rad(VIEW_ANGLE_DEG / 2))
    camera.up = (0.0, 0.0, 1.0)


def edge_letters(camera: Any) -> tuple[str, str, str, str]:
    """Anatomical letters at the right, left, upper and lower edge of what a camera sees."""
    forward = np.subtract(camera.focal_point, camera.position)
    right_mm = np.cross(forward, camera.up)
    across, up = (v / max(float(np.linalg.norm(v)), 1e-9) for v in (right_mm, np.cross(right_mm, forward)))
    right, left, top, bottom = (letters(v) for v in (across, -across, up, -up))
    return right, left, top, bottom
