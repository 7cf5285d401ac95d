"""Grown pial trees for the demo case: no public vessel atlas lies on fsaverage, so these are invented and say so."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
from scipy.spatial import cKDTree

from planner.anatomy.hemisphere import V1, Hemisphere
from planner.anatomy.vessels.calibre import murray_radii
from planner.anatomy.vessels.course import keep_out, resample, settle, topological
from planner.anatomy.vessels.pial_patch import PialPatch
from planner.anatomy.vessels.spanning import grow, surface_graph
from planner.anatomy.vessels.tree import VesselKind, VesselTree
from planner.errors import InputError
from planner.frames import FloatArray, IntArray

REACH_MM = 45.0
SPACING_MM = 4.0
ROOT_RADIUS_MM = 0.9


def grow_pial_trees(
    hemisphere: Hemisphere, seed: int, other: Hemisphere | None = None
) -> tuple[VesselTree, VesselTree]:
    """Grow a pial artery and a pial vein over the occipital cortex.

    A balanced spanning tree over pial geodesics (Alpert et al. 1995) with calibres by Murray's law. All else is ours:
    twigs end about 4 mm from each other, the ground's slowness is a smooth random field so that courses wind, and the
    vein keeps out of the artery's way except where it crosses. The artery's root lies at the anterior end of the
    calcarine sulcus, where the posterior cerebral artery arrives; the vein's near the superior sagittal sinus.

    Parameters
    ----------
    hemisphere : Hemisphere
        Its retinotopy says where V1 is.
    seed : int
        The same seed and surfaces give the same trees.
    other : Hemisphere, optional
        The one across the midline, whose pial the trees keep out of as well.

    Returns
    -------
    artery, vein : VesselTree
        Within 45 mm of V1's centre, radii from 0.9 mm down to about 0.1 mm, no node inside pial.

    Raises
    ------
    InputError
        The hemisphere has no V1.
    """
    v1 = hemisphere.retinotopy.area == V1
    if not v1.any():
        raise InputError(
            f"hemisphere {hemisphere.name} has no V1 to grow vessels around", remedy="give a retinotopic map with V1"
        )
    pial = hemisphere.pial_mm
    centre = pial[v1].mean(axis=0)
    patch = PialPatch.around(pial, hemisphere.faces, centre, REACH_MM)
    arriving = pial[v1][pial[v1][:, 1].argmax()]
    midline = patch.vertices_mm[:, 2] - 1.5 * np.abs(patch.vertices_mm[:, 0])
    leaving = patch.vertices_mm[np.where(patch.growable, midline, -np.inf).argmax()]
    rng = np.random.default_rng([seed, hemisphere.name == "rh"])
    nothing = np.zeros((0, 3))
    artery = _grow_tree(patch, arriving, nothing, rng)
    vein = _grow_tree(patch, leaving, artery[0], rng)
    trees = _named(hemisphere, "artery", artery, seed), _named(hemisphere, "vein", vein, seed)
    if other is None:
        return trees
    facing = PialPatch.around(other.pial_mm, other.faces, centre, REACH_MM)
    first, second = (replace(tree, points_mm=keep_out(tree.points_mm, patch, facing)) for tree in trees)
    return first, second


def _grow_tree(
    patch: PialPatch, root_mm: FloatArray, avoid_mm: FloatArray, rng: np.random.Generator
) -> tuple[FloatArray, FloatArray, IntArray]:
    ground = patch.vertices_mm
    slowness = _winding(ground, rng)
    candidate = patch.growable.copy()
    if len(avoid_mm):
        gap, _ = cKDTree(avoid_mm).query(ground)
        slowness = slowness * (1.0 + 4.0 * np.exp(-((gap / 1.2) ** 2)))
        candidate &= gap > 1.2
    inside = np.flatnonzero(patch.growable)
    new = np.full(len(ground), -1, dtype=np.int64)
    new[inside] = np.arange(len(inside))
    faces = new[patch.faces]
    graph = surface_graph(ground[inside], faces[(faces >= 0).all(axis=1)], slowness[inside])
    root = int(new[inside[np.linalg.norm(ground[inside] - root_mm, axis=1).argmin()]])
    pool = rng.permutation(np.flatnonzero(candidate))[::2]
    terminals = new[pool[_spread(ground[pool] + 2.5 * patch.normals[pool], ground[inside[root]], SPACING_MM)]]
    parent = grow(graph, root, terminals)
    order = topological(parent, root)
    rank = np.full(len(inside) + 1, -1, dtype=np.int64)
    rank[order] = np.arange(len(order))
    points, above = resample(ground[inside[order]], rank[parent[order]])
    radius = murray_radii(above, ROOT_RADIUS_MM)
    return settle(points, above, radius, patch), radius, above


def _winding(points_mm: FloatArray, rng: np.random.Generator) -> FloatArray:
    """A smooth random slowness ``(V,)`` with wavelengths of 6 to 16 mm: what makes a course wind."""
    direction = rng.standard_normal((24, 3))
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    wave = direction * (2.0 * np.pi / rng.uniform(6.0, 16.0, (24, 1)))
    ripple = np.cos(points_mm @ wave.T + rng.uniform(0.0, 2.0 * np.pi, 24)).sum(axis=1) / np.sqrt(12.0)
    return np.asarray(np.exp(0.5 * ripple))


def _spread(points_mm: FloatArray, start_mm: FloatArray, spacing_mm: float) -> IntArray:
    """Farthest-point sampling until nothing is farther than the spacing; coarsest first."""
    gap = np.linalg.norm(points_mm - start_mm, axis=1)
    chosen = []
    while gap[farthest := int(gap.argmax())] > spacing_mm:
        chosen.append(farthest)
        np.minimum(gap, np.linalg.norm(points_mm - points_mm[farthest], axis=1), out=gap)
    return np.array(chosen, dtype=np.int64)


def _named(
    hemisphere: Hemisphere, kind: VesselKind, tree: tuple[FloatArray, FloatArray, IntArray], seed: int
) -> VesselTree:
    points, radius, above = tree
    edges = np.stack([above[1:], np.arange(1, len(above))], axis=1)
    name, source = f"{hemisphere.name} pial {kind} (synthetic)", f"synthetic pial {kind}, seed {seed}"
    return VesselTree(name, kind, points, radius, edges, source, synthetic=True)
