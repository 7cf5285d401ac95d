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


class ClipPlane:
    """The plane through the crosshair; what of the cortex is on the viewer's side of it is left out.

    Attributes
    ----------
    plane : vtkPlane
        Its normal leads away from the viewer, and turns over as one goes round to the other side.
    """

    def __init__(self) -> None:
        self.plane = vtkPlane()

    def follow(self, clip: Clip, camera: Any, cross_mm: Vector) -> None:
        """Lay the plane through the crosshair, as it is seen now; nothing for ``off``."""
        if clip == "off":
            return
        sight = np.array(camera.GetDirectionOfProjection())
        if clip == "facing":
            normal = sight
        else:
            normal = np.eye(3)[AXIS[clip]]
            normal = normal if normal @ sight >= 0 else -normal
        self.plane.SetOrigin(*cross_mm)
        self.plane.SetNormal(*normal)
