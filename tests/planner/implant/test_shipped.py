"""The devices that ship, against pulse2percept 0.11 (BSD-3), which shares no code with this project."""

from __future__ import annotations

from collections import Counter

import numpy as np
import pytest

from planner.frames import FloatArray
from planner.implant.catalogue import load_device
from planner.implant.device import contact_table, shaft_table


def peers(name: str, without: tuple[str, ...] = ()) -> tuple[FloatArray, FloatArray]:
    """The electrodes of one of the peer's implants about their middle ``(C, 2)`` and their z ``(C,)``, mm."""
    from pulse2percept.implants import cortex

    implant = getattr(cortex, name)()
    points = [implant[e] for e in implant.electrode_names if e not in without]
    at = np.array([(point.x, point.y) for point in points], dtype=np.float64) / 1000
    return at - (at.min(axis=0) + at.max(axis=0)) / 2, np.array([point.z for point in points], dtype=np.float64) / 1000


def sorted_rows(points: FloatArray) -> FloatArray:
    rounded = points.round(2) + 0.0
    return points[np.lexsort(rounded.T)]


@pytest.mark.filterwarnings("ignore")
@pytest.mark.parametrize(("name", "peer", "slack_mm"), [("utah", "NeuroPortArray", 1e-9), ("orion", "Orion", 5e-4)])
def test_contacts_lie_where_the_peers_do(name: str, peer: str, slack_mm: float) -> None:
    table, _ = contact_table(load_device(name))
    expected, _ = peers(peer)
    np.testing.assert_allclose(sorted_rows(table[:, :2]), sorted_rows(expected), atol=slack_mm)


@pytest.mark.filterwarnings("ignore")
def test_the_icvp_is_the_peers_without_its_two_shanks_that_do_not_stimulate() -> None:
    """The peer's is turned by a right angle; which shanks of the two lengths stand where is left to each."""
    device = load_device("icvp")
    tips, length = shaft_table(device)
    expected, depth = peers("ICVP", without=("R", "C"))
    turned = expected[:, ::-1] * [1.0, -1.0]
    apart, wanted = (np.sort(np.linalg.norm(p[:, None] - p[None], axis=2), axis=None) for p in (tips[:, :2], turned))
    assert apart[len(tips)] == pytest.approx(wanted[len(tips)], abs=1e-9)  # nearest neighbours: 0.4 mm
    assert len(tips) == len(expected) == 16
    assert Counter(length.round(6).tolist()) == Counter((-depth).round(6).tolist())


@pytest.mark.filterwarnings("ignore")
def test_the_utah_arrays_shanks_are_as_long_as_the_peers() -> None:
    _, length = shaft_table(load_device("utah"))
    _, depth = peers("NeuroPortArray")
    np.testing.assert_allclose(length, -depth)


def test_the_wide_grid_is_ten_by_ten_by_ten_at_a_millimetre() -> None:
    device = load_device("vimplant-grid")
    table, shank = contact_table(device)
    expected = np.stack(np.meshgrid(*[np.arange(10) - 4.5] * 2, np.arange(10)), axis=-1).reshape(-1, 3)
    np.testing.assert_allclose(sorted_rows(table), sorted_rows(expected.astype(float)), atol=1e-9)
    assert np.bincount(shank).tolist() == [10] * 100
    assert device.crosses_sulci
    assert device.gray_share == 0.0
