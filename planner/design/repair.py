"""Repair: from almost feasible threads to feasible ones, with least movement."""

from __future__ import annotations

from collections.abc import Collection
from itertools import chain

import torch
from torch import Tensor

from planner.design.baselines import apart
from planner.design.candidates import feasible
from planner.design.objective import Objective
from planner.design.progress import Progress, silent
from planner.implant.parameters import ThreadTensors


def repaired(
    objective: Objective,
    threads: ThreadTensors,
    kept: ThreadTensors,
    pool: ThreadTensors,
    free: Tensor,
    refused: Collection[int] = (),
    progress: Progress = silent,
) -> ThreadTensors:
    """Each free thread that breaks a limit goes back to its last good pose, or else to the nearest candidate that fits.

    Parameters
    ----------
    threads : ThreadTensors
        Where the threads are.
    kept : ThreadTensors
        For each the latest pose that kept every limit of its own, if there was one.
    pool : ThreadTensors
        Candidates that keep every limit of their own.
    free : (T,) bool
        Threads that may be moved; the others stay and are only kept clear of.
    refused : collection of int
        Threads that the exact gate refused as they are: they go to a candidate at once.

    Returns
    -------
    ThreadTensors
        A thread for which nothing fits stays where it was; the exact gate will name it.
    """
    o = objective
    settled = torch.nonzero(~free).flatten()
    rows = torch.nonzero(free).flatten()
    for number, row in enumerate(rows):
        progress("Repairing threads", number, len(rows))
        here = row[None]
        placed = threads.take(settled)
        alike = torch.nonzero(pool.kind == threads.kind[row]).flatten()
        near = alike[(pool.entry_mm[alike] - threads.entry_mm[row]).norm(dim=-1).argsort()]
        own = () if int(row) in refused else (threads.take(here), kept.take(here))
        sound = (pose.take(feasible(o.site, pose, o.devices, o.limits, o.avoid_vessels)) for pose in own)
        for choice in chain(sound, [pool.take(near)]):  # candidates keep their own limits already
            good = torch.nonzero(torch.from_numpy(apart(choice, placed, o.devices, o.limits))).flatten()
            if len(good):
                threads = threads.put(here, choice.take(good[:1]))
                break
        settled = torch.cat([settled, here])
    return threads
