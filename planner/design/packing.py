"""Making room: one thread given up for two, where spacing leaves too few."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from numpy.typing import NDArray

from planner.frames import IntArray

MOST_TRIED = 64  # candidates that are tried in the place of one thread


def packed(
    rows: IntArray,
    kind: IntArray,
    wanted: IntArray,
    fixed: NDArray[np.bool_],
    crowded: Callable[[int], NDArray[np.bool_]],
) -> IntArray:
    """The rows with more of a table's threads, until the budget is spent or none can be added.

    Where none has room by itself, one is given up for two that only it was in the way of, if there are such: local
    search for independent sets (Andrade, Resende & Werneck 2012, *Fast local search for the maximum independent set
    problem*).

    Parameters
    ----------
    rows : (T,) int64
        Of the table, no two of them too near to each other.
    kind : (K,) int64
        Device of each thread of the table.
    wanted : (D,) int64
        How many of each device there are to be.
    fixed : (K,) bool
        Rows that may neither go nor come.
    crowded : callable
        Which threads of the table stand too near to a row ``(K,)``; itself too.
    """
    while (more := _one_more(rows, kind, wanted, fixed, crowded)) is not None:
        rows = more
    return rows


def _one_more(
    rows: IntArray,
    kind: IntArray,
    wanted: IntArray,
    fixed: NDArray[np.bool_],
    crowded: Callable[[int], NDArray[np.bool_]],
) -> IntArray | None:
    under = np.flatnonzero(np.bincount(kind[rows], minlength=len(wanted)) < wanted)
    crowds = np.stack([crowded(int(row)) for row in rows]) if len(rows) else np.zeros((0, len(kind)), dtype=bool)
    in_the_way = crowds.sum(axis=0)
    for device in under:
        may_come = (kind == device) & ~fixed
        may_come[rows] = False
        if (free := np.flatnonzero(may_come & (in_the_way == 0))).size:
            return np.append(rows, free[0])
        for place, row in enumerate(rows):
            if fixed[row] or kind[row] != device:
                continue
            alone = may_come & (in_the_way == 1) & crowds[place]
            for one in np.flatnonzero(alone)[:MOST_TRIED]:
                if (mates := np.flatnonzero(alone & ~crowded(int(one)))).size:
                    return np.append(np.delete(rows, place), [one, mates[0]])
    return None
