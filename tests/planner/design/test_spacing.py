"""Spacing between arrays and threads, against all pairs of shafts by a library."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from planner.design import spacing as module
from planner.design.baselines import apart
from planner.design.candidates import SAFETY_MM
from planner.design.limits import Limits
from planner.design.spacing import ball_gaps, shaft_gaps, spacing
from planner.frames import FloatArray
from planner.geometry.exact_shafts import nearest_shafts
from planner.implant.catalogue import load_device
from planner.implant.electrodes import shafts
from planner.implant.parameters import ThreadTensors

DEVICES = tuple(load_device(name) for name in ("long-thread", "icvp", "utah"))
LIMITS = Limits(99, 0.3, 0.5, 12.0)


def crowd(seed: int, count: int = 14, size: float = 9.0) -> ThreadTensors:
    generator = torch.Generator().manual_seed(seed)
    entry, direction, across = torch.randn((3, count, 3), dtype=torch.float64, generator=generator)
    kind = torch.randint(len(DEVICES), (count,), generator=generator)
    return ThreadTensors(
        size * entry, direction, torch.full((count,), 1.5).double(), torch.zeros(count).bool(), kind, across
    )


def exact(threads: ThreadTensors) -> tuple[FloatArray, FloatArray]:
    found = shafts(threads, DEVICES)
    radius = np.array([DEVICES[kind].shaft_radius_mm for kind in threads.kind.tolist()])[found.thread]
    return nearest_shafts(found.start_mm.numpy(), found.tip_mm.numpy(), radius, found.thread.numpy(), len(threads))


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("pairs", [1 << 19, 100])
def test_the_margin_is_the_exact_gates_however_few_pairs_are_weighed_at_a_time(
    seed: int, pairs: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PAIRS", pairs)
    threads = crowd(seed)
    margin, nearest = spacing(threads, DEVICES, LIMITS)
    gap, which = exact(threads)
    np.testing.assert_allclose(margin, gap - LIMITS.spacing_mm, atol=1e-9)
    np.testing.assert_array_equal(nearest, which)


def test_its_gradient_is_that_of_differences() -> None:
    threads = crowd(1, 6)
    leaves = tuple(x.clone().requires_grad_() for x in (threads.entry_mm, threads.direction, threads.across))

    def margin(entry: torch.Tensor, direction: torch.Tensor, across: torch.Tensor) -> torch.Tensor:
        return spacing(replace(threads, entry_mm=entry, direction=direction, across=across), DEVICES, LIMITS)[0]

    assert torch.autograd.gradcheck(margin, leaves, eps=1e-7, atol=1e-5)


@pytest.mark.parametrize("seed", range(4))
def test_balls_never_say_more_than_the_shafts_and_nothing_is_let_through_by_them(seed: int) -> None:
    threads = crowd(seed, 40, size=5.0)
    pool, placed = threads.take(torch.arange(30)), threads.take(torch.arange(30, 40))
    gaps = shaft_gaps(pool, placed, DEVICES)
    assert (ball_gaps(pool, placed, DEVICES) <= gaps + 1e-9).all()
    np.testing.assert_array_equal(apart(pool, placed, DEVICES, LIMITS), gaps >= LIMITS.spacing_mm + SAFETY_MM)
    one = [exact(_joined(pool, placed, row)) for row in range(30)]
    np.testing.assert_allclose(gaps, [gap[0] for gap, _ in one], atol=1e-9)


def _joined(pool: ThreadTensors, placed: ThreadTensors, row: int) -> ThreadTensors:
    """One thread of the pool, and all that is placed."""
    everyone = torch.cat([torch.tensor([row]), torch.arange(len(placed)) + len(pool)])
    return ThreadTensors(
        *(torch.cat([getattr(pool, f), getattr(placed, f)])[everyone]
          for f in ("entry_mm", "direction", "depth_mm", "right", "kind", "across"))
    )  # fmt: skip


def test_of_one_thread_nothing_is_near() -> None:
    margin, nearest = spacing(crowd(0, 1), DEVICES, LIMITS)
    assert (margin.tolist(), nearest.tolist()) == ([np.inf], [-1])
    assert spacing(crowd(0, 0), DEVICES, LIMITS)[0].shape == (0,)
