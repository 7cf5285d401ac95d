"""The exact gate: no plan is called feasible without it.

float64 closest-point geometry on the true surfaces and vessels, for whole shafts; imports nothing of the smooth fields
(`planner.design.constraints`, `planner.design.vasculature`, `planner.geometry.surface`, `planner.geometry.capsules`,
`planner.geometry.walls`, `planner.anatomy.ribbon`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import pairwise
from math import ceil

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from planner.anatomy.hemisphere import V1, Anatomy, Hemisphere
from planner.anatomy.regions import Region, region_solid
from planner.anatomy.vessels.kinds import KINDS
from planner.anatomy.vessels.tree import VesselKind
from planner.design.exact_access import (
    exact_angle_margin,
    exact_region_margin,
    exact_window_margins,
    length_inside,
)
from planner.design.exact_currents import Driven, current_margins, over_total
from planner.design.exact_path import array_paths, entries, thread_paths
from planner.design.exact_vessels import ExactVessels
from planner.design.limits import (
    CONSTRAINTS,
    NO_WINDOW,
    ROUNDING_MM,
    WIDEST_DEG,
    ConstraintName,
    Limits,
    ThreadMargins,
    Verdict,
    Violation,
    exempt,
    required_words,
)
from planner.frames import FloatArray, HemisphereName, IntArray
from planner.geometry.exact import ExactMesh
from planner.geometry.exact_normals import ExactNormals
from planner.geometry.exact_shafts import ExactWall, nearest_shafts
from planner.implant.device import Device
from planner.implant.thread import Implant, Shafts, Thread

UNIT_TOLERANCE = 1e-6
FARTHEST_MM = 1e4  # ours: no number of a thread is larger; scanners are not as large
FIELD_MIDLINE_DEG = 0.5  # ours: how far across the vertical meridian a hemisphere's map may reach

_MESSAGES: dict[ConstraintName, str] = {
    "vessel": "the shaft is {gap:.3f} mm short of its clearance to {vessel} ({required})",
    "gray": "a contact is {gap:.3f} mm short of lying in the gray matter",
    "path": "the shaft leaves the cortex through pial, or does not start on it, by {gap:.3f} mm",
    "spacing": "the shaft is {gap:.3f} mm too near to thread {neighbour}",
    "hemisphere": "it lies {gap:.3f} mm nearer to the other hemisphere than to its own, or that far inside it",
    "angle": "it goes in {gap:.3f}° farther from pial's normal than allowed",
    "access": "its way is {gap:.3f} mm outside the approach window, or through that much brain",
    "approach": "its direction is {gap:.3f}° outside the window's cone",
    "reach": "its way from the window is {gap:.3f} mm too long",
    "region": "the shaft is {gap:.3f} mm inside a forbidden region",
    "current": "a contact is driven with {gap:.3f} µA more than the device allows",
}


_UNKNOWN = ThreadMargins(dict.fromkeys(CONSTRAINTS, -np.inf))


@dataclass(frozen=True, eq=False)
class _ExactSide:
    pial: ExactMesh
    white: ExactMesh


class ExactGate:
    """Exact search structures of one case, built once for many verdicts."""

    def __init__(self, anatomy: Anatomy) -> None:
        self._anatomy = anatomy
        self._pial_normals: dict[HemisphereName, ExactNormals] = {}
        self._solids: dict[Region, ExactWall | None] = {}
        self._sides = {name: _exact_side(hemisphere) for name, hemisphere in anatomy.hemispheres.items()}
        middles, seen = zip(*(_v1_of(hemisphere) for hemisphere in anatomy.hemispheres.values()), strict=True)
        self._v1_middle, self._v1_field_x_deg = cKDTree(np.concatenate(middles)), np.concatenate(seen)
        self._vessels = ExactVessels(anatomy.vessels)
        self._names_and_errors = [(v.name, (v.kind, v.error_mm, v.half_voxel_mm)) for v in anatomy.vessels]
        self._names_and_errors.append(("", ("vessel", 0.0, 0.0)))

    def verdict(self, implant: Implant, limits: Limits, driven: Driven | None = None) -> Verdict:
        """Check an implant against every limit; see `Limits` and `ThreadMargins` for their meaning."""
        violations = self._of_plan(implant, limits) + over_total(driven)
        sound = tuple(thread for thread in implant.threads if _somewhere(thread))
        margins = dict.fromkeys((t.name for t in implant.threads), _UNKNOWN)
        measured = self._margins(replace(implant, threads=sound), limits) if sound else []
        currents = current_margins(implant, driven)
        for thread, (name, found, errors_mm) in zip(sound, measured, strict=True):
            if name in currents:
                found = replace(found, margins={**found.margins, "current": currents[name]})
            margins[name] = found
            for constraint in CONSTRAINTS:
                margin = found.margins[constraint]
                if not margin >= -ROUNDING_MM:
                    device = implant.device_of(thread)
                    said = _wrong_depth(thread, device) if constraint == "depth" else _MESSAGES[constraint]
                    if constraint == "access" and margin == -np.inf:
                        said = f"there is {NO_WINDOW}"
                    text = said.format(
                        gap=-margin,
                        vessel=found.nearest_vessel or "a vessel",
                        required=required_words(limits, device, *errors_mm),
                        neighbour=found.nearest_thread,
                    )
                    violations.append(Violation(name, constraint, margin, f"Thread {name}: {text}."))
        return Verdict(not violations, margins, tuple(violations))

    def _margins(
        self, implant: Implant, limits: Limits
    ) -> list[tuple[str, ThreadMargins, tuple[VesselKind, float, float]]]:
        """Name, margins and the nearest vessel's errors (mm) of each thread; equal names do not hide each other."""
        threads, devices = implant.threads, [implant.device_of(t) for t in implant.threads]
        shafts = implant.shafts()
        contacts, owner = implant.contacts_mm(), implant.contact_owners()
        hemisphere = np.array([t.hemisphere for t in threads])
        below, above, nearer = (np.full(len(contacts), -np.inf) for _ in range(3))
        path = np.full(len(threads), -np.inf)
        for name, exact in self._sides.items():
            rows = np.flatnonzero(hemisphere[owner] == name)
            if len(rows):
                below[rows] = -exact.pial.signed_distance(contacts[rows])
                above[rows] = exact.white.signed_distance(contacts[rows])
                nearer[rows] = self._side(name, contacts[rows], -below[rows])
                path = np.where(hemisphere == name, _paths(exact.pial, implant, shafts, hemisphere == name), path)
        across = self._across(implant, shafts)
        bounds = np.searchsorted(owner, np.arange(len(threads) + 1))
        each = [slice(first, last) for first, last in pairwise(bounds)]
        gray = np.array([_gray(d, below[s], above[s], limits) for d, s in zip(devices, each, strict=True)])
        vessel, nearest, unknown = self._clear(implant, shafts, limits)
        radius = np.array([d.shaft_radius_mm for d in devices])[shafts.thread]
        spacing, neighbour = nearest_shafts(shafts.start_mm, shafts.tip_mm, radius, shafts.thread, len(threads))
        table: dict[ConstraintName, FloatArray] = {
            "vessel": vessel,
            "gray": gray,
            "path": path,
            "spacing": spacing - limits.spacing_mm,
            "depth": np.array([_depth(t, d, limits) for t, d in zip(threads, devices, strict=True)]),
            "hemisphere": np.minimum(np.array([nearer[s].min() for s in each]), across),
            **self._approached(implant, shafts, limits),
        }
        return [
            (
                thread.name,
                ThreadMargins(
                    margins={name: float(table[name][i]) if name in table else np.inf for name in CONSTRAINTS},
                    nearest_vessel=self._names_and_errors[nearest[i]][0],
                    nearest_thread=threads[neighbour[i]].name if neighbour[i] >= 0 else "",
                    unknown_kinds=unknown[i],
                    exempt=exempt(devices[i]),
                ),
                self._names_and_errors[nearest[i]][1],
            )
            for i, thread in enumerate(threads)
        ]

    def _approached(self, implant: Implant, shafts: Shafts, limits: Limits) -> dict[ConstraintName, FloatArray]:
        """What is asked of the way in: its angle, its window, and the regions it must not touch."""
        threads = implant.threads
        entry, unit, tip = (
            np.array(points, dtype=np.float64).reshape(-1, 3)
            for points in ([t.entry_mm for t in threads], [t.direction for t in threads], [t.tip_mm for t in threads])
        )
        right = np.array([t.hemisphere == "rh" for t in threads], dtype=bool)
        found: dict[ConstraintName, FloatArray] = {}
        if limits.angle_deg < WIDEST_DEG:
            found["angle"] = exact_angle_margin(self._normals(), entry, unit, right, limits.angle_deg)
        if limits.access.windows:
            pials = {name: exact.pial for name, exact in self._sides.items()}
            found.update(exact_window_margins(limits.access, pials, entry, unit, tip, right).items())
        if limits.regions:
            away = exact_region_margin(self._walls(limits.regions), shafts.start_mm, shafts.tip_mm)
            radius = np.array([implant.device_of(t).shaft_radius_mm for t in threads])
            found["region"] = np.full(len(threads), np.inf)
            grown = radius[shafts.thread] + limits.localisation_mm
            np.minimum.at(found["region"], shafts.thread, away - grown)
        return found

    def _normals(self) -> dict[HemisphereName, ExactNormals]:
        if not self._pial_normals:
            self._pial_normals = {
                name: ExactNormals(hemisphere.pial_mm, hemisphere.faces)
                for name, hemisphere in self._anatomy.hemispheres.items()
            }
        return self._pial_normals

    def _walls(self, regions: tuple[Region, ...]) -> list[ExactWall]:
        for region in regions:
            if region not in self._solids:
                hemisphere = self._anatomy.hemispheres.get(region.hemisphere)
                self._solids[region] = None if hemisphere is None else ExactWall(*region_solid(hemisphere, region))
        return [wall for region in regions if (wall := self._solids[region]) is not None]

    def _side(self, name: HemisphereName, contacts: FloatArray, own: FloatArray) -> FloatArray:
        others = [exact for other, exact in self._sides.items() if other != name]
        return others[0].pial.distance(contacts) - own if others else np.full(len(contacts), np.inf)

    def _across(self, implant: Implant, shafts: Shafts) -> FloatArray:
        """Minus the length ``(T,)`` of each thread's shafts inside the other hemisphere; inf where there is none."""
        found = np.full(len(implant.threads), np.inf)
        owner = np.array([t.hemisphere for t in implant.threads])[shafts.thread]
        for name, exact in self._sides.items():
            rows = np.flatnonzero(owner != name)
            if len(rows):
                inside = length_inside(exact.pial, shafts.start_mm[rows], shafts.tip_mm[rows])
                np.minimum.at(found, shafts.thread[rows], np.where(inside > 0, -inside, np.inf))
        return found

    def _clear(
        self, implant: Implant, shafts: Shafts, limits: Limits
    ) -> tuple[FloatArray, IntArray, list[tuple[VesselKind, ...]]]:
        """Of each thread what `ExactVessels.margins` says of its shafts; the worst speaks for all, unknown of any."""
        devices = [implant.device_of(t) for t in implant.threads]
        grown = {
            kind: np.array([limits.required_mm(d, kind) for d in devices], dtype=np.float64)[shafts.thread]
            for kind in KINDS
        }
        sides = [implant.threads[row].hemisphere for row in shafts.thread]
        found, which, unknown = self._vessels.margins(shafts.start_mm, shafts.tip_mm, sides, grown)
        margin, nearest = np.full(len(devices), np.inf), np.full(len(devices), -1)
        kinds: list[tuple[VesselKind, ...]] = [()] * len(devices)
        for row, device in enumerate(devices):
            if device.penetrates:
                its = np.flatnonzero(shafts.thread == row)
                worst = its[found[its].argmin()]
                unsure = bool(np.isposinf(found[its]).any())
                margin[row] = np.inf if unsure and found[worst] >= 0 else found[worst]
                nearest[row] = which[worst]
                kinds[row] = tuple(kind for kind in KINDS if any(kind in unknown[shaft] for shaft in its))
        return margin, nearest, kinds

    def _of_plan(self, implant: Implant, limits: Limits) -> list[Violation]:
        """What is wrong with the plan as a whole: its budget, its names, its left and right."""
        found = []
        if not implant.threads:
            found.append(Violation("", "budget", -1.0, "The plan has no threads: there is nothing to check."))
        over = len(implant.threads) - limits.threads
        if over > 0:
            text = f"The plan has {len(implant.threads)} threads for a budget of {limits.threads}."
            found.append(Violation("", "budget", -float(over), text))
        if len(implant.devices) > 1:
            have = Counter(implant.device_of(thread).name for thread in implant.threads)
            for device, most in zip(implant.devices, limits.shares(len(implant.devices)), strict=True):
                if have[device.name] > most:
                    text = f"The plan has {have[device.name]} of {device.name} for a budget of {most}."
                    found.append(Violation("", "budget", float(most - have[device.name]), text))
        names = Counter(thread.name for thread in implant.threads)
        for name, count in names.items():
            if count > 1:
                found.append(Violation(name, "name", 0.0, f"{count} threads are called {name}."))
        for thread in implant.threads:
            off = _off_axes(thread) if _somewhere(thread) else np.inf
            if off > UNIT_TOLERANCE:
                text = f"Thread {thread.name}: entry, direction (of length 1), depth or axis across is unusable."
                found.append(Violation(thread.name, "direction", -off, text))
            if np.isfinite(off):
                found += self._laterality(thread, implant)
        return found

    def _laterality(self, thread: Thread, implant: Implant) -> list[Violation]:
        """A thread's hemisphere, as named, must see the other half of the field, by the V1 nearest to its contacts.

        Nearest of either hemisphere: where the thread lies decides, not what it is called.
        """
        if thread.hemisphere not in self._sides:
            text = f"Thread {thread.name}: the case has no {thread.hemisphere} hemisphere."
            return [Violation(thread.name, "laterality", -np.inf, text)]
        contacts = replace(implant, threads=(thread,)).contacts_mm()
        _, nearest = self._v1_middle.query(contacts)
        seen = float(self._v1_field_x_deg[nearest].mean()) * (1 if thread.hemisphere == "lh" else -1)
        if seen >= -FIELD_MIDLINE_DEG:
            return []
        half = "left" if thread.hemisphere == "lh" else "right"
        seeing = f"the V1 where it lies sees the {half} half of the field"
        text = f"Thread {thread.name} is named {thread.hemisphere}, but {seeing}."
        return [Violation(thread.name, "laterality", seen, text)]


