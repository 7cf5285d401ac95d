"""Optimisation as a whole: better, feasible, deterministic, honest about what it could not do."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest
import torch
from torch import Tensor

from planner.design.assess import assess
from planner.design.baselines import baseline
from planner.design.candidates import feasible
from planner.design.constraints import thread_margins
from planner.design.limits import Limits
from planner.design.objective import Objective
from planner.design.optimise import Step, optimise
from planner.design.repair import repaired
from planner.design.site import Site
from planner.design.verify import verify
from planner.implant.device import Device
from planner.implant.parameters import ThreadTensors, to_tensors
from planner.implant.thread import Implant
from planner.tasks.reading import reading_task

TASK = reading_task()


@pytest.fixture(scope="module")
def limits(long_thread: Device) -> Limits:
    return Limits(6, long_thread.clearance_mm, long_thread.spacing_mm, long_thread.max_depth_mm)


@pytest.fixture(scope="module")
def start(site: Site, long_thread: Device, limits: Limits) -> Implant:
    return Implant((long_thread,), baseline("coverage", site, (long_thread,), limits, seed=0, extent_deg=16.0))


@pytest.fixture(scope="module")
def steps(site: Site, start: Implant, limits: Limits) -> list[Step]:
    return list(optimise(site, start, TASK, limits, steps=12))


def test_the_result_reads_better_than_coverage_and_keeps_every_limit(
    site: Site, start: Implant, limits: Limits, steps: list[Step]
) -> None:
    before, after = (assess(site, implant, TASK).measures["mse"] for implant in (start, steps[-1].implant))
    assert after < 0.95 * before
    assert verify(site.anatomy, steps[-1].implant, limits).feasible
    assert steps[-1].verdict is not None
    assert steps[-1].verdict.feasible


def test_phases_come_in_order_and_only_the_last_step_has_a_verdict(steps: list[Step]) -> None:
    phases = [step.phase for step in steps]
    assert list(dict.fromkeys(phases)) == ["start", "exchange", "gradient", "verdict"]
    assert [step.index for step in steps if step.phase == "gradient"] == list(range(1, 13))
    assert all(step.verdict is None and step.status == "running" for step in steps[:-1])
    assert steps[-1].status == "stopped"
    assert steps[-1].message == "All steps done; every limit is kept."


def test_the_fast_hemisphere_margin_is_the_exact_one(site: Site, start: Implant, limits: Limits) -> None:
    fast, exact = thread_margins(site, start, limits), verify(site.anatomy, start, limits).margins
    for name, found in exact.items():
        assert fast[name].margins["hemisphere"] == pytest.approx(found.margins["hemisphere"], abs=1e-6)


def test_a_thread_that_was_given_up_is_told_from_one_that_moved(start: Implant, steps: list[Step]) -> None:
    known = {thread.name: thread for thread in start.threads}
    chosen = steps[[step.phase for step in steps].index("gradient") - 1]
    assert chosen.phase == "exchange"
    given_up = set(known) - {thread.name for thread in chosen.implant.threads}
    assert given_up
    assert len(chosen.implant.threads) == len(known)
    for thread in chosen.implant.threads:  # nothing has moved yet: one of the old ones, or new and called so
        assert thread.name not in known or known[thread.name].entry_mm == thread.entry_mm
    assert not given_up & {thread.name for thread in steps[-1].implant.threads}


def test_without_exchange_every_thread_stays_itself_and_the_percept_still_gets_better(
    site: Site, start: Implant, limits: Limits
) -> None:
    found = list(optimise(site, start, TASK, limits, steps=12, exchanging=False))
    assert {step.phase for step in found} == {"start", "gradient", "verdict"}
    names = [thread.name for thread in start.threads]
    assert all([thread.name for thread in step.implant.threads] == names for step in found)
    assert found[-1].loss < found[0].loss
    assert found[-1].verdict is not None
    assert found[-1].verdict.feasible
    for before, after in zip(start.threads, found[-1].implant.threads, strict=True):
        assert before.name == after.name
        assert 0.0 < np.linalg.norm(np.subtract(before.entry_mm, after.entry_mm)) < 3.0


def test_a_step_shows_the_percept_of_its_own_threads(site: Site, steps: list[Step]) -> None:
    step = steps[-1]
    np.testing.assert_allclose(step.percept_images, assess(site, step.implant, TASK).percept_images, atol=1e-5)


def test_same_seed_same_plan(site: Site, start: Implant, limits: Limits, steps: list[Step]) -> None:
    *_, again = optimise(site, start, TASK, limits, steps=12)
    assert again.implant == steps[-1].implant


def test_entries_of_every_gradient_step_lie_on_pial(site: Site, steps: list[Step]) -> None:
    for step in steps:
        for thread in step.implant.threads:
            nearest, _ = site.sides[thread.hemisphere].pial.closest(np.array([thread.entry_mm]))
            assert np.linalg.norm(nearest[0] - thread.entry_mm) < 1e-6


def test_locked_threads_do_not_move(site: Site, start: Implant, limits: Limits) -> None:
    locked = replace(start, threads=tuple(replace(t, locked=i < 3) for i, t in enumerate(start.threads)))
    *_, last = optimise(site, locked, TASK, limits, steps=3)
    assert last.implant.threads[:3] == locked.threads[:3]
    assert last.implant.threads[3:] != locked.threads[3:]


def test_all_locked_is_answered_with_a_verdict(site: Site, start: Implant, limits: Limits) -> None:
    locked = replace(start, threads=tuple(replace(t, locked=True) for t in start.threads))
    first, last = optimise(site, locked, TASK, limits, steps=3)
    assert last.implant == locked
    assert last.verdict is not None
    assert last.verdict.feasible
    assert first.phase == "start"
    assert last.message == "Every thread is locked; every limit is kept."


def test_a_locked_thread_that_breaks_a_limit_is_named(site: Site, start: Implant, limits: Limits) -> None:
    bad = replace(start.threads[0], depth_mm=limits.max_depth_mm + 1.0, locked=True)
    *_, last = optimise(site, replace(start, threads=(bad, *start.threads[1:])), TASK, limits, steps=2)
    assert last.status == "infeasible"
    assert bad.name in last.message


def test_a_thread_that_starts_infeasible_is_given_a_feasible_place(site: Site, start: Implant, limits: Limits) -> None:
    astray = replace(start.threads[0], direction=tuple(-d for d in start.threads[0].direction))  # out of the head
    *_, last = optimise(site, replace(start, threads=(astray, *start.threads[1:])), TASK, limits, steps=2)
    assert last.verdict is not None
    assert last.verdict.feasible


def test_candidates_are_not_measured_again_to_repair_a_thread(
    site: Site, start: Implant, limits: Limits, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured = []

    def spied(given_site: Site, threads: ThreadTensors, *rest: Any) -> Tensor:
        measured.append(len(threads))
        return feasible(given_site, threads, *rest)

    monkeypatch.setattr("planner.design.repair.feasible", spied)
    astray = to_tensors([replace(t, depth_mm=limits.max_depth_mm + 5.0) for t in start.threads])
    objective = Objective(site, start.devices, TASK, limits)
    mended, replaced = repaired(
        objective, astray, astray, to_tensors(start.threads), torch.ones(len(astray), dtype=torch.bool)
    )
    assert measured == [1] * 3 * len(astray)  # as it is, pushed back, and its last good pose
    assert replaced.tolist() == list(range(len(astray)))
    assert sorted(mended.depth_mm.tolist()) == sorted(t.depth_mm for t in start.threads)


def test_no_steps_are_not_called_done(site: Site, start: Implant, limits: Limits) -> None:
    *_, last = optimise(site, start, TASK, limits, steps=0, exchanging=False)
    assert last.message == "No gradient steps were asked for; every limit is kept."


def test_stop_ends_with_a_verified_implant(site: Site, start: Implant, limits: Limits) -> None:
    asked = iter([False, False, True])
    found = list(optimise(site, start, TASK, limits, steps=500, stop=lambda: next(asked, True)))
    assert len(found) < 10
    assert found[-1].status == "stopped"
    assert found[-1].message == f"Stopped after {found[-1].index} of 500 steps; every limit is kept."
    assert found[-1].verdict is not None
    assert found[-1].verdict.feasible


def test_nothing_new_is_begun_once_it_is_to_stop(site: Site, start: Implant, limits: Limits) -> None:
    told: list[str] = []
    found = list(optimise(site, start, TASK, limits, stop=lambda: True, progress=lambda what, *_: told.append(what)))
    assert [step.phase for step in found] == ["start", "verdict"]
    assert set(told) == {"Repairing threads", "Verifying"}
    assert found[-1].implant == found[0].implant
    assert found[-1].status == "stopped"
    assert found[-1].verdict is not None
    assert found[-1].verdict.feasible


def test_what_goes_on_is_told_and_can_be_abandoned_meanwhile(site: Site, start: Implant, limits: Limits) -> None:
    told: list[tuple[str, int, int]] = []
    list(optimise(site, start, TASK, limits, steps=1, progress=lambda *what: told.append(what)))
    phases = list(dict.fromkeys(what for what, _, _ in told))
    assert phases[0].startswith("Looking for places")
    assert [what for what in phases if not what.startswith(("Looking", "Spreading"))] == [
        "Computing what each candidate shows",
        "Choosing threads",
        "Repairing threads",
        "Verifying",
        "Searching at random, to compare",
    ]
    assert all(0 <= done <= total for _, done, total in told)
    repairs = [(done, total) for what, done, total in told if what == "Repairing threads"]
    assert (0, 0) in repairs  # how much there is to do is not known yet
    assert all(done > 0 for done, total in repairs if total)

    class Abandoned(Exception):
        pass

    def listen(what: str, done: int, total: int) -> None:
        if what == phases[2]:
            raise Abandoned

    with pytest.raises(Abandoned):
        list(optimise(site, start, TASK, limits, steps=1, progress=listen))


def test_ignoring_vessels_is_seen_in_the_verdict(site: Site, long_thread: Device) -> None:
    limits = Limits(24, 0.6, long_thread.spacing_mm, long_thread.max_depth_mm)
    start = Implant(
        (long_thread,), baseline("coverage", site, (long_thread,), limits, seed=0, extent_deg=16.0, avoid_vessels=False)
    )
    *_, last = optimise(site, start, TASK, limits, steps=2, avoid_vessels=False)
    assert last.verdict is not None
    assert not last.verdict.feasible
    assert {violation.constraint for violation in last.verdict.violations} == {"vessel"}
    assert last.status != "infeasible"  # what was to be kept is kept
