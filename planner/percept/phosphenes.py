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
    size : (N,), optional
        Factor of each phosphene's size, by patient; 1 where it is not given.
    threshold : (N,), optional
        Shift of each electrode's threshold, in standard deviations of dynaphos'; 0 where it is not given.
    working_ua, most_ua : (N,), optional
        Working and largest current of each contact, where they are of different devices.
    """

    field_deg: Tensor
    weight: Tensor
    position_mm: Tensor | None = None
    right: Tensor | None = None
    size: Tensor | None = None
    threshold: Tensor | None = None
    working_ua: Tensor | None = None
    most_ua: Tensor | None = None

    def to(self, like: Tensor) -> Phosphenes:
        """Field and weight in another tensor's precision and on its device; positions keep float64."""
        return Phosphenes(
            self.field_deg.to(like),
            self.weight.to(like),
            None if self.position_mm is None else self.position_mm.to(like.device),
            None if self.right is None else self.right.to(like.device),
            None if self.size is None else self.size.to(like),
            None if self.threshold is None else self.threshold.to(like),
            None if self.working_ua is None else self.working_ua.to(like),
            None if self.most_ua is None else self.most_ua.to(like),
        )
