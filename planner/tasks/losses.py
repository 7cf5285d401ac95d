"""The losses that optimisers lower, differentiable in the percepts."""

from __future__ import annotations

from math import log

import torch
from torch import Tensor

from planner.tasks.goal import Goal
from planner.tasks.measures import best_gain, mse, mse_at_best_gain, ssim
from planner.tasks.recogniser import LETTERS, cross_entropy
from planner.tasks.task import Task


def loss(images: Tensor, task: Task, goal: Goal, gain: Tensor | None = None) -> Tensor:
    """Weighted mean of the losses, a scalar.

    Parameters
    ----------
    images : (B, H, W)
        Percepts, in any unit of brightness.
    task : Task
        Whose pictures should have been seen.
    goal : Goal
        The weights of: the mean squared error at the best gain, as a share of a black percept's; 1 − SSIM at that gain,
        clipped to 0…1 as on a screen; the recogniser's cross-entropy as a share of that of guessing.
    gain : scalar, optional
        Instead of the best gain: that for which the currents were fitted, see `planner.percept.fit`.
    """
    parts: list[Tensor] = []
    if goal.mse > 0:
        error = mse_at_best_gain(images, task.targets) if gain is None else mse(gain * images, task.targets)
        parts.append(goal.mse * error / task.targets.square().mean())
    if goal.ssim > 0:
        shown = (best_gain(images, task.targets) * images).clamp(0.0, 1.0)
        parts.append(goal.ssim * (1 - ssim(shown, task.targets)))
    if goal.recognition > 0:
        parts.append(goal.recognition * cross_entropy(images, task.labels) / log(len(LETTERS)))
    return torch.stack(parts).sum() / (goal.mse + goal.ssim + goal.recognition)
