"""From the picture a patient should see to the currents of the contacts."""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import Literal

import torch
from torch import Tensor

from planner.errors import InputError
from planner.percept.coincidence import chosen
from planner.percept.fit import fit
from planner.percept.footprints import Footprints
from planner.percept.model import View
from planner.percept.phosphenes import Phosphenes

Encoder = Literal["sample", "fit", "fixed"]


@dataclass(frozen=True)
class Stimulus:
    """How a picture becomes currents.

    Attributes
    ----------
    encoder : "sample", "fit" or "fixed"
        *sample*: each contact's current follows the target under its own phosphene, white driving the maximum (linear,
        as dynaphos' own stimulus scale). *fit*: the currents whose percept is nearest to the target, see
        `planner.percept.fit`. *fixed*: every contact at the device's working current, whatever the picture.
    total_ua : float or None
        Most current of all contacts together, at any time; None for no limit.
    at_once : int or None
        Raster groups: at most so many contacts have current at the same time, and groups take turns from frame to
        frame; None for all at once. Neighbours on a thread are of different groups.
    apart : float
        Of phosphenes nearer to each other than this share of their mean diameter only one is used, the most usable; 0
        uses all.

    Raises
    ------
    InputError
        For limits that leave nothing to stimulate with.
    """

    encoder: Encoder = "sample"
    total_ua: float | None = None
    at_once: int | None = None
    apart: float = 0.0

    def __post_init__(self) -> None:
        if self.encoder not in ("sample", "fit", "fixed"):
            raise InputError(f"the encoder {self.encoder!r} is not known", remedy="use sample, fit or fixed")
        if self.total_ua is not None and not 0 < self.total_ua < float("inf"):
            raise InputError(f"a total current of {self.total_ua:g} µA shows nothing", remedy="give more than 0 µA")
        if self.at_once is not None and self.at_once < 1:
            raise InputError("no contact would have current at any time", remedy="allow at least 1 at once")
        if not 0 <= self.apart <= 10:
            raise InputError(f"phosphenes cannot be kept {self.apart:g} diameters apart", remedy="give 0 to 10")

    def groups(self, contacts: int) -> int:
        """In how many groups so many contacts take turns."""
        return 1 if self.at_once is None else max(ceil(contacts / self.at_once), 1)


def encode(
    stimulus: Stimulus,
    targets: Tensor,
    phosphenes: Phosphenes,
    footprints: Footprints,
    view: View,
    working_ua: float,
    most_ua: float,
    start_ua: Tensor | None = None,
) -> Tensor:
    """Currents ``(B, N)`` in 0…`most_ua` for targets ``(B, H, W)``.

    Differentiable in the phosphenes with *sample*. With *fit* the currents are an optimum of the error at a gain, so
    that by the envelope theorem its gradient in position needs none of theirs; they come as constants.

    Parameters
    ----------
    start_ua : (B, N), optional
        Where *fit* begins, e.g. at the step before.
    """
    count = len(phosphenes.field_deg)
    groups = stimulus.groups(count)
    shape = (len(targets), count)
    used = torch.ones(count, dtype=torch.bool, device=targets.device)
    if stimulus.apart > 0:
        used = chosen(phosphenes, view.diameter_deg(phosphenes, working_ua), stimulus.apart)
    if stimulus.encoder == "fixed":
        current = targets.new_full(shape, working_ua)
    elif stimulus.encoder == "sample":
        current = most_ua * footprints.gather(targets)
    else:
        current = fit(targets, phosphenes.weight * used, footprints, view, most_ua, stimulus.total_ua, groups, start_ua)
    current = current * used
    return current if stimulus.total_ua is None else _limited(current, stimulus.total_ua, groups)


def _limited(current_ua: Tensor, total_ua: float, groups: int) -> Tensor:
    """Currents scaled down, group by group and picture by picture, to where their sum is allowed."""
    group = torch.arange(current_ua.shape[1], device=current_ua.device) % groups
    sums = current_ua.new_zeros((len(current_ua), groups)).index_add(1, group, current_ua)
    share = (total_ua / sums.clamp(min=total_ua)).index_select(1, group)
    return current_ua * share
