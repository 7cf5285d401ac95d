"""From a path along mesh vertices to a vessel's course: even steps, smooth bends, lying on the pial surface."""

from __future__ import annotations

import numpy as np
from scipy.sparse import csr_array, diags_array

from planner.anatomy.vessels.pial_patch import PialPatch
from planner.frames import FloatArray, IntArray

STEP_MM = 0.75
CLEAR_MM = 0.02
DEEPEST_MM = 1.0  # ours: farther below another surface's patch than this nothing reaches; its rim has no inside
TRIES = 4000  # places tried around a node


def topological(parent: IntArray, root: int) -> IntArray:
    """Nodes of the tree, a parent before its children; ``parent`` is -2 outside the tree."""
    children: dict[int, list[int]] = {}
    for node in map(int, np.flatnonzero(parent >= 0)):
        children.setdefault(int(parent[node]), []).append(node)
    order = [root]
    for above in order:
        order.extend(children.get(above, ()))
    return np.array(order, dtype=np.int64)


def resample(points_mm: FloatArray, parent: IntArray, step_mm: float = STEP_MM) -> tuple[FloatArray, IntArray]:
    """Lay nodes evenly along every run between branchings.

    Parameters
    ----------
    points_mm : (N, 3) float64
    parent : (N,) int64
        -1 at node 0, the root; a parent comes before its children.
    step_mm : float
        The longest step along the course.

    Returns
    -------
    points_mm : (M, 3) float64
    parent : (M,) int64
        In the same order of parents before children.
    """
    children = np.bincount(parent[1:], minlength=len(parent))
    new_index = {0: 0}
    points, above = [points_mm[:1]], [-1]
    count = 1
    for end in np.flatnonzero(children != 1):
        if end == 0:
            continue
        run = [int(end)]
        while len(run) == 1 or (run[-1] != 0 and children[run[-1]] == 1):
            run.append(int(parent[run[-1]]))
        course = points_mm[run[::-1]]
        along = np.concatenate([[0.0], np.cumsum(np.linalg.norm(np.diff(course, axis=0), axis=1))])
        steps = int(np.ceil(along[-1] / step_mm))
        at = np.linspace(0.0, along[-1], steps + 1)[1:]
        points.append(np.stack([np.interp(at, along, course[:, k]) for k in range(3)], axis=1))
        above += [new_index[run[-1]], *range(count, count + steps - 1)]
        count += steps
        new_index[int(end)] = count - 1
    return np.concatenate(points), np.array(above, dtype=np.int64)


def settle(points_mm: FloatArray, parent: IntArray, radius_mm: FloatArray, patch: PialPatch) -> FloatArray:
    """Smooth the course on the surface and lift it by its own radius, outside pial everywhere it can be.

    Branchings move to where their thick arms pull them, so that a trunk runs straight past its twigs. Root and leaves
    stay. Where the banks of a sulcus leave no room for the radius, nodes lie between them.

    Parameters
    ----------
    points_mm : (N, 3) float64
        On the surface.
    parent : (N,) int64
    radius_mm : (N,) float64
    patch : PialPatch

    Returns
    -------
    (N, 3) float64
    """
    pull, free = _pull(parent, radius_mm)
    ground = points_mm
    for _ in range(4):
        for _ in range(8):
            ground = np.where(free, 0.5 * (ground + pull @ ground), ground)
        ground, normal = patch.project(ground)
    wanted = radius_mm + CLEAR_MM
    lifted = _raise(ground + wanted[:, None] * normal, wanted, patch)
    for _ in range(2):
        lifted = _raise(np.where(free, 0.5 * (lifted + pull @ lifted), lifted), wanted, patch)
    for _ in range(4):
        lifted = _raise(_clear_ridges(lifted, parent, patch), 0.5 * wanted, patch)
    return lifted


def keep_out(points_mm: FloatArray, patch: PialPatch, other: PialPatch) -> FloatArray:
    """Move nodes that lie inside another hemisphere's surface to the nearest place outside both.

    Across the midline surfaces may touch or cross, so that the way straight out of one leads into the other.

    Parameters
    ----------
    points_mm : (N, 3) float64
        Settled on `patch`.
    patch, other : PialPatch
        Their own surface, and one that faces it across the midline.

    Returns
    -------
    (N, 3) float64
    """
    height, _ = other.height(points_mm)
    low = np.flatnonzero((height < CLEAR_MM) & (height > -DEEPEST_MM))
    offset = np.random.default_rng(0).uniform(-DEEPEST_MM, DEEPEST_MM, (TRIES, 3))
    offset = offset[np.argsort(np.linalg.norm(offset, axis=1))]
    out = points_mm.copy()
    for node in low:
        tried = points_mm[node] + offset
        room = np.minimum(patch.height(tried)[0], other.height(tried)[0])
        out[node] = tried[int(np.minimum(room, CLEAR_MM).argmax())]  # the nearest that is clear, or else the clearest
    return out


def _clear_ridges(points_mm: FloatArray, parent: IntArray, patch: PialPatch) -> FloatArray:
    """Lift both ends of each segment whose middle cuts into a gyrus."""
    ends = np.stack([parent[1:], np.arange(1, len(parent))], axis=1)
    height, up = patch.height(points_mm[ends].mean(axis=1))
    low = height < CLEAR_MM
    lift = np.zeros_like(points_mm)
    times = np.zeros(len(points_mm))
    np.add.at(lift, ends[low], ((CLEAR_MM - height[low])[:, None] * up[low])[:, None])
    np.add.at(times, ends[low], 1.0)
    return points_mm + lift / np.maximum(times, 1.0)[:, None]


def _pull(parent: IntArray, radius_mm: FloatArray) -> tuple[csr_array, np.ndarray]:
    count = len(parent)
    child = np.arange(1, count)
    weight = np.minimum(radius_mm[child], radius_mm[parent[1:]]) ** 2
    joined = csr_array((weight, (child, parent[1:])), shape=(count, count))
    joined = joined + joined.T
    degree = np.bincount(np.concatenate([child, parent[1:]]), minlength=count)
    return csr_array(diags_array(1.0 / joined.sum(axis=1)) @ joined), (degree > 1)[:, None]


def _raise(points_mm: FloatArray, wanted_mm: FloatArray, patch: PialPatch) -> FloatArray:
    """Push points up until they have the wanted height; of each point's tries the highest stays."""
    best, best_height = points_mm.copy(), np.full(len(points_mm), -np.inf)
    here, active = points_mm.copy(), np.arange(len(points_mm))
    for _ in range(8):
        height, up = patch.height(here)
        better = height > best_height[active]
        best[active[better]], best_height[active[better]] = here[better], height[better]
        short = wanted_mm[active] - height
        low = short > 0.01
        if not low.any():
            break
        active, here = active[low], here[low] + 0.7 * short[low, None] * up[low]
    return best
