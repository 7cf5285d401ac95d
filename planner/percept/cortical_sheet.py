"""The cortical sheet model: current spreads in space, and every patch that it reaches shows its receptive field.

Activation of V1 at a point s is ``Σ_e a_e / (1 + 6.75 d²)``, with d in mm from the electrode's edge, and each patch of
the sheet contributes its area times a Gaussian of its receptive field's size. This sheet is ours, after Fine & Boynton
2024, *A virtual patient simulation modeling the neural and perceptual effects of human visual cortical stimulation,
from pulse trains to percepts*, Scientific Reports 14. The physiological limit on acuity is in it: no contact shows
anything finer than the receptive fields around it. Receptive fields grow as in the Benson 2014 atlas.
"""

from __future__ import annotations

from math import sqrt

import torch
from torch import Tensor

from planner.percept.magnification import magnification
from planner.percept.parameters import CorticalSheet

HALF_TO_SIGMA = 1.1774  # of a Gaussian, from its half-width at half its height


def strength(distance2_mm2: Tensor, params: CorticalSheet) -> Tensor:
    """Activation of patches at squared distances, mm², from a contact's centre, of amplitude 1."""
    tiny = 1e-12  # mm²: a millionth of a mm at the centre itself, where the root has no gradient
    from_edge = torch.relu((distance2_mm2 + tiny).sqrt() - params.edge_mm)
    short_of_reach = torch.relu((params.reach_mm - params.edge_mm) ** 2 - from_edge.square())
    last = 1 / (1 + params.spread_per_mm2 * (params.reach_mm - params.edge_mm) ** 2)
    tangent = last + params.spread_per_mm2 * last**2 * short_of_reach
    spread = 1 / (1 + params.spread_per_mm2 * from_edge.square())
    return torch.where(short_of_reach > 0, spread - tangent, 0.0)


def receptive_field_deg(eccentricity_deg: Tensor, params: CorticalSheet) -> Tensor:
    """Standard deviation of receptive fields."""
    return params.field_intercept_deg + params.field_slope * eccentricity_deg


def sigma_deg(eccentricity_deg: Tensor, params: CorticalSheet) -> Tensor:
    """Nominal standard deviation of a phosphene: spread and receptive field; the picture is made of the sheet."""
    spread_mm = params.edge_mm + 1 / (HALF_TO_SIGMA * sqrt(params.spread_per_mm2))
    return torch.hypot(spread_mm / magnification(eccentricity_deg), receptive_field_deg(eccentricity_deg, params))
