"""Push: threads moved down their shortfalls alone, until every margin is kept."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import torch
from torch import Tensor

from planner.design.constraints import Margins
from planner.design.penalty import shortfalls
from planner.design.progress import Progress, silent
from planner.design.site import Site
from planner.implant.device import Devices
from planner.implant.electrodes import enters
from planner.implant.parameters import ThreadTensors

PUSH_STEPS = 25
PUSH_MM, PUSH_RAD = 0.02, 0.01  # a step's lengths (ours)


def pushed(
    site: Site,
    threads: ThreadTensors,
    devices: Devices,
    free: Tensor,
    margins: Callable[[ThreadTensors], Margins],
    steps: int = PUSH_STEPS,
    progress: Progress = silent,
) -> ThreadTensors:
    """The free threads after some steps down the shortfalls of their margins: as far as they have to, and no more.

    Parameters
    ----------
    free : (T,) bool
        Which of them may be moved.
    margins : callable
        Gives margins ``(T,)`` by constraint, differentiable in the threads.
    progress : callable
        Told of every step; what it raises ends the pushing.
    """
    learned = [x.clone().requires_grad_() for x in (threads.entry_mm, threads.unit, threads.axes[0], threads.depth_mm)]
    lengths = (PUSH_MM, PUSH_RAD, PUSH_RAD, PUSH_MM)
    adam = torch.optim.Adam([{"params": [x], "lr": size} for x, size in zip(learned, lengths, strict=True)])
    flat = ~enters(threads, devices)
    for step in range(steps):
        progress("Pushing threads within their limits", step, steps)
        entry, direction, across, depth = learned
        now = replace(threads, entry_mm=entry, direction=direction, across=across, depth_mm=depth)
        short = shortfalls(margins(now))
        if not short > 0:
            break
        adam.zero_grad()
        short.backward()  # type: ignore[no-untyped-call]  # torch's stub
        for x in learned:
            x.grad = torch.zeros_like(x) if x.grad is None else x.grad
            # Adam gives what has no shortfall no step, as its gradient has always been zero.
            x.grad[~free | ~torch.isfinite(x.grad).reshape(len(free), -1).all(dim=1)] = 0.0
        assert depth.grad is not None
        depth.grad[flat] = 0.0
        adam.step()
        site.onto_pial(entry, threads.right, free)
    entry, direction, across, depth = (x.detach() for x in learned)
    return replace(threads, entry_mm=entry, direction=direction, across=across, depth_mm=depth)
