"""Repair: from almost feasible threads to feasible ones, with least movement."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from itertools import chain

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from planner.design.baselines import apart
from planner.design.candidates import feasible
from planner.design.objective import Objective
from planner.design.progress import Progress, silent
from planner.design.push import pushed
from planner.design.verify import verify
from planner.implant.electrodes import enters
from planner.implant.parameters import ThreadTensors, joined, to_threads
from planner.implant.thread import Implant

TRIES, NEAREST = 48, 32  # places about a thread, and candidates, that are tried for one that the exact gate refused
AROUND_MM, AROUND_RAD = 0.25, 0.08  # how far about, at most on average


def repaired(
    objective: Objective,
    threads: ThreadTensors,
    kept: ThreadTensors,
    pool: ThreadTensors,
    free: Tensor,
    progress: Progress = silent,
) -> tuple[ThreadTensors, Tensor]:
    """Each free thread that breaks a limit is pushed back within it, or put where it was last within, or replaced.

    Parameters
    ----------
    threads : ThreadTensors
        Where the threads are.
    kept : ThreadTensors
        For each the latest pose that kept every limit of its own, if there was one.
    pool : ThreadTensors
        Candidates that keep every limit of their own; the nearest of its device that fits replaces a thread.
    free : (T,) bool
        Threads that may be moved; the others stay and are only kept clear of.

    Returns
    -------
    threads : ThreadTensors
        A thread for which nothing fits stays where it was; the exact gate will name it.
    replaced : (R,) int64
        Rows that hold a candidate now.
    """
    o = objective
    settled = torch.nonzero(~free).flatten()
    rows = torch.nonzero(free).flatten()
    progress("Repairing threads", 0, 0)
    back = pushed(o.site, threads, o.devices, free, o.margins)
    replaced: list[int] = []
    for number, row in enumerate(rows, start=1):
        progress("Repairing threads", number, len(rows))
        here = row[None]
        placed = threads.take(settled)
        alike = torch.nonzero(pool.kind == threads.kind[row]).flatten()
        near = alike[(pool.entry_mm[alike] - threads.entry_mm[row]).norm(dim=-1).argsort()]
        own = [threads, back, kept]
        poses = (pose.take(here) for pose in own)
        sound = (pose.take(feasible(o.site, pose, o.devices, o.limits, o.avoid_vessels)) for pose in poses)
        for tried, choice in enumerate(chain(sound, [pool.take(near)])):  # candidates keep their own limits already
            good = torch.nonzero(torch.from_numpy(apart(choice, placed, o.devices, o.limits))).flatten()
            if len(good):
                threads = threads.put(here, choice.take(good[:1]))
                if tried == len(own):
                    replaced.append(int(row))
                break
        settled = torch.cat([settled, here])
    return threads, torch.tensor(replaced, dtype=torch.int64)


@torch.no_grad()
def resettled(
    objective: Objective, threads: ThreadTensors, pool: ThreadTensors, refused: Collection[int]
) -> tuple[ThreadTensors, Tensor]:
    """Threads that the exact gate refused, each moved to the nearest place that it does not refuse.

    Places near where it is are tried first, then the nearest candidates. Returns as `repaired` does; a thread for which
    no place is found stays.
    """
    o = objective
    replaced: list[int] = []
    others = torch.arange(len(threads))
    for row in sorted(refused):
        here = threads.take(torch.tensor([row]))
        alike = torch.nonzero(pool.kind == here.kind).flatten()
        far = (pool.entry_mm[alike] - here.entry_mm).norm(dim=-1)
        near = _around(objective, here)
        options = joined([near, pool.take(alike[far.argsort()[:NEAREST]])])
        fits = torch.zeros(len(options), dtype=torch.bool)
        fits[feasible(o.site, options, o.devices, o.limits, o.avoid_vessels)] = True
        fits &= torch.from_numpy(apart(options, threads.take(others[others != row]), o.devices, o.limits))
        rows = torch.nonzero(fits).flatten()
        sound = rows[torch.from_numpy(_passes(objective, options.take(rows)))] if len(rows) else rows
        if len(sound):
            threads = threads.put(torch.tensor([row]), options.take(sound[:1]))
            replaced += [row] if int(sound[0]) >= len(near) else []
    return threads, torch.tensor(replaced, dtype=torch.int64)


def _around(objective: Objective, thread: ThreadTensors) -> ThreadTensors:
    """Poses about that of one thread ``(TRIES, …)``, the nearest first."""
    generator = torch.Generator().manual_seed(0)
    share = torch.linspace(1 / TRIES, 1.0, TRIES, dtype=torch.float64)[:, None]
    draws = [share * torch.randn((TRIES, 3), generator=generator, dtype=torch.float64) for _ in range(3)]
    many = thread.take(torch.zeros(TRIES, dtype=torch.int64))
    entry = many.entry_mm + AROUND_MM * draws[0]
    objective.site.onto_pial(entry, many.right, torch.ones(TRIES, dtype=torch.bool))
    return replace(
        many,
        entry_mm=entry,
        direction=many.unit + AROUND_RAD * draws[1],
        depth_mm=many.depth_mm + AROUND_MM * draws[2][:, 0] * enters(many, objective.devices),
    )


def _passes(objective: Objective, options: ThreadTensors) -> NDArray[np.bool_]:
    """Which of some threads, each by itself, the exact gate would not refuse ``(K,)``."""
    o = objective
    limits = replace(o.limits, threads=len(options), spacing_mm=0.0, mix=())
    threads = to_threads(options, o.devices)
    margins = verify(o.site.anatomy, Implant(o.devices, threads), limits).margins
    left_out = {"spacing"} if o.avoid_vessels else {"spacing", "vessel"}
    worst = [min(m for name, m in margins[t.name].margins.items() if name not in left_out) for t in threads]
    return np.array(worst) >= 0.0