def verify(anatomy: Anatomy, implant: Implant, limits: Limits, driven: Driven | None = None) -> Verdict:
    """The exact verdict on an implant; positive margins are safe, nothing is rounded in the plan's favour.

    Currents are checked where it is said what the contacts are driven with.
    """
    return _gate(anatomy).verdict(implant, limits, driven)


@lru_cache(maxsize=1)
def _gate(anatomy: Anatomy) -> ExactGate:
    """The gate of the case at work: an anatomy never changes, and its search structures take seconds to build."""
    return ExactGate(anatomy)


def _exact_side(hemisphere: Hemisphere) -> _ExactSide:
    pial, white = (ExactMesh(points, hemisphere.faces) for points in (hemisphere.pial_mm, hemisphere.white_mm))
    return _ExactSide(pial, white)


def _v1_of(hemisphere: Hemisphere) -> tuple[FloatArray, FloatArray]:
    """Mid-gray points ``(V, 3)`` of V1 and the field's x ``(V,)`` there, degrees."""
    v1 = hemisphere.retinotopy.area == V1
    return (hemisphere.white_mm[v1] + hemisphere.pial_mm[v1]) / 2, hemisphere.field_deg[v1, 0]


def _somewhere(thread: Thread) -> bool:
    """Whether a thread's numbers are those of a place that can be looked at."""
    return bool((np.abs(_numbers(thread)) <= FARTHEST_MM).all())  # NaN is not


