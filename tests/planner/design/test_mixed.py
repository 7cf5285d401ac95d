"""Threads, arrays and surface devices in one plan on the demo: candidates, both geometries, baselines."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest

from planner.design.baselines import BASELINES, Baseline, Room, threads_by
from planner.design.candidates import SAFETY_MM, candidates
from planner.design.constraints import thread_margins
from planner.design.limits import CONSTRAINTS, Limits
from planner.design.objective import phosphenes_of
from planner.design.proposals import propose
from planner.design.site import Site
from planner.design.verify import verify
from planner.implant.catalogue import load_device
from planner.implant.parameters import ThreadTensors, joined, to_tensors, to_threads
from planner.implant.thread import Implant
from planner.plan.make import device_limits

DEVICES = tuple(load_device(name) for name in ("long-thread", "utah", "icvp", "orion"))
MIX = (4, 1, 1, 1)
COUNT = 7


@pytest.fixture(scope="module")
def limits() -> Limits:
    return device_limits(DEVICES, MIX)


@pytest.fixture(scope="module")
def found(site: Site, limits: Limits) -> ThreadTensors:
    return joined([candidates(site, DEVICES, limits, COUNT, seed=2, kind=kind) for kind in range(4)])


def test_there_are_candidates_of_each_kind_and_the_exact_gate_refuses_none(
    site: Site, limits: Limits, found: ThreadTensors
) -> None:
    assert Counter(found.kind.tolist()) == dict.fromkeys(range(4), COUNT)
    verdict = verify(site.anatomy, Implant(DEVICES, to_threads(found, DEVICES)), limits)
    assert {v.constraint for v in verdict.violations} <= {"budget", "spacing"}
    exempt = {name for name, margins in verdict.margins.items() if "vessel" in margins.exempt}
    assert len(exempt) == COUNT
    assert not exempt & set(verdict.vessels_unknown)


def test_fast_and_exact_margins_agree_in_sign_outside_the_safety_margin(
    site: Site, limits: Limits, found: ThreadTensors
) -> None:
    """Of candidates and of proposals that keep few limits; hemisphere as displayed. Path where neither is off pial."""
    rng = np.random.default_rng(5)
    threads = joined([found, *(propose(site, DEVICES, kind, count, rng) for kind, count in enumerate((60, 8, 20, 8)))])
    implant = Implant(DEVICES, to_threads(threads, DEVICES))
    fast, exact = thread_margins(site, implant, limits), verify(site.anatomy, implant, limits).margins
    kept = Counter[str]()
    for thread in implant.threads:
        for name in CONSTRAINTS:
            mine, theirs = fast[thread.name].margins[name], exact[thread.name].margins[name]
            if abs(mine) > SAFETY_MM and abs(theirs) > SAFETY_MM:
                assert (mine < 0) == (theirs < 0), (thread.name, thread.device, name, mine, theirs)
                kept[name, theirs > 0] += 1
    assert all(kept[name, True] > 5 for name in ("vessel", "gray", "path", "spacing", "depth", "hemisphere"))
    assert all(kept[name, False] > 5 for name in ("vessel", "gray", "spacing"))


@pytest.mark.parametrize("method", BASELINES)
def test_every_baseline_places_the_mix_and_keeps_every_limit(
    site: Site, limits: Limits, found: ThreadTensors, method: Baseline
) -> None:
    threads = threads_by(method, Room(site, DEVICES, limits, found, to_tensors((), DEVICES), 16.0))
    assert Counter(t.device for t in threads) == dict(zip((d.name for d in DEVICES), MIX, strict=True))
    assert verify(site.anatomy, Implant(DEVICES, threads), limits).feasible


def test_what_is_placed_counts_in_its_devices_share(site: Site, limits: Limits, found: ThreadTensors) -> None:
    whole = threads_by("random", Room(site, DEVICES, limits, found, to_tensors((), DEVICES), 16.0))
    held = to_tensors([t for t in whole if t.device in ("utah", "icvp")], DEVICES)
    added = threads_by("random", Room(site, DEVICES, limits, found, held, 16.0))
    assert Counter(t.device for t in added) == {"long-thread": 4, "orion": 1}


def test_contacts_are_driven_with_their_own_devices_currents(site: Site, found: ThreadTensors) -> None:
    lit, _ = phosphenes_of(site, found, DEVICES)
    implant = Implant(DEVICES, to_threads(found, DEVICES))
    assert lit.working_ua is not None
    assert lit.most_ua is not None
    devices = [implant.device_of(implant.threads[owner]) for owner in implant.contact_owners()]
    assert lit.working_ua.tolist() == [device.working_current_ua for device in devices]
    assert lit.most_ua.tolist() == [device.max_current_ua for device in devices]


def test_one_device_of_a_mixed_implant_is_the_implant_of_that_device(
    site: Site, limits: Limits, found: ThreadTensors
) -> None:
    """Margins of threads do not depend on which other devices there are."""
    threads = to_threads(found, DEVICES)
    alone = verify(
        site.anatomy,
        Implant(DEVICES[:1], tuple(replace(t, device="") for t in threads if t.device == "long-thread")),
        replace(limits, mix=()),
    )
    mixed = verify(site.anatomy, Implant(DEVICES, threads), limits)
    for name, margins in alone.margins.items():
        beside = mixed.margins[name].margins
        assert {**margins.margins, "spacing": 0.0} == {**beside, "spacing": 0.0}
