"""A second opinion of plans: every limit measured anew, by dense sampling, with no code of the planner's geometry.

What each limit means is said in `planner.design.limits` and `planner.anatomy.access`. Shafts are looked at each
`sampled.STEP_MM`. Samples lie on the shafts and distances from them are exact to rounding, so that what a sample breaks
the shaft breaks: the oracle never accuses wrongly by more than `TOLERANCE_MM`, which covers rounding. What it overlooks
is less than half a step, 10 µm: distances change along a shaft by no more than the way, and beside something 0.1 mm
away by 0.5 µm. Currents are not looked at: who looks needs the percept.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from math import ceil

import numpy as np
from numpy.typing import NDArray
from sampled import STEP_MM, Rows, Solid, contacts, frame, rows_of, tube_gap
from scipy.spatial import cKDTree

from planner.anatomy.access import Window
from planner.anatomy.hemisphere import Anatomy, Hemisphere
from planner.anatomy.regions import Region
from planner.anatomy.vessels.tree import VesselTree
from planner.anatomy.vessels.wall import Vessel
from planner.design.limits import Limits
from planner.frames import FloatArray, HemisphereName, IntArray
from planner.implant.device import Device
from planner.implant.thread import Implant, Thread

TOLERANCE_MM = 0.002
TOLERANCE_DEG = 0.01
ON_PIAL_MM = 0.05  # an entry lies on pial to this
DIMPLE_MM = 0.2  # an array's base may be pressed so deep
KNOWN_MM = 5.0  # a vessel of which nobody said where it was imaged speaks for so far around it
ABOVE_MM, LEAST_WAY_MM, MOST_WAY_MM = 0.2, 10.0, 300.0  # the stretch of the way to a window that must be free of brain
LEAST_SLOPE = 0.05  # of a shaft against a window's axis
WAY_STEP_MM = 0.05
IN_MM = 0.1  # an array that goes in less deep is not in


@dataclass(frozen=True)
class Fault:
    """A limit that is broken; `thread` is empty for the plan as a whole, `by` is in mm, degrees or threads."""

    thread: str
    limit: str
    by: float


class Oracle:
    """Solids of one case."""

    def __init__(self, anatomy: Anatomy) -> None:
        self._anatomy = anatomy
        self._sides = {name: _solids(hemisphere) for name, hemisphere in anatomy.hemispheres.items()}
        self._walls = {
            number: Solid(vessel.vertices_mm, vessel.faces)
            for number, vessel in enumerate(anatomy.vessels)
            if not isinstance(vessel, VesselTree) and len(vessel.faces)
        }

    def faults(
        self, implant: Implant, limits: Limits, avoid_vessels: bool = True, held: Sequence[Thread] = ()
    ) -> list[Fault]:
        """Everything that is clearly broken.

        Parameters
        ----------
        implant : Implant
        limits : Limits
        avoid_vessels : bool
            False where vessels were not to be kept clear of.
        held : sequence of Thread
            Threads that were locked when the plan was asked for, as they were.
        """
        found = [*_budget(implant, limits), *_moved(implant, held)]
        if not implant.threads:
            return [*found, Fault("", "budget", 1.0)]
        rows = rows_of(implant)
        found += [*_spacing(implant, rows, limits), *self._regions(implant, rows, limits)]
        if avoid_vessels:
            found += self._vessels(implant, rows, limits, {thread.name for thread in held})
        for look in self._looks(implant, rows, limits):
            found += [*_gray(look, limits), *self._across(look), *self._way(look, limits)]
            found += [*_depth(look.device, look.thread, limits), *self._path(look)]
        return found

    def _looks(self, implant: Implant, rows: Rows, limits: Limits) -> list[_Look]:
        """What is around each thread; each surface is asked once, since it is made ready anew each time."""
        parts = []
        for number, thread in enumerate(implant.threads):
            entry, unit = np.array(thread.entry_mm), np.array(thread.direction)
            backs = [_back_mm(w, thread) for w in limits.access.windows if w.hemisphere == thread.hemisphere]
            back = np.arange(ABOVE_MM, max(backs, default=0.0), WAY_STEP_MM)
            parts += [
                contacts(implant.device_of(thread), thread),
                rows.points_mm[rows.thread == number],
                (entry + 2 * ON_PIAL_MM * unit)[None],
                entry - back[:, None] * unit,
            ]
        points, ends = np.concatenate(parts), np.cumsum([len(part) for part in parts])[:-1]
        inside = {name: np.split(pial.inside(points), ends) for name, (pial, _) in self._sides.items()}
        over_white = [np.zeros(0)] * len(implant.threads)
        for name, (_, white) in self._sides.items():
            its = [number for number, thread in enumerate(implant.threads) if thread.hemisphere == name]
            some = [parts[4 * number] for number in its]
            height = white.height(np.concatenate([np.zeros((0, 3)), *some]))
            for number, part in zip(its, np.split(height, np.cumsum([len(p) for p in some])), strict=False):
                over_white[number] = part
        looks = []
        for number, thread in enumerate(implant.threads):
            pial, _ = self._sides[thread.hemisphere]
            its, here = slice(4 * number, 4 * number + 4), rows.thread == number
            shaft = rows.at_mm[here], rows.shank[here]
            within = {name: found[its] for name, found in inside.items()}
            sign = np.where(within[thread.hemisphere][0], -1.0, 1.0)
            over_pial = sign * pial.distance(parts[its][0])
            device = implant.device_of(thread)
            look = _Look(thread, device, *parts[its], *shaft, within, over_pial, over_white[number])
            looks.append(look)
        return looks

    def _across(self, look: _Look) -> Iterator[Fault]:
        """Contacts are nearer to their own hemisphere, and no shaft is in the other one."""
        for name, (other, _) in self._sides.items():
            if name != look.thread.hemisphere:
                nearer = look.over_pial_mm - other.distance(look.contacts_mm)
                yield from _fault(look.thread, "hemisphere", float(nearer.max()))
                deep = other.distance(look.shaft_mm[look.inside[name][1]]) > TOLERANCE_MM
                if deep.any():
                    yield Fault(look.thread.name, "hemisphere", float(deep.sum() * STEP_MM))

    def _path(self, look: _Look) -> Iterator[Fault]:
        """In through pial at the entry, and not out again."""
        thread, device, (pial, _) = look.thread, look.device, self._sides[look.thread.hemisphere]
        if not device.penetrates:
            return
        _, inside, goes_in, _ = look.inside[thread.hemisphere]
        yield from _fault(thread, "path", float(pial.distance(np.array([thread.entry_mm]))[0]) - ON_PIAL_MM)
        if not goes_in[0]:
            yield Fault(thread.name, "path", float(pial.distance(look.inner_mm)[0]))
        if device.kind == "array":
            pressed = inside & (look.at_mm == 0.0)
            deep = pial.distance(look.shaft_mm[pressed])
            yield from _fault(thread, "path", float(deep.max(initial=0.0)) - DIMPLE_MM)
            first = np.searchsorted(look.shank, look.shank)
            before = np.cumsum(inside)
            left = ~inside & (before > before[first] - inside[first])
        else:
            left = ~inside & (look.at_mm >= ON_PIAL_MM + TOLERANCE_MM)
        off = pial.distance(look.shaft_mm[left]) > TOLERANCE_MM
        if off.any() and not device.crosses_sulci:
            yield Fault(thread.name, "path", float(off.sum() * STEP_MM))

    def _vessels(self, implant: Implant, rows: Rows, limits: Limits, held: set[str]) -> Iterator[Fault]:
        """Clearance to each vessel, and that unlocked shafts stay within what was imaged."""
        threads, vessels = implant.threads, self._anatomy.vessels
        devices = [implant.device_of(thread) for thread in threads]
        penetrates = np.array([d.penetrates for d in devices])[rows.thread]
        points, owner = rows.points_mm[penetrates], rows.thread[penetrates]
        if len(points) == 0:
            return
        kinds = {v.kind for v in vessels if v.imaged is not None and _any_of(v)}
        known = {kind: np.zeros(len(rows.length_mm), dtype=bool) for kind in kinds}
        shank = rows.shank[penetrates]
        for number, vessel in enumerate(vessels):
            need = np.array([_clearance(d, vessel, limits) + d.shaft_radius_mm for d in devices])
            need += limits.localisation_mm + vessel.error_mm
            within = max(float(need.max()), KNOWN_MM + vessel.error_mm if vessel.kind in kinds else 0.0)
            if isinstance(vessel, VesselTree):
                gap = tube_gap(points, vessel, within)
            elif number in self._walls:
                gap = self._walls[number].height(points)
            else:
                continue
            for row, thread in enumerate(threads):
                its = gap[owner == row]
                if len(its):
                    yield from _fault(thread, f"vessel {vessel.name}", float(need[row] - its.min()))
            if vessel.kind not in kinds:
                continue
            if vessel.imaged is None:
                over = np.array([t.hemisphere in vessel.sides for t in threads])[owner]
                near = (gap < KNOWN_MM + vessel.error_mm + TOLERANCE_MM) & over
                known[vessel.kind] |= np.bincount(shank[near], minlength=len(rows.length_mm)) > 0
            else:
                room = (vessel.imaged.offsets_mm - points @ vessel.imaged.normals.T).min(axis=1)
                out = room < need[owner] - TOLERANCE_MM
                known[vessel.kind] |= np.bincount(shank[out], minlength=len(rows.length_mm)) == 0
        for kind, its in known.items():
            for row in np.unique(owner[~its[shank]]):
                if threads[row].name not in held:
                    yield Fault(threads[row].name, f"imaged {kind}", np.inf)

    def _regions(self, implant: Implant, rows: Rows, limits: Limits) -> Iterator[Fault]:
        """Cortex that no shaft may touch."""
        for region in limits.regions:
            if region.hemisphere in self._anatomy.hemispheres:
                height = _region(self._anatomy.hemispheres[region.hemisphere], region).height(rows.points_mm)
                for number, thread in enumerate(implant.threads):
                    grown = implant.device_of(thread).shaft_radius_mm + limits.localisation_mm
                    yield from _fault(thread, "region", grown - float(height[rows.thread == number].min()))

    def _way(self, look: _Look, limits: Limits) -> Iterator[Fault]:
        """The angle at the entry, and one window that lets the thread in."""
        thread = look.thread
        if limits.angle_deg < 90.0:
            normal = self._sides[thread.hemisphere][0].normal(np.array(thread.entry_mm))
            steep = _between_deg(np.array(thread.direction), -normal) - limits.angle_deg
            if steep > TOLERANCE_DEG:
                yield Fault(thread.name, "angle", steep)
        if limits.access.windows:
            tried = [self._through(w, look) for w in limits.access.windows if w.hemisphere == thread.hemisphere]
            yield from min(tried, key=len, default=[Fault(thread.name, "access", np.inf)])

    def _through(self, window: Window, look: _Look) -> list[Fault]:
        """What a window has against a thread."""
        thread, centre, axis = look.thread, np.array(window.centre_mm), np.array(window.axis)
        entry, unit = np.array(thread.entry_mm), np.array(thread.direction)
        found = []
        turned = _between_deg(unit, axis) - window.cone_deg
        if turned > TOLERANCE_DEG:
            found.append(Fault(thread.name, "approach", turned))
        if window.surface == "pial":
            back, off, seen = 0.0, entry - centre, [thread.hemisphere]
        else:
            back = float((entry - centre) @ axis / (unit @ axis))
            met = entry - back * unit - centre
            off, seen = met - (met @ axis) * axis, list(self._sides)
        found += _fault(thread, "access", float(np.linalg.norm(off)) - window.radius_mm)
        if window.reach_mm is not None:
            found += _fault(thread, "reach", back + thread.depth_mm - window.reach_mm)
        count = int(np.ceil((_back_mm(window, thread) - ABOVE_MM) / WAY_STEP_MM))
        for name in seen:
            brain = look.way_mm[:count][look.inside[name][3][:count]]
            deep = self._sides[name][0].distance(brain) > TOLERANCE_MM
            if deep.any():
                found.append(Fault(thread.name, "access", float(deep.sum() * WAY_STEP_MM)))
        return found


@dataclass(frozen=True, eq=False)
class _Look:
    """A thread with its points, and which of them (in the same order) are inside either hemisphere's pial."""

    thread: Thread
    device: Device
    contacts_mm: FloatArray
    shaft_mm: FloatArray
    inner_mm: FloatArray  # (1, 3), just behind the entry
    way_mm: FloatArray  # outwards from the entry
    at_mm: FloatArray  # of the shaft's points, along it
    shank: IntArray
    inside: Mapping[HemisphereName, list[NDArray[np.bool_]]]
    over_pial_mm: FloatArray  # of the contacts, negative inside
    over_white_mm: FloatArray


