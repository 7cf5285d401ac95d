"""Arrays are rigid: their contacts lie where scipy's rotations put them, by records and by tensors alike."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy.spatial.distance import pdist
from scipy.spatial.transform import Rotation

from planner.frames import FloatArray
from planner.implant.catalogue import device_names, load_device
from planner.implant.device import Device, Shank
from planner.implant.electrodes import contact_positions, least, shafts
from planner.implant.parameters import to_tensors, to_threads
from planner.implant.thread import Implant, Thread, Vector

MIXED = tuple(load_device(name) for name in ("thread", "utah", "icvp", "orion", "vimplant-grid"))
STEPPED = replace(
    load_device("utah"), name="stepped", contacts=3, tip_mm=0.1, max_depth_mm=2.0,
    shanks=(Shank(-0.4, 0.1), Shank(0.4, 0.0, 0.5), Shank(0.0, 0.7, 0.25)),
)  # fmt: skip


def turned(seed: int) -> Rotation:
    return Rotation.random(random_state=np.random.default_rng(seed))


def posed(device: Device, rotation: Rotation, entry: FloatArray, depth_mm: float, name: str = "A") -> Thread:
    """An array whose own x, y and direction are a rotation's images of x, y and z."""
    across, direction = (vector(rotation.apply(axis)) for axis in ((1.0, 0.0, 0.0), (0.0, 0.0, 1.0)))
    return Thread(name, "lh", vector(entry), direction, depth_mm, device=device.name, across=across)


def vector(values: FloatArray) -> Vector:
    x, y, z = (float(v) for v in values)
    return (x, y, z)


def mixed(seed: int = 3) -> Implant:
    """Two insertions of every device, in no order."""
    generator = np.random.default_rng(seed)
    threads = []
    for number, index in enumerate([0, 3, 1, 2, 4, 1, 0, 4, 3, 2]):
        device = MIXED[index]
        thread = posed(device, turned(number), generator.normal(0, 20, 3), float(generator.uniform(1, 2)), f"T{number}")
        threads.append(thread if len(device.shanks) > 1 else replace(thread, across=None))
    return Implant(MIXED, tuple(threads))


