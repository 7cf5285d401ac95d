"""How near shafts that are inserted apart are to each other: fast, differentiable, and with bounded memory.

Of two arrays every pair of shanks counts, which makes many pairs; they are weighed a portion at a time, without
gradient, and only the nearest of each thread again with it.
"""

from __future__ import annotations

import torch
from torch import Tensor

from planner.design.limits import Limits
from planner.geometry.segments import segment_distance
from planner.implant.device import Devices
from planner.implant.electrodes import ShaftTensors, least, of_devices, shafts
from planner.implant.parameters import ThreadTensors

PAIRS = 1 << 19  # of shafts, weighed at a time


def spacing(threads: ThreadTensors, devices: Devices, limits: Limits) -> tuple[Tensor, Tensor]:
    """Margin ``(T,)`` to the nearest other thread's shafts, and that thread's index (−1 for a single thread)."""
    count = len(threads)
    if count < 2:
        return torch.full_like(threads.depth_mm, torch.inf), torch.full((count,), -1)
    found = shafts(threads, devices)
    radius = _radius(threads, found, devices)
    with torch.no_grad():
        gap, which = _nearest(found, radius, found, radius, strangers=True)
        rows = torch.arange(len(gap))
        its_least = least(gap, found.thread, count)[found.thread]
        first = least(torch.where(gap <= its_least, rows, len(rows) - 1).double(), found.thread, count).long()
        second = which[first]
    start, tip = found.start_mm, found.tip_mm
    apart = segment_distance(start[first], tip[first], start[second], tip[second]) - radius[first] - radius[second]
    return apart - limits.spacing_mm, found.thread[second]


@torch.no_grad()
def shaft_gaps(threads: ThreadTensors, others: ThreadTensors, devices: Devices) -> Tensor:
    """Least distance ``(T,)`` between the surfaces of each thread's shafts and those of any of the others."""
    ours, theirs = shafts(threads, devices), shafts(others, devices)
    gap, _ = _nearest(ours, _radius(threads, ours, devices), theirs, _radius(others, theirs, devices))
    return least(gap, ours.thread, len(threads))


@torch.no_grad()
def ball_gaps(threads: ThreadTensors, others: ThreadTensors, devices: Devices) -> Tensor:
    """What `shaft_gaps` is at least ``(T,)``: the distance between balls that hold all shafts of a thread."""
    (mine, reach), (theirs, their_reach) = (_ball(some, devices) for some in (threads, others))
    return (torch.cdist(mine, theirs) - reach[:, None] - their_reach[None]).amin(dim=1)


def _radius(threads: ThreadTensors, found: ShaftTensors, devices: Devices) -> Tensor:
    return of_devices([d.shaft_radius_mm for d in devices], threads)[found.thread]


def _nearest(
    ours: ShaftTensors, radius: Tensor, theirs: ShaftTensors, their_radius: Tensor, strangers: bool = False
) -> tuple[Tensor, Tensor]:
    """Distance ``(S,)`` of each of our shafts' surface to the nearest of theirs, and which; not to its own thread's."""
    gaps, which = [torch.zeros(0, dtype=radius.dtype)], [torch.zeros(0, dtype=torch.int64)]
    for rows in torch.split(torch.arange(len(radius)), max(PAIRS // max(len(their_radius), 1), 1)):
        start, tip = ours.start_mm[rows, None], ours.tip_mm[rows, None]
        gap = segment_distance(start, tip, theirs.start_mm[None], theirs.tip_mm[None])
        gap = gap - radius[rows, None] - their_radius[None]
        if strangers:
            gap = torch.where(ours.thread[rows, None] == theirs.thread[None], torch.inf, gap)
        near = gap.min(dim=1)
        gaps.append(near.values)
        which.append(near.indices)
    return torch.cat(gaps), torch.cat(which)


def _ball(threads: ThreadTensors, devices: Devices) -> tuple[Tensor, Tensor]:
    """Centres ``(T, 3)`` and radii ``(T,)`` of balls about all of each thread's shafts."""
    found = shafts(threads, devices)
    shaft_count = torch.bincount(found.thread, minlength=len(threads))
    middle = torch.zeros_like(threads.entry_mm).index_add(0, found.thread, (found.start_mm + found.tip_mm) / 2)
    middle = middle / shaft_count[:, None]
    ends = torch.stack([found.start_mm, found.tip_mm]) - middle[found.thread]
    far = ends.norm(dim=-1).amax(dim=0) + _radius(threads, found, devices)
    return middle, -least(-far, found.thread, len(threads))