def _numbers(thread: Thread) -> FloatArray:
    across = thread.across or ()
    return np.array([*thread.entry_mm, *thread.direction, thread.depth_mm, *across], dtype=np.float64)


def _off_axes(thread: Thread) -> float:
    """How far a thread's direction and its axis across, if it has one, are from unit vectors at right angles."""
    axes = np.array([thread.direction] if thread.across is None else [thread.direction, thread.across])
    along = np.triu(axes @ axes.T, k=1)
    return float(max(np.abs(np.linalg.norm(axes, axis=1) - 1.0).max(), np.abs(along).max()))


def _gray(device: Device, below: FloatArray, above: FloatArray, limits: Limits) -> float:
    """Margin of that contact which is the last of the share that has to lie in the gray matter (or on pial)."""
    margin = np.minimum(below, above) - limits.gray_mm if device.penetrates else device.gap_mm - np.abs(below)
    needed = ceil(device.gray_share * len(margin) - 1e-9)
    return float(np.sort(margin)[-needed]) if needed else np.inf


def _depth(thread: Thread, device: Device, limits: Limits) -> float:
    """How much deeper a thread may go; negative too where it does not go in far enough, or what lies on pial is off."""
    if not device.penetrates:
        return np.inf if abs(thread.depth_mm) <= ROUNDING_MM else -abs(thread.depth_mm)
    short = thread.depth_mm - device.least_depth_mm
    return short if short < -ROUNDING_MM else min(limits.max_depth_mm, device.max_depth_mm) - thread.depth_mm