def _gray(look: _Look, limits: Limits) -> list[Fault]:
    if look.device.penetrates:
        short = limits.gray_mm - np.minimum(-look.over_pial_mm, look.over_white_mm)
    else:
        short = np.abs(look.over_pial_mm) - look.device.gap_mm
    needed = ceil(look.device.gray_share * len(short) - 1e-9)
    return _fault(look.thread, "gray", float(np.sort(short)[needed - 1])) if needed else []


def _back_mm(window: Window, thread: Thread) -> float:
    """How far outwards from the entry no brain may be."""
    if window.surface == "pial":
        return LEAST_WAY_MM
    axis, entry = np.array(window.axis), np.array(thread.entry_mm) - np.array(window.centre_mm)
    slope = max(float(np.array(thread.direction) @ axis), LEAST_SLOPE)
    return float(np.clip(entry @ axis / slope, LEAST_WAY_MM, MOST_WAY_MM))


def _fault(thread: Thread, limit: str, over: float) -> list[Fault]:
    return [] if over <= TOLERANCE_MM else [Fault(thread.name, limit, over)]


def _budget(implant: Implant, limits: Limits) -> Iterator[Fault]:
    """How many threads there are, of each device; their names and axes."""
    have = Counter(implant.device_of(thread).name for thread in implant.threads)
    most = limits.mix or (limits.threads, *(0 for _ in implant.devices[1:]))  # without a mix all are of the first
    for device, share in zip(implant.devices, most, strict=True):
        if have[device.name] > share:
            yield Fault("", f"budget of {device.name}", have[device.name] - share)
    for name, count in Counter(thread.name for thread in implant.threads).items():
        if count > 1:
            yield Fault(name, "name", count)
    for thread in implant.threads:
        _, unit, first, _ = frame(thread)
        skew = abs(np.linalg.norm(unit) - 1.0)
        if len(implant.device_of(thread).shanks) > 1:
            skew = max(skew, abs(np.linalg.norm(first) - 1.0), abs(float(unit @ first)))
        if not skew <= 1e-6:
            yield Fault(thread.name, "axes", float(skew))


