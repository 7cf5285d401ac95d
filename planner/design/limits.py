"""What a plan must keep to, and what an exact check found."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import inf, isfinite
from typing import Final, Literal, get_args

from planner.anatomy.access import UNRESTRICTED, Access
from planner.anatomy.regions import Region
from planner.anatomy.vessels.tree import VesselKind
from planner.implant.device import Device

ConstraintName = Literal[
    "vessel",
    "gray",
    "path",
    "spacing",
    "depth",
    "hemisphere",
    "angle",
    "access",
    "approach",
    "reach",
    "region",
    "current",
]
CONSTRAINTS: Final[tuple[ConstraintName, ...]] = get_args(ConstraintName)
UNITS: Final[Mapping[str, str]] = {"angle": "°", "approach": "°", "current": "µA", "budget": "threads", "name": ""}
"""Of margins that are not in mm."""
_COLUMN_UNITS: Final[Mapping[str, str]] = {"°": "deg", "µA": "ua"}
MM_PER_DEG: Final = 0.05
"""Ours: what a degree of an angle counts as beside a millimetre."""
WIDEST_DEG: Final = 90.0
"""An insertion angle that every thread keeps to which goes in at all."""


NO_WINDOW: Final = "no window of its hemisphere"
"""Why a thread may have no access whatever its way: what is told of a margin of ``-inf``."""
ROUNDING_MM: Final = 1e-9
DIMPLE_MM: Final = 0.2
"""Ours: so far an array's base may press into the cortex, which gives way, before it counts as inside."""
ENTRY_TOLERANCE_MM: Final = 0.05
"""Ours: an entry farther from pial than this is not an entry."""
KNOWN_REACH_MM: Final = 5.0
"""Ours: pial arteries and veins leave gaps of a few millimetres; a wider one speaks of vessels that nobody traced.

When is a shaft's clearance *known* (ours)? Where every kind of vessel that the case has is known there: arteries,
veins, and vessels of which nobody said what they are. These are a kind of their own and make neither of the others
known. A kind is known where the whole shaft, grown by its radius, the clearance required and the localisation error,
lies within the imaged region of one of its vessels. Or where one of them without a region given, over the same
hemisphere and its error counted, is nearer than this. A known clearance is measured no farther than this. Where it is
not known the margin is ``inf``, never safe; but a vessel that is known and nearer than required is a violation all the
same.
"""


@dataclass(frozen=True)
class Limits:
    """The limits of a plan; every length in mm.

    Without `access` they say nothing of the way to the entry: what lies between skull and cortex is not checked.

    Attributes
    ----------
    threads : int
        Budget: at most this many insertions.
    clearance_mm : float
        Least distance from a shaft's surface to a vessel's wall.
    gray_mm : float
        Least distance of every contact's centre from the pial and from the white surface, inside the gray matter.
    spacing_mm : float
        Least distance between the surfaces of two shafts.
    max_depth_mm : float
        Longest insertion; a device's own limit holds besides.
    vein_clearance_mm : float, optional
        To veins, where it is another one than to arteries and to vessels of which it is not known what they are.
    array_clearance_mm : float, optional
        Of arrays, where they have to keep farther away than threads.
    localisation_mm : float
        The user's own localisation error, of navigation and insertion; added to that of every vessel.
    mix : tuple of int
        How many of the budget are of each of the implant's devices; empty: all are of the first.
    angle_deg : float
        Largest angle between a thread's direction and the inward normal of pial at its entry; `WIDEST_DEG` for any.
    access : Access
        Windows that threads have to come through.
    regions : tuple of Region
        Cortex that no shaft may touch.
    """

    threads: int
    clearance_mm: float
    spacing_mm: float
    max_depth_mm: float
    gray_mm: float = 0.1
    vein_clearance_mm: float | None = None
    array_clearance_mm: float | None = None
    localisation_mm: float = 0.0
    mix: tuple[int, ...] = ()
    angle_deg: float = WIDEST_DEG
    access: Access = UNRESTRICTED
    regions: tuple[Region, ...] = ()

    def __post_init__(self) -> None:
        """Refuse limits that no plan can have: a bug of whoever made them.

        Raises
        ------
        ValueError
        """
        lengths = (self.clearance_mm, self.spacing_mm, self.gray_mm, self.localisation_mm)
        others = (self.vein_clearance_mm or 0.0, self.array_clearance_mm or 0.0, self.angle_deg)
        if not all(isfinite(x) and x >= 0 for x in (*lengths, *others)) or not self.max_depth_mm > 0:
            raise ValueError(f"limits that are no lengths: {self}")
        if self.mix and sum(self.mix) != self.threads:
            raise ValueError(f"a mix of {self.mix} is no budget of {self.threads}")

    @property
    def in_force(self) -> tuple[ConstraintName, ...]:
        """The constraints that can be broken under these limits; `current` where currents are known besides."""
        off: set[ConstraintName] = set() if self.angle_deg < WIDEST_DEG else {"angle"}
        off |= set() if self.access.windows else {"access", "approach", "reach"}
        off |= set() if self.regions else {"region"}
        return tuple(name for name in CONSTRAINTS if name not in off)

    def shares(self, devices: int) -> tuple[int, ...]:
        """The budget of each of so many devices."""
        return self.mix or (self.threads, *(0 for _ in range(devices - 1)))

    def clearance_of(self, device: Device, kind: VesselKind) -> float:
        """Least distance from the surface of a device's shafts to the wall of a kind of vessel, without any error."""
        vein = self.clearance_mm if self.vein_clearance_mm is None else self.vein_clearance_mm
        clearance_mm = vein if kind == "vein" else self.clearance_mm
        array_mm = 0.0 if self.array_clearance_mm is None or device.kind != "array" else self.array_clearance_mm
        return max(clearance_mm, array_mm)

    def longest_mm(self, device: Device) -> float:
        """How deep a device may go at most; what lies on pial has no depth."""
        return min(device.max_depth_mm, self.max_depth_mm) if device.penetrates else 0.0

    def required_mm(self, device: Device, kind: VesselKind) -> float:
        """The same from the axis of the shafts, the user's localisation error added."""
        return device.shaft_radius_mm + self.clearance_of(device, kind) + self.localisation_mm


