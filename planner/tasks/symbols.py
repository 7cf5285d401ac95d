"""Symbols for acuity, drawn by their geometry: Landolt rings and tumbling Es.

Both are five strokes high, so that their gap is a fifth of their height (ISO 8596:2017 for the ring; the E of Snellen's
grid of 5 × 5, as in Taylor 1978). A gap of one minute of arc, a height of 5′, is the decimal acuity 1, logMAR 0.
A value is the share of the pixel that is inked.
"""

from __future__ import annotations

from collections.abc import Mapping
from math import cos, radians, sin
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from planner.frames import FloatArray
from planner.percept.field import VisualField
from planner.tasks.fitting import check_fits
from planner.tasks.record import Symbol

DIRECTIONS: Final[Mapping[str, float]] = {
    "right": 0.0,
    "upper right": 45.0,
    "up": 90.0,
    "upper left": 135.0,
    "left": 180.0,
    "lower left": 225.0,
    "down": 270.0,
    "lower right": 315.0,
}
"""Degrees, counter-clockwise from the right, where the ring has its gap and the E its open side."""

_NODES, _WEIGHTS = np.polynomial.legendre.leggauss(16)
_LETTER: Final[Mapping[Symbol, str]] = {"landolt-c": "C", "tumbling-e": "E"}


def symbols(
    symbol: Symbol, visual_field: VisualField, height_deg: float, orientations: int = 4
) -> tuple[tuple[str, ...], Tensor]:
    """A symbol in each of its orientations, centred on fixation.

    Parameters
    ----------
    symbol : "landolt-c" or "tumbling-e"
    visual_field : VisualField
    height_deg : float
        The ring's outer diameter, or the E's height, degrees.
    orientations : int
        4, or for the ring 8.

    Returns
    -------
    labels : tuple of str
        The letter and where it is open, e.g. ``C upper left``.
    pictures : (orientations, pixels, pixels) float32
        In 0…1, row 0 the top.

    Raises
    ------
    InputError
        Where it is lower than a pixel, or comes closer than a pixel to the edge of the field.
    """
    check_fits(height_deg, 0.5, visual_field, "symbols")
    edges_deg = visual_field.edges().numpy()
    draw = landolt_ring if symbol == "landolt-c" else tumbling_e
    chosen = [name for name, angle in DIRECTIONS.items() if angle % (360 / orientations) == 0]
    drawn = [draw(edges_deg, height_deg, DIRECTIONS[name]) for name in chosen]
    labels = tuple(f"{_LETTER[symbol]} {name}" for name in chosen)
    return labels, torch.from_numpy(np.clip(np.stack(drawn), 0.0, 1.0).astype(np.float32))


def tumbling_e(edges_deg: FloatArray, height_deg: float, angle_deg: float) -> FloatArray:
    """An E on a grid of 5 × 5 strokes that is open towards an angle, a multiple of 90°.

    Parameters
    ----------
    edges_deg : (P + 1,) float64
        Edges of the pixels, ascending and symmetric about 0.
    height_deg : float
    angle_deg : float

    Returns
    -------
    (P, P) float64
        Share of each pixel that is inked, exactly; row 0 the top.
    """
    half, stroke = height_deg / 2, height_deg / 5
    back = _overlap(edges_deg, -half, -half + stroke)
    beyond = _overlap(edges_deg, -half + stroke, half)
    whole = _overlap(edges_deg, -half, half)
    bars = sum(_overlap(edges_deg, k * stroke - half, (k + 1) * stroke - half) for k in (0, 2, 4))
    upright = np.outer(whole, back) + np.outer(bars, beyond)
    return np.rot90(upright, round(angle_deg / 90)).copy()


def landolt_ring(edges_deg: FloatArray, height_deg: float, angle_deg: float) -> FloatArray:
    """A ring, a fifth of its diameter thick, with a gap of the same width and parallel edges towards an angle.

    Along each vertical line the inked length within a pixel is exact; lines are integrated by Gauss's rule between all
    abscissas where the outline bends. What it misses is under 1e-3 of a pixel's area.

    Parameters
    ----------
    edges_deg : (P + 1,) float64
        Edges of the pixels, ascending and symmetric about 0.
    height_deg : float
        Outer diameter.
    angle_deg : float
        Direction of the gap from the centre, counter-clockwise from the right.

    Returns
    -------
    (P, P) float64
        Share of each pixel that is inked; row 0 the top.
    """
    outer, inner, half = height_deg / 2, height_deg * 0.3, height_deg / 10
    along = np.array([cos(radians(angle_deg)), sin(radians(angle_deg))])
    across = np.array([-along[1], along[0]])
    corners = [
        np.sqrt(radius**2 - half**2) * along[0] + side * half * across[0]
        for radius in (outer, inner)
        for side in (-1, 1)
    ]
    bends = np.array([-outer, -inner, inner, outer, -half * abs(across[0]), half * abs(across[0]), *corners])
    breaks = np.union1d(edges_deg, bends[(bends > edges_deg[0]) & (bends < edges_deg[-1])])
    widths = np.diff(breaks)
    x = (breaks[:-1, None] + widths[:, None] * (_NODES + 1) / 2).ravel()
    weights = (widths[:, None] * _WEIGHTS / 2).ravel()
    disc, hole = _chord(x, outer), _chord(x, inner)
    gap = _strip(x, along, across, half)
    inked = (
        _below(edges_deg, disc)
        - _below(edges_deg, hole)
        - _below(edges_deg, _common(disc, gap))
        + _below(edges_deg, _common(hole, gap))
    )
    columns = np.searchsorted(edges_deg, x) - 1
    areas = np.zeros((len(edges_deg) - 1, len(edges_deg) - 1))
    np.add.at(areas.T, columns, weights[:, None] * np.diff(inked, axis=1))
    return areas[::-1] / np.outer(np.diff(edges_deg), np.diff(edges_deg))


def _overlap(edges: FloatArray, start: float, end: float) -> FloatArray:
    """Share of each pixel, along one axis, that lies between two places."""
    clipped = np.clip(edges, start, end)
    shares: FloatArray = np.diff(clipped) / np.diff(edges)
    return shares


Interval = tuple[FloatArray, FloatArray]


def _chord(x: FloatArray, radius: float) -> Interval:
    """Where vertical lines run within a circle; an empty interval where they miss it."""
    half = np.sqrt(np.maximum(radius**2 - x**2, 0.0))
    return -half, half


def _strip(x: FloatArray, along: FloatArray, across: FloatArray, half: float) -> Interval:
    """Where vertical lines run within the half strip that starts at the centre."""
    low, high = np.full_like(x, -np.inf), np.full_like(x, np.inf)
    for normal, least in ((along, 0.0), (across, -half), (-across, -half)):
        rest = least - normal[0] * x  # the half plane normal · (x, y) ≥ least
        if abs(normal[1]) < 1e-12:
            low = np.where(rest <= 0, low, np.inf)
        elif normal[1] > 0:
            low = np.maximum(low, rest / normal[1])
        else:
            high = np.minimum(high, rest / normal[1])
    return low, high


def _common(a: Interval, b: Interval) -> Interval:
    return np.maximum(a[0], b[0]), np.minimum(a[1], b[1])


def _below(y: FloatArray, interval: Interval) -> NDArray[np.float64]:
    """Length of each interval below each place, (lines, places)."""
    low, high = interval[0][:, None], interval[1][:, None]
    length: NDArray[np.float64] = np.maximum(np.minimum(y, high) - low, 0.0)
    return length
