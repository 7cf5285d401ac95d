from __future__ import annotations

import numpy as np
import pytest

from planner.implant.device import Device
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
