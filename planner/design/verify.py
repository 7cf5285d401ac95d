"""The exact gate: no plan is called feasible without it.

float64 closest-point geometry on the true surfaces and vessels, for whole shafts; imports nothing of the smooth fields
(`planner.design.constraints`, `planner.design.vasculature`, `planner.geometry.surface`, `planner.geometry.capsules`,
`planner.geometry.walls`, `planner.anatomy.ribbon`).
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import cKDTree

from planner.anatomy.hemisphere import V1, Anatomy, Hemisphere
from planner.design.exact_vessels import ExactVessels
from planner.design.limits import (
    CONSTRAINTS,
    ROUNDING_MM,
    ConstraintName,
    Limits,
    ThreadMargins,
    Verdict,
    Violation,
    clearance_words,
)
from planner.frames import FloatArray, HemisphereName, IntArray
from planner.geometry.exact import ExactMesh
from planner.geometry.exact_shafts import nearest_shafts
from planner.implant.thread import Implant, Thread

ENTRY_TOLERANCE_MM = 0.05  # ours: an entry farther from pial than this is not an entry
PATH_STEP_MM = 0.05
SAME_PLACE_MM = 1e-6  # crossings no farther apart are one
LEAST_FAULT_MM = 1e-3  # what a fault of no length counts as
UNIT_TOLERANCE = 1e-6
FIELD_MIDLINE_DEG = 0.5  # ours: how far across the vertical meridian a hemisphere's map may reach

_MESSAGES: dict[ConstraintName, str] = {
    "vessel": "the shaft is {gap:.3f} mm short of its clearance to {vessel} ({required})",
    "gray": "a contact is {gap:.3f} mm short of lying in the gray matter",
    "path": "the shaft leaves the cortex through pial, or does not start on it, by {gap:.3f} mm",
    "spacing": "the shaft is {gap:.3f} mm too near to thread {neighbour}",
    "depth": "the shaft is {gap:.3f} mm too {wrong}",
    "hemisphere": "a contact lies {gap:.3f} mm nearer to the other hemisphere than to its own",
}


_UNKNOWN = ThreadMargins(dict.fromkeys(CONSTRAINTS, -np.inf))


@dataclass(frozen=True, eq=False)
class _ExactSide:
    pial: ExactMesh
    white: ExactMesh


class ExactGate:
    """Exact search structures of one case, built once for many verdicts."""

    def __init__(self, anatomy: Anatomy) -> None:
        self._sides = {name: _exact_side(hemisphere) for name, hemisphere in anatomy.hemispheres.items()}
        middles, seen = zip(*(_v1_of(hemisphere) for hemisphere in anatomy.hemispheres.values()), strict=True)
        self._v1_middle, self._v1_field_x_deg = cKDTree(np.concatenate(middles)), np.concatenate(seen)
        self._vessels = ExactVessels(anatomy.vessels)
        self._names_and_errors = [(v.name, (v.error_mm, v.half_voxel_mm)) for v in anatomy.vessels] + [("", (0.0, 0.0))]

    def verdict(self, implant: Implant, limits: Limits) -> Verdict:
        """Check an implant against every limit; see `Limits` and `ThreadMargins` for their meaning."""
        violations = self._of_plan(implant, limits)
        sound = tuple(thread for thread in implant.threads if np.isfinite(_numbers(thread)).all())
        margins = dict.fromkeys((t.name for t in implant.threads), _UNKNOWN)
        measured = self._margins(replace(implant, threads=sound), limits) if sound else []
        for thread, (name, found, errors_mm) in zip(sound, measured, strict=True):
            margins[name] = found
            for constraint in CONSTRAINTS:
                margin = found.margins[constraint]
                if not margin >= -ROUNDING_MM:
                    text = _MESSAGES[constraint].format(
                        gap=-margin,
                        vessel=found.nearest_vessel or "a vessel",
                        required=clearance_words(limits.clearance_mm, *errors_mm),
                        neighbour=found.nearest_thread,
                        wrong="long" if thread.depth_mm > limits.max_depth_mm else "short to hold its contacts",
                    )
                    violations.append(Violation(name, constraint, margin, f"Thread {name}: {text}."))
        return Verdict(not violations, margins, tuple(violations))

    def _margins(self, implant: Implant, limits: Limits) -> list[tuple[str, ThreadMargins, tuple[float, float]]]:
        """Name, margins and the nearest vessel's errors (mm) of each thread; equal names do not hide each other."""
        threads, device = implant.threads, implant.device
        contacts = implant.contacts_mm()
        entry = np.array([t.entry_mm for t in threads], dtype=np.float64)
        tip = np.array([t.tip_mm for t in threads], dtype=np.float64)
        gray, path, side = (np.full(len(threads), -np.inf) for _ in range(3))
        for name, exact in self._sides.items():
            rows = np.array([i for i, t in enumerate(threads) if t.hemisphere == name], dtype=np.int64)
            if len(rows) == 0:
                continue
            depth = -exact.pial.signed_distance(contacts[rows].reshape(-1, 3))
            above = exact.white.signed_distance(contacts[rows].reshape(-1, 3))
            gray[rows] = np.minimum(depth, above).reshape(len(rows), -1).min(axis=1) - limits.gray_mm
            path[rows] = _path(exact.pial, entry[rows], tip[rows], contacts[rows, -1])
            side[rows] = self._side(name, contacts[rows], -depth.reshape(len(rows), -1))
        reach = np.array([t.depth_mm for t in threads])
        short = reach - device.span_mm - device.tip_mm
        vessel, nearest, unknown = self._vessels.margins(
            entry, tip, [t.hemisphere for t in threads], device.shaft_radius_mm + limits.clearance_mm
        )
        spacing, neighbour = nearest_shafts(entry, tip)
        table: dict[ConstraintName, FloatArray] = {
            "vessel": vessel,
            "gray": gray,
            "path": path,
            "spacing": spacing - 2 * device.shaft_radius_mm - limits.spacing_mm,
            "depth": np.where(short < -ROUNDING_MM, short, limits.max_depth_mm - reach),
            "hemisphere": side,
        }
        return [
            (
                thread.name,
                ThreadMargins(
                    margins={constraint: float(table[constraint][i]) for constraint in CONSTRAINTS},
                    nearest_vessel=self._names_and_errors[nearest[i]][0],
                    nearest_thread=threads[neighbour[i]].name if neighbour[i] >= 0 else "",
                    unknown_kinds=unknown[i],
                ),
                self._names_and_errors[nearest[i]][1],
            )
            for i, thread in enumerate(threads)
        ]

    def _side(self, name: HemisphereName, contacts: FloatArray, own: FloatArray) -> FloatArray:
        others = [exact for other, exact in self._sides.items() if other != name]
        if not others:
            return np.full(len(contacts), np.inf)
        distance = others[0].pial.distance(contacts.reshape(-1, 3)).reshape(own.shape)
        return np.asarray((distance - own).min(axis=1))

    def _of_plan(self, implant: Implant, limits: Limits) -> list[Violation]:
        """What is wrong with the plan as a whole: its budget, its names, its left and right."""
        found = []
        if not implant.threads:
            found.append(Violation("", "budget", -1.0, "The plan has no threads: there is nothing to check."))
        over = len(implant.threads) - limits.threads
        if over > 0:
            text = f"The plan has {len(implant.threads)} threads for a budget of {limits.threads}."
            found.append(Violation("", "budget", -float(over), text))
        names = Counter(thread.name for thread in implant.threads)
        for name, count in names.items():
            if count > 1:
                found.append(Violation(name, "name", 0.0, f"{count} threads are called {name}."))
        for thread in implant.threads:
            numbers = _numbers(thread)
            off = abs(float(np.linalg.norm(numbers[3:6])) - 1.0) if np.isfinite(numbers).all() else np.inf
            if off > UNIT_TOLERANCE:
                text = f"Thread {thread.name}: entry, direction (of length 1) or depth is unusable."
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
        contacts = Implant(implant.device, (thread,)).contacts_mm()[0]
        _, nearest = self._v1_middle.query(contacts)
        seen = float(self._v1_field_x_deg[nearest].mean()) * (1 if thread.hemisphere == "lh" else -1)
        if seen >= -FIELD_MIDLINE_DEG:
            return []
        half = "left" if thread.hemisphere == "lh" else "right"
        seeing = f"the V1 where it lies sees the {half} half of the field"
        text = f"Thread {thread.name} is named {thread.hemisphere}, but {seeing}."
        return [Violation(thread.name, "laterality", seen, text)]


