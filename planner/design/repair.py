"""Repair: from almost feasible threads to feasible ones, with least movement."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace
from itertools import chain

import torch
from torch import Tensor

from planner.design.baselines import apart
from planner.design.candidates import feasible
from planner.design.objective import Objective
from planner.design.penalty import shortfalls
from planner.design.progress import Progress, silent
from planner.implant.parameters import ThreadTensors

PUSH_STEPS = 40
PUSH_MM, PUSH_RAD = 0.02, 0.01  # a push's step lengths


def repaired(
    objective: Objective,
    threads: ThreadTensors,
    kept: ThreadTensors,
    pool: ThreadTensors,
    free: Tensor,
    refused: Collection[int] = (),
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
    refused : collection of int
        Threads that the exact gate refused as they are: they are not taken as they stand.

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
    pushed = _pushed(objective, threads, free)
    replaced: list[int] = []
    for number, row in enumerate(rows):
        progress("Repairing threads", number, len(rows))
        here = row[None]
        placed = threads.take(settled)
        alike = torch.nonzero(pool.kind == threads.kind[row]).flatten()
        near = alike[(pool.entry_mm[alike] - threads.entry_mm[row]).norm(dim=-1).argsort()]
        own = [pushed, kept] if int(row) in refused else [threads, pushed, kept]
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


def _pushed(objective: Objective, threads: ThreadTensors, free: Tensor) -> ThreadTensors:
    """The threads after some steps down the shortfalls of their margins alone: as far as they have to, and no more."""
    learned = [x.clone().requires_grad_() for x in (threads.entry_mm, threads.unit, threads.axes[0], threads.depth_mm)]
    lengths = (PUSH_MM, PUSH_RAD, PUSH_RAD, PUSH_MM)
    adam = torch.optim.Adam([{"params": [x], "lr": size} for x, size in zip(learned, lengths, strict=True)])
    for _ in range(PUSH_STEPS):
        entry, direction, across, depth = learned
        now = replace(threads, entry_mm=entry, direction=direction, across=across, depth_mm=depth)
        short = shortfalls(objective.margins(now))
        if not short > 0:
            break
        adam.zero_grad()
        short.backward()  # type: ignore[no-untyped-call]  # torch's stub
        still = ~free
        for x in learned:
            x.grad = torch.zeros_like(x) if x.grad is None else x.grad
            # Adam gives what has no shortfall no step, as its gradient has always been zero.
            x.grad[still | ~torch.isfinite(x.grad).reshape(len(free), -1).all(dim=1)] = 0.0
        adam.step()
        with torch.no_grad():
            for name, side in objective.site.sides.items():
                rows = threads.rows(name)
                if len(rows):
                    entry[rows] = torch.from_numpy(side.pial.closest(entry[rows].numpy())[0])
    entry, direction, across, depth = (x.detach() for x in learned)
    return replace(threads, entry_mm=entry, direction=direction, across=across, depth_mm=depth)
