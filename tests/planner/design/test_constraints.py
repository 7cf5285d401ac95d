from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from planner.design.baselines import baseline
from planner.design.candidates import candidates
from planner.design.constraints import margins
from planner.design.limits import CONSTRAINTS, Limits
from planner.design.site import Site
from planner.design.verify import verify
from planner.implant.device import Device
from planner.implant.parameters import ThreadTensors, to_threads
from planner.implant.thread import Implant


@pytest.fixture(scope="module")
def limits(thread_device: Device) -> Limits:
    d = thread_device
    return Limits(24, d.clearance_mm, d.spacing_mm, d.max_depth_mm)


@pytest.fixture(scope="module")
def pool(site: Site, thread_device: Device, limits: Limits) -> ThreadTensors:
    return candidates(site, (thread_device,), limits, 60, seed=4)


def test_every_candidate_passes_the_exact_gate(
    site: Site, thread_device: Device, limits: Limits, pool: ThreadTensors
) -> None:
    verdict = verify(site.anatomy, Implant((thread_device,), to_threads(pool, (thread_device,))), limits)
    assert {v.constraint for v in verdict.violations} <= {"budget", "spacing"}


def test_fast_margins_are_the_exact_ones(
    site: Site, thread_device: Device, limits: Limits, pool: ThreadTensors
) -> None:
    fast = margins(site, pool, (thread_device,), limits)
    exact = verify(site.anatomy, Implant((thread_device,), to_threads(pool, (thread_device,))), limits).margins
    for name in ("vessel", "gray", "spacing", "depth"):
        expected = np.array([m.margins[name] for m in exact.values()])  # type: ignore[index]
        expected = np.minimum(expected, 5.9) if name == "vessel" else expected
        np.testing.assert_allclose(np.minimum(fast[name].numpy(), expected.max()), expected, atol=1e-3)  # type: ignore[index]
    assert set(fast) == set(CONSTRAINTS)


def test_margins_gradients_equal_differences(
    site: Site, thread_device: Device, limits: Limits, pool: ThreadTensors
) -> None:
    few = pool.take(torch.arange(3))
    leaves = tuple(x.clone().requires_grad_() for x in (few.entry_mm, few.direction, few.depth_mm))

    def table(entry: torch.Tensor, direction: torch.Tensor, depth: torch.Tensor) -> tuple[torch.Tensor, ...]:
        found = margins(
            site, replace(few, entry_mm=entry, direction=direction, depth_mm=depth), (thread_device,), limits
        )
        return tuple(found[name] for name in ("vessel", "gray", "path", "spacing", "depth"))

    assert torch.autograd.gradcheck(table, leaves, eps=1e-6, atol=1e-4, rtol=1e-3)


def test_random_baseline_is_feasible_and_repeats_with_its_seed(
    site: Site, thread_device: Device, limits: Limits
) -> None:
    first, again = (baseline("random", site, (thread_device,), limits, seed=2, extent_deg=16.0) for _ in range(2))
    assert first == again
    assert verify(site.anatomy, Implant((thread_device,), first), limits).feasible
