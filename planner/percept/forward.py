"""The forward model of prosthetic vision: phosphenes and pictures in, percepts out."""

from __future__ import annotations

from dataclasses import dataclass

from torch import Tensor

from planner.percept.dynaphos import Dynaphos, Gate, brightness, sigma_deg
from planner.percept.field import VisualField
from planner.percept.magnification import eccentricity
from planner.percept.render import pixel_shares, render
from planner.percept.stimulus import encode_sample


@dataclass(frozen=True, eq=False)
class Phosphenes:
    """One phosphene a contact.

    Attributes
    ----------
    field_deg : (N, 2)
        Centres in the visual field, x right and y up, degrees.
    weight : (N,)
        Usable share in 0…1: a contact that leaves the gray matter of V1 fades.
    """

    field_deg: Tensor
    weight: Tensor


@dataclass(frozen=True, eq=False)
class Percept:
    """What is seen, and the stages on the way there.

    Attributes
    ----------
    images : (B, H, W)
        Brightness, row 0 the top of the field.
    current_ua : (B, N)
        The currents that the encoder asks for.
    sigma_deg : (N,)
        Standard deviations of the phosphenes at the working current.
    brightness : (B, N)
        At the phosphenes' peaks, in 0…1; their weights are in it.
    """

    images: Tensor
    current_ua: Tensor
    sigma_deg: Tensor
    brightness: Tensor


def forward(
    phosphenes: Phosphenes,
    targets: Tensor,
    visual_field: VisualField,
    params: Dynaphos,
    working_current_ua: float,
    max_current_ua: float,
    gate: Gate = "soft",
) -> Percept:
    """Predict percepts, differentiable in the phosphenes' positions and weights.

    Computed in the phosphenes' precision and on their device. Sizes are taken at the working current, not at each
    stimulus's own, so that a batch of stimuli shares one basis.

    Parameters
    ----------
    phosphenes : Phosphenes
    targets : (B, H, W)
        What should be seen, in 0…1; H = W = ``visual_field.pixels``, row 0 the top.
    visual_field : VisualField
    params : Dynaphos
    working_current_ua, max_current_ua : float
        The device's.
    gate : "soft" or "exact"
        See `planner.percept.dynaphos.brightness`.

    Returns
    -------
    percept : Percept
    """
    centres = phosphenes.field_deg
    edges = visual_field.edges(centres.dtype, centres.device)

    size = sigma_deg(eccentricity(centres), working_current_ua, params)
    seen = visual_field.seen_sigma_deg(size)
    fx = pixel_shares(centres[:, 0], seen, edges)
    fy = pixel_shares(-centres[:, 1], seen, edges)  # rows count downwards
    current = encode_sample(targets.to(centres), fx, fy, max_current_ua)
    light = phosphenes.weight * brightness(current, params, gate)
    images = render(light, size, visual_field.pixel_deg, fx, fy)
    return Percept(images, current, size, light)