def verify(anatomy: Anatomy, implant: Implant, limits: Limits) -> Verdict:
    """The exact verdict on an implant; positive margins are safe, nothing is rounded in the plan's favour."""
    return _gate(anatomy).verdict(implant, limits)


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


def _numbers(thread: Thread) -> FloatArray:
    return np.array([*thread.entry_mm, *thread.direction, thread.depth_mm], dtype=np.float64)


def _path(pial: ExactMesh, entry: FloatArray, tip: FloatArray, first_contact: FloatArray) -> FloatArray:
    """Least depth below pial from the first contact to the tip; negative by the length outside after the entry.

    A shaft must go in through pial at its entry, and nowhere through pial after that.
    """
    along = tip - entry
    length = np.linalg.norm(along, axis=1)
    lead = ENTRY_TOLERANCE_MM * along / np.maximum(length, 1e-300)[:, None]
    shaft, at, inward = pial.crossings(entry - lead, tip)
    at = at - ENTRY_TOLERANCE_MM
    steps = max(2, int(np.ceil(np.linalg.norm(tip - first_contact, axis=1).max() / PATH_STEP_MM)) + 1)
    fraction = np.linspace(0.0, 1.0, steps)
    stretch = first_contact[:, None] + fraction[:, None] * (tip - first_contact)[:, None]
    margin = -pial.signed_distance(stretch.reshape(-1, 3)).reshape(len(entry), -1).max(axis=1)
    fault = _faults(shaft, at, inward, length, pial.distance(entry))
    return np.asarray(np.where(fault > 0, np.minimum(margin, -fault), margin))


