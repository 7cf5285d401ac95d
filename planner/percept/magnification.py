"""How many millimetres of V1 serve a degree of the visual field."""

from __future__ import annotations

from torch import Tensor

from planner.percept.parameters import A_DEG, B_DEG, K_MM


def magnification(eccentricity_deg: Tensor, k: float = K_MM, a: float = A_DEG, b: float = B_DEG) -> Tensor:
    """Linear cortical magnification of the wedge-dipole map, mm per degree.

    ``M(e) = k (b − a) / ((e + a)(e + b))``, the derivative of ``k ln((e + a) / (e + b))``.

    Parameters
    ----------
    eccentricity_deg : Tensor
        Any shape, ≥ 0.
    k, a, b : float
        Scale in mm, foveal and peripheral pole in degrees. The defaults are those of van der Grinten et al. 2024
        (eLife 13:e85812), k and a being Horton & Hoyt's (1991).
    """
    return k * (b - a) / ((eccentricity_deg + a) * (eccentricity_deg + b))


def eccentricity(field_deg: Tensor) -> Tensor:
    """Distance of points ``(..., 2)`` in degrees from fixation; its gradient at the fovea itself is zero, not NaN."""
    tiny = 1e-12  # deg²: a millionth of a degree at the fovea, nothing elsewhere
    return (field_deg.square().sum(dim=-1) + tiny).sqrt()
