"""The Benson 2014 retinotopy of fsaverage, and its way to any subject registered to fsaverage's sphere.

neuropythy is AGPL-3 and is never imported: its atlas files are read with nibabel where the package is installed.

The atlas belongs to fsaverage's vertices, so carrying it over needs their places on the sphere. nilearn's wheel holds
fsaverage5's sphere: subdivided twice in fsaverage's order and pushed back to the sphere, it gives all 163 842 places to
0.004 mm (median; at most 0.013) on the sphere of 100 mm, where neighbours lie 0.94 mm apart.

References
----------
Benson NC, Butt OH, Brainard DH, Aguirre GK (2014). Correction of distortion in flattened representations of the
cortical surface allows prediction of V1-V3 functional organization from anatomy. PLoS Comput Biol 10(3): e1003538.
Version 4.0.
"""

from __future__ import annotations

from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Final

import igl
import numpy as np

from planner.anatomy.fsaverage import template_file, unit
from planner.anatomy.hemisphere import Retinotopy
from planner.anatomy.retinotopy.overlay import read_overlay
from planner.anatomy.surfaces import read_surface
from planner.errors import InputError
from planner.frames import FloatArray, HemisphereName, IntArray
from planner.geometry.subdivision import midpoints, subdivide

SOURCE: Final = "Benson 2014 v4.0 atlas (neuropythy's data files)"
CARRIED: Final = "Benson 2014 v4.0 atlas (neuropythy's data files), carried over by sphere.reg"
_ROUNDS: Final = 2


def fsaverage_retinotopy(hemisphere: HemisphereName) -> tuple[Retinotopy | None, dict[str, Path]]:
    """The atlas on fsaverage's 163 842 vertices and the files it came from; None where neuropythy is not installed."""
    spec = find_spec("neuropythy")
    if spec is None or not spec.submodule_search_locations:
        return None, {}
    folder = Path(spec.submodule_search_locations[0]) / "lib" / "data" / "fsaverage" / "surf"
    files = {key: folder / f"{hemisphere}.benson14_{key}.v4_0.mgz" for key in ("eccen", "angle", "varea")}
    return read_maps(files, SOURCE), {f"benson14_{key}": path for key, path in files.items()}


def carried_retinotopy(
    registration: FloatArray, hemisphere: HemisphereName
) -> tuple[Retinotopy | None, dict[str, Path]]:
    """The atlas on a subject's vertices.

    Visual-field positions are interpolated linearly within fsaverage's triangles, from corners of one area; the area
    is that of the nearest corner.

    Parameters
    ----------
    registration : (V, 3) float64
        The subject's ``sphere.reg``, about the origin; any radius.
    hemisphere : "lh" or "rh"

    Returns
    -------
    Retinotopy or None
        None where neuropythy or nilearn's sphere is not installed.
    files : dict
        The files that it came from.
    """
    atlas, files = fsaverage_retinotopy(hemisphere)
    if atlas is None:
        return None, {}
    sphere, faces = fsaverage_sphere(hemisphere)
    mapped = atlas.area > 0
    patch = faces[mapped[faces].any(axis=1)]
    centre = sphere[mapped].mean(axis=0)
    centre /= np.linalg.norm(centre)
    widest = (sphere[patch] @ centre).min() - 0.01
    directions = unit(registration)
    near = np.flatnonzero(directions @ centre > widest)
    corner, weight = _barycentric(directions[near], sphere, patch)
    area_of = atlas.area[corner]
    area = np.take_along_axis(area_of, weight.argmax(axis=1)[:, None], axis=1)
    weight = weight * (area_of == area)
    angle = np.deg2rad(atlas.polar_angle_deg)
    field = (atlas.eccentricity_deg * (np.sin(angle) + 1j * np.cos(angle)))[corner]  # x towards the other side
    position = (weight * field).sum(axis=1) / weight.sum(axis=1)
    position[area[:, 0] == 0] = 0.0
    eccentricity, polar, areas = np.zeros(len(directions)), np.zeros(len(directions)), np.zeros(len(directions), int)
    eccentricity[near], areas[near] = np.abs(position), area[:, 0]
    polar[near] = np.rad2deg(np.arctan2(position.real, position.imag))
    return Retinotopy(eccentricity, polar, areas.astype(np.int64), CARRIED), files


@cache
def fsaverage_sphere(hemisphere: HemisphereName) -> tuple[FloatArray, IntArray]:
    """Directions ``(163842, 3)`` of fsaverage's vertices on its sphere, in its order, and its faces ``(F, 3)``.

    Raises
    ------
    InputError
        Where nilearn is not installed.
    """
    coarse = read_surface(template_file(hemisphere, "sphere"))
    vertices, faces = unit(coarse.points.mm), coarse.faces
    for _ in range(_ROUNDS):
        faces, parents = subdivide(faces, len(vertices))
        vertices = unit(midpoints(vertices, parents))
    vertices.flags.writeable = faces.flags.writeable = False  # shared by all who ask
    return vertices, faces


def read_maps(files: dict[str, Path], source: str) -> Retinotopy:
    """Eccentricity, polar angle and visual area (Benson's convention) from files ``eccen``, ``angle`` and ``varea``."""
    eccentricity, angle, area = (read_overlay(files[key]) for key in ("eccen", "angle", "varea"))
    for key, values in {"eccen": eccentricity, "angle": angle}.items():
        if len(values) != len(area):
            raise InputError(
                f"has {len(values)} values where the map of visual areas has {len(area)}",
                source=files[key],
                remedy="use maps made on the same surface",
            )
    mapped = np.rint(area) > 0
    low, high = angle[mapped].min(initial=0.0), angle[mapped].max(initial=0.0)
    if low < -1.0 or high > 181.0:
        raise InputError(
            f"polar angles run from {low:.0f}° to {high:.0f}°, outside Benson's convention",
            source=files["angle"],
            remedy="give the angle in degrees from the upper vertical meridian (0) to the lower one (180)",
        )
    if mapped.any() and 0.0 < high <= np.pi + 0.01:
        raise InputError("polar angles look like radians", source=files["angle"], remedy="give them in degrees")
    return Retinotopy(eccentricity, np.clip(angle, 0.0, 180.0), np.rint(area).astype(np.int64), source)


def _barycentric(directions: FloatArray, vertices: FloatArray, faces: IntArray) -> tuple[IntArray, FloatArray]:
    """Corners ``(N, 3)`` of the triangle that each direction meets, or the nearest, and the weights ``(N, 3)``."""
    tree = igl.AABB()
    corners = np.ascontiguousarray(vertices)
    tree.init(corners, faces)
    _, face, _ = tree.squared_distance(corners, faces, np.ascontiguousarray(directions))
    corner = faces[face]
    a, b, c = vertices[corner].transpose(1, 0, 2)
    parts = [(directions * np.cross(p, q)).sum(axis=1) for p, q in ((b, c), (c, a), (a, b))]
    weight = np.maximum(np.stack(parts, axis=1), 0.0)
    return corner, weight / weight.sum(axis=1, keepdims=True)
