"""Phosphenes: what the contacts of an implant are to the visual field."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor


@dataclass(frozen=True, eq=False)
class Phosphenes:
    """One phosphene a contact, N in all.

    Attributes
    ----------
    field_deg : (N, 2)
        Centres in the visual field, x right and y up, degrees.
    weight : (N,)
        Usable share in 0…1: a contact that leaves the gray matter of V1 fades.
    position_mm : (N, 3), optional
        The contacts, scanner RAS; models that look at the cortex need them.
    right : (N,) bool, optional
        True in the right hemisphere; needed where `position_mm` is.
    """

    field_deg: Tensor
    weight: Tensor
    position_mm: Tensor | None = None
    right: Tensor | None = None

    def to(self, like: Tensor) -> Phosphenes:
        """Field and weight in another tensor's precision and on its device; positions keep float64."""
        position = None if self.position_mm is None else self.position_mm.to(like.device)
        right = None if self.right is None else self.right.to(like.device)
        return Phosphenes(self.field_deg.to(like), self.weight.to(like), position, right)

    def take(self, rows: Tensor) -> Phosphenes:
        """Some of the phosphenes."""
        position = None if self.position_mm is None else self.position_mm[rows]
        right = None if self.right is None else self.right[rows]
        return Phosphenes(self.field_deg[rows], self.weight[rows], position, right)
