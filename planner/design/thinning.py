"""A plan with fewer and fewer threads: what each number of insertions is worth, of those that are placed.

Threads are left out one by one, each time the one that is missed least by the task's error: percepts add up over
threads, so that this follows from the inner products of the single threads' percepts (`planner.design.percepts`). These
are of sampled currents on a coarser picture, whatever the plan's encoder. What is left is then measured as every plan
is. No thread is moved: an optimisation for a smaller budget would do better than this plan thinned.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from planner.design.assess import assess
from planner.design.limits import Limits
from planner.design.objective import Objective
from planner.design.percepts import SinglePercepts
from planner.design.progress import Progress, silent
from planner.design.scores import scores
from planner.design.site import Site
from planner.frames import FloatArray
from planner.implant.parameters import to_tensors
from planner.implant.thread import Implant
from planner.percept.settings import Seeing
from planner.tasks.make import make_task
from planner.tasks.record import TaskRecord

MOST_MEASURED: Final = 32
"""Ours: of more threads no more numbers than this are measured, spread evenly."""


@dataclass(frozen=True)
class Thinned:
    """An implant with some of its threads left out.

    Attributes
    ----------
    kept : tuple of str
        Names of the threads that are left, in the implant's order.
    measures : mapping of str to float
        As `planner.design.assess` and `planner.design.scores` have them.
    """

    kept: tuple[str, ...]
    measures: dict[str, float]


def thinned(
    site: Site,
    implant: Implant,
    record: TaskRecord,
    seeing: Seeing,
    progress: Progress = silent,
    stop: Callable[[], bool] = lambda: False,
) -> tuple[Thinned, ...]:
    """What is left of an implant for each number of threads, from all of them down to one.

    Parameters
    ----------
    site : Site
    implant : Implant
        With a thread or more.
    record : TaskRecord
    seeing : Seeing
    progress : callable
        See `planner.design.progress`.
    stop : callable
        Once it says so, what has been measured so far is all there is.

    Returns
    -------
    tuple of Thinned
        Most threads first.
    """
    task = make_task(record)
    limits = Limits(len(implant.threads), 0.0, 0.0, np.inf)
    objective = Objective(site, implant.devices, task, limits, seeing=seeing)
    percepts = SinglePercepts(objective, to_tensors(implant.threads, implant.devices), progress, stop)
    if stop():
        return ()
    rows = list(range(len(implant.threads)))
    lefts = [tuple(rows)]
    for gone in leaving(percepts.gram, percepts.match):
        rows.remove(gone)
        lefts.append(tuple(rows))
    wanted = _spread(lefts)
    found: list[Thinned] = []
    for number, left in enumerate(wanted):
        progress("Measuring with fewer threads", number, len(wanted))
        if stop():
            break
        fewer = replace(implant, threads=tuple(implant.threads[row] for row in left))
        seen = assess(site, fewer, task, seeing)
        measures = seen.measures | scores(record, site, fewer, seeing, seen.percept_images)
        found.append(Thinned(tuple(thread.name for thread in fewer.threads), measures))
    return tuple(found)


def leaving(gram: FloatArray, match: FloatArray) -> tuple[int, ...]:
    """The order in which threads are left out, each the one that is missed least at its turn; the last one stays.

    Parameters
    ----------
    gram : (K, K) float64
        Inner products of what single threads show.
    match : (K,) float64
        Inner products with the targets.
    """
    left = np.arange(len(match))
    overlap, energy, matched = gram.sum(axis=0), float(gram.sum()), float(match.sum())
    order: list[int] = []
    while len(left) > 1:
        without = energy - 2 * overlap[left] + gram[left, left]
        explained = (matched - match[left]) ** 2 / np.maximum(without, 1e-30)
        place = int(np.argmax(explained))
        gone = int(left[place])
        energy, matched = float(without[place]), matched - float(match[gone])
        overlap = overlap - gram[gone]
        left = np.delete(left, place)
        order.append(gone)
    return tuple(order)


def _spread(lefts: Sequence[tuple[int, ...]]) -> list[tuple[int, ...]]:
    """All of them, or so many that the first and the last are among them."""
    places = np.unique(np.linspace(0, len(lefts) - 1, min(MOST_MEASURED, len(lefts))).round().astype(int))
    return [lefts[place] for place in places]
