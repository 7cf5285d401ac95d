"""The forward model of prosthetic vision: phosphenes and pictures in, percepts out."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from planner.percept.dynaphos import Gate
from planner.percept.model import View
from planner.percept.phosphenes import Phosphenes
from planner.percept.settings import Stimulus
from planner.percept.stimulus import encode


@dataclass(frozen=True, eq=False)
class Percept:
    """What is seen, and the stages on the way there.

    Attributes
    ----------
    images : (B, H, W)
        Brightness, row 0 the top of the field.
    current_ua : (B, N)
        The currents that the encoder asks for.
    diameter_deg : (N,)
        Of the phosphenes at the working current.
    brightness : (B, N)
        At the phosphenes' peaks; their weights are in it.
    gain : scalar, optional
        That for which the currents were fitted, where they were: at this gain the error's gradient is exact, see there.
    """

    images: Tensor
    current_ua: Tensor
    diameter_deg: Tensor
    brightness: Tensor
    gain: Tensor | None = None


def forward(
    phosphenes: Phosphenes,
    targets: Tensor,
    view: View,
    stimulus: Stimulus,
    working_current_ua: float | Tensor,
    max_current_ua: float | Tensor,
    gate: Gate = "soft",
    start_ua: Tensor | None = None,
) -> Percept:
    """Predict percepts, differentiable in the phosphenes' positions and weights.

    Computed in the phosphenes' precision and on their device. Sizes are taken at the working current, not at each
    stimulus's own, so that a batch of stimuli shares one basis.

    Parameters
    ----------
    phosphenes : Phosphenes
    targets : (B, H, W)
        What should be seen, in 0…1; H = W = ``view.visual_field.pixels``, row 0 the top.
    view : View
        A forward model on its visual field, by `planner.percept.model.view_of`.
    stimulus : Stimulus
    working_current_ua, max_current_ua : float or (N,)
        The device's, or each contact's.
    gate : "soft" or "exact"
        See `planner.percept.dynaphos.brightness`.
    start_ua : (B, N), optional
        Where the encoder *fit* begins.

    Returns
    -------
    percept : Percept
    """
    targets = targets.to(phosphenes.field_deg)
    footprints = view.footprints(phosphenes, working_current_ua)
    encoded = encode(stimulus, targets, phosphenes, footprints, view, working_current_ua, max_current_ua, start_ua)
    current = encoded.current_ua
    light = phosphenes.weight * view.brightness(current, gate, stimulus.groups(current.shape[1]), phosphenes.threshold)
    images = footprints.spread(light)
    return Percept(images, current, view.diameter_deg(phosphenes, working_current_ua), light, encoded.gain)