def counted(count: int, noun: str) -> str:
    """A number with its noun, e.g. ``1 thread`` and ``3 threads``."""
    return f"{count} {noun}{'s' if count != 1 else ''}"


def error_words(error_mm: float, half_voxel_mm: float) -> str:
    """A vessel's error by its parts, e.g. ``0.25 mm localisation error + 0.50 mm for half a voxel``; empty for none."""
    parts = ((error_mm - half_voxel_mm, "localisation error"), (half_voxel_mm, "for half a voxel"))
    return " + ".join(f"{part_mm:.2f} mm {name}" for part_mm, name in parts if part_mm > ROUNDING_MM)


def clearance_words(clearance_mm: float, error_mm: float, half_voxel_mm: float = 0.0) -> str:
    """What is required of a vessel, e.g. ``0.30 mm clearance + 0.25 mm localisation error``."""
    return " + ".join(filter(None, (f"{clearance_mm:.2f} mm clearance", error_words(error_mm, half_voxel_mm))))


def required_words(
    limits: Limits, device: Device, kind: VesselKind, error_mm: float, half_voxel_mm: float = 0.0
) -> str:
    """What is required of a device beside a vessel of a kind with its own errors; see `clearance_words`."""
    clearance_mm = limits.clearance_of(device, kind)
    return clearance_words(clearance_mm, error_mm + limits.localisation_mm, half_voxel_mm)


def unit_of(constraint: str) -> str:
    """The unit that a constraint's margin is in, for people: ``mm``, ``°`` or ``µA``."""
    return UNITS.get(constraint, "mm")


def with_unit(constraint: str) -> str:
    """A constraint with its margin's unit as columns and arrays are named: ``vessel_mm``, ``angle_deg``."""
    unit = unit_of(constraint)
    return f"{constraint}_{_COLUMN_UNITS.get(unit, unit)}"


def exempt(device: Device) -> tuple[ConstraintName, ...]:
    """The constraints that do not apply to a device, whatever the limits: its margins of them are ``inf``."""
    off: set[ConstraintName] = set() if device.penetrates else {"vessel"}
    off |= set() if device.penetrates else {"path"}
    off |= set() if device.gray_share else {"gray"}
    return tuple(name for name in CONSTRAINTS if name in off)


def margin_words(constraint: ConstraintName, margin: float) -> str:
    """A margin with sign and unit; where there is nothing to measure to, ``unknown`` of vessels and ``none`` else.

    Where nothing could keep the limit, ``impossible``, or of access what is lacking.
    """
    if margin == inf:
        return "unknown" if constraint == "vessel" else "none"
    if margin == -inf:
        return NO_WINDOW if constraint == "access" else "impossible"
    unit = unit_of(constraint)
    return f"{margin:+.3f}{unit}" if unit == "°" else f"{margin:+.3f} {unit}"


