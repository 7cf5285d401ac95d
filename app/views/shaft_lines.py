"""The lines of threads: shafts, dashed where vessels are not known, dotted where not used, ringed where too near."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from planner.anatomy.vessels.kinds import KINDS
from planner.frames import FloatArray, IntArray
from planner.implant.device import Device
from planner.implant.thread import Shafts
from planner.plan.plan import Plan

if TYPE_CHECKING:  # torch comes with it
    from planner.design.faults import Faults

DASH_MM: Final = 0.45
OPEN_MM: Final = 0.35  # between dashes
DOT_MM, WIDE_MM = 0.16, 0.5  # of a dotted shaft
RING_MM: Final = 0.4  # from crest to crest where a shaft is too near to a vessel
CREST, VALLEY = 2.2, 1.4  # how much thicker than the shaft rings are, and what is between them: its edge is thicker


@dataclass(frozen=True, eq=False)
class Lines:
    """Lines of any number of points, which follow each other.

    Attributes
    ----------
    points_mm : (P, 3) float64
    radius_mm : (P,) float64
    line : (P,) int64
        Which line each point is on, rising.
    thread : (P,) int64
        Whose it is.
    """

    points_mm: FloatArray
    radius_mm: FloatArray
    line: IntArray
    thread: IntArray

    def of(self, shown: NDArray[np.bool_], renumbered: IntArray) -> Lines:
        """Only those of some threads, which have other numbers from then on."""
        keep = shown[self.thread]
        line = np.unique(self.line[keep], return_inverse=True)[1]
        return Lines(self.points_mm[keep], self.radius_mm[keep], line, renumbered[self.thread[keep]])


NO_LINES: Final = Lines(np.zeros((0, 3)), np.zeros(0), np.zeros(0, dtype=np.int64), np.zeros(0, dtype=np.int64))


def straight(start_mm: FloatArray, end_mm: FloatArray, radius_mm: FloatArray, thread: IntArray) -> Lines:
    """One line from each start to its end ``(S, 3)``."""
    points = np.stack([start_mm, end_mm], axis=1).reshape(-1, 3)
    return Lines(points, np.repeat(radius_mm, 2), np.repeat(np.arange(len(start_mm)), 2), np.repeat(thread, 2))


def joined(first: Lines, second: Lines) -> Lines:
    """All lines of both."""
    after = int(first.line[-1]) + 1 if len(first.line) else 0
    return Lines(
        np.concatenate([first.points_mm, second.points_mm]),
        np.concatenate([first.radius_mm, second.radius_mm]),
        np.concatenate([first.line, second.line + after]),
        np.concatenate([first.thread, second.thread]),
    )


def dashed(
    start_mm: FloatArray,
    end_mm: FloatArray,
    radius_mm: FloatArray,
    thread: IntArray,
    dash_mm: float = DASH_MM,
    open_mm: float = OPEN_MM,
) -> Lines:
    """Each of the straight lines in dashes of about this length; a dash stands at either end."""
    along = end_mm - start_mm
    length = np.linalg.norm(along, axis=1)
    count = np.maximum(np.rint((length + open_mm) / (dash_mm + open_mm)), 1).astype(np.int64)
    of = np.repeat(np.arange(len(count)), count)
    rank = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
    step = (length + open_mm)[of] / count[of]  # the openings are as wide as meant, the dashes fill what is left
    begin, end = rank * step, (rank + 1) * step - open_mm
    unit = along[of] / np.maximum(length[of], 1e-9)[:, None]
    return straight(start_mm[of] + begin[:, None] * unit, start_mm[of] + end[:, None] * unit, radius_mm[of], thread[of])


def dotted(start_mm: FloatArray, end_mm: FloatArray, radius_mm: FloatArray, thread: IntArray) -> Lines:
    """Each of the straight lines in dots with wide openings, so that it is told from a dashed one."""
    return dashed(start_mm, end_mm, radius_mm, thread, DOT_MM, WIDE_MM)


def ringed(shafts: Shafts, radius_mm: FloatArray, faults: Faults) -> Lines:
    """The stretches too near to vessels: rings round a thicker shaft, with a ring at either end.

    Parameters
    ----------
    shafts : Shafts
        Of the implant that the faults are of.
    radius_mm : (T,) float64
        As thick as each thread's shaft is drawn.
    faults : Faults
    """
    if len(faults.shaft) == 0:
        return NO_LINES
    along = (shafts.tip_mm - shafts.start_mm)[faults.shaft]
    start, end = (shafts.start_mm[faults.shaft] + share[:, None] * along for share in (faults.begin, faults.end))
    return _rings(start, end, radius_mm[faults.thread], faults.thread, RING_MM)


def farther_apart(rings: Lines, times: float) -> Lines:
    """`ringed` lines with rings so many times as far from each other, so that these are told from afar."""
    if len(rings.line) == 0:
        return rings
    first, last = np.flatnonzero(np.diff(rings.line, prepend=-1)), np.flatnonzero(np.diff(rings.line, append=-1))
    points, thick = rings.points_mm, rings.radius_mm[first] / CREST
    return _rings(points[first], points[last], thick, rings.thread[first], times * RING_MM)


def _rings(start_mm: FloatArray, end_mm: FloatArray, radius_mm: FloatArray, thread: IntArray, each_mm: float) -> Lines:
    """Rings along straight lines of a shaft's radius, about so far from each other, one at either end."""
    along = end_mm - start_mm
    rings = np.maximum(np.rint(np.linalg.norm(along, axis=1) / each_mm), 1).astype(np.int64)
    count = 2 * rings + 1  # crests with a valley between each two
    of = np.repeat(np.arange(len(count)), count)
    rank = np.arange(len(of)) - np.repeat(np.cumsum(count) - count, count)
    points = start_mm[of] + (rank / (count[of] - 1))[:, None] * along[of]
    return Lines(points, radius_mm[of] * np.where(rank % 2 == 0, CREST, VALLEY), of, thread[of])


def crests(lines: Lines, radius_mm: FloatArray) -> NDArray[np.bool_]:
    """Which points ``(P,)`` of `ringed` lines are on a ring; `radius_mm` as given there."""
    return np.asarray(lines.radius_mm > 0.5 * (CREST + VALLEY) * radius_mm[lines.thread])


def needed_mm(plan: Plan, device: Device) -> float:
    """How far the axis of a device's shafts has to keep from vessels: from the kind that asks for most."""
    return max(plan.limits.required_mm(device, kind) for kind in KINDS)