def _moved(implant: Implant, held: Sequence[Thread]) -> Iterator[Fault]:
    """Locked threads are there, as they were to the last bit."""
    by_name = {thread.name: thread for thread in implant.threads}
    for before in held:
        after = by_name.get(before.name)
        if after is None or _bits(after) != _bits(before):
            yield Fault(before.name, "locked", np.inf)


def _bits(thread: Thread) -> tuple[object, ...]:
    numbers = (*thread.entry_mm, *thread.direction, thread.depth_mm, *(thread.across or ()))
    return (*(float(x).hex() for x in numbers), thread.hemisphere, thread.locked, thread.device)


def _spacing(implant: Implant, rows: Rows, limits: Limits) -> Iterator[Fault]:
    """Between the surfaces of two threads' shafts."""
    radius = np.array([implant.device_of(thread).shaft_radius_mm for thread in implant.threads])
    trees = [cKDTree(rows.points_mm[rows.thread == number]) for number in range(len(radius))]
    for one, first in enumerate(trees):
        for other, second in enumerate(trees[:one]):
            need = limits.spacing_mm + radius[one] + radius[other]
            gap, _ = first.query(second.data, distance_upper_bound=need)
            yield from _fault(implant.threads[one], "spacing", float(need - gap.min()))


def _depth(device: Device, thread: Thread, limits: Limits) -> Iterator[Fault]:
    if device.kind == "surface":
        yield from _fault(thread, "depth", abs(thread.depth_mm))
        return
    yield from _fault(thread, "depth", thread.depth_mm - min(limits.max_depth_mm, device.max_depth_mm))
    length = (device.contacts - 1) * device.pitch_mm + device.tip_mm
    needs_all = device.kind == "thread" or device.gray_share == 0
    yield from _fault(thread, "depth", (length if needs_all else IN_MM) - thread.depth_mm)


