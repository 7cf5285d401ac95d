"""A random search with as many evaluations as an optimisation had: what chance alone would have found."""

from __future__ import annotations

import numpy as np

from planner.design.choice import Choice
from planner.design.lineage import Lineage
from planner.design.objective import Objective
from planner.design.step import Control
from planner.frames import IntArray
from planner.implant.parameters import ThreadTensors
from planner.implant.thread import Implant


def random_search(
    objective: Objective,
    choice: Choice,
    given: Lineage,
    table: ThreadTensors,
    start: Implant,
    evaluations: int,
    weighed: int,
    seed: int,
) -> Control | None:
    """The best of so many random choices of candidates that keep every limit; None where they have no room.

    Candidates, spacing and budget are the optimisation's own; locked threads stay.
    """
    generator = np.random.default_rng([seed, 1])
    fixed: IntArray = np.flatnonzero(~given.free.numpy())
    best, rows = np.inf, None
    for _ in range(evaluations):
        drawn = choice.random(fixed, generator)
        error = choice.error(drawn)
        if choice.full(drawn) and error < best:
            best, rows = error, drawn
    if rows is None:
        return None
    found = given.chosen(table, rows)
    return Control(evaluations, weighed, float(objective.see(found.threads).error), found.implant(start).threads)
