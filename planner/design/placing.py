"""Placing threads by hand: a sensible thread through a point, and a thread that follows the surface."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from planner.anatomy.hemisphere import V1
from planner.design.assess import USABLE
from planner.design.baselines import apart
from planner.design.candidates import MANY_CONTACTS, SAFETY_MM
from planner.design.constraints import own_margins
from planner.design.limits import ConstraintName, Limits
from planner.design.objective import phosphenes_of
from planner.design.proposals import posed
from planner.design.push import pushed
from planner.design.site import Side, Site
from planner.design.spacing import shaft_gaps
from planner.frames import FloatArray, HemisphereName
from planner.implant.device import Device, Devices
from planner.implant.parameters import ThreadTensors, joined, to_tensors, to_threads
from planner.implant.thread import Implant, Thread, Vector

TRIES = 384
PUSHED, PUSHES = 16, 60  # of the tries that nearly fit, and how many steps they are pushed
NEARBY_MM = 1.5  # how far from the asked-for point an entry may be found
STEEPEST_DEG = 85.0
STEEPEST_ARRAY_DEG = 40.0  # ours: of an array's axis, whose base would be pressed into the cortex
ENOUGH_MM = 0.1  # ours: margins beyond this do not make a thread better; the nearer entry does
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

    Returns
    -------
    Thread
        Of the feasible ones that with most contacts in V1's gray matter, near the point; where none is feasible the one
        with the best worst margin.
    """
    entry = np.asarray(entry_mm, dtype=np.float64)
    generator = np.random.default_rng(0)  # always the same thread for the same point
    count = _how_many(TRIES, devices[kind])
    spread = generator.normal(size=(count, 3)) * NEARBY_MM / 2
    spread[: count // 2] = 0.0
    tries = _tries(site.sides[hemisphere], hemisphere, devices, kind, entry + spread, generator)
    return replace(_best(site, tries, devices, limits, entry, taken), name=name)


def refined(site: Site, devices: Devices, limits: Limits, thread: Thread, taken: Sequence[Thread] = ()) -> Thread:
    """The thread as it is where it keeps every limit; otherwise turned about its entry, or set deeper, so that it does.

    Where no angle and depth will do, the thread stays as it is.
    """
    if broken(site, devices, limits, thread, taken) is None:
        return thread
    generator = np.random.default_rng(0)
    entry = np.array(thread.entry_mm, dtype=np.float64)
    side, name, kind = site.sides[thread.hemisphere], thread.hemisphere, _kind(devices, thread)
    tries = _tries(side, name, devices, kind, np.tile(entry, (_how_many(TRIES, devices[kind]), 1)), generator)
    found = _best(site, tries, devices, limits, entry, taken)
    found = replace(thread, direction=found.direction, depth_mm=found.depth_mm, across=found.across)
    return thread if broken(site, devices, limits, found, taken) is not None else found


def broken(
    site: Site, devices: Devices, limits: Limits, thread: Thread, taken: Sequence[Thread] = ()
) -> tuple[ConstraintName, float] | None:
    """The limit that a thread breaks most among others, by the fast fields, and its margin in mm; None for none."""
    one = to_tensors((thread,), devices)
    with torch.no_grad():
        table = {name: float(margin[0]) for name, margin in own_margins(site, one, devices, limits).items()}
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
    across = None if thread.across is None else _vector(_rotation(before, after) @ np.asarray(thread.across))
    return replace(thread, entry_mm=_vector(nearest[1]), direction=_vector(direction), across=across)


@torch.no_grad()
def _best(
    site: Site,
    tries: ThreadTensors,
    devices: Devices,
    limits: Limits,
    entry_mm: FloatArray,
    taken: Sequence[Thread],
) -> Thread:
    """The try that keeps every limit and has most contacts in V1, near an entry; without one, the least infeasible."""
    worst = _worst(site, tries, devices, limits)
    if not (worst >= SAFETY_MM).any():  # arrays seldom fit by chance: those that nearly do are pushed
        near = tries.take(worst.topk(_how_many(PUSHED, devices[int(tries.kind[0])])).indices)
        with torch.enable_grad():
            moved = pushed(
                site,
                near,
                torch.ones(len(near), dtype=torch.bool),
                lambda now: own_margins(site, now, devices, limits),
                PUSHES,
            )
        tries = joined([tries, moved])
        worst = _worst(site, tries, devices, limits)
    crowded = torch.from_numpy(~apart(tries, to_tensors(taken, devices), devices, limits))
    worst = torch.where(crowded, worst.clamp_max(-SAFETY_MM), worst)
    away = (tries.entry_mm - torch.from_numpy(entry_mm)).norm(dim=-1)
    keeps = torch.nonzero(worst >= SAFETY_MM).flatten()
    if len(keeps) == 0:
        best = (worst.clamp_max(ENOUGH_MM) - 0.01 * away).argmax()
    else:
        lit, _ = phosphenes_of(site, tries.take(keeps), devices)
        seen = lit.weight.reshape(len(keeps), -1).mean(dim=1)
        best = keeps[(seen + worst[keeps].clamp_max(ENOUGH_MM) - 0.1 * away[keeps]).argmax()]
    (thread,) = to_threads(tries.take(best[None]), devices)
    return thread


def _how_many(tries: int, device: Device) -> int:
    """A quarter of the tries for what has many contacts."""
    return tries if device.contact_count <= MANY_CONTACTS else tries // 4


def _worst(site: Site, tries: ThreadTensors, devices: Devices, limits: Limits) -> Tensor:
    """The least of each one's own margins ``(K,)``."""
    return torch.stack(list(own_margins(site, tries, devices, limits).values())).amin(dim=0)


def _tries(
    side: Side,
    name: HemisphereName,
    devices: Devices,
    kind: int,
    near_mm: FloatArray,
    generator: np.random.Generator,
) -> ThreadTensors:
    """Insertions whose entries are the pial points nearest to ``near_mm`` ``(K, 3)``, at many angles and depths."""
    count, device = len(near_mm), devices[kind]
    entries, face = side.pial.closest(near_mm)
    normal = side.pial.pseudonormal(entries, face)
    sideways = np.cross(normal, generator.normal(size=(count, 3)))
    sideways /= np.linalg.norm(sideways, axis=1, keepdims=True)
    steepest = STEEPEST_DEG if device.kind == "thread" else STEEPEST_ARRAY_DEG
    angle = np.deg2rad(generator.uniform(0.0, steepest, (count, 1)))
    direction = -np.cos(angle) * normal + np.sin(angle) * sideways
    least_mm = device.span_mm + device.tip_mm if device.penetrates else 0.0
    room_mm = device.max_depth_mm - least_mm if device.penetrates else 0.0
    mostly = (1.0, 3.0) if device.kind == "thread" else (1.0, 1.0)  # threads mostly shallow
    depth = least_mm + generator.beta(*mostly, count) * room_mm
    return posed(name, kind, entries, direction, depth)


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


def _vector(values: FloatArray) -> Vector:
    x, y, z = (float(v) for v in values)
    return (x, y, z)
