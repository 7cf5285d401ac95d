"""The scoreboard model in folded cortex: every contact lights whatever V1 lies around it.

Brightness at a point p of the visual field is ``Σ_e a_e exp(−‖x_p − x_e‖² / (2 ρ²))``, with x_p the place of p at half
the depth of the gray matter (pulse2percept's cortical scoreboard; Beyeler et al. 2017, *pulse2percept: a Python-based
simulation framework for bionic vision*, SciPy 16). The distance is in space, so one contact can light both banks of a
sulcus, and two places in the field. The picture is the integral of this brightness over each pixel, taken on the
cortical sheet (ours): sampled in the field, a contact near the fovea would be lost between the samples.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from planner.percept import magnification as map_of_v1
from planner.percept.magnification import magnification
from planner.percept.parameters import check_parameters

WIDTHS = 5.0  # of ρ, beyond which activation is less than 4e-6 and left out
PATCHES = 1.0  # size of a patch, in ρ (ours)


@dataclass(frozen=True)
class Scoreboard:
    """Parameters of the scoreboard model.

    Attributes
    ----------
    rho_mm : float
        ρ > 0, how far current spreads. 0.2 mm, the default of pulse2percept's cortical model.

    Raises
    ------
    InputError
        Naming the parameter that is out of bounds.
    """

    rho_mm: float = 0.2

    def __post_init__(self) -> None:
        check_parameters("scoreboard", self, {"rho_mm": (0.01, 10.0)})

    @property
    def reach_mm(self) -> float:
        """Patches farther than this are not activated."""
        return WIDTHS * self.rho_mm

    @property
    def spacing_mm(self) -> float:
        """Size of the patches that the sheet is cut into."""
        return PATCHES * self.rho_mm

    def strength(self, distance2_mm2: Tensor) -> Tensor:
        """Activation of patches at squared distances, mm², from a contact of amplitude 1."""
        return torch.exp(-distance2_mm2 / (2 * self.rho_mm**2))

    def sigma_deg(self, eccentricity_deg: Tensor) -> Tensor:
        """Nominal standard deviation of a phosphene, ``ρ / M``; the picture itself is made of the sheet."""
        return self.rho_mm / magnification(eccentricity_deg, map_of_v1.K_MM, map_of_v1.A_DEG, map_of_v1.B_DEG)
