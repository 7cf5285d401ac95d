"""Distance from straight shafts to tapered capsules, differentiable in the shafts: the smooth side's vessels.

A capsule is the union of balls ``B(Q(t), r(t))`` along a segment, the radius changing linearly, and a shaft a segment
``P(s)``. Their distance is the minimum over ``s, t`` in [0, 1] of ``|P(s) - Q(t)| - r(t)``: a norm of an affine
function less an affine function, so jointly convex, and solved in closed form by :func:`nearest`.
"""

from __future__ import annotations

import numpy as np
import torch
from scipy.spatial import cKDTree

from planner.frames import FloatArray, IntArray

PIECE_MM = 1.0
"""Capsules and shafts are looked up by pieces no longer than this: one long segment must not widen every search."""
POINT_MM2 = 1e-24
"""A segment whose squared length is less counts as a point."""
NEIGHBOURS = 8
"""How many pieces are first asked for around each piece of a shaft; more only where these are not sure to be enough."""
FEWER = 2
"""In the classes after the first, where by then hardly any piece can be nearer."""
COARSER = 3.0
"""Pieces are indexed by size, each class so many times the one before: a trunk must not widen the search for twigs."""
SMALLEST_MM = 0.1
"""Pieces smaller than this are of one class."""
ROUNDING_MM = 1e-9
MANY = 512
"""From this many probes on, a search is worth more than one thread of execution."""