def _wrong_depth(thread: Thread, device: Device) -> str:
    """What is wrong with a thread's depth, by how many ``{gap}`` mm."""
    if not device.penetrates:
        return "it lies {gap:.3f} mm off its entry on pial"
    if thread.depth_mm >= device.least_depth_mm:
        return "the shaft is {gap:.3f} mm too long"
    return "the shaft is {gap:.3f} mm too short to " + ("hold its contacts" if device.kind == "thread" else "be in")


def _paths(pial: ExactMesh, implant: Implant, shafts: Shafts, here: NDArray[np.bool_]) -> FloatArray:
    """Margins ``(T,)`` of the threads' ways in, of those that are `here`."""
    path = np.full(len(implant.threads), np.inf)
    devices = [implant.device_of(t) for t in implant.threads]
    crosses = np.array([d.crosses_sulci for d in devices])
    single = np.array([d.kind == "thread" for d in devices]) & ~crosses & here
    rigid = np.array([d.kind == "array" for d in devices]) & here
    enters = np.array([d.penetrates for d in devices]) & ~single & here
    if enters.any():
        these = [t for t, its in zip(implant.threads, enters, strict=True) if its]
        path[enters] = entries(pial, np.array([t.entry_mm for t in these]), np.array([t.direction for t in these]))
    if single.any():
        last = implant.contact_counts().cumsum()[single] - 1
        entry, tip = (points[single[shafts.thread]] for points in (shafts.start_mm, shafts.tip_mm))
        path[single] = thread_paths(pial, entry, tip, implant.contacts_mm()[last])
    if rigid.any():
        rows = np.flatnonzero(rigid[shafts.thread])
        may_leave = crosses[shafts.thread[rows]]
        found = array_paths(pial, shafts.start_mm[rows], shafts.tip_mm[rows], may_leave)
        np.minimum.at(path, shafts.thread[rows], found)
    return path
