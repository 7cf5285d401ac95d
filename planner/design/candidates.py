"""Candidate threads: many proposals drawn through V1's gray matter, of which those that keep every limit remain."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from planner.design.constraints import Margins, own_margins
from planner.design.limits import ConstraintName, Limits
from planner.design.progress import Progress, silent
from planner.design.proposals import propose
from planner.design.site import Site
from planner.design.tissue import gray_margin
from planner.implant.device import Device, Devices
from planner.implant.parameters import ThreadTensors, joined

# Ours: what the fast margins must show beyond the limit, so that the exact ones keep it too. Clearances to vessels are
# known to `vasculature.SMOOTH_ERROR_MM`, a twentieth of it.
SAFETY_MM = 0.02
PROPOSALS = 4096  # a round, over all hemispheres, of threads; fewer of what has many contacts
LEAST_PROPOSALS = 256
USUAL_CONTACTS = 16
MANY_CONTACTS = 32  # of devices that are looked at in stages
FEW_SHANKS = 8  # that are looked at first
ROUNDS = 12
ARRAY_ROUNDS = 40  # of what has many contacts: few of its proposals fit, and a round has few


def candidates(
    site: Site,
    devices: Devices,
    limits: Limits,
    count: int,
    seed: int,
    avoid_vessels: bool = True,
    stop: Callable[[], bool] = lambda: False,
    progress: Progress = silent,
    kind: int = 0,
) -> ThreadTensors:
    """About `count` feasible threads of one of the devices, spread over V1 of every hemisphere, in random order.

    A proposal is drawn as `planner.design.proposals` says. Fewer are returned where the cortex has little room, or
    where `stop`, asked after each round of proposals, says so. Spacing is left out: it depends on what else is placed.
    """
    generator = np.random.default_rng([seed, kind]) if kind else np.random.default_rng(seed)
    kept: list[ThreadTensors] = []
    found = 0
    for _ in range(ARRAY_ROUNDS if devices[kind].contact_count > MANY_CONTACTS else ROUNDS):
        progress("Looking for places in V1", min(found, count), count)
        proposals = propose(site, devices, kind, a_round(devices[kind]), generator)
        good = feasible(site, proposals, devices, limits, avoid_vessels)
        kept.append(proposals.take(good))
        found += len(good)
        if found >= count or stop():
            break
    threads = joined(kept)
    order = torch.from_numpy(generator.permutation(len(threads)))
    return threads.take(order[:count])


@torch.no_grad()
def feasible(
    site: Site,
    threads: ThreadTensors,
    devices: Devices,
    limits: Limits,
    avoid_vessels: bool = True,
    safety_mm: float = SAFETY_MM,
) -> Tensor:
    """Indices of the threads whose own margins (all but spacing) are at least `safety_mm`."""
    if len(threads) == 0:
        return torch.zeros(0, dtype=torch.int64)
    rows = torch.arange(len(threads))
    if any(devices[kind].contact_count > MANY_CONTACTS for kind in set(threads.kind.tolist())):
        whole = tuple(device if device.gray_share < 1 else few_shanks(device) for device in devices)
        for some in dict.fromkeys((whole, devices)):
            rows = rows[gray_margin(site, threads.take(rows), some, limits) >= safety_mm]
        # What a few of its shanks break the whole of an array breaks too, but for how many of its contacts are in.
        few = tuple(few_shanks(device) for device in devices)
        table = own_margins(site, threads.take(rows), few, limits)
        del table["gray"]
        rows = rows[_least_of(table, avoid_vessels) >= safety_mm]
    table = own_margins(site, threads.take(rows), devices, limits)
    return rows[_least_of(table, avoid_vessels) >= safety_mm]


def _least_of(table: Margins, avoid_vessels: bool) -> Tensor:
    """The least of each thread's margins ``(T,)``."""
    return torch.stack([m for name, m in table.items() if avoid_vessels or name != "vessel"]).amin(dim=0)


@torch.no_grad()
def shares_refused(
    site: Site, devices: Devices, limits: Limits, seed: int, kind: int = 0
) -> dict[ConstraintName, float]:
    """Share of a round's proposals that each constraint refuses by itself, the strictest first; empty without any."""
    count = max(LEAST_PROPOSALS, PROPOSALS * USUAL_CONTACTS // devices[kind].contact_count)
    proposals = propose(site, devices, kind, min(count, PROPOSALS), np.random.default_rng(seed))
    if len(proposals) == 0:
        return {}
    table = own_margins(site, proposals, devices, limits)
    refused = {name: float((margin < SAFETY_MM).double().mean()) for name, margin in table.items()}
    return dict(sorted(refused.items(), key=lambda item: -item[1]))


def few_shanks(device: Device) -> Device:
    """A device with the few of its shanks that stand farthest out."""
    if len(device.shanks) <= FEW_SHANKS:
        return device
    far = sorted(device.shanks, key=lambda shank: -(shank.x_mm**2 + shank.y_mm**2))
    return replace(device, shanks=tuple(far[:FEW_SHANKS]))


def a_round(device: Device) -> int:
    """How many proposals of a device are drawn at a time."""
    looked_at = (device if device.gray_share < 1 else few_shanks(device)).contact_count
    return max(LEAST_PROPOSALS, PROPOSALS * USUAL_CONTACTS // max(looked_at, USUAL_CONTACTS))
