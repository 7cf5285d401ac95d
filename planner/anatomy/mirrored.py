"""Whether vessels are the mirror image of the cortex that they are given with.

Vessels have no side of their own, so both readings are tried, as given and mirrored, and the cortex says which fits.
The thresholds are ours, set so that nothing is refused that is right, and lie between what was measured of right and of
flipped data: of vessels on pial none lies inside it, of mirrored ones a third to a half.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np

from planner.anatomy.vessels.pial_index import ON_CORTEX_MM, PialIndex, sample_of
from planner.anatomy.vessels.wall import Vessel
from planner.errors import InputError
from planner.frames import FloatArray

REACH_MM: Final = 10.0  # vessels farther from cortex than this say nothing of it
SUNK_MM: Final = 0.3
FEWEST: Final = 20
NEARER, SUNK, RISEN, FEWER = 0.6, 0.25, 0.1, 0.5
"""One of two readings fits better where it is nearer by this factor, no more than this share of it lies inside, and
either a share less by this lies inside than of the other, or so few of the other are near the cortex at all: the nodes
of a flipped tree that lie near the one hemisphere of a case are those at the midline."""


def check_vessel_side(vessel: Vessel, pials: PialIndex) -> bool:
    """Refuse vessels that lie on the cortex only once x is negated.

    Returns
    -------
    bool
        Whether their sides could be told at all: their mirror image would have been refused.

    Raises
    ------
    InputError
    """
    points_mm = sample_of(vessel)
    given, mirrored = _fit(pials, points_mm), _fit(pials, points_mm * [-1.0, 1.0, 1.0])
    if mirrored.away_mm <= ON_CORTEX_MM and _better(mirrored, given):
        where = (
            f"{given.away_mm:.1f} mm from it, {100 * given.sunk:.0f} % inside"
            if np.isfinite(given.away_mm)
            else "nowhere near"
        )
        lone = len(pials.names) == 1
        raise InputError(
            f"the vessels and the cortex disagree: with x negated they lie on it ({mirrored.away_mm:.1f} mm from it, "
            f"{100 * mirrored.sunk:.0f} % inside), as given they do not ({where})",
            source=vessel.source,
            remedy="check whether x was negated when they were written, or whether they are in LPS"
            + (", or are of the side that this case lacks" if lone else ""),
        )
    return _better(given, mirrored)


@dataclass(frozen=True)
class _Fit:
    """Of a vessel's points near cortex the median distance to pial, the share that lies inside it, their number."""

    away_mm: float
    sunk: float
    near: int


def _fit(pials: PialIndex, points_mm: FloatArray) -> _Fit:
    distance, height = pials.heights(points_mm, REACH_MM)
    if len(distance) < FEWEST:
        return _Fit(float("inf"), 1.0, 0)
    return _Fit(float(np.median(distance)), float((height < -SUNK_MM).mean()), len(distance))


def _better(one: _Fit, other: _Fit) -> bool:
    """Whether one reading of a vessel clearly fits the cortex better than the other."""
    risen = one.sunk < other.sunk - RISEN or other.near < FEWER * one.near
    return one.away_mm < NEARER * other.away_mm and one.sunk < SUNK and risen
