"""Gradient descent in the threads' coordinates, their entries kept on the pial surface."""

from __future__ import annotations

from dataclasses import replace
from typing import Literal

import torch
from torch import Tensor

from planner.design.objective import Objective, Seen
from planner.implant.parameters import ThreadTensors

ENTRY_STEP_MM, TURN_STEP_RAD, DEPTH_STEP_MM = 0.06, 0.02, 0.04  # Adam's first step lengths (ours)
LAST_STEP = 0.1  # share of the first step length that the last step has
PENALTY_PER_MM2 = 20.0  # weight of a squared shortfall against the task's relative error (ours)
PATIENCE = 25  # steps without progress that end the descent
LEAST_PROGRESS = 2e-4


class Descent:
    """Adam (Kingma & Ba 2015) on entry, direction and depth.

    After each step an entry is brought back to the nearest point of pial, so that every iterate is a thread.

    Attributes
    ----------
    threads : ThreadTensors
        Where the threads are now.
    kept : ThreadTensors
        For each thread the latest pose in which it kept every limit of its own.
    seen : Seen
        What the step before saw at its start.
    """

    def __init__(self, objective: Objective, threads: ThreadTensors, free: Tensor, steps: int) -> None:
        self._objective, self._free, self._steps = objective, free, steps
        self._learned = [x.clone().requires_grad_() for x in (threads.entry_mm, threads.unit, threads.depth_mm)]
        lengths = (ENTRY_STEP_MM, TURN_STEP_RAD, DEPTH_STEP_MM)
        self._adam = torch.optim.Adam(
            [{"params": [x], "lr": length} for x, length in zip(self._learned, lengths, strict=True)], betas=(0.8, 0.98)
        )
        self._decay = torch.optim.lr_scheduler.ExponentialLR(self._adam, LAST_STEP ** (1 / max(steps, 1)))
        self.threads = self.kept = threads
        self._least, self._waited = float("inf"), 0
        self.seen: Seen | None = None

    def step(self) -> Literal["running", "converged", "diverged"]:
        """Move all free threads once."""
        self._adam.zero_grad()
        entry, direction, depth = self._learned
        now = replace(self.threads, entry_mm=entry, direction=direction, depth_mm=depth)
        seen = self._objective.see(now, self.seen)
        loss = seen.error + PENALTY_PER_MM2 * sum(seen.penalties.values(), torch.zeros(()))
        if not torch.isfinite(loss):
            return "diverged"
        loss.backward()  # type: ignore[no-untyped-call]  # torch's stub
        for learned in self._learned:
            assert learned.grad is not None
            learned.grad[~self._free] = 0.0
        if not all(torch.isfinite(learned.grad).all() for learned in self._learned if learned.grad is not None):
            return "diverged"
        self._adam.step()
        self._decay.step()
        self._onto_pial()
        self.seen = seen
        self.kept = self.kept.put(seen.kept, self.threads.take(seen.kept))
        entry, direction, depth = (x.detach().clone() for x in self._learned)
        self.threads = replace(self.threads, entry_mm=entry, direction=direction, depth_mm=depth)
        return self._progress(float(loss.detach()))

    @torch.no_grad()
    def _onto_pial(self) -> None:
        entry, direction, _ = self._learned
        direction /= direction.norm(dim=-1, keepdim=True)
        for name, side in self._objective.site.sides.items():
            rows = self.threads.rows(name)
            rows = rows[self._free[rows]]
            if len(rows):
                nearest, _, _ = side.pial.closest(entry[rows].numpy())
                entry[rows] = torch.from_numpy(nearest)

    def _progress(self, loss: float) -> Literal["running", "converged"]:
        self._waited += 1
        if loss < self._least - LEAST_PROGRESS:
            self._least, self._waited = loss, 0
        return "converged" if self._waited >= PATIENCE else "running"
