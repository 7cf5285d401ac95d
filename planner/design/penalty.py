"""Penalties for margins that are not kept: an augmented Lagrangian over constraints and threads.

Of every margin at least `KEEP_MM` is asked. Each has a multiplier and a weight (Nocedal & Wright 2006, *Numerical
Optimization*, 17.4, for inequalities): the multiplier grows by what the weight times the shortfall says, so that a
weight need not grow without end for a margin to be kept.
"""

from __future__ import annotations

import torch
from torch import Tensor

from planner.design.candidates import SAFETY_MM
from planner.design.constraints import Margins
from planner.design.limits import MM_PER_DEG, unit_of

KEEP_MM = 1.5 * SAFETY_MM  # ours: a little more than repair asks for
FIRST_WEIGHT, LAST_WEIGHT, GROWTH = 0.1, 320.0, 1.8  # per mm², against the task's relative error (ours)
FIRM_WEIGHT = 20.0  # from here on margins are as good as kept, and an error that no longer falls is an end
UPDATE_STEPS = 10  # between updates of the multipliers
FAR_MM = 1.0  # a shortfall beyond counts by its length, not its square: a lost thread must not outshout the others


class Lagrangian:
    """Multipliers and weight of one descent."""

    def __init__(self) -> None:
        self._multipliers: dict[str, Tensor] = {}
        self._weight, self._steps = FIRST_WEIGHT, 0

    @property
    def firm(self) -> bool:
        """Whether the weight has grown enough for margins to be kept."""
        return self._weight >= FIRM_WEIGHT

    def penalty(self, margins: Margins) -> Tensor:
        """What is added to the error, differentiable in the margins ``(T,)`` of each constraint."""
        total = torch.zeros((), dtype=torch.float64)
        for name, margin in margins.items():
            multiplier = self._multipliers.get(name, torch.zeros(()))
            total = total + (self._weight / 2 * torch.relu(_short(name, margin) + multiplier / self._weight) ** 2).sum()
            total = total - (multiplier**2).sum() / (2 * self._weight)
        return total

    def update(self, margins: Margins) -> None:
        """Count a step; now and then let multipliers follow the shortfalls, and the weight grow."""
        self._steps += 1
        if self._steps % UPDATE_STEPS:
            return
        for name, margin in margins.items():
            before = self._multipliers.get(name, torch.zeros(()))
            self._multipliers[name] = torch.relu(before + self._weight * _short(name, margin.detach()))
        self._weight = min(self._weight * GROWTH, LAST_WEIGHT)


def shortfalls(margins: Margins) -> Tensor:
    """Sum over threads and constraints of the squared shortfall below `KEEP_MM`, mm²."""
    return torch.stack([(torch.relu(_short(name, margin)) ** 2).sum() for name, margin in margins.items()]).sum()


def _short(name: str, margin: Tensor) -> Tensor:
    """How far each margin is below what is asked, mm; its square grows like the shortfall itself beyond `FAR_MM`."""
    scale = MM_PER_DEG if unit_of(name) == "°" else 1.0
    short = ((KEEP_MM - margin) * scale).clamp_min(-FAR_MM)
    far = short > FAR_MM
    return torch.where(far, (2 * FAR_MM * torch.where(far, short, FAR_MM) - FAR_MM**2).sqrt(), short)