def _clearance(device: Device, vessel: Vessel, limits: Limits) -> float:
    clearance = limits.clearance_mm
    if vessel.kind == "vein" and limits.vein_clearance_mm is not None:
        clearance = limits.vein_clearance_mm
    if device.kind == "array" and limits.array_clearance_mm is not None:
        clearance = max(clearance, limits.array_clearance_mm)
    return clearance


def _any_of(vessel: Vessel) -> bool:
    return len(vessel.edges if isinstance(vessel, VesselTree) else vessel.faces) > 0


def _between_deg(one: FloatArray, other: FloatArray) -> float:
    return float(np.degrees(np.arctan2(np.linalg.norm(np.cross(one, other)), one @ other)))


@lru_cache(maxsize=2)
def _solids(hemisphere: Hemisphere) -> tuple[Solid, Solid]:
    """Whole pial and white."""
    return Solid(hemisphere.pial_mm, hemisphere.faces), Solid(hemisphere.white_mm, hemisphere.faces)


@lru_cache(maxsize=4)
def _region(hemisphere: Hemisphere, region: Region) -> Solid:
    """The faces with any corner in the region, on pial and on white, and walls between where others adjoin."""
    top = hemisphere.faces[np.isin(hemisphere.faces, region.vertices).any(axis=1)]
    count = len(hemisphere.pial_mm)
    sides = {(int(a), int(b)) for face in top for a, b in zip(face, np.roll(face, -1), strict=True)}
    rim = np.array([(a, b) for a, b in sides if (b, a) not in sides])
    a, b = rim.T
    walls = [np.stack([b, a, a + count], axis=1), np.stack([b, a + count, b + count], axis=1)]
    return Solid(
        np.concatenate([hemisphere.pial_mm, hemisphere.white_mm]), np.concatenate([top, top[:, ::-1] + count, *walls])
    )
