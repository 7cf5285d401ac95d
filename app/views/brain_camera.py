"""From where the 3D view looks at V1, and what is left and right in its picture."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import numpy as np

from app.slicing import letters
from planner.frames import HEMISPHERES, FloatArray, HemisphereName
from planner.implant.thread import Vector

VIEW_ANGLE_DEG: Final = 26.0
APPROACH: Final = "approach axis"
APPROACH_MM: Final = 45.0  # around what one comes in to, that is seen: folds by which one finds the place again
EDGE_MM: Final = 4.0  # of empty space that a picture may end with,
BELOW_MM: Final = 13.0  # and below, where the legend is

VIEWS: Final[Mapping[str, tuple[tuple[HemisphereName, ...], tuple[float, float, float], float]]] = {
    # hemispheres shown, from where one looks, radius around V1 that is seen (mm)
    "occipital": (HEMISPHERES, (0.0, -1.0, 0.06), 46.0),
    "medial left": (("lh",), (1.0, -0.55, 0.12), 44.0),
    "medial right": (("rh",), (-1.0, -0.55, 0.12), 44.0),
    "lateral left": (("lh",), (-1.0, -0.35, 0.15), 78.0),
    "lateral right": (("rh",), (1.0, -0.35, 0.15), 78.0),
}
PRESETS: Final = (*VIEWS, APPROACH)


def aim(camera: Any, preset: str, v1_mm: FloatArray, cortex_mm: FloatArray, aspect: float) -> None:
    """Turn a camera to V1 from one of `VIEWS`, so that the picture is filled.

    V1 is in the middle, but for a picture that would then end in empty space: such a one is moved over the cortex as
    far as all of V1 stays in it.

    Parameters
    ----------
    camera : pyvista.Camera
    preset : str
    v1_mm, cortex_mm : (V, 3)
        V1's vertices, and all of the hemispheres shown.
    aspect : float
        Width of the picture by its height.
    """
    _, direction, radius = VIEWS[preset]
    out = np.array(direction) / np.linalg.norm(direction)
    focus = (v1_mm.min(axis=0) + v1_mm.max(axis=0)) / 2
    right = np.cross([0.0, 0.0, 1.0], out)
    right /= np.linalg.norm(right)
    up = np.cross(out, right)
    radius = max(radius, (float(np.abs((v1_mm - focus) @ right).max()) + EDGE_MM) / aspect)
    for _ in range(2):  # what is moved is seen in another perspective
        for axis, half_mm, below_mm in ((right, radius * aspect, EDGE_MM), (up, radius, BELOW_MM)):
            v1, cortex = (_seen(points - focus, axis, out, radius) for points in (v1_mm, cortex_mm))
            focus = focus + _moved(half_mm, v1, (cortex[0] - below_mm, cortex[1] + EDGE_MM)) * axis
    _place(camera, focus, out, radius)


def aim_flat(camera: Any, points_mm: FloatArray, aspect: float) -> None:
    """Turn a camera straight to flat patches ``(K, 3)``, all of them in the picture."""
    low, high = points_mm.min(axis=0), points_mm.max(axis=0)
    low, high = low - [EDGE_MM, 0.0, BELOW_MM], high + EDGE_MM
    width, _, height = (high - low) / 2
    _place(camera, (low + high) / 2, np.array([0.0, -1.0, 0.0]), float(max(height, width / aspect)))


def aim_along(camera: Any, point_mm: Vector, axis: Vector) -> None:
    """Turn a camera to a point of scanner RAS along a unit vector that leads into the brain."""
    _place(camera, np.array(point_mm), -np.array(axis), APPROACH_MM)


def pixel_mm(camera: Any, height_px: int) -> float:
    """How many mm a pixel of a picture is at what a camera looks at."""
    away = float(np.linalg.norm(np.subtract(camera.position, camera.focal_point)))
    return 2 * away * float(np.tan(np.deg2rad(camera.view_angle / 2))) / max(1, height_px)


def _place(camera: Any, focus: FloatArray, out: FloatArray, radius: float) -> None:
    camera.view_angle = VIEW_ANGLE_DEG
    camera.focal_point = focus
    camera.position = focus + out * radius / np.tan(np.deg2rad(VIEW_ANGLE_DEG / 2))
    camera.up = (0.0, 0.0, 1.0) if abs(out[2]) < 0.95 else (0.0, 1.0, 0.0)


def _seen(points_mm: FloatArray, axis: FloatArray, out: FloatArray, radius: float) -> tuple[float, float]:
    """From where to where points (from the focus) appear along an axis of the picture, mm at the focus."""
    away = radius / np.tan(np.deg2rad(VIEW_ANGLE_DEG / 2))
    nearer = points_mm @ out
    at = (points_mm @ axis / np.maximum(1.0 - nearer / away, 0.1))[nearer < 0.8 * away]
    return float(at.min()), float(at.max())


def _moved(half_mm: float, v1_mm: tuple[float, float], all_mm: tuple[float, float]) -> float:
    """How far to move a picture of so many mm to either side, given where V1 appears in it and all there is to see."""
    low, high = all_mm
    whole = high - low <= 2 * half_mm
    wanted = (low + high) / 2 if whole else max(0.0, low + half_mm) + min(0.0, high - half_mm)
    least, most = v1_mm[1] + EDGE_MM - half_mm, v1_mm[0] - EDGE_MM + half_mm  # so far, and V1 is still in it
    return min(max(wanted, least), most) if least <= most else (least + most) / 2


def edge_letters(camera: Any) -> tuple[str, str, str, str]:
    """Anatomical letters at the right, left, upper and lower edge of what a camera sees."""
    forward = np.subtract(camera.focal_point, camera.position)
    right_mm = np.cross(forward, camera.up)
    across, up = (v / max(float(np.linalg.norm(v)), 1e-9) for v in (right_mm, np.cross(right_mm, forward)))
    right, left, top, bottom = (letters(v) for v in (across, -across, up, -up))
    return right, left, top, bottom
