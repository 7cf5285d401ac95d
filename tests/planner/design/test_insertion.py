"""At which angle threads go in, against blocks of brain with flat faces."""

from __future__ import annotations

import numpy as np

from planner.anatomy.hemisphere import Anatomy
from planner.design.insertion import insertion_angles
from planner.design.site import prepare_site
from planner.implant.catalogue import load_device
from planner.implant.device import Device
from planner.implant.thread import Implant, Thread, vector

ENTRY_MM = (-40.0, -20.0, -5.0)


def tilted(angle_deg: float) -> Thread:
    """A thread into the back of the left block, at an angle to the normal of its face."""
    angle = np.deg2rad(angle_deg)
    return Thread(f"T{angle_deg:.0f}", "lh", ENTRY_MM, vector((np.sin(angle), np.cos(angle), 0.0)), 5.0)


def test_the_angle_is_that_to_the_normal_of_a_flat_face(blocks: Anatomy, long_thread: Device) -> None:
    angles = (0.0, 30.0, 60.0, 85.0)
    implant = Implant((long_thread,), tuple(map(tilted, angles)))
    np.testing.assert_allclose(insertion_angles(prepare_site(blocks), implant), angles, atol=1e-6)


def test_what_lies_on_the_surface_or_in_a_hemisphere_that_is_not_there_has_none(
    blocks: Anatomy, long_thread: Device
) -> None:
    disc = load_device("orion")
    left = prepare_site(Anatomy("left", blocks.request, {"lh": blocks.hemispheres["lh"]}, (), {}))
    threads = (
        tilted(0.0),
        Thread("T02", "rh", (40.0, -20.0, -5.0), (0.0, 1.0, 0.0), 3.0),
        Thread("T03", "lh", ENTRY_MM, (0.0, 1.0, 0.0), 0.0, device=disc.name, across=(1.0, 0.0, 0.0)),
    )
    found = insertion_angles(left, Implant((long_thread, disc), threads))
    assert np.isnan(found).tolist() == [False, True, True]
    assert insertion_angles(left, Implant((long_thread,), ())).shape == (0,)
