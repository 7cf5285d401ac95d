"""Whether a hemisphere folds like the side that it is called, which no name, affine or atlas has a say in.

A registered hemisphere is laid on fsaverage5's mesh by its sphere, smoothed there, and how far each vertex lies from
its smoothed place tells sulci from gyri; so is fsaverage5 itself, either side. Measured (correlation): fsaverage's own
sides 0.997, sides exchanged 0.04, mirrored spheres −0.07 to 0.01; fsaverage's file of sulcal depth agrees with what is
computed here to 0.96. fsaverage5 with its sphere turned by 4°, 10° and 20° (7, 17, 35 mm of cortex): 0.87, 0.47, 0.09;
with noise of 4 mm in each coordinate 0.79.
"""

from __future__ import annotations

from functools import cache
from typing import Final

import igl
import numpy as np
from scipy.sparse import coo_array
from scipy.spatial import cKDTree

from planner.anatomy.cache import Arrays, cached, key_of
from planner.anatomy.fsaverage import template_file, unit
from planner.anatomy.surfaces import read_surface
from planner.errors import InputError
from planner.frames import HEMISPHERES, FloatArray, HemisphereName, IntArray

RECIPE: Final = "likeness to the template's folds 1"
ROUNDS: Final = 60  # ours: of smoothing, until fsaverage5 has lost its folds
LEAST: Final = 0.15
"""Ours: folds that correlate less are not the template's. One brain follows an average less closely than the average
itself does, and folds of the wrong side or place not at all."""

_IN_WORDS: Final[dict[HemisphereName, str]] = {"lh": "left", "rh": "right"}


def check_folds(name: HemisphereName, white_mm: FloatArray, registration: FloatArray) -> None:
    """Refuse a hemisphere whose folds, laid on the template by its sphere, are those of the other side or of nothing.

    Parameters
    ----------
    name : "lh" or "rh"
    white_mm : (V, 3) float64
        Scanner RAS.
    registration : (V, 3) float64
        ``sphere.reg``, or fsaverage's own sphere; any radius.

    Raises
    ------
    InputError
        Naming the two things that disagree.
    """
    fit = fold_likeness(white_mm, registration)
    (other,) = (side for side in HEMISPHERES if side != name)
    if fit[other] > max(fit[name], LEAST):
        raise InputError(
            f"the hemisphere's name and its folds disagree: {name} folds like fsaverage's {_IN_WORDS[other]} "
            f"hemisphere (correlation {fit[other]:.2f}), not like its {_IN_WORDS[name]} one ({fit[name]:.2f})",
            remedy="check whether files of lh and rh were renamed or swapped, sphere.reg among them",
        )
    if fit[name] < LEAST:
        raise InputError(
            f"the registration sphere and the surfaces of {name} disagree: where the sphere says, its folds are not "
            f"those of fsaverage (correlation {fit[name]:.2f})",
            remedy=f"give the {name}.sphere.reg that recon-all wrote with these surfaces, or remove it",
        )


def fold_likeness(white_mm: FloatArray, registration: FloatArray) -> dict[HemisphereName, float]:
    """How a hemisphere's folds correlate with those of fsaverage5's two sides, each where the sphere puts them.

    What was found is kept between runs by the two arrays.
    """

    def measure() -> Arrays:
        tree = cKDTree(unit(registration), balanced_tree=False)
        likeness = []
        for side in HEMISPHERES:
            sphere, faces, depth = _template(side)
            own = _depth(white_mm[tree.query(sphere)[1]], faces)
            likeness.append(np.corrcoef(own, depth)[0, 1] if own.std() > 0 else 0.0)
        return {"likeness": np.array(likeness)}

    found = cached(key_of(RECIPE, {"white": white_mm, "registration": registration}), measure)["likeness"]
    return dict(zip(HEMISPHERES, found.astype(np.float64).tolist(), strict=True))


@cache
def _template(side: HemisphereName) -> tuple[FloatArray, IntArray, FloatArray]:
    white = read_surface(template_file(side, "white"))
    sphere = unit(read_surface(template_file(side, "sphere")).points.mm)
    return sphere, white.faces, _depth(white.points.mm, white.faces)


def _depth(white_mm: FloatArray, faces: IntArray) -> FloatArray:
    """How far each vertex ``(V,)`` lies under the smoothed surface, mm: positive in sulci, negative on gyri."""
    count = len(white_mm)
    ends = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    ends = np.unique(np.concatenate([ends, ends[:, ::-1]]), axis=0)
    graph = coo_array((np.ones(len(ends)), (ends[:, 0], ends[:, 1])), shape=(count, count)).tocsr()
    members = np.asarray(graph.sum(axis=1)).reshape(-1, 1) + 1.0
    smooth = white_mm
    for _ in range(ROUNDS):
        smooth = (graph @ smooth + smooth) / members
    outward = np.nan_to_num(igl.per_vertex_normals(np.ascontiguousarray(smooth), faces))
    return np.asarray(((smooth - white_mm) * outward).sum(axis=1))