def _faults(
    shaft: IntArray, at: FloatArray, inward: NDArray[np.bool_], length: FloatArray, off_entry: FloatArray
) -> FloatArray:
    """How far each shaft ``(T,)`` is from a single crossing inwards at its entry, mm; 0 where it is one.

    Crossings ``(K,)`` are given by their shaft, in order, their place along it from its entry, and whether they go in.
    """
    near = np.flatnonzero(inward & (np.abs(at) <= ENTRY_TOLERANCE_MM))
    near = near[np.lexsort((np.abs(at[near]), shaft[near]))]
    met, first = np.unique(shaft[near], return_index=True)
    entry = np.full(len(length), np.inf)
    entry[met] = at[near[first]]
    entered = np.isfinite(entry) & (off_entry <= ENTRY_TOLERANCE_MM)
    # A crossing on an edge is met in both of its triangles: the same crossing, in the same sense.
    more = ((np.abs(at - entry[shaft]) > SAME_PLACE_MM) | ~inward) & (at > -SAME_PLACE_MM)
    last = np.append(shaft[1:] != shaft[:-1], True)[: len(shaft)]
    until = np.where(last, length[shaft], np.append(at[1:], 0.0)[: len(at)])
    leaving = more & ~inward
    outside = np.bincount(shaft[leaving], (until - np.maximum(at, 0.0))[leaving], minlength=len(length))
    sound = entered & (np.bincount(shaft[more], minlength=len(length)) == 0)
    return np.where(sound, 0.0, np.maximum(np.maximum(outside, np.where(entered, 0.0, off_entry)), LEAST_FAULT_MM))
