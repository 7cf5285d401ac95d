"""A device's own frame: where its contacts and its shanks' tips are."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.implant.catalogue import load_device
from planner.implant.device import Device, Shank, contact_table, shaft_table


@pytest.fixture
def comb() -> Device:
    """Three shanks of two lengths with two contacts each."""
    shanks = (Shank(-1.0, 0.0, 0.5), Shank(0.0, 0.25), Shank(1.0, 0.0))
    return replace(
        load_device("utah"), name="comb", contacts=2, pitch_mm=0.3, tip_mm=0.1, max_depth_mm=2.0, shanks=shanks
    )


def test_contacts_go_shank_by_shank_from_the_tip_back(comb: Device) -> None:
    table, shank = contact_table(comb)
    assert shank.tolist() == [0, 0, 1, 1, 2, 2]
    assert table[:, :2].tolist() == [[-1, 0], [-1, 0], [0, 0.25], [0, 0.25], [1, 0], [1, 0]]
    np.testing.assert_allclose(table[:, 2], [0.6, 0.9, 0.1, 0.4, 0.1, 0.4])


def test_an_arrays_shanks_begin_in_one_plane(comb: Device) -> None:
    tips, length = shaft_table(comb)
    np.testing.assert_allclose(tips[:, 2] + length, 2.0)
    np.testing.assert_allclose(length, [1.5, 2.0, 2.0])


def test_a_threads_shaft_is_as_long_as_its_insertion_and_a_disc_has_none() -> None:
    assert shaft_table(load_device("thread"))[1].tolist() == [np.inf]
    tips, length = shaft_table(load_device("orion"))
    assert not length.any()
    assert not tips[:, 2].any()


def test_what_a_device_says_of_itself(comb: Device) -> None:
    assert (comb.contact_count, comb.span_mm, comb.halfwidth_mm) == (6, 0.3, 1.0)
    assert comb.stands_off
    assert comb.penetrates
    surface, thread = load_device("orion"), load_device("thread")
    assert (surface.stands_off, surface.penetrates) == (True, False)
    assert (thread.stands_off, thread.penetrates, thread.halfwidth_mm) == (False, True, 0.0)
