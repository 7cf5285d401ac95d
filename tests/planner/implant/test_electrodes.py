from __future__ import annotations

from dataclasses import replace

import numpy as np
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from planner.implant.catalogue import load_device
from planner.implant.device import Device
from planner.implant.electrodes import contact_positions, least, shafts
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


DEVICES = tuple(load_device(name) for name in ("long-thread", "utah", "icvp", "orion"))


def mixed(seed: int, count: int = 9) -> ThreadTensors:
    generator = torch.Generator().manual_seed(seed)
    kind = torch.randint(len(DEVICES), (count,), generator=generator)
    return replace(random_threads(seed, count), kind=kind)


@settings(max_examples=20, deadline=None)
@given(st.integers(0, 2**31))
def test_tensors_and_records_of_a_mixed_implant_agree_on_contacts_and_shafts(seed: int) -> None:
    threads = mixed(seed)
    implant = Implant(DEVICES, to_threads(threads, DEVICES))
    for given_threads in (threads, to_tensors(implant.threads, DEVICES)):
        contacts, owner = contact_positions(given_threads, DEVICES)
        np.testing.assert_allclose(contacts, implant.contacts_mm(), atol=1e-9)
        np.testing.assert_array_equal(owner, implant.contact_owners())
        fast, exact = shafts(given_threads, DEVICES), implant.shafts()
        np.testing.assert_allclose(fast.start_mm, exact.start_mm, atol=1e-9)
        np.testing.assert_allclose(fast.tip_mm, exact.tip_mm, atol=1e-9)
        np.testing.assert_array_equal(fast.thread, exact.thread)


def test_gradient_of_an_array_in_its_axis_across_equals_differences() -> None:
    threads = replace(random_threads(3, 2), kind=torch.tensor([1, 0]))
    devices = (DEVICES[0], DEVICES[2])
    leaves = tuple(x.clone().requires_grad_() for x in (threads.entry_mm, threads.direction, threads.across))

    def ends(entry: torch.Tensor, direction: torch.Tensor, across: torch.Tensor) -> torch.Tensor:
        found = shafts(replace(threads, entry_mm=entry, direction=direction, across=across), devices)
        return torch.cat([found.start_mm, found.tip_mm])

    assert torch.autograd.gradcheck(ends, leaves)


def test_the_least_of_each_thread_is_that_of_a_loop() -> None:
    values, owner = torch.randn(40, dtype=torch.float64), torch.arange(40) % 7
    expected = [min((v for v, o in zip(values.tolist(), owner.tolist(), strict=True) if o == t), default=np.inf)
                for t in range(9)]  # fmt: skip
    assert least(values, owner, 9).tolist() == expected


def test_no_threads_have_no_contacts_and_no_shafts() -> None:
    nothing = to_tensors((), DEVICES)
    assert contact_positions(nothing, DEVICES)[0].shape == shafts(nothing, DEVICES).tip_mm.shape == (0, 3)
