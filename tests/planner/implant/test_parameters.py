from __future__ import annotations

from dataclasses import replace

import pytest
import torch

from planner.implant.catalogue import load_device
from planner.implant.parameters import to_tensors, to_threads
from planner.implant.thread import Thread

DEVICES = (load_device("thread"),)
THREADS = (
    Thread("A", "lh", (-10.0, -90.0, 5.0), (0.6, 0.0, -0.8), 3.0, locked=True),
    Thread("B", "rh", (11.0, -80.0, 4.0), (0.0, 1.0, 0.0), 2.0),
    Thread("C", "lh", (-12.0, -70.0, 3.0), (1.0, 0.0, 0.0), 1.0),
)


def test_records_return_with_names_and_locks() -> None:
    assert to_threads(to_tensors(THREADS), DEVICES, THREADS) == THREADS


def test_records_without_examples_are_named_in_order() -> None:
    assert [t.name for t in to_threads(to_tensors(THREADS), DEVICES)] == ["T01", "T02", "T03"]
    assert to_threads(to_tensors(()), DEVICES) == ()


def test_directions_of_any_length_become_unit_vectors() -> None:
    long = to_tensors([replace(t, direction=tuple(7 * x for x in t.direction)) for t in THREADS])  # type: ignore[arg-type]
    for mine, expected in zip(to_threads(long, DEVICES, THREADS), THREADS, strict=True):
        assert mine.direction == pytest.approx(expected.direction)
        assert mine.tip_mm == pytest.approx(expected.tip_mm)
    torch.testing.assert_close(long.tip_mm, to_tensors(THREADS).tip_mm)


def test_rows_take_and_put() -> None:
    tensors = to_tensors(THREADS)
    assert tensors.rows("lh").tolist() == [0, 2]
    assert tensors.rows("rh").tolist() == [1]
    swapped = tensors.put(torch.tensor([0, 2]), tensors.take(torch.tensor([2, 0])))
    assert to_threads(swapped, DEVICES)[0].entry_mm == THREADS[2].entry_mm
    assert to_threads(tensors, DEVICES, THREADS) == THREADS  # the original is untouched


def test_a_locked_thread_comes_back_to_the_last_bit() -> None:
    tilted = (1 / 3, 2 / 3, 2 / 3 + 1e-16)
    locked = Thread("T09", "lh", (1.0, 2.0, 3.0), tilted, 4.0, locked=True)
    assert to_threads(to_tensors([locked]), DEVICES, [locked]) == (locked,)


MIXED = (load_device("thread"), load_device("utah"))
ARRAY = Thread("D", "rh", (12.0, -80.0, 4.0), (0.0, 0.0, -1.0), 1.2, device="utah", across=(0.6, 0.8, 0.0))


def test_devices_and_how_arrays_are_turned_come_back() -> None:
    records = (*(replace(t, device="thread") for t in THREADS), ARRAY)
    tensors = to_tensors(records, MIXED)
    assert tensors.kind.tolist() == [0, 0, 0, 1]
    assert to_threads(tensors, MIXED, records) == records


def test_threads_that_name_no_device_are_of_the_first_and_say_so_where_there_are_more() -> None:
    tensors = to_tensors(THREADS, MIXED)
    assert tensors.kind.tolist() == [0, 0, 0]
    assert [t.device for t in to_threads(tensors, MIXED)] == ["thread"] * 3
    assert [t.across for t in to_threads(tensors, MIXED)] == [None] * 3


def test_the_axis_across_is_made_a_unit_vector_at_right_angles() -> None:
    tensors = to_tensors([ARRAY], MIXED)
    leaning = replace(tensors, across=3.0 * tensors.across + 2.0 * tensors.direction)
    assert to_threads(leaning, MIXED)[0].across == pytest.approx(ARRAY.across)
    first, second = leaning.axes
    torch.testing.assert_close(torch.linalg.cross(leaning.unit, first), second)
