"""Insertions tried at many angles and depths about places of the cortex, and the best of them."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import Tensor

from planner.design.baselines import apart
from planner.design.candidates import MANY_CONTACTS, SAFETY_MM
from planner.design.constraints import own_margins
from planner.design.limits import Limits
from planner.design.progress import Progress, silent
from planner.design.proposals import posed
from planner.design.push import pushed
from planner.design.site import Side, Site
from planner.frames import FloatArray, HemisphereName
from planner.implant.device import Device, Devices
from planner.implant.parameters import ThreadTensors, joined, to_tensors, to_threads
from planner.implant.thread import Thread

TRIES = 384
PUSHED, PUSHES = 16, 60  # of the tries that nearly fit, and how many steps they are pushed
STEEPEST_DEG = 85.0
STEEPEST_ARRAY_DEG = 40.0  # ours: of an array's axis, whose base would be pressed into the cortex
ENOUGH_MM = 0.1  # ours: margins beyond this do not make a thread better; the nearer entry does

Worth = Callable[[ThreadTensors], Tensor]
"""How much each of some insertions that keep every limit is worth ``(K,)``."""


@torch.no_grad()
def best_of(
    site: Site,
    tries: ThreadTensors,
    devices: Devices,
    limits: Limits,
    near_mm: FloatArray,
    taken: Sequence[Thread],
    worth: Worth,
    progress: Progress = silent,
) -> Thread:
    """The try that keeps every limit and is worth most, near some points ``(P, 3)``; else the least infeasible.

    `progress` is told where it takes long: while tries are pushed.
    """
    worst = _worst(site, tries, devices, limits)
    if not (worst >= SAFETY_MM).any():  # arrays seldom fit by chance: those that nearly do are pushed
        near = tries.take(worst.topk(how_many(PUSHED, devices[int(tries.kind[0])])).indices)
        with torch.enable_grad():
            moved = pushed(
                site,
                near,
                devices,
                torch.ones(len(near), dtype=torch.bool),
                lambda now: own_margins(site, now, devices, limits),
                PUSHES,
                progress,
            )
        tries = joined([tries, moved])
        worst = _worst(site, tries, devices, limits)
    crowded = torch.from_numpy(~apart(tries, to_tensors(taken, devices), devices, limits))
    worst = torch.where(crowded, worst.clamp_max(-SAFETY_MM), worst)
    away = torch.cdist(tries.entry_mm, torch.from_numpy(near_mm)).amin(dim=1)
    keeps = torch.nonzero(worst >= SAFETY_MM).flatten()
    if len(keeps) == 0:
        best = (worst.clamp_max(ENOUGH_MM) - 0.01 * away).argmax()
    else:
        best = keeps[(worth(tries.take(keeps)) + worst[keeps].clamp_max(ENOUGH_MM) - 0.1 * away[keeps]).argmax()]
    (thread,) = to_threads(tries.take(best[None]), devices)
    return thread


def how_many(tries: int, device: Device) -> int:
    """A quarter of the tries for what has many contacts."""
    return tries if device.contact_count <= MANY_CONTACTS else tries // 4


def _worst(site: Site, tries: ThreadTensors, devices: Devices, limits: Limits) -> Tensor:
    """The least of each one's own margins ``(K,)``."""
    return torch.stack(list(own_margins(site, tries, devices, limits).values())).amin(dim=0)


def tries_at(
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
