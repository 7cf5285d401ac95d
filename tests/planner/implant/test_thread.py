from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from scipy.spatial.distance import pdist
from scipy.spatial.transform import Rotation

from planner.implant.catalogue import load_device
from planner.implant.device import Device, contact_table, shaft_table
from planner.implant.thread import Implant, Thread

SLANTED = Thread("T01", "rh", (10.0, -90.0, 5.0), (0.6, 0.0, -0.8), 3.0)


def test_tip_lies_the_depth_along_the_direction() -> None:
    assert SLANTED.tip_mm == pytest.approx((11.8, -90.0, 2.6))


def test_first_contact_is_the_deepest_and_the_rest_follow_at_the_pitch(thread_device: Device) -> None:
    contacts = Implant((thread_device,), (SLANTED, SLANTED)).contacts_mm().reshape(2, -1, 3)
    assert contacts.shape == (2, thread_device.contacts, 3)
    from_tip = np.linalg.norm(contacts[0] - SLANTED.tip_mm, axis=1)
    np.testing.assert_allclose(from_tip, thread_device.tip_mm + thread_device.pitch_mm * np.arange(32), atol=1e-12)
    np.testing.assert_allclose(np.cross(contacts[0] - SLANTED.entry_mm, SLANTED.direction), 0.0, atol=1e-12)


def test_no_threads_have_no_contacts(thread_device: Device) -> None:
    assert Implant((thread_device,), ()).contacts_mm().shape == (0, 3)


def turned(seed: int) -> tuple[Thread, Rotation]:
    """A Utah array in a random pose, and the rotation that takes its own frame there."""
    rotation = Rotation.random(random_state=seed)
    across, _, back = rotation.as_matrix().T
    entry = tuple(np.random.default_rng(seed).normal(0.0, 30.0, 3).tolist())
    return Thread("A1", "lh", entry, tuple(-back), 1.2, across=tuple(across)), rotation


@pytest.mark.parametrize("seed", range(5))
def test_contacts_of_an_array_are_its_lattice_turned_and_carried_to_its_tip(seed: int) -> None:
    """Ten by ten without corners at 0.4 mm; the y axis is the one that makes direction, x and y right-handed."""
    thread, rotation = turned(seed)
    x, y = np.meshgrid(0.4 * (np.arange(10) - 4.5), 0.4 * (np.arange(10) - 4.5))
    keep = ~((np.abs(x) > 1.7) & (np.abs(y) > 1.7))
    flat = np.stack([x[keep], -y[keep], np.zeros(96)], axis=1)  # the rotation's z axis points back out of the cortex
    expected = thread.tip_mm + rotation.apply(flat)
    np.testing.assert_allclose(Implant((load_device("utah"),), (thread,)).contacts_mm(), expected, atol=1e-9)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("name", ["utah", "icvp", "vimplant-grid", "orion"])
def test_a_pose_keeps_every_distance_within_an_array(name: str, seed: int) -> None:
    implant = Implant((device := load_device(name),), (turned(seed)[0],))
    contacts, frame = implant.contacts_mm(), contact_table(device)[0]
    np.testing.assert_allclose(pdist(contacts), pdist(frame), atol=1e-9)
    shafts = implant.shafts()
    tips, length = shaft_table(device)
    np.testing.assert_allclose(pdist(shafts.tip_mm), pdist(tips), atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(shafts.tip_mm - shafts.start_mm, axis=1), length, atol=1e-9)


def test_an_arrays_base_is_a_plane_across_its_direction_as_far_from_the_tip_as_its_longest_shank() -> None:
    thread, _ = turned(7)
    shafts = Implant((load_device("icvp"),), (thread,)).shafts()
    along = (shafts.start_mm - thread.entry_mm) @ thread.direction
    np.testing.assert_allclose(along, 1.2 - 0.85, atol=1e-12)  # inserted deeper than its shanks are long
    behind = (shafts.tip_mm - thread.entry_mm) @ thread.direction
    assert sorted(set(behind.round(9))) == [1.0, 1.2]


def test_a_mixed_implant_goes_thread_by_thread_each_by_its_own_device() -> None:
    array, thread = load_device("utah"), load_device("thread")
    threads = (replace(turned(1)[0], device="utah"), SLANTED, replace(turned(2)[0], name="A2", device="utah"))
    implant = Implant((thread, array), threads)
    assert [implant.device_of(t).name for t in threads] == ["utah", "thread", "utah"]
    assert implant.contact_counts().tolist() == [96, 32, 96]
    assert np.bincount(implant.contact_owners()).tolist() == [96, 32, 96]
    assert np.bincount(implant.shafts().thread).tolist() == [96, 1, 96]
    whole = implant.contacts_mm()
    for part, (own, device) in zip(
        np.split(whole, [96, 128]), zip(threads, (array, thread, array), strict=True), strict=True
    ):
        np.testing.assert_array_equal(part, Implant((device,), (replace(own, device=""),)).contacts_mm())
    np.testing.assert_allclose(implant.shafts().start_mm[96], SLANTED.entry_mm)
    with pytest.raises(KeyError):
        implant.device_of(replace(SLANTED, device="spoon"))
