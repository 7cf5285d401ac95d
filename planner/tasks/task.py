"""A visual task: the pictures that a patient should be able to see."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from planner.percept.field import VisualField


@dataclass(frozen=True, eq=False)
class Task:
    """Pictures that a percept is compared with.

    Attributes
    ----------
    name : str
    labels : tuple of str
        One a picture.
    targets : (B, H, W) float tensor
        In 0…1, row 0 the top.
    visual_field : VisualField
        Where the pictures lie; H = W = ``visual_field.pixels``.
    """

    name: str
    labels: tuple[str, ...]
    targets: Tensor
    visual_field: VisualField

    def __post_init__(self) -> None:
        side = self.visual_field.pixels
        if tuple(self.targets.shape) != (len(self.labels), side, side):
            raise ValueError(f"{len(self.labels)} labels and {side} pixels, but targets of {tuple(self.targets.shape)}")
