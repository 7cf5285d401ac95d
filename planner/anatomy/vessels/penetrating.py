"""Grown penetrating vessels: the thin ones that leave the pial surface and run down through the gray matter."""

from __future__ import annotations

import numpy as np
from scipy.spatial import cKDTree

from planner.anatomy.hemisphere import Hemisphere
from planner.anatomy.vessels.tree import VesselKind, VesselTree
from planner.errors import InputError
from planner.frames import FloatArray, IntArray

APART_MM = {"artery": 1.0, "vein": 1.4}
TRIES_PER_MM2 = 12.0
SEGMENTS = 8
WIDEST_MM, THINNEST_MM = 0.030, 0.015  # radii
SHALLOWEST, DEEPEST = 0.35, 0.95  # where they end, as a share of the cortex's thickness
WANDER_MM = 0.08


def grow_penetrating(hemisphere: Hemisphere, seed: int) -> tuple[VesselTree, VesselTree]:
    """Grow penetrating arterioles and venules through V1's gray matter.

    30 to 60 µm across, as the precortical and cortical arteries of man (Duvernoy, Delon & Vannson 1981). All else is
    ours: they stand at random no nearer than 1.0 mm (arterioles) and 1.4 mm (venules) to each other, follow the columns
    with a little wander, taper to half their calibre, and end anywhere from a third to nearly all of the depth.
    The twigs on the pial surface that feed them are not grown: each is a root of its own.

    Parameters
    ----------
    hemisphere : Hemisphere
        Its retinotopy says where V1 is.
    seed : int
        The same seed and surface give the same vessels.

    Returns
    -------
    arterioles, venules : VesselTree
        Radii from 0.030 mm at pial down to 0.015 mm.

    Raises
    ------
    InputError
        The hemisphere has no V1.
    """
    if len(hemisphere.v1_faces) == 0:
        raise InputError(
            f"hemisphere {hemisphere.name} has no V1 to grow vessels in", remedy="give a retinotopic map with V1"
        )
    rng = np.random.default_rng([seed, 7, hemisphere.name == "rh"])
    return _stand(hemisphere, "artery", seed, rng), _stand(hemisphere, "vein", seed, rng)


def _stand(hemisphere: Hemisphere, kind: VesselKind, seed: int, rng: np.random.Generator) -> VesselTree:
    top, bottom = _columns(hemisphere, rng)
    chosen = _scattered(top, APART_MM[kind])
    top, bottom = top[chosen], bottom[chosen]
    count = len(top)
    end = rng.uniform(SHALLOWEST, DEEPEST, count)
    along = np.linspace(0.0, 1.0, SEGMENTS + 1)
    points = top[:, None] + (end[:, None] * along)[..., None] * (bottom - top)[:, None]
    aside = rng.standard_normal((count, 1, 3)) * np.sin(np.pi * along)[:, None] * WANDER_MM
    size = rng.uniform(0.75, 1.0, count)[:, None]
    radius = np.maximum(size * (WIDEST_MM + (THINNEST_MM - WIDEST_MM) * along), THINNEST_MM)
    node = np.arange(count * (SEGMENTS + 1)).reshape(count, -1)
    edges = np.stack([node[:, :-1].ravel(), node[:, 1:].ravel()], axis=1)
    name = {"artery": "arterioles", "vein": "venules"}[kind]
    return VesselTree(
        name=f"{hemisphere.name} penetrating {name} (synthetic)",
        kind=kind,
        points_mm=(points + aside).reshape(-1, 3),
        radius_mm=radius.ravel(),
        edges=edges,
        source=f"synthetic penetrating {name}, seed {seed}",
        synthetic=True,
    )


def _columns(hemisphere: Hemisphere, rng: np.random.Generator) -> tuple[FloatArray, FloatArray]:
    """Random columns of V1, even over its pial area: their ends ``(N, 3)`` on pial and on white."""
    corners = hemisphere.faces[hemisphere.v1_faces]
    a, b, c = hemisphere.pial_mm[corners].transpose(1, 0, 2)
    area = np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2
    face = rng.choice(len(corners), size=int(np.ceil(TRIES_PER_MM2 * area.sum())), p=area / area.sum())
    u, v = rng.random((2, len(face)))
    over = u + v > 1
    u, v = np.where(over, 1 - u, u), np.where(over, 1 - v, v)
    weight = np.stack([1 - u - v, u, v], axis=1)[..., None]
    top, bottom = ((weight * points[corners[face]]).sum(axis=1) for points in (hemisphere.pial_mm, hemisphere.white_mm))
    return top, bottom


def _scattered(points_mm: FloatArray, apart_mm: float) -> IntArray:
    """Which points stay when each one drives away all later ones that are too near (Poisson disks by dart throwing)."""
    pairs = cKDTree(points_mm).query_pairs(apart_mm, output_type="ndarray")
    pairs = pairs[np.argsort(pairs[:, 0], kind="stable")]
    start = np.searchsorted(pairs[:, 0], np.arange(len(points_mm) + 1))
    kept = np.ones(len(points_mm), dtype=np.bool_)
    for point in range(len(points_mm)):  # each decision waits for the ones before it
        if kept[point]:
            kept[pairs[start[point] : start[point + 1], 1]] = False
    return np.flatnonzero(kept)