@pytest.mark.parametrize("seed", range(5))
def test_a_utah_arrays_contacts_are_a_lattice_turned_and_moved(seed: int) -> None:
    """Ten by ten without corners, one contact at each tip; x and y from the middle, the tips `depth` down."""
    utah, rotation = load_device("utah"), turned(seed)
    entry, depth = np.array([-12.0, -91.0, 3.0]), 1.3
    at = 0.4 * (np.arange(10) - 4.5)
    lattice = np.array([(x, y, depth) for y in at for x in at if not abs(x) == abs(y) == at[-1]])
    found = Implant((utah,), (posed(utah, rotation, entry, depth),)).contacts_mm()
    assert found.shape == (96, 3)
    np.testing.assert_allclose(found, entry + rotation.apply(lattice), atol=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_steps_and_several_contacts_a_shank_go_back_along_each_shank(seed: int) -> None:
    rotation, entry, depth = turned(seed), np.array([1.0, 2.0, 3.0]), 1.7
    implant = Implant((STEPPED,), (posed(STEPPED, rotation, entry, depth),))
    own = [(s.x_mm, s.y_mm, depth - s.short_mm - 0.1 - k * 0.4) for s in STEPPED.shanks for k in range(3)]
    np.testing.assert_allclose(implant.contacts_mm(), entry + rotation.apply(own), atol=1e-12)
    found = implant.shafts()
    tips = [(s.x_mm, s.y_mm, depth - s.short_mm) for s in STEPPED.shanks]
    np.testing.assert_allclose(found.tip_mm, entry + rotation.apply(tips), atol=1e-12)
    bases = [(s.x_mm, s.y_mm, depth - 2.0) for s in STEPPED.shanks]  # one plane, as far back as the longest is long
    np.testing.assert_allclose(found.start_mm, entry + rotation.apply(bases), atol=1e-12)


def test_records_and_tensors_of_mixed_implants_agree() -> None:
    implant = mixed()
    threads = to_tensors(implant.threads, MIXED)
    contacts, owner = contact_positions(threads, MIXED)
    np.testing.assert_allclose(contacts, implant.contacts_mm(), atol=1e-12)
    np.testing.assert_array_equal(owner, implant.contact_owners())
    np.testing.assert_array_equal(np.bincount(owner), [MIXED[k].contact_count for k in threads.kind])
    smooth, exact = shafts(threads, MIXED), implant.shafts()
    np.testing.assert_allclose(smooth.start_mm, exact.start_mm, atol=1e-12)
    np.testing.assert_allclose(smooth.tip_mm, exact.tip_mm, atol=1e-12)
    np.testing.assert_array_equal(smooth.thread, exact.thread)


def test_there_and_back_again_is_the_same_implant() -> None:
    implant = mixed(seed=4)
    back = to_threads(to_tensors(implant.threads, MIXED), MIXED, implant.threads)
    for thread, given in zip(back, implant.threads, strict=True):
        assert (thread.name, thread.device, thread.across is None) == (given.name, given.device, given.across is None)
    np.testing.assert_allclose(Implant(MIXED, back).contacts_mm(), implant.contacts_mm(), atol=1e-12)


@pytest.mark.parametrize("name", device_names())
@pytest.mark.parametrize("seed", range(3))
def test_no_pose_changes_a_distance_between_contacts(name: str, seed: int) -> None:
    device = load_device(name)
    few = np.arange(0, device.contact_count, max(device.contact_count // 150, 1))
    flat = Implant((device,), (posed(device, Rotation.identity(), np.zeros(3), 1.0),)).contacts_mm()[few]
    moved = Implant((device,), (posed(device, turned(seed), np.array([9.0, -8.0, 7.0]), 2.5),)).contacts_mm()[few]
    np.testing.assert_allclose(pdist(moved), pdist(flat), atol=1e-12)


def test_learned_axes_need_not_be_at_right_angles_and_the_array_stays_rigid() -> None:
    """The optimiser moves direction and the axis across freely; only their part at right angles turns the array."""
    threads = to_tensors((posed(MIXED[1], turned(1), np.zeros(3), 1.2),), (MIXED[1],))
    generator = torch.Generator().manual_seed(0)
    draws = torch.randn((2, 1, 3), generator=generator, dtype=torch.float64)
    loose = replace(threads, direction=3.0 * threads.direction + draws[0], across=0.2 * threads.across + draws[1])
    np.testing.assert_allclose(
        pdist(contact_positions(loose, (MIXED[1],))[0].numpy()),
        pdist(contact_positions(threads, (MIXED[1],))[0].numpy()),
        atol=1e-12,
    )


def test_gradients_of_an_arrays_pose_equal_differences() -> None:
    threads = to_tensors((posed(STEPPED, turned(2), np.ones(3), 1.5),), (STEPPED,))
    leaves = [x.clone().requires_grad_() for x in (threads.entry_mm, threads.direction, threads.across)]

    def placed(entry: torch.Tensor, direction: torch.Tensor, across: torch.Tensor) -> torch.Tensor:
        now = replace(threads, entry_mm=entry, direction=direction, across=across)
        return torch.cat([contact_positions(now, (STEPPED,))[0], shafts(now, (STEPPED,)).start_mm])

    assert torch.autograd.gradcheck(placed, leaves)


def test_the_least_of_each_thread_is_that_of_its_own_entries() -> None:
    values = torch.tensor([3.0, -1.0, 5.0, 2.0], dtype=torch.float64)
    assert least(values, torch.tensor([2, 0, 2, 0]), 4).tolist() == [-1.0, torch.inf, 3.0, torch.inf]


def test_a_surface_devices_discs_are_points_on_its_plane() -> None:
    orion = load_device("orion")
    found = Implant((orion,), (posed(orion, turned(7), np.zeros(3), 0.0),))
    np.testing.assert_array_equal(found.shafts().start_mm, found.shafts().tip_mm)
    np.testing.assert_allclose(found.contacts_mm(), found.shafts().tip_mm, atol=1e-12)
    np.testing.assert_allclose(found.contacts_mm() @ np.array(found.threads[0].direction), 0.0, atol=1e-12)