class Capsules:
    """Tapered capsules with an index over them, built once.

    Parameters
    ----------
    a_mm, b_mm : (M, 3) float64
        Ends of the centrelines; they may coincide.
    radius_a_mm, radius_b_mm : (M,) float64
        Radii at the ends, >= 0.
    """

    def __init__(self, a_mm: FloatArray, b_mm: FloatArray, radius_a_mm: FloatArray, radius_b_mm: FloatArray) -> None:
        self.a_mm = np.array(a_mm, dtype=np.float64).reshape(-1, 3)
        self.axis_mm = np.array(b_mm, dtype=np.float64).reshape(-1, 3) - self.a_mm
        self.radius_mm = np.array(radius_a_mm, dtype=np.float64).reshape(-1)
        self.taper_mm = np.array(radius_b_mm, dtype=np.float64).reshape(-1) - self.radius_mm
        self._owner, middle, half = _cut(np.linalg.norm(self.axis_mm, axis=1))
        self._middle_mm = self.a_mm[self._owner] + middle[:, None] * self.axis_mm[self._owner]
        self._middle_radius_mm = self.radius_mm[self._owner] + middle * self.taper_mm[self._owner]
        share = 0.5 * np.abs(self.taper_mm) / np.bincount(self._owner, minlength=len(self.a_mm))
        # No ball of a piece reaches farther than this from its middle.
        self._reach_mm = half + self._middle_radius_mm + share[self._owner]
        self._classes = [_SizeClass(rows, self._middle_mm, self._reach_mm) for rows in _by_size(self._reach_mm)]

    def __len__(self) -> int:
        """How many capsules there are."""
        return len(self.a_mm)

    def clearance(
        self, start_mm: torch.Tensor, end_mm: torch.Tensor, reach_mm: float = 5.0
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """Distance from each shaft's axis to the nearest capsule's wall, negative inside.

        The nearest points are found without gradient; by the envelope theorem the gradient of the minimum is the
        gradient with these points held fixed along their segments. Where a shaft meets a centreline exactly, the
        distance has no gradient and zero is given.

        Parameters
        ----------
        start_mm, end_mm : (T, 3) float tensor
            Ends of the shafts; they may coincide.
        reach_mm : float
            Nothing farther than this is looked for.

        Returns
        -------
        distance_mm : (T,) float tensor
            In the shafts' dtype; `reach_mm`, without gradient, where no capsule is nearer.
        index : (T,) int64 tensor
            The nearest capsule, -1 where none is nearer than `reach_mm`.
        """
        first = start_mm.detach().cpu().double().numpy()
        along = end_mm.detach().cpu().double().numpy() - first
        shaft, capsule = self._pairs(first, along, reach_mm)
        s, t, distance = nearest(
            first[shaft], along[shaft], self.a_mm[capsule], self.axis_mm[capsule],
            self.radius_mm[capsule], self.taper_mm[capsule],
        )  # fmt: skip
        order = np.lexsort((distance, shaft))
        met, place = np.unique(shaft[order], return_index=True)
        best = order[place]
        within = distance[best] < reach_mm
        met, best = met[within], best[within]
        found = capsule[best]
        point = self.a_mm[found] + t[best, None] * self.axis_mm[found]
        radius = self.radius_mm[found] + t[best] * self.taper_mm[found]

        index = torch.full((len(first),), -1, dtype=torch.int64)
        index[met] = torch.from_numpy(found)
        where = torch.from_numpy(met).to(start_mm.device)
        at = torch.from_numpy(s[best, None]).to(start_mm.device)
        # In float64 whatever the shafts' dtype: float32 resolves only 8 µm at 100 mm from the origin.
        shaft_mm = start_mm[where].double() * (1.0 - at) + end_mm[where].double() * at
        square = (shaft_mm - torch.from_numpy(point).to(start_mm.device)).square().sum(dim=1)
        apart = square > 0.0
        gap = torch.where(apart, torch.where(apart, square, 1.0).sqrt(), 0.0) - torch.from_numpy(radius).to(
            where.device
        )
        capped = torch.full((len(first),), reach_mm, dtype=start_mm.dtype, device=start_mm.device)
        return capped.index_put((where,), gap.to(start_mm.dtype)), index.to(start_mm.device)

    def _pairs(self, first_mm: FloatArray, along_mm: FloatArray, reach_mm: float) -> tuple[IntArray, IntArray]:
        """Pairs of shaft and capsule among which the nearest of each shaft is sure to be, if it is within reach.

        The nearest pieces of each probe (the middle of a stretch of shaft) are asked for, and more of them until a
        piece that was not named is sure to be farther away than the best one that was.
        """
        shaft, middle, half = _cut(np.linalg.norm(along_mm, axis=1))
        probe = first_mm[shaft] + middle[:, None] * along_mm[shaft]
        bound = np.full(len(first_mm), reach_mm)
        seen: list[tuple[IntArray, IntArray, FloatArray]] = []
        for sized in self._classes:
            rows, count = np.arange(len(probe)), NEIGHBOURS if not seen else FEWER
            while len(rows):
                distance, place = sized.nearest(probe[rows], count, float((bound[shaft[rows]] + half[rows]).max()))
                least = distance - (half[rows] + sized.reach_mm)[:, None]
                row, column = np.nonzero(least <= bound[shaft[rows]][:, None])
                of, piece = shaft[rows[row]], sized.rows[place[row, column]]
                apart = _to_segment(self._middle_mm[piece] - first_mm[of], along_mm[of])
                np.minimum.at(bound, of, apart - self._middle_radius_mm[piece])
                seen.append((of, piece, apart - self._reach_mm[piece]))
                unsure = (least[:, -1] <= bound[shaft[rows]]) & (count < len(sized.rows))
                rows, count = rows[unsure], 4 * count
        if not seen:
            return np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64)
        of, piece, least = (np.concatenate(parts) for parts in zip(*seen, strict=True))
        kept = least <= bound[of] + ROUNDING_MM
        pair = np.unique(of[kept] * len(self.a_mm) + self._owner[piece[kept]])
        return pair // len(self.a_mm), pair % len(self.a_mm)


class _SizeClass:
    """Pieces of like size with an index over their middles."""

    def __init__(self, rows: IntArray, middle_mm: FloatArray, reach_mm: FloatArray) -> None:
        self.rows = rows
        self.reach_mm = float(reach_mm[rows].max())
        self._index = cKDTree(middle_mm[rows])

    def nearest(self, probe_mm: FloatArray, count: int, within_mm: float) -> tuple[FloatArray, IntArray]:
        """Distances and places in `rows` of the `count` middles nearest to each probe; infinite beyond reach."""
        return self._index.query(  # type: ignore[no-any-return]  # scipy's stub
            probe_mm,
            np.arange(1, min(count, len(self.rows)) + 1),
            distance_upper_bound=within_mm + self.reach_mm,
            workers=-1 if len(probe_mm) >= MANY else 1,
        )


