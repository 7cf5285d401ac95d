"""Baselines: as many threads as asked for, all limits kept, coverage spread farther than chance."""

from __future__ import annotations

import numpy as np
import pytest

from planner.design.baselines import BASELINES, Baseline, baseline
from planner.design.limits import Limits
from planner.design.site import Site
from planner.design.verify import verify
from planner.errors import InfeasibleError
from planner.implant.device import Device
from planner.implant.thread import Implant, Thread


@pytest.fixture(scope="module")
def limits(long_thread: Device) -> Limits:
    return Limits(16, long_thread.clearance_mm, long_thread.spacing_mm, long_thread.max_depth_mm)


def nearest_neighbour_mm(device: Device, threads: tuple[Thread, ...]) -> float:
    middle = Implant((device,), threads).contacts_mm().reshape(len(threads), -1, 3).mean(axis=1)
    apart = np.linalg.norm(middle[:, None] - middle[None], axis=2) + np.diag(np.full(len(middle), np.inf))
    return float(apart.min(axis=1).mean())


@pytest.mark.parametrize("method", BASELINES)
def test_baselines_fill_the_budget_and_pass_the_exact_gate(
    site: Site, long_thread: Device, limits: Limits, method: Baseline
) -> None:
    threads = baseline(method, site, (long_thread,), limits, seed=0, extent_deg=16.0)
    assert len(threads) == len({thread.name for thread in threads}) == 16
    assert verify(site.anatomy, Implant((long_thread,), threads), limits).feasible
    assert baseline(method, site, (long_thread,), limits, seed=0, extent_deg=16.0) == threads


def test_coverage_spreads_farther_than_chance(site: Site, long_thread: Device, limits: Limits) -> None:
    spread = nearest_neighbour_mm(
        long_thread, baseline("coverage", site, (long_thread,), limits, seed=0, extent_deg=16.0)
    )
    chance = [
        nearest_neighbour_mm(long_thread, baseline("random", site, (long_thread,), limits, seed=s, extent_deg=16.0))
        for s in range(3)
    ]
    assert spread > 1.25 * max(chance)


def test_coverage_fills_up_around_what_is_placed(site: Site, long_thread: Device, limits: Limits) -> None:
    placed = baseline("coverage", site, (long_thread,), limits, seed=0, extent_deg=16.0)[:10]
    added = baseline("coverage", site, (long_thread,), limits, seed=1, extent_deg=16.0, placed=placed)
    assert len(added) == 6
    assert not {thread.name for thread in added} & {thread.name for thread in placed}
    whole = (*placed, *added)
    assert verify(site.anatomy, Implant((long_thread,), whole), limits).feasible
    assert nearest_neighbour_mm(long_thread, whole) > 4.0


def test_coverage_that_is_to_stop_gives_the_threads_there_are(site: Site, long_thread: Device, limits: Limits) -> None:
    answers = iter([False, False, False])  # a round of candidates, two threads
    some = baseline("coverage", site, (long_thread,), limits, seed=0, extent_deg=16.0, stop=lambda: next(answers, True))
    assert some == baseline("coverage", site, (long_thread,), limits, seed=0, extent_deg=16.0)[: len(some)]
    assert 0 < len(some) < limits.threads


def test_too_little_room_is_said_with_a_remedy(site: Site, long_thread: Device) -> None:
    crowded = Limits(32, long_thread.clearance_mm, 25.0, long_thread.max_depth_mm)
    with pytest.raises(InfeasibleError, match=r"only .* of 32 threads under these limits .*fewer threads"):
        baseline("coverage", site, (long_thread,), crowded, seed=0, extent_deg=16.0)
