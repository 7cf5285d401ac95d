"""Threads of a device along imported trajectories: entries on pial, tips within reach, nothing moved in silence."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch

from planner.design.limits import Limits
from planner.design.site import REACH_MM, Side, Site
from planner.errors import InputError
from planner.frames import FloatArray, HemisphereName
from planner.geometry.rays import crossings
from planner.implant.device import Device
from planner.implant.thread import Thread, any_across, vector
from planner.plan.imports.trajectory import Trajectory

BACK_MM: Final = 10.0
"""Ours: an entry that was set inside the cortex is sought so far back along its line."""
NEAR_MM: Final = 1e-3
"""Ours: what is moved by less stays where it is for anyone who looks."""
SIDES: Final[dict[HemisphereName, str]] = {"lh": "left", "rh": "right"}
_SAID: Final = {"left": "lh", "lh": "lh", "right": "rh", "rh": "rh"}
LONGEST: Final = 64  # characters of a thread's name


@dataclass(frozen=True)
class Imported:
    """What became of trajectories.

    Attributes
    ----------
    threads : tuple of Thread
        Of those that could be placed, in their order.
    moved : tuple of str
        A sentence for each of these that says what was moved by how much.
    refused : tuple of str
        A sentence for each of the others that says why.
    """

    threads: tuple[Thread, ...]
    moved: tuple[str, ...]
    refused: tuple[str, ...]


@dataclass(frozen=True)
class _Way:
    """A trajectory's ends in order; how far along it the cortex begins, and of which hemisphere."""

    entry_mm: FloatArray
    target_mm: FloatArray
    hemisphere: HemisphereName
    begins_mm: float
    turned: bool

    @property
    def length_mm(self) -> float:
        return float(np.linalg.norm(self.target_mm - self.entry_mm))

    @property
    def unit(self) -> FloatArray:
        return np.asarray((self.target_mm - self.entry_mm) / self.length_mm)


class _RefusedError(Exception):
    """Why a trajectory has no thread, as the end of a sentence about it."""


def threads_of(
    trajectories: Sequence[Trajectory], site: Site, device: Device, limits: Limits, taken: Collection[str] = ()
) -> Imported:
    """Threads of a device along trajectories, each through the pial point where its line goes into the cortex.

    The direction is the line's. The tip is the target, drawn back to the longest insertion that device and limits
    allow, or set deeper where the device's contacts would not all be in; the exact check says whether that is safe.

    Parameters
    ----------
    trajectories : sequence of Trajectory
        In scanner RAS.
    site : Site
    device : Device
    limits : Limits
        Whose `max_depth_mm` counts.
    taken : collection of str
        Names that no thread may have.

    Returns
    -------
    Imported
        A line is refused that does not meet the cortex around V1, ends in the other hemisphere than it goes into, or is
        named after the other side than it lies on.

    Raises
    ------
    InputError
        For a device that goes in nowhere.
    """
    if not device.penetrates:
        raise InputError(
            f"{device.name} lies on the cortex and follows no trajectory", remedy="choose a thread or an array"
        )
    threads: list[Thread] = []
    moved: list[str] = []
    refused: list[str] = []
    for trajectory in trajectories:
        name = _free(trajectory.name, {*taken, *(thread.name for thread in threads)}, len(threads))
        try:
            thread, words = _placed(trajectory, name, site, device, limits)
        except _RefusedError as reason:
            refused.append(f"{trajectory.name} {reason}.")
        else:
            threads.append(thread)
            moved.append(words)
    return Imported(tuple(threads), tuple(moved), tuple(refused))


def _placed(trajectory: Trajectory, name: str, site: Site, device: Device, limits: Limits) -> tuple[Thread, str]:
    if trajectory.fault:
        raise _RefusedError(trajectory.fault)
    way = _way(trajectory, site)
    _check_side(trajectory, way, site)
    onto = way.entry_mm + way.begins_mm * way.unit
    entry = site.sides[way.hemisphere].pial.closest(onto[None])[0][0]
    asked_mm = way.length_mm - way.begins_mm
    least_mm, most_mm = device.span_mm + device.tip_mm, min(device.max_depth_mm, limits.max_depth_mm)
    depth_mm = min(max(asked_mm, least_mm), most_mm)
    thread = Thread(
        name,
        way.hemisphere,
        vector(entry),
        vector(way.unit),
        float(depth_mm),
        across=None if len(device.shanks) == 1 else vector(any_across(way.unit[None])[0]),
    )
    return thread, _words(trajectory, thread, way, depth_mm - asked_mm, device)


