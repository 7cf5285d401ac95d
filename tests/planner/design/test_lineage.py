"""A name stays with its thread; what is new has a name that nobody had; what is locked comes back whole."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from planner.design.lineage import Lineage
from planner.implant.catalogue import load_device
from planner.implant.parameters import ThreadTensors, joined
from planner.implant.thread import Implant, Thread

DEVICES = (load_device("thread"), load_device("utah"))
LOCKED = Thread("mine", "rh", (10.1, -90.2, 3.3), (0.6, 0.0, -0.8), 1.5, True, "utah", (0.8, 0.0, 0.6))
GIVEN = Implant(
    DEVICES,
    (
        Thread("T02", "lh", (-10.0, -90.0, 2.0), (0.0, 0.0, -1.0), 2.5, device="thread"),
        LOCKED,
        Thread("T01", "lh", (-12.0, -80.0, 2.0), (0.0, 0.0, -1.0), 2.5, device="thread"),
    ),
)


def candidates(count: int) -> ThreadTensors:
    """Of both devices in turn."""
    generator = torch.Generator().manual_seed(0)
    entry, direction, across = torch.randn((3, count, 3), generator=generator, dtype=torch.float64)
    number = torch.arange(count)
    return ThreadTensors(entry, direction, 1.0 + number.double(), number % 2 == 1, number % 2, across)


def names(implant: Implant) -> list[str]:
    return [thread.name for thread in implant.threads]


def test_what_is_there_comes_back_as_it_was() -> None:
    here = Lineage.of(GIVEN)
    assert here.free.tolist() == [True, False, True]
    for thread, given in zip(here.implant(GIVEN).threads, GIVEN.threads, strict=True):
        assert (thread.name, thread.device, thread.locked) == (given.name, given.device, given.locked)
        np.testing.assert_allclose(thread.entry_mm, given.entry_mm, atol=1e-12)
        assert thread.depth_mm == given.depth_mm


def test_names_follow_threads_through_moves_and_new_ones_are_nobodys() -> None:
    here = Lineage.of(GIVEN)
    table = joined([here.threads, candidates(5)])
    chosen = here.chosen(table, np.array([2, 1, 4, 7]))
    assert chosen.origin.tolist() == [2, 1, -1, -1]
    assert chosen.free.tolist() == [True, False, True, True]
    moved = chosen.moved(replace(chosen.threads, depth_mm=chosen.threads.depth_mm + 0.25))
    found = moved.implant(GIVEN)
    assert names(found) == ["T01", "mine", "T03", "T04"]  # not T02, though it is gone
    assert found.threads[0].depth_mm == 2.75
    assert [found.device_of(thread).name for thread in found.threads] == ["thread", "utah", "utah", "thread"]


def test_a_locked_thread_is_the_same_record_whatever_its_tensors_say() -> None:
    here = Lineage.of(GIVEN)
    elsewhere = replace(here.threads, entry_mm=here.threads.entry_mm + 5.0, depth_mm=here.threads.depth_mm + 1.0)
    assert here.moved(elsewhere).implant(GIVEN).threads[1] is LOCKED


def test_choices_of_choices_remember_where_all_began() -> None:
    here = Lineage.of(GIVEN)
    once = here.chosen(joined([here.threads, candidates(4)]), np.array([5, 2, 1]))
    twice = once.chosen(joined([once.threads, candidates(4)]), np.array([1, 0, 6, 2]))
    assert twice.origin.tolist() == [2, -1, -1, 1]
    assert twice.free.tolist() == [True, True, True, False]
    assert names(twice.implant(GIVEN)) == ["T01", "T03", "T04", "mine"]


def test_a_place_that_is_taken_anew_is_another_thread() -> None:
    here = Lineage.of(GIVEN)
    reseeded = here.reseeded(here.threads.put(torch.tensor([0]), candidates(1)), torch.tensor([0]))
    found = reseeded.implant(GIVEN)
    assert names(found) == ["T03", "mine", "T01"]
    assert not found.threads[0].locked


@pytest.mark.parametrize("count", [0, 1, 120])
def test_an_empty_implant_is_filled_with_threads_of_different_names(count: int) -> None:
    nothing = Implant(DEVICES, ())
    found = Lineage.of(nothing).chosen(candidates(count), np.arange(count)).implant(nothing)
    assert names(found) == [f"T{number + 1:02d}" for number in range(count)]
    assert all(thread.across is None for thread in found.threads[::2])
    assert all(thread.across is not None for thread in found.threads[1::2])
