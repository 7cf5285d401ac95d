"""Setting a thread so that its contacts lie around the middle of the gray matter, half-way between pial and white."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

import numpy as np
import torch
from torch import Tensor

from planner.design.baselines import apart
from planner.design.candidates import SAFETY_MM
from planner.design.constraints import own_margins
from planner.design.limits import Limits
from planner.design.progress import Progress, silent
from planner.design.site import Site
from planner.design.tries import TRIES, how_many, tries_at
from planner.implant.device import Devices
from planner.implant.electrodes import contact_positions
from planner.implant.parameters import ThreadTensors, to_tensors, to_threads
from planner.implant.thread import Implant, Thread

DEPTHS: Final = 96  # ours: tried over what the device allows, some hundredths of a millimetre apart
BETTER_MM: Final = 0.01  # ours: less is no move that anyone would see


@torch.no_grad()
def off_middle(site: Site, threads: ThreadTensors, devices: Devices) -> Tensor:
    """How far contacts are from the middle of the gray matter: their root mean square ``(T,)`` of each thread, mm.

    The middle is where pial and white are equally near, so that it is right on either bank of a sulcus. NaN in a
    hemisphere that the site lacks.
    """
    contacts, owner = contact_positions(threads, devices)
    away = torch.full_like(contacts[:, 0], torch.nan)
    for name, side in site.sides.items():
        rows = torch.nonzero(threads.right[owner] == (name == "rh")).flatten()
        points = contacts[rows]
        away[rows] = (side.pial.signed_distance(points) + side.white.signed_distance(points)) / 2
    total = torch.zeros_like(threads.depth_mm).index_add(0, owner, away.square())
    return (total / torch.bincount(owner, minlength=len(threads)).clamp_min(1)).sqrt()


@torch.no_grad()
def centred(
    site: Site,
    devices: Devices,
    limits: Limits,
    thread: Thread,
    taken: Sequence[Thread] = (),
    turning: bool = True,
    progress: Progress = silent,
) -> Thread:
    """The thread with its contacts as near to the middle of the gray matter as limits and the others let them be.

    Its depth alone is changed where some depth keeps every limit; otherwise, and if `turning` is allowed, it is turned
    about its entry too. It stays as it is where neither will do, or nothing would come nearer to the middle. `progress`
    is told before each of the searches, of which there are three at most.
    """
    kind = devices.index(Implant(devices, ()).device_of(thread))
    if not devices[kind].penetrates:
        return thread
    one = to_tensors((thread,), devices)
    progress("Trying depths", 0, 3)
    found = _best(site, devices, limits, _at_depths(one, devices, limits), taken)
    if found is None and turning:
        progress("Trying angles", 1, 3)
        entry = np.tile(np.array(thread.entry_mm), (how_many(TRIES, devices[kind]), 1))
        side, generator = site.sides[thread.hemisphere], np.random.default_rng(0)  # always the same for the same thread
        turned = _best(site, devices, limits, tries_at(side, thread.hemisphere, devices, kind, entry, generator), taken)
        if turned is not None:
            progress("Trying depths", 2, 3)
            found = _best(site, devices, limits, _at_depths(turned, devices, limits), taken) or turned
    if found is None:
        return thread
    before, after = (float(off_middle(site, threads, devices)[0]) for threads in (one, found))
    kept = float(_worst(site, devices, limits, one, taken)[0]) >= 0
    if kept and after > before - BETTER_MM:
        return thread
    (moved,) = to_threads(found, devices)
    return replace(thread, direction=moved.direction, depth_mm=moved.depth_mm, across=moved.across)


def _at_depths(one: ThreadTensors, devices: Devices, limits: Limits) -> ThreadTensors:
    """One thread at every depth that its device and limits allow."""
    device = devices[int(one.kind[0])]
    depths = torch.linspace(device.least_depth_mm, limits.longest_mm(device), DEPTHS, dtype=torch.float64)
    return replace(one.take(torch.zeros(DEPTHS, dtype=torch.int64)), depth_mm=depths)


def _best(
    site: Site, devices: Devices, limits: Limits, tries: ThreadTensors, taken: Sequence[Thread]
) -> ThreadTensors | None:
    """Of the tries that keep every limit the one whose contacts are nearest to the middle."""
    keeps = torch.nonzero(_worst(site, devices, limits, tries, taken) >= SAFETY_MM).flatten()
    if len(keeps) == 0:
        return None
    return tries.take(keeps[off_middle(site, tries.take(keeps), devices).argmin()][None])


def _worst(site: Site, devices: Devices, limits: Limits, tries: ThreadTensors, taken: Sequence[Thread]) -> Tensor:
    """The least of each try's margins ``(K,)``; negative where it is too near to another thread."""
    worst = torch.stack(list(own_margins(site, tries, devices, limits).values())).amin(dim=0)
    free = torch.from_numpy(apart(tries, to_tensors(taken, devices), devices, limits))
    return torch.where(free, worst, worst.clamp_max(-SAFETY_MM))