def _way(trajectory: Trajectory, site: Site) -> _Way:
    first, second = np.array(trajectory.entry_mm), np.array(trajectory.target_mm)
    if np.linalg.norm(second - first) < NEAR_MM:
        raise _RefusedError("has its entry and its target at one place")
    found = [_first_way(first, second, name, side, trajectory.ordered) for name, side in site.sides.items()]
    met = [way for way in found if way is not None]
    if not met:
        raise _RefusedError(f"does not meet the cortex within {REACH_MM:g} mm of V1 on its way to the target")
    return min(met, key=lambda way: abs(way.begins_mm))


def _first_way(first: FloatArray, second: FloatArray, name: HemisphereName, side: Side, ordered: bool) -> _Way | None:
    """The way into a hemisphere; None where it does not go in."""
    depth = side.pial.signed_distance(torch.from_numpy(np.stack([first, second]))).numpy()
    turned = not ordered and bool(depth[0] < -NEAR_MM and depth[1] > NEAR_MM)
    start, end = (second, first) if turned else (first, second)
    inside = bool(depth[1 if turned else 0] < 0)
    length = float(np.linalg.norm(end - start))
    unit = (end - start) / length
    met = crossings(side.pial, torch.from_numpy((start - BACK_MM * unit)[None]), torch.from_numpy(unit[None]))
    at = met.at_mm[met.inward].numpy() - BACK_MM
    ahead, behind = at[(at >= -NEAR_MM) & (at <= length)], at[at <= NEAR_MM]
    candidates = behind[-1:] if inside else ahead[:1]
    return _Way(start, end, name, float(candidates[0]), turned) if len(candidates) else None


def _check_side(trajectory: Trajectory, way: _Way, site: Site) -> None:
    """Refuse what crosses to the other hemisphere, or is called left and lies right, or the reverse."""
    side = SIDES[way.hemisphere]
    for name, other in site.sides.items():
        if name == way.hemisphere:
            continue
        target = torch.from_numpy(way.target_mm[None])
        own_mm, other_mm = (float(s.pial.signed_distance(target)[0]) for s in (site.sides[way.hemisphere], other))
        if other_mm < 0 and abs(other_mm) < abs(own_mm):  # out of one's own hemisphere its own pial is on the way
            raise _RefusedError(f"goes into the {side} hemisphere and ends in the {SIDES[name]} one")
    said = {_SAID[word] for word in re.findall("[a-z]+", trajectory.name.lower()) if word in _SAID}
    if len(said) == 1 and way.hemisphere not in said:
        (called,) = said
        wrong = "left" if called == "lh" else "right"
        raise _RefusedError(f"is called {wrong} and goes into the {side} hemisphere, so that one of the two is wrong")


def _words(trajectory: Trajectory, thread: Thread, way: _Way, deeper_mm: float, device: Device) -> str:
    named = "" if thread.name == trajectory.name else f" (now {thread.name})"
    said = ["its ends were taken the other way round"] if way.turned else []
    if abs(way.begins_mm) >= NEAR_MM:
        where = "in along its line" if way.begins_mm > 0 else "back along its line"
        said.append(f"entry moved {abs(way.begins_mm):.2f} mm {where} onto pial")
    if deeper_mm <= -NEAR_MM:
        said.append(f"tip drawn back {-deeper_mm:.2f} mm, to the {thread.depth_mm:.2f} mm that are allowed")
    if deeper_mm >= NEAR_MM:
        said.append(f"tip set {deeper_mm:.2f} mm deeper, so that all contacts of {device.name} are in")
    what = "; ".join(said) if said else "as it was"
    return f"{trajectory.name}{named}, {SIDES[thread.hemisphere]} hemisphere: {what}."


def _free(name: str, taken: set[str], count: int) -> str:
    """A name that a plan can hold and no other thread has."""
    plain = "".join(letter for letter in name if letter.isprintable()).strip()[:LONGEST] or f"T{count + 1:02d}"
    tries = (plain, *(f"{plain[: LONGEST - 5]} {n}" for n in range(2, len(taken) + 3)))
    return next(found for found in tries if found not in taken)
