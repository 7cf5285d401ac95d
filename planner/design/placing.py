"""Placing threads by hand: a sensible thread through a point, and a thread that follows the surface."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import torch

from planner.design.baselines import apart
from planner.design.candidates import SAFETY_MM
from planner.design.constraints import own_margins
from planner.design.limits import Limits
from planner.design.site import Side, Site
from planner.frames import FloatArray, HemisphereName
from planner.implant.device import Device
from planner.implant.parameters import ThreadTensors, to_tensors, to_threads
from planner.implant.thread import Thread, Vector

TRIES = 384
NEARBY_MM = 1.5  # how far from the asked-for point an entry may be found
STEEPEST_DEG = 85.0
ENOUGH_MM = 0.1  # ours: margins beyond this do not make a thread better; the nearer entry does


def propose_thread(
    site: Site,
    device: Device,
    limits: Limits,
    hemisphere: HemisphereName,
    entry_mm: Vector,
    name: str,
    taken: Sequence[Thread] = (),
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

    Returns
    -------
    Thread
        The nearest feasible one, or where there is none the one with the best worst margin.
    """
    side = site.sides[hemisphere]
    tries = _tries(side, hemisphere, device, np.asarray(entry_mm, dtype=np.float64))
    with torch.no_grad():
        worst = torch.stack(list(own_margins(site, tries, device, limits).values())).amin(dim=0)
    crowded = torch.from_numpy(~apart(tries, to_tensors(taken), device, limits))
    worst = torch.where(crowded, worst.clamp_max(-SAFETY_MM), worst)
    away = (tries.entry_mm - torch.tensor(entry_mm, dtype=torch.float64)).norm(dim=-1)
    best = int((worst.clamp_max(ENOUGH_MM) - 0.01 * away).argmax())
    if bool((worst >= SAFETY_MM).any()):
        best = int(torch.where(worst >= SAFETY_MM, worst.clamp_max(ENOUGH_MM) - 0.1 * away, -torch.inf).argmax())
    (thread,) = to_threads(tries.take(torch.tensor([best])))
    return replace(thread, name=name)


def follow_surface(site: Site, thread: Thread, entry_mm: Vector) -> Thread:
    """Move a thread's entry to the pial point nearest to `entry_mm`; its direction turns with the surface's normal."""
    surface = site.sides[thread.hemisphere].pial
    points = np.array([thread.entry_mm, entry_mm], dtype=np.float64)
    nearest, _, (before, after) = surface.closest(points)
    direction = _rotation(before, after) @ np.asarray(thread.direction)
    direction /= np.linalg.norm(direction)
    return replace(thread, entry_mm=_vector(nearest[1]), direction=_vector(direction))


def _tries(side: Side, name: HemisphereName, device: Device, entry: FloatArray) -> ThreadTensors:
    """Threads through points near the entry, at many angles and depths; always the same for the same entry."""
    generator = np.random.default_rng(0)
    spread = generator.normal(size=(TRIES, 3)) * NEARBY_MM / 2
    spread[: TRIES // 2] = 0.0
    entries, _, normal = side.pial.closest(entry + spread)
    sideways = np.cross(normal, generator.normal(size=(TRIES, 3)))
    sideways /= np.linalg.norm(sideways, axis=1, keepdims=True)
    angle = np.deg2rad(generator.uniform(0.0, STEEPEST_DEG, (TRIES, 1)))
    direction = -np.cos(angle) * normal + np.sin(angle) * sideways
    room = device.max_depth_mm - device.span_mm - device.tip_mm
    first = generator.beta(1.0, 3.0, (TRIES, 1)) * room  # mostly shallow
    tries = ThreadTensors(
        torch.from_numpy(entries),
        torch.from_numpy(direction),
        torch.from_numpy(first[:, 0] + device.span_mm + device.tip_mm),
        torch.full((TRIES,), name == "rh"),
    )
    return tries


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
