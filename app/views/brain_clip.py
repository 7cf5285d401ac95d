"""Cutting the cortex open at the crosshair, so that threads within are seen."""

from __future__ import annotations

from typing import Any, Final, Literal, get_args

import numpy as np
from vtkmodules.vtkCommonDataModel import vtkPlane

from app.slicing import AXIS
from planner.implant.thread import Vector

Clip = Literal["off", "axial", "coronal", "sagittal", "facing"]
CLIPS: Final[tuple[Clip, ...]] = get_args(Clip)
CLIP_WORDS: Final[dict[Clip, str]] = {
    "off": "Whole cortex",
    "axial": "Cut axially",
    "coronal": "Cut coronally",
    "sagittal": "Cut sagittally",
    "facing": "Cut across the line of sight",
}
CLEAR_MM: Final = 2.0  # ours: kept in front of what is cut across the line of sight, or only half of it would be seen
_SIDES: Final = (
    ("to the patient's right of it", "to the patient's left of it"),
    ("anterior to it", "posterior to it"),
    ("above it", "below it"),
)


class ClipPlane:
    """The plane through the crosshair; what of cortex and vessels is on the viewer's side of it is left out.

    Attributes
    ----------
    plane : vtkPlane
        Its normal leads away from the viewer, and turns over as one goes round to the other side.
    """

    def __init__(self) -> None:
        self.plane = vtkPlane()

    def left_out(self, clip: Clip) -> str:
        """Where that is, seen from the crosshair, in words."""
        if clip == "off" or clip == "facing":
            return "nearer to you"
        return _SIDES[AXIS[clip]][int(self.plane.GetNormal()[AXIS[clip]] > 0)]

    def follow(self, clip: Clip, camera: Any, at_mm: Vector) -> None:
        """Lay the plane through a point, as it is seen now; nothing for ``off``."""
        if clip == "off":
            return
        sight, origin = np.array(camera.GetDirectionOfProjection()), np.array(at_mm)
        if clip == "facing":
            normal, origin = sight, origin - CLEAR_MM * sight
        else:
            normal = np.eye(3)[AXIS[clip]]
            normal = normal if normal @ sight >= 0 else -normal
        self.plane.SetOrigin(*origin)
        self.plane.SetNormal(*normal)
