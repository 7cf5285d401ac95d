"""Devices: the catalogue in assets/devices, one TOML file each."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Device:
    """A straight thread with contacts along it. Lengths in mm, currents in µA.

    Attributes
    ----------
    name, title : str
        Identifier (the file's stem) and the name shown.
    contacts : int
        Contacts on one thread; contact 1 is the deepest, nearest the tip.
    pitch_mm : float
        Distance between neighbouring contacts' centres.
    tip_mm : float
        From the thread's tip back to the centre of contact 1.
    shaft_radius_mm : float
    max_depth_mm : float
        Longest insertion from the entry on the pial surface to the tip.
    spacing_mm : float
        Least distance between the surfaces of two shafts.
    clearance_mm : float
        Required distance from the shaft's surface to a vessel's wall, unless the user sets another.
    contact_area_mm2 : float
        Surface area of one contact.
    working_current_ua, max_current_ua : float
        The current at which phosphene size is taken, and the limit of one contact.
    source : str
        Where the numbers come from.
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

    @property
    def span_mm(self) -> float:
        """From the first contact's centre to the last one's."""
        return (self.contacts - 1) * self.pitch_mm
