"""Devices: what is inserted at one place, a single thread or an array of shanks that move as one."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal, get_args

import numpy as np

from planner.frames import FloatArray, IntArray

DeviceKind = Literal["thread", "array", "surface"]
DEVICE_KINDS: Final[tuple[DeviceKind, ...]] = get_args(DeviceKind)
SHALLOWEST_MM: Final = 0.1
"""Ours: an array that goes in less deep is not in."""


@dataclass(frozen=True)
class Shank:
    """One shank of an array, in the array's own frame.

    Attributes
    ----------
    x_mm, y_mm : float
        Where it stands in the array's plane, from the middle.
    short_mm : float
        By how much it is shorter than the longest shank.
    """

    x_mm: float = 0.0
    y_mm: float = 0.0
    short_mm: float = 0.0


@dataclass(frozen=True)
class Device:
    """What goes in at one place. Lengths in mm, currents in µA.

    A *thread* enters the cortex where its insertion begins. An *array* is rigid: its shanks are parallel and begin in
    one plane, its base, which lies on pial or stands off it. A *surface* device lies on pial and penetrates nothing.

    Attributes
    ----------
    name, title : str
        Identifier (the file's stem) and the name shown.
    contacts : int
        Contacts on one shank; contact 1 is the deepest. A thread is one shank.
    pitch_mm : float
        Distance between neighbouring contacts' centres along a shank.
    tip_mm : float
        From a shank's tip back to the centre of contact 1.
    shaft_radius_mm : float
        Of a surface device the radius of its discs.
    max_depth_mm : float
        Longest insertion from the entry on the pial surface to the tip; of an array the length of its longest shank.
    spacing_mm : float
        Least distance between the surfaces of two shafts that are inserted apart.
    clearance_mm : float
        Required distance from the shaft's surface to a vessel's wall, unless the user sets another.
    contact_area_mm2 : float
        Surface area of one contact.
    working_current_ua, max_current_ua : float
        The current at which phosphene size is taken, and the limit of one contact.
    source : str
        Where the numbers come from.
    kind : "thread", "array" or "surface"
    shanks : tuple of Shank
    gray_share : float
        Least share of its contacts that has to lie in the gray matter.
    crosses_sulci : bool
        Whether a shank may leave the cortex through pial and enter it again.
    gap_mm : float
        Surface devices: farthest that a contact may lie off pial.
    """

    name: str
    title: str
    contacts: int
    pitch_mm: float
    tip_mm: float
    shaft_radius_mm: float
    max_depth_mm: float
    spacing_mm: float
    clearance_mm: float
    contact_area_mm2: float
    working_current_ua: float
    max_current_ua: float
    source: str
    kind: DeviceKind = "thread"
    shanks: tuple[Shank, ...] = (Shank(),)
    gray_share: float = 1.0
    crosses_sulci: bool = False
    gap_mm: float = 0.0

    @property
    def span_mm(self) -> float:
        """From the first contact's centre to the last one's, along a shank."""
        return (self.contacts - 1) * self.pitch_mm

    @property
    def contact_count(self) -> int:
        """Contacts of all shanks together."""
        return self.contacts * len(self.shanks)

    @property
    def stands_off(self) -> bool:
        """Whether its shafts begin at a base outside the cortex instead of at the entry."""
        return self.kind != "thread"

    @property
    def penetrates(self) -> bool:
        """Whether anything of it goes into the cortex."""
        return self.kind != "surface"

    @property
    def least_depth_mm(self) -> float:
        """How deep it has to go at least: a thread's contacts lie below its entry.

        So do those of an array of which none has to lie in gray matter, since nothing else says that it is in (ours);
        of another one that share of its contacts does. What lies on pial has no depth.
        """
        if not self.penetrates:
            return 0.0
        return self.span_mm + self.tip_mm if self.kind == "thread" or not self.gray_share else SHALLOWEST_MM

    @property
    def halfwidth_mm(self) -> float:
        """From the middle to the shank farthest from it."""
        return max(float(np.hypot(s.x_mm, s.y_mm)) for s in self.shanks)


Devices = tuple[Device, ...]


@lru_cache(maxsize=64)
def contact_table(device: Device) -> tuple[FloatArray, IntArray]:
    """Of each contact where it is in the device's frame ``(C, 3)``, mm, and its shank ``(C,)``; shank by shank.

    Along the device's two axes across the insertion, and back from the plane of the longest shank's tip.
    """
    shanks = np.array([(s.x_mm, s.y_mm, s.short_mm + device.tip_mm) for s in device.shanks], dtype=np.float64)
    along = device.pitch_mm * np.arange(device.contacts)
    table = np.repeat(shanks, device.contacts, axis=0)
    table[:, 2] += np.tile(along, len(shanks))
    return table, np.repeat(np.arange(len(shanks)), device.contacts)


@lru_cache(maxsize=64)
def shaft_table(device: Device) -> tuple[FloatArray, FloatArray]:
    """Of each shank where its tip is ``(S, 3)``, as contacts have it, and how long it is ``(S,)``; inf of a thread's.

    A thread's length is its insertion's. A surface device's discs have none: they are points.
    """
    tips = np.array([(s.x_mm, s.y_mm, s.short_mm) for s in device.shanks], dtype=np.float64)
    longest = {"thread": np.inf, "array": device.max_depth_mm, "surface": 0.0}[device.kind]
    return tips, np.full(len(tips), longest) - (tips[:, 2] if device.kind == "array" else 0.0)
