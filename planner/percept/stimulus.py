"""From the picture a patient should see to the currents of the contacts."""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from planner.percept.coincidence import chosen
from planner.percept.fit import fit, sampled_gain
from planner.percept.footprints import Footprints
from planner.percept.model import View
from planner.percept.phosphenes import Phosphenes
from planner.percept.settings import Stimulus


@dataclass(frozen=True, eq=False)
class Encoded:
    """Currents ``(B, N)`` in 0…the maximum, µA, and the gain that they were fitted for, where they were."""

    current_ua: Tensor
    gain: Tensor | None


def encode(
    stimulus: Stimulus,
    targets: Tensor,
    phosphenes: Phosphenes,
    footprints: Footprints,
    view: View,
    working_ua: float | Tensor,
    most_ua: float | Tensor,
    start_ua: Tensor | None = None,
) -> Encoded:
    """Currents for targets ``(B, H, W)``.

    Differentiable in the phosphenes with *sample*. With *fit* the currents come as constants and the gain that they are
    best for with its gradient, see `planner.percept.fit`.

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
    gain = None
    if stimulus.encoder == "fixed":
        current = torch.as_tensor(working_ua, dtype=targets.dtype, device=targets.device).expand(shape)
    elif stimulus.encoder == "sample":
        current = most_ua * footprints.gather(targets)
    else:
        weight = phosphenes.weight * used
        gain = sampled_gain(targets, weight, footprints, view, most_ua, groups)
        current = fit(targets, weight, gain, footprints, view, most_ua, stimulus.total_ua, groups, start_ua)
    current = current * used
    return Encoded(current if stimulus.total_ua is None else _limited(current, stimulus.total_ua, groups), gain)


def _limited(current_ua: Tensor, total_ua: float, groups: int) -> Tensor:
    """Currents scaled down, group by group and picture by picture, to where their sum is allowed."""
    group = torch.arange(current_ua.shape[1], device=current_ua.device) % groups
    sums = current_ua.new_zeros((len(current_ua), groups)).index_add(1, group, current_ua)
    share = (total_ua / sums.clamp(min=total_ua)).index_select(1, group)
    return current_ua * share
