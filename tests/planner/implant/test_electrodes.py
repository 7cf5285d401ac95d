from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.implant.catalogue import load_device
from planner.implant.device import Device
from planner.implant.electrodes import contact_positions
from planner.implant.parameters import ThreadTensors, to_tensors, to_threads
from planner.implant.thread import Implant

SMALL = (replace(load_device("thread"), contacts=3),)


def random_threads(seed: int, count: int = 4) -> ThreadTensors:
    generator = torch.Generator().manual_seed(seed)
    entry, direction = torch.randn(2, count, 3, dtype=torch.float64, generator=generator)
    depth = 1 + torch.rand(count, dtype=torch.float64, generator=generator)
    first = torch.zeros(count, dtype=torch.int64)
    return ThreadTensors(entry * 30, direction * 2, depth, torch.arange(count) % 2 == 1, first, direction.roll(1, 1))


@settings(max_examples=30, deadline=None)
@given(st.integers(0, 2**31))
def test_tensors_and_records_put_contacts_at_the_same_places(seed: int) -> None:
    threads, devices = random_threads(seed), (load_device("long-thread"),)
    expected = Implant(devices, to_threads(threads, devices)).contacts_mm()
    np.testing.assert_allclose(contact_positions(threads, devices)[0].numpy(), expected, atol=1e-12)
    np.testing.assert_allclose(
        contact_positions(to_tensors(to_threads(threads, devices)), devices)[0], expected, atol=1e-12
    )


def test_gradient_in_entry_direction_and_depth_equals_differences() -> None:
    threads = random_threads(0)
    leaves = tuple(x.clone().requires_grad_() for x in (threads.entry_mm, threads.direction, threads.depth_mm))

    def contacts(entry: torch.Tensor, direction: torch.Tensor, depth: torch.Tensor) -> torch.Tensor:
        return contact_positions(replace(threads, entry_mm=entry, direction=direction, depth_mm=depth), SMALL)[0]

    assert torch.autograd.gradcheck(contacts, leaves)


def test_depth_moves_every_contact_along_the_thread(thread_device: Device) -> None:
    threads = random_threads(1)
    deeper = replace(threads, depth_mm=threads.depth_mm + 0.5)
    before, owner = contact_positions(threads, (thread_device,))
    moved = contact_positions(deeper, (thread_device,))[0] - before
    torch.testing.assert_close(moved, 0.5 * threads.unit[owner])