def field_words(name: str, value: float) -> str:
    """A number of `Limits` by its field's name and unit, e.g. ``vein clearance 0.3 mm`` and ``angle 60°``."""
    stem, _, unit = name.rpartition("_")
    return f"{stem.replace('_', ' ')} {value:g}{'°' if unit == 'deg' else f' {unit}'}"


@dataclass(frozen=True)
class ThreadMargins:
    """Signed margins of one thread, positive = safe, by constraint; in mm but for `UNITS`.

    ``margins[name]`` is ``inf`` where there is nothing to measure to: for ``vessel`` that means *unknown*, never safe
    (see `KNOWN_REACH_MM`); otherwise that nothing can break the constraint (a single thread). Of what is `exempt` it is
    ``inf`` too, and nothing is unknown.

    Attributes
    ----------
    margins : mapping of constraint name to float
        vessel: distance from the whole shaft to the nearest vessel's wall, less the shaft's radius, the clearance and
            the vessel's localisation error.
        gray: least distance of a contact from pial or white, less `Limits.gray_mm`; negative outside the gray matter.
        path: least depth below pial along the contacts' stretch; negative where the shaft leaves through pial again, or
            does not go in at its entry.
        spacing: distance to the nearest other shaft's surface, less the required one.
        depth: the allowed insertion depth less the thread's; negative too where it is too short for its contacts, or
            an array does not go in. Of what lies on pial: how far off its entry it is, negative; `inf` where it is not.
        hemisphere: how much nearer the contacts are to the named hemisphere than to the other one.
        angle: the allowed angle to pial's inward normal at the entry less the thread's, degrees.
        access, approach, reach: of the window that suits it best; see `planner.design.access.window_margins`. Access is
            ``-inf`` where all windows are of the other hemisphere.
        region: distance from the whole shaft's surface to the nearest forbidden region, negative inside.
        current: the device's largest current less the largest that a contact of the thread is driven with, µA.
    nearest_vessel : str
        Name of the vessel that is nearest, empty where none is known within `KNOWN_REACH_MM`.
    nearest_thread : str
        Name of the nearest other thread, empty where there is none.
    unknown_kinds : tuple of str
        The case's kinds of vessels that are not known around the thread.
    exempt : tuple of constraint names
        What does not apply to the thread's device; see `exempt`.
    """

    margins: Mapping[ConstraintName, float]
    nearest_vessel: str = ""
    nearest_thread: str = ""
    unknown_kinds: tuple[str, ...] = ()
    exempt: tuple[ConstraintName, ...] = ()

    @property
    def vessels_unknown(self) -> bool:
        """Whether the clearance to vessels, which the thread has to keep, is not known."""
        return self.margins["vessel"] == inf and "vessel" not in self.exempt

    def words(self, constraint: ConstraintName) -> str:
        """One of the margins as `margin_words` has it, ``exempt`` where it does not apply."""
        return "exempt" if constraint in self.exempt else margin_words(constraint, self.margins[constraint])

    @property
    def worst(self) -> tuple[ConstraintName, float]:
        """The constraint with the least margin, degrees counted as `MM_PER_DEG`, and that margin.

        Currents count where they are too large: that a contact is driven with all its device allows is no danger.
        """
        counted = self._counted
        name = min(counted, key=counted.__getitem__)
        return name, self.margins[name]

    @property
    def urgency(self) -> float:
        """The least margin of all as `worst` counts them, to be compared with that of other threads; mm."""
        return min(self._counted.values())

    @property
    def _counted(self) -> dict[ConstraintName, float]:
        scale = {name: MM_PER_DEG for name in CONSTRAINTS if unit_of(name) == "°"}
        counted = [name for name in CONSTRAINTS if name != "current" or self.margins[name] < 0]
        return {name: self.margins[name] * scale.get(name, 1.0) for name in counted}


@dataclass(frozen=True)
class Violation:
    """One limit broken. `thread` is empty for the plan as a whole (budget, laterality)."""

    thread: str
    constraint: str
    margin: float
    message: str


@dataclass(frozen=True)
class Verdict:
    """The exact check's answer.

    Attributes
    ----------
    feasible : bool
        True only where nothing is violated.
    margins : mapping of thread name to ThreadMargins
    violations : tuple of Violation
    """

    feasible: bool
    margins: Mapping[str, ThreadMargins]
    violations: tuple[Violation, ...]

    @property
    def vessels_unknown(self) -> tuple[str, ...]:
        """Names of the threads around which vessels are not known, so that their clearance is unknown."""
        return tuple(name for name, found in self.margins.items() if found.vessels_unknown)
