"""Gradient descent in the threads' coordinates, their entries kept on the pial surface."""

from __future__ import annotations

from dataclasses import replace

import torch
from torch import Tensor

from planner.design.objective import Objective, Seen
from planner.design.penalty import Lagrangian
from planner.design.stopping import Ending, Stopping
from planner.implant.electrodes import enters
from planner.implant.parameters import ThreadTensors

ENTRY_STEP_MM, TURN_STEP_RAD, DEPTH_STEP_MM = 0.1, 0.035, 0.07  # Adam's first step lengths (ours)
LAST_STEP = 0.1  # share of the first step length that the last step has


class Descent:
    """Adam (Kingma & Ba 2015) on entry, direction, depth and how arrays are turned.

    After each step an entry is brought back to the nearest point of pial, so that every iterate is a thread.

    Attributes
    ----------
    threads : ThreadTensors
        Where the threads are now.
    kept : ThreadTensors
        For each thread the latest pose in which it kept every limit of its own.
    seen : Seen
        What the step before saw at its start.
    error, loss : float
        The task's error then, and with the penalties; inf before the first step.
    ending : Ending
        How the latest step left it; ``diverged`` where numbers were met that are not finite.
    """

    def __init__(self, objective: Objective, threads: ThreadTensors, free: Tensor, steps: int) -> None:
        self._objective, self._free = objective, free
        learned = (threads.entry_mm, threads.unit, threads.axes[0], threads.depth_mm)
        self._learned = [x.detach().clone().requires_grad_() for x in learned]
        lengths = (ENTRY_STEP_MM, TURN_STEP_RAD, TURN_STEP_RAD, DEPTH_STEP_MM)
        self._adam = torch.optim.Adam(
            [{"params": [x], "lr": length} for x, length in zip(self._learned, lengths, strict=True)], betas=(0.8, 0.98)
        )
        self._decay = torch.optim.lr_scheduler.ExponentialLR(self._adam, LAST_STEP ** (1 / max(steps, 1)))
        self._lagrangian, self._stopping = Lagrangian(), Stopping()
        self._flat = ~enters(threads, objective.devices)
        self.threads = self.kept = threads
        self.seen: Seen | None = None
        self.error = self.loss = float("inf")
        self.ending: Ending = "running"

    @property
    def diverged(self) -> bool:
        """Whether it cannot go on."""
        return self.ending == "diverged"

    def step(self) -> Ending:
        """Move all free threads once."""
        self.ending = self._stepped()
        return self.ending

    def _stepped(self) -> Ending:
        self._adam.zero_grad()
        seen = self._objective.see(self._threads(self._learned), self.seen)
        loss = seen.error + self._lagrangian.penalty(seen.margins)
        if not torch.isfinite(loss):
            return "diverged"
        loss.backward()  # type: ignore[no-untyped-call]  # torch's stub
        for learned in self._learned:
            if learned.grad is None:  # nothing turns where there are threads alone
                learned.grad = torch.zeros_like(learned)
            learned.grad[~self._free] = 0.0
            if not torch.isfinite(learned.grad).all():
                return "diverged"
        depth = self._learned[3]
        assert depth.grad is not None
        depth.grad[self._flat] = 0.0
        self._adam.step()
        self._decay.step()
        self._onto_pial()
        self._lagrangian.update(seen.margins)
        self.seen, self.error, self.loss = seen, float(seen.error.detach()), float(loss.detach())
        self.kept = self.kept.put(seen.kept, self.threads.take(seen.kept))
        self.threads = self._threads([x.detach().clone() for x in self._learned])
        return self._stopping.after(self.error) if self._lagrangian.firm else "running"

    def _threads(self, learned: list[Tensor]) -> ThreadTensors:
        entry, direction, across, depth = learned
        return replace(self.threads, entry_mm=entry, direction=direction, across=across, depth_mm=depth)

    @torch.no_grad()
    def _onto_pial(self) -> None:
        entry, direction, across, _ = self._learned
        direction /= direction.norm(dim=-1, keepdim=True)
        across -= (across * direction).sum(dim=-1, keepdim=True) * direction
        across /= across.norm(dim=-1, keepdim=True)
        self._objective.site.onto_pial(entry, self.threads.right, self._free)
