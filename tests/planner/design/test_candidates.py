"""Candidates keep every limit of their own, lie in V1, and repeat with their seed."""

from __future__ import annotations

import numpy as np
import pytest
import torch

from planner.design.candidates import SAFETY_MM, candidates, feasible
from planner.design.constraints import own_margins
from planner.design.limits import Limits
from planner.design.objective import phosphenes_of
from planner.design.proposals import propose
from planner.design.site import Site
from planner.design.verify import verify
from planner.implant.device import Device
from planner.implant.parameters import ThreadTensors, to_threads
from planner.implant.thread import Implant


@pytest.fixture(scope="module")
def limits(long_thread: Device) -> Limits:
    return Limits(80, long_thread.clearance_mm, long_thread.spacing_mm, long_thread.max_depth_mm)


@pytest.fixture(scope="module")
def found(site: Site, long_thread: Device, limits: Limits) -> ThreadTensors:
    return candidates(site, (long_thread,), limits, 80, seed=5)


def test_every_candidate_passes_the_exact_gate_but_for_spacing(
    site: Site, long_thread: Device, limits: Limits, found: ThreadTensors
) -> None:
    verdict = verify(site.anatomy, Implant((long_thread,), to_threads(found, (long_thread,))), limits)
    assert {violation.constraint for violation in verdict.violations} <= {"spacing"}


def test_candidates_are_spread_over_both_hemispheres_and_the_whole_field(
    site: Site, long_thread: Device, found: ThreadTensors
) -> None:
    assert len(found) == 80
    assert 0.3 < found.right.double().mean() < 0.7
    lit, _ = phosphenes_of(site, found, (long_thread,))
    middle = lit.field_deg.reshape(80, -1, 2).mean(dim=1)
    assert (middle[:, 1] > 2).any()
    assert (middle[:, 1] < -2).any()
    eccentricity = middle.norm(dim=-1)
    assert eccentricity.min() < 2
    assert eccentricity.max() > 20
    assert lit.weight.mean() > 0.8


def test_same_seed_same_candidates(site: Site, long_thread: Device, limits: Limits, found: ThreadTensors) -> None:
    again = candidates(site, (long_thread,), limits, 80, seed=5)
    other = candidates(site, (long_thread,), limits, 80, seed=6)
    assert torch.equal(again.entry_mm, found.entry_mm)
    assert not torch.equal(other.entry_mm, found.entry_mm)


def test_feasible_keeps_just_those_with_all_own_margins_above_the_safety_margin(
    site: Site, long_thread: Device, limits: Limits
) -> None:
    proposals = propose(site, (long_thread,), 0, 300, np.random.default_rng(0))
    table = own_margins(site, proposals, (long_thread,), limits)
    worst = torch.stack(list(table.values())).amin(dim=0)
    assert torch.equal(feasible(site, proposals, (long_thread,), limits), torch.nonzero(worst >= SAFETY_MM).flatten())
    assert 0 < (worst >= SAFETY_MM).sum() < len(proposals)


def test_ignoring_vessels_admits_more(site: Site, long_thread: Device, limits: Limits) -> None:
    proposals = propose(site, (long_thread,), 0, 300, np.random.default_rng(0))
    kept = feasible(site, proposals, (long_thread,), limits)
    admitted = feasible(site, proposals, (long_thread,), limits, avoid_vessels=False)
    assert len(admitted) > len(kept)
