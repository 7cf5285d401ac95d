"""The scoreboard model in folded cortex: every contact lights whatever V1 lies around it.

Brightness at a point p of the visual field is ``Σ_e a_e exp(−‖x_p − x_e‖² / (2 ρ²))``, with x_p the place of p at half
the depth of the gray matter (pulse2percept's cortical scoreboard; Beyeler et al. 2017, *pulse2percept: a Python-based
simulation framework for bionic vision*, SciPy 16). The distance is in space, so one contact can light both banks of a
sulcus, and two places in the field. The picture is the integral of this brightness over each pixel, taken on the
cortical sheet (ours): sampled in the field, a contact near the fovea would be lost between the samples.
"""

from __future__ import annotations

import torch
from torch import Tensor

from planner.percept.magnification import magnification
from planner.percept.parameters import Scoreboard


def strength(distance2_mm2: Tensor, params: Scoreboard) -> Tensor:
    """Activation of patches at squared distances, mm², from a contact of amplitude 1."""
    return torch.exp(-distance2_mm2 / (2 * params.rho_mm**2))


def sigma_deg(eccentricity_deg: Tensor, params: Scoreboard) -> Tensor:
    """Nominal standard deviation of a phosphene, ``ρ / M``; the picture itself is made of the sheet."""
    return params.rho_mm / magnification(eccentricity_deg)
