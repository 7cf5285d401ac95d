"""Threads and implants: frozen records without torch."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from planner.frames import FloatArray, HemisphereName
from planner.implant.device import Device

Vector = tuple[float, float, float]


@dataclass(frozen=True)
class Thread:
    """One straight thread.

    Attributes
    ----------
    name : str
        Unique in its implant, e.g. ``T01``.
    hemisphere : "lh" or "rh"
    entry_mm : (x, y, z)
        Where the shaft passes the pial surface, scanner RAS.
    direction : (x, y, z)
        Unit vector of insertion.
    depth_mm : float
        From the entry to the tip, along the direction.
    locked : bool
        A locked thread is never moved, by hand or by the optimiser, but still counts.
    """

    name: str
    hemisphere: HemisphereName
    entry_mm: Vector
    direction: Vector
    depth_mm: float
    locked: bool = False

    @property
    def tip_mm(self) -> Vector:
        """The deepest point, scanner RAS."""
        x, y, z = (e + self.depth_mm * d for e, d in zip(self.entry_mm, self.direction, strict=True))
        return (x, y, z)


@dataclass(frozen=True)
class Implant:
    """All threads of a plan and the device they are of."""

    device: Device
    threads: tuple[Thread, ...]

    def contacts_mm(self) -> FloatArray:
        """Contact centres ``(T, C, 3)``, scanner RAS; contact 1 (index 0) is the deepest."""
        entry = np.array([t.entry_mm for t in self.threads], dtype=np.float64).reshape(-1, 3)
        direction = np.array([t.direction for t in self.threads], dtype=np.float64).reshape(-1, 3)
        depth = np.array([t.depth_mm for t in self.threads], dtype=np.float64)
        along = depth[:, None] - self.device.tip_mm - self.device.pitch_mm * np.arange(self.device.contacts)
        return entry[:, None] + along[..., None] * direction[:, None]
