"""Thinning leaves out what brute force finds to be missed least, and measures what is left as plans are."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations, pairwise

import numpy as np
import pytest
import torch

from planner.design.assess import assess
from planner.design.candidates import candidates
from planner.design.limits import Limits
from planner.design.objective import Objective
from planner.design.percepts import SinglePercepts
from planner.design.site import Site
from planner.design.thinning import MOST_MEASURED, leaving, thinned
from planner.implant.device import Device
from planner.implant.parameters import to_threads
from planner.implant.thread import Implant
from planner.percept.settings import Seeing
from planner.tasks.make import make_task
from planner.tasks.record import TaskRecord

RECORD = TaskRecord(pixels=32)


@pytest.fixture(scope="module")
def implant(site: Site, long_thread: Device) -> Implant:
    """Five threads that each show something of the field."""
    limits = Limits(5, long_thread.clearance_mm, long_thread.spacing_mm, long_thread.max_depth_mm)
    found = candidates(site, (long_thread,), limits, 60, seed=3)
    single = SinglePercepts(Objective(site, (long_thread,), make_task(RECORD), limits), found)
    best = np.argsort(-single.match)[:5]
    assert (single.match[best] > 0).all()
    return Implant((long_thread,), to_threads(found.take(torch.from_numpy(best)), (long_thread,)))


@pytest.fixture(scope="module")
def percepts(site: Site, implant: Implant) -> SinglePercepts:
    from planner.implant.parameters import to_tensors

    objective = Objective(site, implant.devices, make_task(RECORD), Limits(5, 0.0, 0.0, np.inf))
    return SinglePercepts(objective, to_tensors(implant.threads, implant.devices))


def error(percepts: SinglePercepts, rows: tuple[int, ...]) -> float:
    """Of a choice, by the percept itself: the sum of what its threads show, at its best gain, against the targets."""
    shown = percepts._single[list(rows)].double().sum(dim=0)
    targets = percepts._targets.double()
    gain = (shown @ targets) / (shown @ shown)
    return float(torch.square(gain * shown - targets).sum())


def test_each_thread_left_out_is_the_one_that_is_missed_least(percepts: SinglePercepts) -> None:
    rows = tuple(range(5))
    for gone in leaving(percepts.gram, percepts.match):
        tried = {row: error(percepts, tuple(r for r in rows if r != row)) for row in rows}
        assert tried[gone] == pytest.approx(min(tried.values()), rel=1e-4)
        rows = tuple(row for row in rows if row != gone)
    assert len(rows) == 1


def test_no_choice_of_as_many_is_better_than_the_best_and_the_first_step_is_that(percepts: SinglePercepts) -> None:
    order = leaving(percepts.gram, percepts.match)
    for count in range(1, 5):
        left = tuple(row for row in range(5) if row not in order[: 5 - count])
        best = min(error(percepts, rows) for rows in combinations(range(5), count))
        assert error(percepts, left) >= best * (1 - 1e-6)
        if count == 4:
            assert error(percepts, left) == pytest.approx(best, rel=1e-4)


def test_what_is_left_is_measured_as_a_plan_of_these_threads_is(site: Site, implant: Implant) -> None:
    found = thinned(site, implant, RECORD, Seeing())
    assert [len(stage.kept) for stage in found] == [5, 4, 3, 2, 1]
    for more, fewer in pairwise(found):
        assert set(fewer.kept) < set(more.kept)
    two = replace(implant, threads=tuple(t for t in implant.threads if t.name in found[3].kept))
    expected = assess(site, two, make_task(RECORD), Seeing()).measures
    assert found[3].measures["mse"] == pytest.approx(expected["mse"])
    assert "recognition" in found[3].measures
    assert found[0].measures["mse"] < found[-1].measures["mse"]


def test_many_threads_are_measured_at_some_numbers_with_the_ends_among_them_and_stopping_ends_it(
    site: Site, long_thread: Device, monkeypatch: pytest.MonkeyPatch
) -> None:
    limits = Limits(40, 0.0, long_thread.spacing_mm, long_thread.max_depth_mm)
    some = to_threads(candidates(site, (long_thread,), limits, 40, seed=1), (long_thread,))
    many = Implant((long_thread,), some)
    told: list[tuple[str, int, int]] = []
    found = thinned(
        site,
        many,
        TaskRecord("symbols", pixels=16),
        Seeing(),
        progress=lambda what, done, of: told.append((what, done, of)),
        stop=lambda: any(done >= 2 for what, done, _ in told if what.startswith("Measuring")),
    )
    assert len(found) == 2
    assert len(found[0].kept) == len(some)
    assert told[-1][2] == min(MOST_MEASURED, len(some))
    assert thinned(site, many, TaskRecord("symbols", pixels=16), Seeing(), stop=lambda: True) == ()