def _by_size(reach_mm: FloatArray) -> list[IntArray]:
    """Rows in classes of like size, the largest class first: it is the likeliest to hold what is nearest."""
    rank = np.floor(np.log(np.maximum(reach_mm, SMALLEST_MM) / SMALLEST_MM) / np.log(COARSER)).astype(np.int64)
    classes = [np.flatnonzero(rank == found) for found in np.unique(rank)]
    return sorted(classes, key=len, reverse=True)


def _to_segment(point: FloatArray, along: FloatArray) -> FloatArray:
    """Distance from points to the segments from the origin along `along`, row by row."""
    square = _dot(along, along)
    at = np.clip(_dot(point, along) / np.where(square > POINT_MM2, square, 1.0), 0.0, 1.0)
    aside = point - at[:, None] * along
    return np.asarray(np.sqrt(_dot(aside, aside)))


def nearest(
    p: FloatArray, d: FloatArray, a: FloatArray, e: FloatArray, radius: FloatArray, taper: FloatArray
) -> tuple[FloatArray, FloatArray, FloatArray]:
    """Minimise ``|p + s d - a - t e| - radius - t taper`` over s and t in [0, 1], for N pairs at once.

    The function is convex, so its minimum over the square is either the free minimum, if that lies within, or the
    minimum on one of the four sides. Each of these five is closed form (ours): with s free only the part across the
    shaft counts, and what remains is a point against a tapered capsule.

    Parameters
    ----------
    p, d, a, e : (N, 3) float64
        Shaft from p along d, centreline from a along e.
    radius, taper : (N,) float64
        Radius at a, and its change along e.

    Returns
    -------
    s, t, distance : (N,) float64
    """
    w = a - p
    dd = _dot(d, d)
    turn = 1.0 / np.where(dd > POINT_MM2, dd, 1.0)

    def along_shaft(t: FloatArray) -> FloatArray:
        return np.clip((_dot(w, d) + t * _dot(e, d)) * turn, 0.0, 1.0)

    zero, one = np.zeros(len(p)), np.ones(len(p))
    across_w, across_e = w - (_dot(w, d) * turn)[:, None] * d, e - (_dot(e, d) * turn)[:, None] * d
    free = _along_axis(-across_w, across_e, taper)
    s = np.stack([zero, one, along_shaft(zero), along_shaft(one), along_shaft(free)])
    t = np.stack([_along_axis(-w, e, taper), _along_axis(d - w, e, taper), zero, one, free])
    apart = np.linalg.norm(s[..., None] * d - w - t[..., None] * e, axis=-1) - radius - t * taper
    best = apart.argmin(axis=0)
    row = np.arange(len(p))
    return s[best, row], t[best, row], apart[best, row]


def _along_axis(w: FloatArray, e: FloatArray, taper: FloatArray) -> FloatArray:
    """The t in [0, 1] that minimises ``|w - t e| - t taper``.

    At height h above the axis the foot moves towards the thicker end by ``h k / sqrt(1 - k²)``, with
    ``k = taper / |e|``; where ``|k| >= 1`` one end's ball holds all others.
    """
    ee = _dot(e, e)
    foot = _dot(w, e) / np.where(ee > POINT_MM2, ee, 1.0)
    height = np.linalg.norm(w - foot[:, None] * e, axis=1)
    slack = ee - taper * taper
    inclined = (slack > 0.0) & (ee > POINT_MM2)
    shift = height * taper / np.sqrt(np.where(inclined, slack * ee, 1.0))
    return np.where(inclined, np.clip(foot + shift, 0.0, 1.0), np.where(taper > 0.0, 1.0, 0.0))


def _cut(length_mm: FloatArray) -> tuple[IntArray, FloatArray, FloatArray]:
    """Cut segments into equal pieces: each one's segment, the fraction its middle lies at, half its length in mm."""
    pieces = np.maximum(np.ceil(length_mm / PIECE_MM), 1).astype(np.int64)
    owner = np.repeat(np.arange(len(length_mm)), pieces)
    rank = np.arange(len(owner)) - np.repeat(np.cumsum(pieces) - pieces, pieces)
    return owner, (rank + 0.5) / pieces[owner], 0.5 * length_mm[owner] / pieces[owner]


def _dot(u: FloatArray, v: FloatArray) -> FloatArray:
    return np.asarray(np.einsum("ni,ni->n", u, v))
