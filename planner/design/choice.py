"""Which candidates to take: swaps, additions and removals by the task's error alone.

Percepts add up over threads, so the error of any choice of threads follows from the inner products of the single
threads' percepts with each other and with the targets. They are computed once, on a coarser picture; after that every
pair of (placed thread, candidate) is weighed at once. This is the exchange algorithm of Fedorov (1972), *Theory of
Optimal Experiments*, with the task's error as criterion; the budget is a hard count, device by device.

The gradient then refines what is chosen: it cannot itself carry a thread across the cortex.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from planner.design.baselines import apart
from planner.design.packing import packed
from planner.design.percepts import SinglePercepts
from planner.frames import FloatArray, IntArray

LEAST_GAIN = 1e-4  # of a black percept's error; smaller gains are left to the gradient


@dataclass(frozen=True, eq=False)
class _Now:
    """A choice's sums: of all its percept with each single one, its own energy, and its match with the targets."""

    overlap: FloatArray
    energy: float
    match: float

    @property
    def explained(self) -> float:
        return float(self.match**2 / max(self.energy, 1e-30))


class Choice:
    """Rows of a table of threads, and how they may change.

    Parameters
    ----------
    percepts : SinglePercepts
        Of every thread of the table.
    wanted : (D,) int64
        How many threads of each device there are to be, fixed ones included.
    fixed : (K,) bool
        Rows that may neither go nor come.

    Attributes
    ----------
    weighed : int
        How many choices have been weighed so far.
    """

    def __init__(self, percepts: SinglePercepts, wanted: IntArray, fixed: NDArray[np.bool_]) -> None:
        self._percepts, self._wanted, self._fixed = percepts, wanted, fixed
        self._kind: IntArray = np.asarray(percepts.threads.kind.numpy())
        self._near: dict[int, NDArray[np.bool_]] = {}
        self.weighed = 0

    def error(self, rows: IntArray) -> float:
        """Error of a choice as a share of a black percept's, at its best gain, on the coarse picture."""
        return 1.0 - self._sums(rows).explained / self._percepts.whole

    def full(self, rows: IntArray) -> bool:
        """Whether the whole budget is spent."""
        return bool((self._counts(rows) == self._wanted).all())

    def crowded(self, row: int) -> NDArray[np.bool_]:
        """Which threads of the table stand too near to one of them ``(K,)``; itself too."""
        if row not in self._near:
            objective, everyone = self._percepts.objective, self._percepts.threads
            one = everyone.take(torch.tensor([row]))
            self._near[row] = ~apart(everyone, one, objective.devices, objective.limits)
            self._near[row][row] = True
        return self._near[row]

    def improved(self, rows: IntArray) -> Iterator[IntArray]:
        """The rows after each move, the best first: down to the budget, up to it, then swaps that lower the error."""
        rows = np.array(rows, dtype=np.int64)
        while (next_rows := self._fewer(rows)) is not None:
            yield (rows := next_rows)
        while (next_rows := self._more(rows)) is not None:
            yield (rows := next_rows)
        if not self.full(rows):
            rows = packed(rows, self._kind, self._wanted, self._fixed, self.crowded)
            yield rows
        while (next_rows := self._swapped(rows)) is not None:
            yield (rows := next_rows)

    def _counts(self, rows: IntArray) -> IntArray:
        return np.bincount(self._kind[rows], minlength=len(self._wanted))

    def _sums(self, rows: IntArray) -> _Now:
        overlap = self._percepts.gram[rows].sum(axis=0)
        return _Now(overlap, float(overlap[rows].sum()), float(self._percepts.match[rows].sum()))

    def _fewer(self, rows: IntArray) -> IntArray | None:
        """Without the thread that is missed least, of a device that has too many; None where none has."""
        over = self._counts(rows) > self._wanted
        may_go = over[self._kind[rows]] & ~self._fixed[rows]
        if not may_go.any():
            return None
        now, single = self._sums(rows), self._percepts
        energy = now.energy - 2 * now.overlap[rows] + single.gram[rows, rows]
        explained = (now.match - single.match[rows]) ** 2 / np.maximum(energy, 1e-30)
        self.weighed += int(may_go.sum())
        return np.delete(rows, int(np.argmax(np.where(may_go, explained, -np.inf))))

    def _more(self, rows: IntArray) -> IntArray | None:
        """With the candidate that helps most, of a device that has too few; None where none has room."""
        under = self._counts(rows) < self._wanted
        free = under[self._kind] & ~self._fixed & ~self._blocked(rows)
        if not free.any():
            return None
        now, single = self._sums(rows), self._percepts
        energy = now.energy + 2 * now.overlap + np.diag(single.gram)
        explained = (now.match + single.match) ** 2 / np.maximum(energy, 1e-30)
        self.weighed += int(free.sum())
        return np.append(rows, int(np.argmax(np.where(free, explained, -np.inf))))

    def _swapped(self, rows: IntArray) -> IntArray | None:
        """With the best swap of a thread for a candidate of the same device; None where none helps noticeably."""
        if len(rows) == 0:
            return None
        now, single = self._sums(rows), self._percepts
        match = now.match - single.match[rows][:, None] + single.match[None]
        energy = (
            now.energy
            + single.gram[rows, rows][:, None]
            + np.diag(single.gram)[None]
            - 2 * now.overlap[rows][:, None]
            + 2 * now.overlap[None]
            - 2 * single.gram[rows]
        )
        gain = (match**2 / np.maximum(energy, 1e-30) - now.explained) / single.whole
        # A candidate keeps its distance to every placed thread but the one it replaces, and is none of them.
        crowds = np.stack([self.crowded(int(row)) for row in rows])
        alone = crowds.sum(axis=0)[None] - crowds == 0
        may = alone & (self._kind[rows][:, None] == self._kind[None]) & ~self._fixed[rows][:, None] & ~self._fixed[None]
        may[:, rows] = False
        self.weighed += int(may.sum())
        if not may.any():
            return None
        out, come = np.unravel_index(int(np.argmax(np.where(may, gain, -np.inf))), gain.shape)
        if gain[out, come] < LEAST_GAIN:
            return None
        swapped = rows.copy()
        swapped[out] = come
        return swapped

    def _blocked(self, rows: IntArray) -> NDArray[np.bool_]:
        blocked = np.zeros(len(self._kind), dtype=bool)
        for row in rows:
            blocked |= self.crowded(int(row))
        return blocked

    def random(self, rows: IntArray, generator: np.random.Generator) -> IntArray:
        """The fixed ones of the rows and, up to the budget, others at random; fewer where these have no room."""
        chosen = [int(row) for row in rows if self._fixed[row]]
        left = self._wanted - self._counts(np.array(chosen, dtype=np.int64))
        blocked = self._blocked(np.array(chosen, dtype=np.int64)) | self._fixed
        for row in generator.permutation(len(self._kind)):
            if not left.any():
                break
            if left[self._kind[row]] > 0 and not blocked[row]:
                chosen.append(int(row))
                left[self._kind[row]] -= 1
                blocked |= self.crowded(int(row))
        return np.array(chosen, dtype=np.int64)
