"""Baselines: as many threads as asked for, all limits kept, coverage spread farther than chance."""

from __future__ import annotations

import numpy as np
import pytest

from planner.design.baselines import BASELINES, Baseline, baseline
from planner.design.limits import Limits
from planner.design.objective import phosphenes_of
from planner.design.site import Site
from planner.design.verify import verify
from planner.errors import InfeasibleError
from planner.frames import FloatArray
from planner.implant.device import Device
from planner.implant.parameters import to_tensors
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


def seen_deg(site: Site, device: Device, threads: tuple[Thread, ...]) -> FloatArray:
    """Where in the visual field the middle of each thread's contacts is seen ``(T, 2)``."""
    lit, _ = phosphenes_of(site, to_tensors(threads), (device,))
    return np.asarray(lit.field_deg.reshape(len(threads), -1, 2).mean(dim=1).numpy())


def apart_deg(seen: FloatArray) -> float:
    """Mean distance to the nearest other."""
    distance = np.linalg.norm(seen[:, None] - seen[None], axis=2) + np.diag(np.full(len(seen), np.inf))
    return float(distance.min(axis=1).mean())


def test_field_spreads_farther_in_degrees_than_chance_and_coverage_within_what_is_shown(
    site: Site, long_thread: Device, limits: Limits
) -> None:
    found = {
        (method, seed): seen_deg(
            site, long_thread, baseline(method, site, (long_thread,), limits, seed=seed, extent_deg=16.0)
        )
        for method in ("field", "coverage", "random")
        for seed in range(2)
    }
    assert all(np.abs(found["field", seed]).max() <= 8.0 for seed in range(2))
    within = {key: apart_deg(seen[np.abs(seen).max(axis=1) <= 8.0]) for key, seen in found.items()}
    field = min(within["field", seed] for seed in range(2))
    assert field > 1.25 * max(spread for (method, _), spread in within.items() if method != "field")


def test_grid_stands_regularly_over_the_unfolded_cortex(site: Site, long_thread: Device, limits: Limits) -> None:
    """In Schwartz's map w = k·ln(z + a) with Horton and Hoyt's numbers: neighbours are as far as neighbours are."""

    def to_neighbours(method: Baseline) -> FloatArray:
        threads = baseline(method, site, (long_thread,), limits, seed=0, extent_deg=16.0)
        seen = seen_deg(site, long_thread, threads)
        w = 17.3 * np.log(np.abs(seen[:, 0]) + 1j * seen[:, 1] + 0.75)
        w = w + 1e4 * (np.array([t.hemisphere for t in threads]) == "rh")
        return np.asarray((np.abs(w[:, None] - w[None]) + np.diag(np.full(len(w), np.inf))).min(axis=1))

    grid, chance = to_neighbours("grid"), to_neighbours("random")
    assert grid.std() / grid.mean() < 0.6 * chance.std() / chance.mean()
    assert grid.mean() > 1.25 * chance.mean()


def test_too_little_room_is_said_with_a_remedy(site: Site, long_thread: Device) -> None:
    crowded = Limits(32, long_thread.clearance_mm, 25.0, long_thread.max_depth_mm)
    with pytest.raises(InfeasibleError, match=r"only .* of 32 threads under these limits .*fewer threads"):
        baseline("coverage", site, (long_thread,), crowded, seed=0, extent_deg=16.0)
