"""How threads go in, against closed forms on blocks of brain with 3 mm of gray under flat faces."""

from __future__ import annotations

import numpy as np
import pytest

from planner.anatomy.hemisphere import Anatomy
from planner.design.insertion import insertion_of
from planner.design.site import Site, prepare_site
from planner.implant.catalogue import load_device
from planner.implant.device import Device
from planner.implant.thread import Implant, Thread, vector

ENTRY_MM, GRAY_MM = (-40.0, -20.0, -5.0), 3.0


@pytest.fixture(scope="module")
def block(blocks: Anatomy) -> Site:
    return prepare_site(blocks)


def tilted(name: str, angle_deg: float, depth_mm: float) -> Thread:
    """A thread into the back of the left block, at an angle to the normal of its face."""
    angle = np.deg2rad(angle_deg)
    return Thread(name, "lh", ENTRY_MM, vector((np.sin(angle), np.cos(angle), 0.0)), depth_mm)


def test_angle_and_share_in_gray_matter_are_those_of_a_flat_face(block: Site, long_thread: Device) -> None:
    tips = {0.0: 5.5, 30.0: 5.0, 60.0: 6.0}
    implant = Implant((long_thread,), tuple(tilted(f"T{a}", a, depth) for a, depth in tips.items()))
    found = insertion_of(block, implant)
    np.testing.assert_allclose(found.angle_deg, list(tips), atol=1e-6)
    steps = long_thread.tip_mm + long_thread.pitch_mm * np.arange(long_thread.contacts)
    for (angle, depth), share in zip(tips.items(), found.gray_share, strict=True):
        below = (depth - steps) * np.cos(np.deg2rad(angle))
        assert share == pytest.approx(float(((below > 0) & (below < GRAY_MM)).mean()))
    assert 0 < found.gray_share[0] < found.gray_share[2] == 1
    known = insertion_of(block, implant, inside={"T60.0"})
    np.testing.assert_array_equal(known.gray_share, found.gray_share)


def test_what_lies_on_the_surface_or_in_a_hemisphere_that_is_not_there_has_neither(
    blocks: Anatomy, long_thread: Device
) -> None:
    disc = load_device("orion")
    left = prepare_site(Anatomy("left", blocks.request, {"lh": blocks.hemispheres["lh"]}, (), {}))
    threads = (
        tilted("T01", 0.0, 3.0),
        Thread("T02", "rh", (40.0, -20.0, -5.0), (0.0, 1.0, 0.0), 3.0),
        Thread("T03", "lh", ENTRY_MM, (0.0, 1.0, 0.0), 0.0, device=disc.name, across=(1.0, 0.0, 0.0)),
    )
    found = insertion_of(left, Implant((long_thread, disc), threads))
    assert np.isnan(found.angle_deg).tolist() == np.isnan(found.gray_share).tolist() == [False, True, True]


def test_an_implant_without_threads_has_none(block: Site, long_thread: Device) -> None:
    found = insertion_of(block, Implant((long_thread,), ()))
    assert (len(found.angle_deg), len(found.gray_share)) == (0, 0)
