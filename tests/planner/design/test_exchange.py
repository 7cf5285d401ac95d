"""The exchange finds what brute force finds, and respects locks and spacing."""

from __future__ import annotations

import itertools

import pytest
import torch

from planner.design.baselines import apart
from planner.design.candidates import candidates
from planner.design.exchange import exchange
from planner.design.limits import Limits
from planner.design.objective import Objective
from planner.design.site import Site
from planner.implant.device import Device
from planner.implant.parameters import ThreadTensors
from planner.tasks.reading import reading_task


@pytest.fixture(scope="module")
def objective(site: Site, long_thread: Device) -> Objective:
    limits = Limits(4, long_thread.clearance_mm, long_thread.spacing_mm, long_thread.max_depth_mm)
    return Objective(site, (long_thread,), reading_task(), limits)


@pytest.fixture(scope="module")
def pool(objective: Objective) -> ThreadTensors:
    return candidates(objective.site, objective.devices, objective.limits, 40, seed=1)


def spaced(objective: Objective, threads: ThreadTensors) -> bool:
    pairs = itertools.combinations(range(len(threads)), 2)
    return all(
        apart(threads.take(torch.tensor([a])), threads.take(torch.tensor([b])), objective.devices, objective.limits)[0]
        for a, b in pairs
    )


def test_each_swap_is_the_best_single_swap(objective: Objective, pool: ThreadTensors) -> None:
    start = pool.take(torch.arange(4))
    rest = pool.take(torch.arange(4, 40))
    first = next(exchange(objective, start, rest, torch.ones(4, dtype=torch.bool)))
    tried = []
    for out, come in itertools.product(range(4), range(36)):
        swapped = start.put(torch.tensor([out]), rest.take(torch.tensor([come])))
        if spaced(objective, swapped):
            tried.append(float(objective.see(swapped).error))
    # The exchange looks at a coarser picture, hence the slack against the fine one.
    assert float(objective.see(first).error) <= min(tried) + 0.004
    assert float(objective.see(first).error) < float(objective.see(start).error)


def test_it_ends_spaced_and_with_a_smaller_error(objective: Objective, pool: ThreadTensors) -> None:
    start = pool.take(torch.arange(4))
    *_, last = exchange(objective, start, pool, torch.ones(4, dtype=torch.bool))
    assert spaced(objective, last)
    assert float(objective.see(last).error) < float(objective.see(start).error) - 0.01


def test_locked_threads_stay(objective: Objective, pool: ThreadTensors) -> None:
    start = pool.take(torch.arange(4))
    free = torch.tensor([True, False, True, False])
    *_, last = exchange(objective, start, pool, free)
    assert torch.equal(last.entry_mm[~free], start.entry_mm[~free])
    assert not torch.equal(last.entry_mm[free], start.entry_mm[free])


@pytest.mark.parametrize("asked", [0, 1, 2, 3])
def test_it_swaps_nothing_once_it_is_to_stop(objective: Objective, pool: ThreadTensors, asked: int) -> None:
    answers = iter([False] * asked)
    told: list[str] = []
    swaps = exchange(
        objective,
        pool.take(torch.arange(4)),
        pool,
        torch.ones(4, dtype=torch.bool),
        lambda what, *_: told.append(what),
        lambda: next(answers, True),
    )
    assert list(swaps) == []
    assert len(told) == min(asked, 2)
