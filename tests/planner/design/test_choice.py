"""The choice finds what brute force finds, and respects locks, spacing and every device's budget."""

from __future__ import annotations

import itertools

import numpy as np
import pytest
import torch

from planner.design.baselines import apart
from planner.design.candidates import candidates
from planner.design.choice import Choice
from planner.design.limits import Limits
from planner.design.objective import Objective
from planner.design.percepts import SinglePercepts
from planner.design.site import Site
from planner.frames import IntArray
from planner.implant.device import Device
from planner.tasks.reading import reading_task

START = np.arange(4)


@pytest.fixture(scope="module")
def percepts(site: Site, long_thread: Device) -> SinglePercepts:
    limits = Limits(4, long_thread.clearance_mm, long_thread.spacing_mm, long_thread.max_depth_mm)
    objective = Objective(site, (long_thread,), reading_task(), limits)
    return SinglePercepts(objective, candidates(site, (long_thread,), limits, 40, seed=1))


def choosing(percepts: SinglePercepts, wanted: int = 4, fixed: tuple[int, ...] = ()) -> Choice:
    return Choice(percepts, np.array([wanted]), np.isin(np.arange(40), fixed))


def error(percepts: SinglePercepts, rows: IntArray) -> float:
    """Of the whole implant, by the objective's own percept."""
    return float(percepts.objective.see(percepts.threads.take(torch.from_numpy(np.asarray(rows)))).error)


def spaced(percepts: SinglePercepts, rows: IntArray) -> bool:
    o, pairs = percepts.objective, itertools.combinations(list(rows), 2)
    one = [(percepts.threads.take(torch.tensor([a])), percepts.threads.take(torch.tensor([b]))) for a, b in pairs]
    return all(apart(a, b, o.devices, o.limits)[0] for a, b in one)


def test_each_swap_is_the_best_single_swap(percepts: SinglePercepts) -> None:
    first = next(choosing(percepts).improved(START))
    tried = []
    for out, come in itertools.product(range(4), range(4, 40)):
        swapped = START.copy()
        swapped[out] = come
        if spaced(percepts, swapped):
            tried.append(error(percepts, swapped))
    # The choice looks at a coarser picture, hence the slack against the fine one.
    assert error(percepts, first) <= min(tried) + 0.004
    assert error(percepts, first) < error(percepts, START)


def test_it_ends_spaced_and_with_a_smaller_error(percepts: SinglePercepts) -> None:
    *_, last = choosing(percepts).improved(START)
    assert spaced(percepts, last)
    assert error(percepts, last) < error(percepts, START) - 0.01


def test_locked_threads_stay(percepts: SinglePercepts) -> None:
    *_, last = choosing(percepts, fixed=(1, 3)).improved(START)
    assert {1, 3} <= set(last)
    assert set(last) != set(START)


def test_too_many_are_given_up_where_they_are_missed_least(percepts: SinglePercepts) -> None:
    choice = choosing(percepts, wanted=3, fixed=(0,))
    first = next(choice.improved(START))
    tried = {row: choice.error(np.delete(START, row)) for row in (1, 2, 3)}
    assert set(START) - set(first) == {min(tried, key=lambda row: tried[row])}


def test_too_few_are_filled_up_with_the_best_to_the_budget_and_no_further(percepts: SinglePercepts) -> None:
    choice = choosing(percepts, wanted=6)
    first, second, *_ = choice.improved(START)
    assert (len(first), len(second)) == (5, 6)
    more = [np.append(START, row) for row in range(4, 40)]
    assert choice.error(first) == pytest.approx(min(choice.error(rows) for rows in more if spaced(percepts, rows)))
    *_, last = choice.improved(START)
    assert choice.full(last)


def test_random_choices_keep_spacing_budget_and_locks(percepts: SinglePercepts) -> None:
    choice, generator = choosing(percepts, wanted=6, fixed=(2,)), np.random.default_rng(0)
    drawn = [choice.random(np.array([2]), generator) for _ in range(20)]
    assert all(choice.full(rows) and 2 in rows and spaced(percepts, rows) for rows in drawn)
    assert len({tuple(sorted(rows)) for rows in drawn}) > 15


def test_nothing_is_computed_once_it_is_to_stop(percepts: SinglePercepts) -> None:
    told: list[str] = []
    nothing = SinglePercepts(percepts.objective, percepts.threads, lambda what, *_: told.append(what), lambda: True)
    assert told == []
    assert not nothing.gram.any()
