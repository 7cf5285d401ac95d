"""Placing threads by hand: a sensible thread through a point, and a thread that follows the surface."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from planner.anatomy.hemisphere import V1
from planner.design.assess import USABLE
from planner.design.constraints import own_margins, told
from planner.design.limits import ConstraintName, Limits
from planner.design.objective import phosphenes_of
from planner.design.progress import Progress, silent
from planner.design.site import Site
from planner.design.spacing import shaft_gaps
from planner.design.tries import TRIES, Worth, best_of, how_many, tries_at
from planner.frames import FloatArray, HemisphereName
from planner.implant.device import Devices
from planner.implant.parameters import ThreadTensors, to_tensors
from planner.implant.thread import Implant, Thread, Vector, vector

NEARBY_MM = 1.5  # how far from the asked-for point an entry may be found
SURROUND_MM = 5.0  # ours: so near to V1 an entry may lie, since an oblique row of contacts still reaches it


def propose_thread(
    site: Site,
    devices: Devices,
    limits: Limits,
    hemisphere: HemisphereName,
    entry_mm: Vector,
    name: str,
    taken: Sequence[Thread] = (),
    kind: int = 0,
    progress: Progress = silent,
) -> Thread:
    """A thread that enters at a pial point or within `NEARBY_MM` of it, and keeps every limit where one can be found.

    Parameters
    ----------
    hemisphere : "lh" or "rh"
    entry_mm : (x, y, z)
        Near the pial surface, scanner RAS.
    name : str
        Given to the new thread.
    taken : sequence of Thread
        Threads to keep clear of.
    kind : int
        Which of the devices it is of.
    progress : callable
        Told how far the search is, where it takes long.

    Returns
    -------
    Thread
        Of the feasible ones that with most contacts in V1's gray matter, near the point; where none is feasible the one
        with the best worst margin.
    """
    entry = np.asarray(entry_mm, dtype=np.float64)
    generator = np.random.default_rng(0)  # always the same thread for the same point
    count = how_many(TRIES, devices[kind])
    spread = generator.normal(size=(count, 3)) * NEARBY_MM / 2
    spread[: count // 2] = 0.0
    tries = tries_at(site.sides[hemisphere], hemisphere, devices, kind, entry + spread, generator)
    found = best_of(site, tries, devices, limits, entry[None], taken, _in_v1(site, devices), progress)
    return replace(found, name=name)


def refined(
    site: Site,
    devices: Devices,
    limits: Limits,
    thread: Thread,
    taken: Sequence[Thread] = (),
    progress: Progress = silent,
) -> Thread:
    """The thread as it is where it keeps every limit; otherwise turned about its entry, or set deeper, so that it does.

    Where no angle and depth will do, the thread stays as it is. `progress` is told how far the search is.
    """
    if broken(site, devices, limits, thread, taken) is None:
        return thread
    generator = np.random.default_rng(0)
    entry = np.array(thread.entry_mm, dtype=np.float64)
    side, name, kind = site.sides[thread.hemisphere], thread.hemisphere, _kind(devices, thread)
    tries = tries_at(side, name, devices, kind, np.tile(entry, (how_many(TRIES, devices[kind]), 1)), generator)
    found = best_of(site, tries, devices, limits, entry[None], taken, _in_v1(site, devices), progress)
    found = replace(thread, direction=found.direction, depth_mm=found.depth_mm, across=found.across)
    return thread if broken(site, devices, limits, found, taken) is not None else found


def broken(
    site: Site, devices: Devices, limits: Limits, thread: Thread, taken: Sequence[Thread] = ()
) -> tuple[ConstraintName, float] | None:
    """The limit that a thread breaks most among others, by the fast fields, and its margin; None for none."""
    one = to_tensors((thread,), devices)
    with torch.no_grad():
        table = {name: float(told(name, margin)[0]) for name, margin in own_margins(site, one, devices, limits).items()}
        if taken:
            table["spacing"] = float(shaft_gaps(one, to_tensors(taken, devices), devices)[0]) - limits.spacing_mm
    name = min(table, key=lambda constraint: table[constraint])
    return (name, table[name]) if table[name] < 0 else None


def contacts_outside(site: Site, devices: Devices, thread: Thread) -> int:
    """How many of a thread's contacts lie outside V1's gray matter, so that nothing is seen of them."""
    with torch.no_grad():
        lit, _ = phosphenes_of(site, to_tensors((thread,), devices), devices)
    return int((lit.weight < USABLE).sum())


def distance_to_v1(site: Site, hemisphere: HemisphereName, point_mm: Vector) -> float:
    """Distance in mm from a point to the nearest vertex of V1's pial surface, in one hemisphere."""
    shape = site.sides[hemisphere].hemisphere
    v1 = shape.pial_mm[shape.retinotopy.area == V1]
    return float(np.linalg.norm(v1 - np.asarray(point_mm), axis=1).min())


def follow_surface(site: Site, thread: Thread, entry_mm: Vector) -> Thread:
    """Move a thread's entry to the pial point nearest to `entry_mm`; its direction turns with the surface's normal."""
    surface = site.sides[thread.hemisphere].pial
    points = np.array([thread.entry_mm, entry_mm], dtype=np.float64)
    nearest, face = surface.closest(points)
    before, after = surface.pseudonormal(nearest, face)
    direction = _rotation(before, after) @ np.asarray(thread.direction)
    direction /= np.linalg.norm(direction)
    across = None if thread.across is None else vector(_rotation(before, after) @ np.asarray(thread.across))
    return replace(thread, entry_mm=vector(nearest[1]), direction=vector(direction), across=across)


def _in_v1(site: Site, devices: Devices) -> Worth:
    """How many of its contacts are in V1's gray matter, as a share."""

    def worth(tries: ThreadTensors) -> Tensor:
        lit, _ = phosphenes_of(site, tries, devices)
        return lit.weight.reshape(len(tries), -1).mean(dim=1)

    return worth


def _kind(devices: Devices, thread: Thread) -> int:
    return devices.index(Implant(devices, ()).device_of(thread))


def _rotation(before: FloatArray, after: FloatArray) -> FloatArray:
    """The smallest rotation that takes one unit vector to another (Rodrigues)."""
    axis = np.cross(before, after)
    cosine = float(before @ after)
    if cosine < -1 + 1e-9:  # opposite: half a turn about any axis across
        across = np.cross(before, [1.0, 0.0, 0.0] if abs(before[0]) < 0.9 else [0.0, 1.0, 0.0])
        across /= np.linalg.norm(across)
        return np.asarray(2 * np.outer(across, across) - np.eye(3))
    x, y, z = axis
    skew = np.array([[0.0, -z, y], [z, 0.0, -x], [-y, x, 0.0]])
    return np.asarray(np.eye(3) + skew + skew @ skew / (1 + cosine))
