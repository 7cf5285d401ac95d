"""Implants of several devices on the demo: candidates and baselines of each, fast margins against the exact ones."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from planner.design.candidates import candidates
from planner.design.choice import Choice
from planner.design.constraints import thread_margins
from planner.design.limits import CONSTRAINTS, Limits
from planner.design.objective import Objective
from planner.design.percepts import SinglePercepts
from planner.design.site import Site
from planner.design.verify import verify
from planner.implant.catalogue import load_device
from planner.implant.parameters import ThreadTensors, joined, to_threads
from planner.implant.thread import Implant
from planner.plan.make import device_limits
from planner.tasks.reading import reading_task

DEVICES = tuple(load_device(name) for name in ("thread", "icvp", "orion"))
MIX = (6, 2, 1)
COUNT = 12


@pytest.fixture(scope="module")
def limits() -> Limits:
    return device_limits(DEVICES, MIX)


@pytest.fixture(scope="module")
def found(site: Site, limits: Limits) -> list[ThreadTensors]:
    return [candidates(site, DEVICES, limits, COUNT, seed=1, kind=kind) for kind in range(len(DEVICES))]


def alone(limits: Limits) -> Limits:
    """The same without budget or spacing."""
    return replace(limits, threads=999, mix=(333,) * 3, spacing_mm=-1e3)


def test_the_margins_shown_are_the_gates_for_every_device(
    site: Site, limits: Limits, found: list[ThreadTensors]
) -> None:
    """Also for what breaks them: the same implant, each thread a little deeper and aside."""
    threads = to_threads(joined([part.take(torch.arange(5)) for part in found]), DEVICES)
    generator = np.random.default_rng(0)
    for amount in (0.0, 0.3):
        moved = [
            replace(
                thread,
                depth_mm=thread.depth_mm + amount,
                entry_mm=tuple(np.array(thread.entry_mm) + amount * generator.normal(size=3)),
            )
            for thread in threads
        ]
        implant = Implant(DEVICES, tuple(moved))
        shown, exact = thread_margins(site, implant, limits), verify(site.anatomy, implant, limits).margins
        for name in exact:
            assert shown[name].exempt == exact[name].exempt
            assert shown[name].unknown_kinds == exact[name].unknown_kinds
            for constraint in ("vessel", "gray", "spacing", "depth", "hemisphere"):
                fast, true = shown[name].margins[constraint], exact[name].margins[constraint]
                assert constraint in CONSTRAINTS
                assert fast == pytest.approx(true, abs=2e-3) or min(fast, true) > 4.0, (name, constraint)
            fast, true = shown[name].margins["path"], exact[name].margins["path"]
            assert (fast < -0.06) <= (true < 0), (name, "path")
            assert (true < -0.06) <= (fast < 0), (name, "path")


def test_a_choice_fills_and_swaps_device_by_device(site: Site, limits: Limits, found: list[ThreadTensors]) -> None:
    table = joined(found)
    objective = Objective(site, DEVICES, reading_task(), replace(limits, mix=(3, 2, 1), threads=6))
    kind, wanted = table.kind.numpy(), np.array([3, 2, 1])
    choice = Choice(SinglePercepts(objective, table), wanted, np.arange(len(table)) == 0)
    before = np.array([0, 1, 2, 3, 4], dtype=np.int64)  # two threads too many, no array, no discs
    *_, last = choice.improved(before)
    assert np.bincount(kind[last], minlength=3).tolist() == [3, 2, 1]
    assert 0 in last
    assert choice.error(last) < choice.error(before)
    swaps = [np.array(rows) for rows in choice.improved(last)]
    assert swaps == []
    # Nothing is left by any single swap within a device, spacing kept.
    for out, row in enumerate(last):
        if row == 0:
            continue
        rest = np.delete(last, out)
        blocked = np.any([choice.crowded(int(r)) for r in rest], axis=0)
        for come in np.flatnonzero((kind == kind[row]) & ~blocked):
            assert choice.error(np.append(rest, come)) >= choice.error(last) - 1.001e-4
