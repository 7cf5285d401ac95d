"""Centrelines as they stand in a file: VTK's from VMTK, Slicer and alike have a radius at each point."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components
from scipy.spatial import cKDTree

from planner.anatomy.vessels.soundness import require_sound
from planner.anatomy.vessels.vtk_file import VtkData
from planner.errors import InputError
from planner.frames import FloatArray, IntArray

RADIUS_ARRAYS = {  # by the name's letters, the first that is there: what makes a radius of the number
    "maximuminscribedsphereradius": 1.0,
    "misr": 1.0,
    "radius": 1.0,
    "radii": 1.0,
    "radiusmm": 1.0,
    "tuberadius": 1.0,
    "maximuminscribedspherediameter": 0.5,
    "diameter": 0.5,
    "diameters": 0.5,
    "diametermm": 0.5,
}
DIFFERENT = 2.0  # ours: how many times one array's radii may be another's unmentioned
JOIN_MM = 1e-6
MOST = 1e9  # ours: more than a head measures in any unit, and little enough to be squared


@dataclass(frozen=True, eq=False)
class Centrelines:
    """Centrelines in a file's own coordinates and units.

    Attributes
    ----------
    points : (N, 3) float64
    radius : (N,) float64
    edges : (M, 2) int64
    space, kind : str
        What the file says of itself; empty where it says nothing.
    note : str
        What was read in a way that the user may want to know of.
    """

    points: FloatArray
    radius: FloatArray
    edges: IntArray
    space: str = ""
    kind: str = ""
    note: str = ""


def centrelines(data: VtkData, path: str | Path) -> Centrelines:
    """The lines of a VTK file with their radii.

    Points within 1e-6 of one another are one node, with the largest of their radii: branches exported as separate
    lines join.

    Parameters
    ----------
    data : VtkData
        With one segment or more.
    path : str or Path
        For messages.

    Raises
    ------
    InputError
        No radius array, or coordinates and radii that cannot be.
    """
    radius, notes = _radius(data, path)
    require_sound(data.points, radius, len(data.segments), path)
    if np.abs(data.points).max() > MOST:
        raise InputError("has coordinates that no head can have", source=path, remedy="export it again")
    points, radius, edges = _join(data.points, radius, data.segments)
    require_sound(points, radius, len(edges), path)
    notes += [f"{len(data.triangles)} faces beside the lines left out"] * bool(len(data.triangles))
    return Centrelines(points, radius, edges, data.texts.get("space", ""), data.texts.get("kind", ""), "; ".join(notes))


def _radius(data: VtkData, path: str | Path) -> tuple[FloatArray, list[str]]:
    """The radius at each point, and what is odd about where it comes from."""
    plain = {"".join(filter(str.isalnum, name)): values for name, values in data.point_arrays.items()}
    found = {name: factor * plain[name] for name, factor in RADIUS_ARRAYS.items() if name in plain}
    if not found:
        in_cells = any("".join(filter(str.isalnum, name)) in RADIUS_ARRAYS for name in data.cell_arrays)
        raise InputError(
            f"has no radius at its points (arrays: {', '.join(sorted(filter(None, data.point_arrays))) or 'none'})",
            source=path,
            remedy="turn its cell data into point data"
            if in_cells
            else "name the point array Radius or MaximumInscribedSphereRadius",
        )
    (name, radius), *others = found.items()
    notes = [f"radii from {name!r}"] * ("diam" in name)
    for other, values in others:
        with np.errstate(divide="ignore", invalid="ignore", over="ignore"):
            ratio = np.exp(np.abs(np.log(values / radius)))
        if not np.nanmax(ratio, initial=1.0) < DIFFERENT:
            notes.append(f"radii from {name!r}, though {other!r} differs {DIFFERENT:g}-fold or more")
    return radius, notes


def _join(points_mm: FloatArray, radius_mm: FloatArray, edges: IntArray) -> tuple[FloatArray, FloatArray, IntArray]:
    """Merge coincident nodes, keep the order of first appearance, drop what is repeated or has no length."""
    count = len(points_mm)
    same = cKDTree(points_mm).query_pairs(JOIN_MM, output_type="ndarray")
    graph = coo_array((np.ones(len(same)), (same[:, 0], same[:, 1])), shape=(count, count))
    _, label = connected_components(graph, directed=False)
    used = np.unique(edges)
    _, first, node = np.unique(label[used], return_index=True, return_inverse=True)
    rank = np.argsort(np.argsort(first))[node]
    new = np.full(count, -1, dtype=np.int64)
    new[used] = rank
    widest = np.zeros(len(first))
    np.maximum.at(widest, rank, radius_mm[used])
    joined = new[edges]
    joined = joined[joined[:, 0] != joined[:, 1]]
    _, kept = np.unique(np.sort(joined, axis=1), axis=0, return_index=True)
    return points_mm[used[np.sort(first)]], widest, joined[np.sort(kept)]
