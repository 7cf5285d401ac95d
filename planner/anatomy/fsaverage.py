"""What is known of fsaverage, so that it is recognised by its content and not by what a folder is called.

nilearn's wheel brings fsaverage5: its vertices are the first 10 242 of fsaverage's order, its sphere is fsaverage's,
and its white surface lies 1.1 mm from fsaverage's on average.
"""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path
from typing import Final

import numpy as np

from planner.anatomy.surfaces import read_surface
from planner.errors import InputError
from planner.frames import FloatArray, HemisphereName, IntArray
from planner.geometry.subdivision import subdivide

VERTICES: Final = 163_842
COARSE_VERTICES: Final = 10_242
SIDES: Final[dict[HemisphereName, str]] = {"lh": "left", "rh": "right"}
NEAR_MM: Final = 2.0  # ours: on average; another brain laid on fsaverage's mesh is several millimetres away
SAME_DIRECTION: Final = 1e-3  # radians


def fsaverage5_folder() -> Path:
    """Where nilearn keeps fsaverage5."""
    spec = find_spec("nilearn")
    if spec is None or not spec.submodule_search_locations:
        raise InputError(
            "the template needs nilearn, which is not installed", remedy="run packaging/bootstrap.py setup"
        )
    return Path(spec.submodule_search_locations[0]) / "datasets" / "data" / "fsaverage5"


def template_file(name: HemisphereName, key: str) -> Path:
    """A file of fsaverage5 by nilearn's word for what it holds, e.g. ``white``."""
    return fsaverage5_folder() / f"{key}_{SIDES[name]}.gii.gz"


def unit(sphere: FloatArray) -> FloatArray:
    """Directions ``(V, 3)`` of a registration sphere's vertices.

    Raises
    ------
    InputError
        Where a vertex has no direction.
    """
    points = np.asarray(sphere, dtype=np.float64)
    radius = np.linalg.norm(points, axis=1)
    if not (np.isfinite(radius) & (radius > 0)).all():
        raise InputError(
            "the registration sphere has vertices at its centre or that are not numbers",
            remedy="give the sphere.reg that FreeSurfer's surface registration wrote",
        )
    return np.asarray(points / radius[:, None])


def has_fsaverage_faces(name: HemisphereName, vertices: int, faces: IntArray) -> bool:
    """Whether a mesh has fsaverage's vertices in fsaverage's order, as its triangles tell."""
    if vertices != VERTICES:
        return False
    own = read_surface(template_file(name, "white")).faces
    count = COARSE_VERTICES
    for _ in range(2):
        own, parents = subdivide(own, count)
        count += len(parents)
    return np.array_equal(_face_set(faces, count), _face_set(own, count))


def is_fsaverage_white(name: HemisphereName, white_mm: FloatArray) -> bool:
    """Whether a white surface ``(V, 3)``, in fsaverage's order and not coarser than fsaverage5, is the template's."""
    return _mean_distance(name, "white", white_mm) < NEAR_MM


def is_fsaverage_sphere(name: HemisphereName, sphere: FloatArray) -> bool:
    """Whether a sphere ``(V, 3)`` is fsaverage's, or the coarser fsaverage5's."""
    return _mean_distance(name, "sphere", unit(sphere)) < SAME_DIRECTION


def _mean_distance(name: HemisphereName, key: str, points: FloatArray) -> float:
    if len(points) < COARSE_VERTICES:
        return np.inf
    coarse = read_surface(template_file(name, key)).points.mm
    if key == "sphere":
        coarse = unit(coarse)
    return float(np.linalg.norm(points[:COARSE_VERTICES] - coarse, axis=1).mean())


def _face_set(faces: IntArray, count: int) -> IntArray:
    """Oriented triangles as sorted numbers, whichever corner each begins with."""
    rows, first = np.arange(len(faces)), faces.argmin(axis=1)
    a, b, c = (faces[rows, (first + turn) % 3] for turn in range(3))
    return np.sort((a * count + b) * count + c)
