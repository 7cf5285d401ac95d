"""A closed-form retinotopy of V1 on fsaverage's sphere, for where Benson's atlas files are not installed.

The visual half-field, written as complex ``z = eccentricity · exp(i · wedge · θ)`` with θ from the horizontal meridian,
upper half positive, maps to the flattened cortex by the wedge-dipole ``w = ln((z + a)/(z + b)) − ln(a/b)`` (0 at the
fovea). An affine map joins w to a patch of the sphere, laid flat by Lambert's equal-area projection about a fixed
centre. Nine parameters a hemisphere, fitted by ``packaging/fit_wedge_dipole.py``; the projection and the fit are ours.

References
----------
Schwartz EL (1977). Spatial mapping in the primate sensory projection. Biol Cybern 25: 181-194.
Balasubramanian M, Polimeni J, Schwartz EL (2002). The V1-V2-V3 complex: quasiconformal dipole maps in primate striate
and extra-striate cortex. Neural Networks 15: 1157-1163.
Benson NC et al. (2014), PLoS Comput Biol 10(3): e1003538: the atlas that the parameters are fitted to.
"""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from typing import Final

import numpy as np

from planner.anatomy.fsaverage import unit
from planner.anatomy.hemisphere import V1, Retinotopy
from planner.assets import ASSETS
from planner.frames import FloatArray, HemisphereName, IntArray

SOURCE: Final = "wedge-dipole template fitted to Benson 2014 on the fsaverage sphere (Calcarine)"
PARAMETERS: Final = ASSETS / "retinotopy" / "wedge-dipole.toml"
MAX_ECCENTRICITY_DEG: Final = 90.0
PATCH_DEG: Final = 60.0
"""How far from the centre the sphere is looked at: V1 ends within 30°, the projection's singular point lies at 180°."""


@dataclass(frozen=True)
class WedgeDipole:
    """The parameters of one hemisphere.

    Attributes
    ----------
    centre : tuple of 3 float
        Where the patch is laid flat: a direction from the sphere's centre.
    a_deg, b_deg : float
        The two poles of the dipole map, ``0 < a < b``, degrees of visual angle.
    wedge : float
        Compression of polar angle before the dipole, in (0, 1]; Balasubramanian's α1.
    real, imaginary : tuple of 3 float
        ``w`` on the flat patch (x, y; units of the sphere's radius): constant, coefficient of x, coefficient of y.
    """

    centre: tuple[float, float, float]
    a_deg: float
    b_deg: float
    wedge: float
    real: tuple[float, float, float]
    imaginary: tuple[float, float, float]

    def polar(self, patch: FloatArray) -> tuple[FloatArray, FloatArray]:
        """Eccentricity and polar angle of points on the flat patch.

        Parameters
        ----------
        patch : (N, 2) float64
            As `flatten` gives them.

        Returns
        -------
        eccentricity_deg, polar_angle_deg : (N,) float64
            Benson's convention for the angle. Where the map has no visual field (beyond infinite eccentricity, or on
            another sheet of the logarithm) the eccentricity is infinite.
        """
        rows = np.array([self.real, self.imaginary])
        real, imaginary = rows[:, :1] + rows[:, 1:] @ patch.T
        # z in the right half plane has |(z + a)/(z + b)| < 1 and an argument within ±90°; twice that is one whole sheet
        mapped = (real < np.log(self.b_deg / self.a_deg)) & (np.abs(imaginary) < np.pi)
        ratio = np.exp(np.where(mapped, real + 1j * imaginary, 0.0)) * (self.a_deg / self.b_deg)
        z = (self.b_deg * ratio - self.a_deg) / (1.0 - ratio)
        return np.where(mapped, np.abs(z), np.inf), 90.0 - np.rad2deg(np.angle(z)) / self.wedge


def wedge_dipole_retinotopy(sphere: FloatArray, hemisphere: HemisphereName) -> Retinotopy:
    """V1's retinotopy from vertices' places on fsaverage's sphere.

    Parameters
    ----------
    sphere : (V, 3) float64
        Vertices of fsaverage's sphere, or of a subject's sphere registered to it (``sphere.reg``), about the origin;
        only their directions matter, so any radius will do.
    hemisphere : "lh" or "rh"

    Returns
    -------
    Retinotopy
        Eccentricities up to 90° and angles of 0 to 180° where `area` is 1; zeros elsewhere, as in Benson's files.

    Raises
    ------
    InputError
        Where a vertex has no direction.
    """
    model = load_model(hemisphere)
    near, patch = flatten(unit(sphere), model.centre)
    eccentricity, angle = model.polar(patch)
    inside = (eccentricity <= MAX_ECCENTRICITY_DEG) & (angle >= 0.0) & (angle <= 180.0)
    v1 = near[inside]
    eccentricity_deg, polar_angle_deg, area = (
        np.zeros(len(sphere)),
        np.zeros(len(sphere)),
        np.zeros(len(sphere), np.int64),
    )
    eccentricity_deg[v1], polar_angle_deg[v1], area[v1] = eccentricity[inside], angle[inside], V1
    return Retinotopy(eccentricity_deg, polar_angle_deg, area, SOURCE)


def load_model(hemisphere: HemisphereName) -> WedgeDipole:
    """The parameters that come with the program."""
    with PARAMETERS.open("rb") as file:
        values = tomllib.load(file)[hemisphere]
    return WedgeDipole(
        centre=tuple(values["centre"]),
        a_deg=values["a_deg"],
        b_deg=values["b_deg"],
        wedge=values["wedge"],
        real=tuple(values["real"]),
        imaginary=tuple(values["imaginary"]),
    )


def flatten(directions: FloatArray, centre: tuple[float, float, float]) -> tuple[IntArray, FloatArray]:
    """Lay the patch of the unit sphere around `centre` flat (Lambert's azimuthal equal-area projection).

    Parameters
    ----------
    directions : (V, 3) float64
        Unit vectors.
    centre : tuple of 3 float
        A direction, not along z.

    Returns
    -------
    near : (N,) int64
        Which of `directions` lie within `PATCH_DEG` of the centre.
    patch : (N, 2) float64
        Their places: x towards growing azimuth, y towards +z, in units of the sphere's radius.
    """
    normal = np.array(centre) / np.linalg.norm(centre)
    east = np.cross([0.0, 0.0, 1.0], normal)
    east /= np.linalg.norm(east)
    cosine = directions @ normal
    near = np.flatnonzero(cosine > np.cos(np.deg2rad(PATCH_DEG)))
    scale = np.sqrt(2.0 / (1.0 + cosine[near]))
    return near, scale[:, None] * (directions[near] @ np.stack([east, np.cross(normal, east)], axis=1))
