"""The cortical sheet model: current spreads in space, and every patch that it reaches shows its receptive field.

Activation of V1 at a point s is ``Σ_e a_e / (1 + 6.75 d²)``, with d in mm from the electrode's edge, and each patch of
the sheet contributes its area times a Gaussian of its receptive field's size. This sheet is ours, after Fine & Boynton
2024, *A virtual patient simulation modeling the neural and perceptual effects of human visual cortical stimulation,
from pulse trains to percepts*, Scientific Reports 14. The physiological limit on acuity is in it: no contact shows
anything finer than the receptive fields around it. Receptive fields grow as in the Benson 2014 atlas.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt

import torch
from torch import Tensor

from planner.percept.magnification import magnification
from planner.percept.parameters import check_parameters

HALF_TO_SIGMA = 1.1774  # of a Gaussian, from its half-width at half its height
PATCHES = 0.9  # size of a patch, in half-widths of the spread (ours)


@dataclass(frozen=True)
class CorticalSheet:
    """Parameters of the cortical sheet.

    Attributes
    ----------
    spread_per_mm2 : float
        6.75 per mm²: activation is half where ``spread_per_mm2 · d² = 1``.
    reach_mm : float
        Beyond this distance nothing is activated (ours): the spread's tail would reach over all of V1. Its tangent
        there, as a function of d², is subtracted, so that it ends without jump or kink; 0.97 is left at d = 0.
    edge_mm : float
        Radius of a contact ≥ 0; d is measured from there.
    field_intercept_deg, field_slope : float
        Receptive field's standard deviation ``intercept + slope · eccentricity``: Benson's 0.0218° + 0.16883.

    Raises
    ------
    InputError
        Naming the parameter that is out of bounds.
    """

    spread_per_mm2: float = 6.75
    reach_mm: float = 3.0
    edge_mm: float = 0.0
    field_intercept_deg: float = 0.0218
    field_slope: float = 0.16883

    def __post_init__(self) -> None:
        check_parameters(
            "sheet",
            self,
            {
                "spread_per_mm2": (1e-3, 1e4),
                "reach_mm": (0.1, 20.0),
                "edge_mm": (0.0, 5.0),
                "field_intercept_deg": (0.0, 10.0),
                "field_slope": (0.0, 2.0),
            },
        )

    @property
    def spacing_mm(self) -> float:
        """Size of the patches that the sheet is cut into."""
        return PATCHES / sqrt(self.spread_per_mm2)

    def strength(self, distance2_mm2: Tensor) -> Tensor:
        """Activation of patches at squared distances, mm², from a contact's centre, of amplitude 1."""
        tiny = 1e-12  # mm²: a millionth of a mm at the centre itself, where the root has no gradient
        from_edge = torch.relu((distance2_mm2 + tiny).sqrt() - self.edge_mm)
        short_of_reach = torch.relu((self.reach_mm - self.edge_mm) ** 2 - from_edge.square())
        last = 1 / (1 + self.spread_per_mm2 * (self.reach_mm - self.edge_mm) ** 2)
        tangent = last + self.spread_per_mm2 * last**2 * short_of_reach
        spread = 1 / (1 + self.spread_per_mm2 * from_edge.square())
        return torch.where(short_of_reach > 0, spread - tangent, 0.0)

    def receptive_field_deg(self, eccentricity_deg: Tensor) -> Tensor:
        """Standard deviation of receptive fields."""
        return self.field_intercept_deg + self.field_slope * eccentricity_deg

    def sigma_deg(self, eccentricity_deg: Tensor) -> Tensor:
        """Nominal standard deviation of a phosphene: spread and receptive field; the picture is made of the sheet."""
        spread_mm = self.edge_mm + 1 / (HALF_TO_SIGMA * sqrt(self.spread_per_mm2))
        return torch.hypot(spread_mm / magnification(eccentricity_deg), self.receptive_field_deg(eccentricity_deg))
