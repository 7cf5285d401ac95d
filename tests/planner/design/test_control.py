"""Chance is given as many tries as it is told, keeps every limit, and never beats all choices tried one by one."""

from __future__ import annotations

import itertools
from dataclasses import replace

import numpy as np
import pytest
import torch

from planner.design.baselines import apart
from planner.design.candidates import candidates
from planner.design.choice import Choice
from planner.design.control import random_search
from planner.design.limits import Limits
from planner.design.lineage import Lineage
from planner.design.objective import Objective
from planner.design.percepts import SinglePercepts
from planner.design.site import Site
from planner.design.step import Control
from planner.frames import IntArray
from planner.implant.device import Device
from planner.implant.parameters import to_threads
from planner.implant.thread import Implant
from planner.tasks.reading import reading_task

COUNT, WANTED = 11, 3


@pytest.fixture(scope="module")
def percepts(site: Site, long_thread: Device) -> SinglePercepts:
    limits = Limits(WANTED, long_thread.clearance_mm, 3.0, long_thread.max_depth_mm)
    objective = Objective(site, (long_thread,), reading_task(), limits)
    return SinglePercepts(objective, candidates(site, (long_thread,), limits, COUNT, seed=6))


class Counted(Choice):
    """A choice that remembers what was drawn."""

    def __init__(self, percepts: SinglePercepts, wanted: int = WANTED, fixed: tuple[int, ...] = ()) -> None:
        super().__init__(percepts, np.array([wanted]), np.isin(np.arange(COUNT), fixed))
        self.drawn: list[IntArray] = []

    def random(self, rows: IntArray, generator: np.random.Generator) -> IntArray:
        self.drawn.append(super().random(rows, generator))
        return self.drawn[-1]


def start(percepts: SinglePercepts, locked: bool = False) -> Implant:
    """One thread that is there already: the table's first."""
    devices = percepts.objective.devices
    (thread,) = to_threads(percepts.threads.take(torch.tensor([0])), devices)
    return Implant(devices, (replace(thread, locked=locked),))


def every_choice(percepts: SinglePercepts, wanted: int = WANTED) -> list[IntArray]:
    """All rows of the budget's size that keep their distance."""
    o = percepts.objective
    one = [percepts.threads.take(torch.tensor([row])) for row in range(COUNT)]
    clear = np.array([[bool(apart(a, b, o.devices, o.limits)[0]) for b in one] for a in one])
    return [
        np.array(rows)
        for rows in itertools.combinations(range(COUNT), wanted)
        if all(clear[a, b] for a, b in itertools.combinations(rows, 2))
    ]


def search(choice: Counted, percepts: SinglePercepts, evaluations: int, locked: bool = False) -> Control | None:
    there = start(percepts, locked)
    return random_search(
        percepts.objective, choice, Lineage.of(there), percepts.threads, there, evaluations, 99, seed=3
    )


def test_it_draws_as_often_as_it_is_told_and_gives_the_best_of_that(percepts: SinglePercepts) -> None:
    choice = Counted(percepts)
    found = search(choice, percepts, 17)
    assert found is not None
    assert (found.evaluations, found.weighed) == (len(choice.drawn), 99) == (17, 99)
    best = min(choice.drawn, key=choice.error)
    own = float(percepts.objective.see(percepts.threads.take(torch.from_numpy(best))).error)
    assert found.error == pytest.approx(own, rel=1e-6)
    assert len(found.threads) == len({thread.name for thread in found.threads}) == WANTED


def test_it_never_beats_all_choices_tried_and_in_the_end_finds_the_best(percepts: SinglePercepts) -> None:
    choice = Counted(percepts)
    every = every_choice(percepts)
    assert 20 < len(every) < 165  # spacing forbids some
    best = min(choice.error(rows) for rows in every)
    search(choice, percepts, 25)
    tried = [choice.error(rows) for rows in choice.drawn]
    assert min(tried) >= best - 1e-9
    assert {tuple(sorted(rows)) for rows in choice.drawn} <= {tuple(rows) for rows in every}
    search(choice, percepts, 3000)
    assert min(choice.error(rows) for rows in choice.drawn) == pytest.approx(best, abs=1e-9)


def test_errors_of_choices_are_those_of_the_sum_of_what_is_shown(percepts: SinglePercepts) -> None:
    """All pairs and triples, by the best gain of a least-squares fit on the pictures themselves."""
    choice = Counted(percepts)
    single, targets = percepts._single.double().numpy(), percepts._targets.double().numpy()
    for rows in [*every_choice(percepts, 2), *every_choice(percepts)]:
        shown = single[rows].sum(axis=0)
        (gain,), *_ = np.linalg.lstsq(shown[:, None], targets, rcond=None)
        left = targets - gain * shown
        assert choice.error(rows) == pytest.approx(left @ left / (targets @ targets), abs=1e-6)


def test_locked_threads_are_in_every_draw(percepts: SinglePercepts) -> None:
    choice = Counted(percepts, fixed=(0,))
    found = search(choice, percepts, 10, locked=True)
    assert found is not None
    assert all(0 in rows for rows in choice.drawn)
    assert start(percepts, locked=True).threads[0] in found.threads


def test_where_the_budget_has_no_room_there_is_nothing_to_compare_with(percepts: SinglePercepts) -> None:
    assert search(Counted(percepts, wanted=COUNT), percepts, 5) is None
    assert search(Counted(percepts), percepts, 0) is None
