"""Rebuild ``assets/retinotopy/wedge-dipole.toml``: fit the wedge-dipole to Benson's V1 on fsaverage's sphere.

    python packaging/fit_wedge_dipole.py [OUTPUT]

Needs the program and neuropythy installed (neuropythy's atlas files are read, it is not imported). Ours: residuals are
the errors of log eccentricity and of polar angle, in units of what the model can be expected to reach; vertices outside
Benson's V1 are penalised by how deep they lie inside the model's; a robust loss keeps the ragged border from leading.
"""

from __future__ import annotations

import argparse
import sys
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import nibabel as nib
import numpy as np
from numpy.typing import NDArray
from scipy.optimize import least_squares

from planner.anatomy.hemisphere import V1, Retinotopy
from planner.anatomy.retinotopy import benson
from planner.anatomy.retinotopy.wedge_dipole import MAX_ECCENTRICITY_DEG, PARAMETERS, WedgeDipole, flatten
from planner.frames import HEMISPHERES, FloatArray, HemisphereName, IntArray
from planner.geometry.subdivision import midpoints, subdivide

FOVEA_DEG: Final = 0.5  # added to eccentricities before the logarithm, so that the fovea does not outweigh the rest
LOG_ECCENTRICITY_SIGMA: Final = 0.15
ANGLE_SIGMA_DEG: Final = 6.0
NEIGHBOURHOOD: Final = 0.1  # how far around Benson's V1 (radians) vertices count as "outside"
START: Final = (0.75, 120.0, 0.9)  # a and b as in dynaphos (van der Grinten et al. 2024); the wedge is ours
# The data alone leave b and the wedge loose (an affine map makes up for much of both): the plausible range is ours.
LOWER: Final = (0.3, 60.0, 0.5)
UPPER: Final = (2.0, 240.0, 1.0)


def main(argv: list[str] | None = None) -> int:
    """Fit both hemispheres and write the parameters."""
    parser = argparse.ArgumentParser(
        description="Fit the wedge-dipole retinotopy to Benson's V1 on fsaverage's sphere."
    )
    parser.add_argument("output", nargs="?", type=Path, default=PARAMETERS)
    output: Path = parser.parse_args(argv).output
    tables = []
    for name in HEMISPHERES:
        atlas, _ = benson.fsaverage_retinotopy(name)
        if atlas is None:
            print("neuropythy is not installed; install the extra `retinotopy` and run this again.", file=sys.stderr)
            return 2
        tables.append(to_toml(name, fit(read_fsaverage5("sphere", name)[0], atlas)))
    output.parent.mkdir(parents=True, exist_ok=True)
    output.write_text(
        "# Wedge-dipole retinotopy of V1 on fsaverage's sphere, fitted to Benson 2014 (v4.0).\n"
        "# Written by packaging/fit_wedge_dipole.py; what the numbers mean stands in planner/anatomy/retinotopy.\n"
        + "".join(tables),
        encoding="utf-8",
    )
    return 0


def read_fsaverage5(surface: str, name: HemisphereName) -> tuple[FloatArray, IntArray]:
    """Vertices ``(163842, 3)`` and faces of one of nilearn's fsaverage5 surfaces, subdivided to fsaverage."""
    spec = find_spec("nilearn")
    assert spec is not None
    assert spec.submodule_search_locations
    folder = Path(spec.submodule_search_locations[0]) / "datasets" / "data" / "fsaverage5"
    arrays = nib.load(folder / f"{surface}_{'left' if name == 'lh' else 'right'}.gii.gz").darrays
    vertices, faces = arrays[0].data.astype(np.float64), arrays[1].data.astype(np.int64)
    for _ in range(2):
        faces, parents = subdivide(faces, len(vertices))
        vertices = midpoints(vertices, parents)
    return vertices, faces


def fit(sphere: FloatArray, atlas: Retinotopy) -> WedgeDipole:
    """Fit one hemisphere; the patch is centred on the mean of Benson's V1."""
    directions = sphere / np.linalg.norm(sphere, axis=1, keepdims=True)
    v1 = atlas.area == V1
    mean = directions[v1].mean(axis=0)
    x, y, z = (float(value) for value in np.round(mean / np.linalg.norm(mean), 4))
    centre = (x, y, z)

    near, patch = flatten(directions, centre)
    inside = v1[near]
    radius = np.linalg.norm(patch, axis=1)
    outside = ~inside & (radius < radius[inside].max() + NEIGHBOURHOOD)
    eccentricity, angle = atlas.eccentricity_deg[near[inside]], atlas.polar_angle_deg[near[inside]]

    def residuals(parameters: FloatArray) -> FloatArray:
        fitted, fitted_angle = to_model(centre, parameters).polar(patch[inside])
        strange, strange_angle = to_model(centre, parameters).polar(patch[outside])
        depth_deg = 90.0 - np.abs(strange_angle - 90.0)
        depth_log = _log(np.array(MAX_ECCENTRICITY_DEG)) - _log(strange)
        return np.concatenate(
            [
                (_log(fitted) - _log(eccentricity)) / LOG_ECCENTRICITY_SIGMA,
                (fitted_angle - angle) / ANGLE_SIGMA_DEG,
                np.maximum(0.0, np.minimum(depth_deg / ANGLE_SIGMA_DEG, depth_log / LOG_ECCENTRICITY_SIGMA)),
            ]
        )

    w = dipole(eccentricity, angle, *START)
    columns = np.column_stack([np.ones(inside.sum()), patch[inside]])
    affine = np.linalg.lstsq(columns, np.column_stack([w.real, w.imag]), rcond=None)[0]
    start = np.concatenate([START, affine[:, 0], affine[:, 1]])
    free = np.full(6, np.inf)
    bounds = (np.concatenate([LOWER, -free]), np.concatenate([UPPER, free]))
    return to_model(centre, least_squares(residuals, start, bounds=bounds, loss="soft_l1", x_scale="jac").x)


def dipole(
    eccentricity_deg: FloatArray, polar_angle_deg: FloatArray, a_deg: float, b_deg: float, wedge: float
) -> NDArray[np.complex128]:
    """The map from visual field to ``w``, complex ``(N,)``."""
    z = eccentricity_deg * np.exp(1j * wedge * np.deg2rad(90.0 - polar_angle_deg))
    w: NDArray[np.complex128] = np.log((z + a_deg) / (z + b_deg)) - np.log(a_deg / b_deg)
    return w


def to_model(centre: tuple[float, float, float], parameters: FloatArray) -> WedgeDipole:
    """The record of a fit's nine parameters."""
    a, b, wedge, r0, r1, r2, i0, i1, i2 = (float(value) for value in parameters)
    return WedgeDipole(centre, a, b, wedge, (r0, r1, r2), (i0, i1, i2))


def to_toml(name: HemisphereName, model: WedgeDipole) -> str:
    """One hemisphere's table; five significant digits, far finer than the fit is good."""
    lines = [f"\n[{name}]\n"]
    for key, value in vars(model).items():
        text = f"[{', '.join(f'{v:#.5g}' for v in value)}]" if isinstance(value, tuple) else f"{value:#.5g}"
        lines.append(f"{key} = {text}\n")
    return "".join(lines)


def _log(eccentricity_deg: FloatArray) -> FloatArray:
    # beyond ten times the edge of the field it makes no difference how far beyond
    return np.log(np.minimum(eccentricity_deg, 10 * MAX_ECCENTRICITY_DEG) + FOVEA_DEG)


if __name__ == "__main__":
    sys.exit(main())
