from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from planner.anatomy.hemisphere import V1
from planner.anatomy.regions import Region
from planner.anatomy.windows import access_preset
from planner.design.baselines import baseline
from planner.design.candidates import candidates
from planner.design.constraints import ENOUGH_MM, margins
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
        expected = np.minimum(expected, ENOUGH_MM) if name == "vessel" else expected
        np.testing.assert_allclose(np.minimum(fast[name].numpy(), expected.max()), expected, atol=1e-3)  # type: ignore[index]
    assert set(fast) == set(limits.in_force) - {"current"}


def test_fast_margins_of_the_way_in_are_the_exact_ones(
    site: Site, thread_device: Device, limits: Limits, pool: ThreadTensors
) -> None:
    """Angle, window and a forbidden region, kept or not; the fast pial ends 40 mm from V1, where ways are long out."""
    left = site.anatomy.hemispheres["lh"]
    v1 = np.flatnonzero(left.retinotopy.area == V1)
    spot = np.flatnonzero(np.linalg.norm(left.pial_mm - left.pial_mm[v1[len(v1) // 2]], axis=1) < 8.0)
    asked = replace(
        limits,
        angle_deg=30.0,
        access=access_preset("occipital pole", site.anatomy),
        regions=(Region("spot", "lh", tuple(spot.tolist()), "made up"),),
    )
    fast = margins(site, pool, (thread_device,), asked)
    exact = verify(site.anatomy, Implant((thread_device,), to_threads(pool, (thread_device,))), asked).margins
    assert set(fast) == set(CONSTRAINTS) - {"current"}
    for name in ("angle", "access", "approach", "reach", "region"):
        expected = np.array([m.margins[name] for m in exact.values()])  # type: ignore[index]
        found = fast[name].numpy()  # type: ignore[index]
        near = expected > -30.0
        assert near.sum() > 20
        if name == "region":
            expected = np.minimum(expected, ENOUGH_MM)
        np.testing.assert_allclose(found[near], expected[near], atol=1e-3, err_msg=name)
        np.testing.assert_array_equal(found < 0, expected < 0)
        assert (expected < 0).any() or name == "reach"


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
