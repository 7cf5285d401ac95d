"""What an optimiser is to lower: a weighted sum of losses; without torch."""

from __future__ import annotations

from dataclasses import dataclass

from planner.errors import InputError
from planner.percept.settings import Encoder
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
        numbers = all(isinstance(weight, int | float) and 0 <= weight <= 1e6 for weight in weights)
        if not numbers or not any(weights):
            raise InputError("the losses' weights are unusable", remedy="give numbers ≥ 0, at least one of them above")


def check_goal(goal: Goal, record: TaskRecord, encoder: Encoder = "sample") -> None:
    """Raise `InputError` where a goal and a task, or a goal and an encoder, do not go together.

    The recogniser reads single letters, light on dark. Fitted currents are an optimum of the mean squared error, so
    the gradient in position of another loss is wrong with them.
    """
    if goal.recognition > 0 and (record.name, record.polarity) != ("reading", "light"):
        raise InputError(
            "the recogniser reads single letters, light on dark, and the task shows others",
            remedy="give --task reading, or no weight to recognition",
        )
    if encoder == "fit" and (goal.ssim > 0 or goal.recognition > 0):
        raise InputError(
            "the encoder fit lowers the mean squared error, and the gradient of other losses is wrong with it",
            remedy="give weight to mse alone, or another encoder",
        )
