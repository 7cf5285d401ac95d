"""What an optimiser is to lower: a weighted sum of losses; without torch."""

from __future__ import annotations

from dataclasses import dataclass
from math import isfinite

from planner.errors import InputError
from planner.tasks.record import TaskRecord


@dataclass(frozen=True)
class Goal:
    """Weights of the losses, each of which is 1 where nothing is seen or guessed (ours); see `planner.tasks.losses`.

    Attributes
    ----------
    mse : float
        Of the mean squared error at the best gain.
    ssim : float
        Of 1 − SSIM.
    recognition : float
        Of the letter recogniser's cross-entropy; for letters only.

    Raises
    ------
    InputError
        For weights that leave nothing to lower.
    """

    mse: float = 1.0
    ssim: float = 0.0
    recognition: float = 0.0

    def __post_init__(self) -> None:
        weights = (self.mse, self.ssim, self.recognition)
        if not all(isfinite(weight) and 0 <= weight <= 1e6 for weight in weights) or not any(weights):
            raise InputError("the losses' weights are unusable", remedy="give numbers ≥ 0, at least one of them above")


def check_goal(goal: Goal, record: TaskRecord) -> None:
    """Raise `InputError` where a goal counts letters and the task shows none that the recogniser can read."""
    if goal.recognition > 0 and (record.name, record.polarity) != ("reading", "light"):
        raise InputError(
            "the recogniser reads single letters, light on dark, and the task shows others",
            remedy="give --task reading, or no weight to recognition",
        )
