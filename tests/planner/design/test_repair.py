"""Repair moves as little as it must: what keeps its limits or is locked stays, the rest goes to no candidate."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import Tensor

from planner.design.baselines import apart
from planner.design.candidates import candidates, feasible
from planner.design.limits import Limits
from planner.design.objective import Objective
from planner.design.repair import repaired, resettled
from planner.design.site import Site
from planner.design.verify import verify
from planner.geometry.exact import ExactMesh
from planner.implant.device import Device
from planner.implant.parameters import ThreadTensors, to_threads
from planner.implant.thread import Implant
from planner.tasks.reading import reading_task

PARTS = ("entry_mm", "direction", "depth_mm", "right", "kind", "across")
COUNT = 6


@pytest.fixture(scope="module")
def objective(site: Site, long_thread: Device) -> Objective:
    limits = Limits(COUNT, long_thread.clearance_mm, long_thread.spacing_mm, long_thread.max_depth_mm)
    return Objective(site, (long_thread,), reading_task(), limits)


@pytest.fixture(scope="module")
def pool(objective: Objective) -> ThreadTensors:
    return candidates(objective.site, objective.devices, objective.limits, 120, seed=8)


@pytest.fixture(scope="module")
def good(objective: Objective, pool: ThreadTensors) -> ThreadTensors:
    """The first of the pool that keep their distance from each other."""
    rows: list[int] = []
    for row in range(len(pool)):
        if len(rows) == COUNT:
            break
        held = pool.take(torch.tensor(rows, dtype=torch.int64))
        if not rows or apart(pool.take(torch.tensor([row])), held, objective.devices, objective.limits)[0]:
            rows.append(row)
    return pool.take(torch.tensor(rows))


def same(a: ThreadTensors, b: ThreadTensors, row: int) -> bool:
    return all(torch.equal(getattr(a, part)[row], getattr(b, part)[row]) for part in PARTS)


def sound(objective: Objective, threads: ThreadTensors) -> list[int]:
    rows: list[int] = feasible(objective.site, threads, objective.devices, objective.limits).tolist()
    return rows


def a_little_deeper(objective: Objective, threads: ThreadTensors, row: int) -> ThreadTensors:
    """One thread driven on until it has just left its limits, by no more than 0.05 mm."""
    depth = threads.depth_mm.clone()
    for _ in range(200):
        depth[row] += 0.05
        deeper = replace(threads, depth_mm=depth)
        if row not in sound(objective, deeper):
            return deeper
    raise AssertionError("no depth breaks a limit")


def mend(
    objective: Objective, threads: ThreadTensors, pool: ThreadTensors, free: Tensor | None = None
) -> tuple[ThreadTensors, Tensor]:
    """Without an earlier pose to go back to."""
    return repaired(objective, threads, threads, pool, torch.ones(len(threads)).bool() if free is None else free)


def test_what_keeps_its_limits_does_not_move_and_nothing_is_replaced(
    objective: Objective, good: ThreadTensors, pool: ThreadTensors
) -> None:
    found, replaced = mend(objective, good, pool)
    assert all(same(found, good, row) for row in range(COUNT))
    assert replaced.tolist() == []


@pytest.mark.parametrize("row", [1, 4])
def test_a_thread_just_out_of_its_limits_is_pushed_back_and_the_others_stay(
    objective: Objective, good: ThreadTensors, pool: ThreadTensors, row: int
) -> None:
    broken = a_little_deeper(objective, good, row)
    others = pool.take(torch.nonzero((pool.entry_mm - good.entry_mm[row]).norm(dim=1) > 1e-9).flatten())
    found, replaced = mend(objective, broken, others)
    assert [r for r in range(COUNT) if not same(found, broken, r)] == [row]
    assert replaced.tolist() == []
    assert sound(objective, found) == list(range(COUNT))
    moved = max(
        float((getattr(found, part)[row] - getattr(broken, part)[row]).norm()) for part in ("entry_mm", "tip_mm")
    )
    assert moved < 0.5 < float((others.entry_mm - broken.entry_mm[row]).norm(dim=1).min())
    pial = objective.site.anatomy.hemispheres["rh" if found.right[row] else "lh"]
    assert ExactMesh(pial.pial_mm, pial.faces).distance(found.entry_mm[row : row + 1].numpy())[0] < 1e-6


def test_locked_threads_never_move_however_they_break_their_limits(
    objective: Objective, good: ThreadTensors, pool: ThreadTensors
) -> None:
    broken = replace(good, depth_mm=good.depth_mm + torch.tensor([30.0, 0.0, 0.0, 30.0, 0.0, 0.0]).double())
    free = torch.tensor([False, True, False, True, True, True])
    found, replaced = mend(objective, broken, pool, free)
    assert same(found, broken, 0)
    assert same(found, broken, 2)
    assert set(sound(objective, found)) == {1, 2, 3, 4, 5}
    assert set(replaced.tolist()) <= {3}


def test_the_pose_that_was_last_within_is_preferred_to_a_candidate(
    objective: Objective, good: ThreadTensors, pool: ThreadTensors
) -> None:
    lost = replace(good, direction=good.direction * torch.tensor([[-1.0], [1], [1], [1], [1], [1]]).double())
    found, replaced = repaired(objective, lost, good, pool, torch.ones(COUNT).bool())
    assert same(found, good, 0)
    assert replaced.tolist() == []


def test_a_lost_thread_becomes_the_nearest_candidate_that_has_room(
    objective: Objective, good: ThreadTensors, pool: ThreadTensors
) -> None:
    lost = replace(good, direction=good.direction * torch.tensor([[-1.0], [1], [1], [1], [1], [1]]).double())
    found, replaced = mend(objective, lost, pool)
    assert replaced.tolist() == [0]
    others = good.take(torch.arange(1, COUNT))
    fits = torch.from_numpy(apart(pool, others, objective.devices, objective.limits))
    away = (pool.entry_mm - lost.entry_mm[0]).norm(dim=1)
    assert torch.equal(found.entry_mm[0], pool.entry_mm[torch.where(fits, away, torch.inf).argmin()])


def test_two_threads_in_one_place_are_parted(objective: Objective, good: ThreadTensors, pool: ThreadTensors) -> None:
    twins = good.put(torch.tensor([3]), good.take(torch.tensor([1])))
    found, _ = mend(objective, twins, pool)
    assert verify(
        objective.site.anatomy, Implant(objective.devices, to_threads(found, objective.devices)), objective.limits
    ).feasible
    assert same(found, twins, 1)


@pytest.mark.parametrize("row", [0, 5])
def test_what_the_exact_gate_refused_is_settled_where_it_does_not(
    objective: Objective, good: ThreadTensors, pool: ThreadTensors, row: int
) -> None:
    refused = a_little_deeper(objective, good, row)
    found, replaced = resettled(objective, refused, pool, {row})
    assert [r for r in range(COUNT) if not same(found, refused, r)] == [row]
    implant = Implant(objective.devices, to_threads(found, objective.devices))
    assert verify(objective.site.anatomy, implant, objective.limits).feasible
    assert set(replaced.tolist()) <= {row}
    if not len(replaced):  # a place near by is nearer than any candidate that it was not
        assert float((found.entry_mm[row] - refused.entry_mm[row]).norm()) < 1.5


def test_where_nothing_passes_a_refused_thread_stays(objective: Objective, good: ThreadTensors) -> None:
    nobody = good.take(torch.zeros(0, dtype=torch.int64))
    lost = replace(good, entry_mm=good.entry_mm + torch.tensor([0.0, 300.0, 0.0]).double())
    found, replaced = resettled(objective, lost, nobody, {2})
    assert np.array_equal(found.entry_mm[2].numpy(), lost.entry_mm[2].numpy())
    assert replaced.tolist() == []
