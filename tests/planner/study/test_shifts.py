from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.anatomy.vessels.tree import VesselTree
from planner.design.limits import Limits
from planner.implant.device import Device
from planner.implant.thread import Implant, Thread
from planner.study.shifts import shift_shares

WALL_MM = 0.5  # radius of a straight vessel along y, through the origin
APART_MM = (0.2, 0.45)  # from the vessel's wall to the shafts' surfaces


@pytest.fixture
def vessel() -> VesselTree:
    points = np.array([[0.0, -60.0, 0.0], [0.0, 60.0, 0.0]])
    return VesselTree("long", "artery", points, np.full(2, WALL_MM), np.array([[0, 1]]), "made up for a test")


@pytest.fixture
def implant(thread_device: Device) -> Implant:
    """Two threads along the vessel, beside it: whether they touch it is a matter of two circles."""
    beside = [WALL_MM + thread_device.shaft_radius_mm + apart for apart in APART_MM]
    threads = [Thread(f"t{n}", "lh", (x, -2.0, 0.0), (0.0, 1.0, 0.0), 4.0) for n, x in enumerate(beside)]
    return Implant((thread_device,), tuple(threads))


def test_shares_are_those_of_two_circles(implant: Implant, vessel: VesselTree, thread_device: Device) -> None:
    """Beside an endless vessel only the part of a shift across it counts: a share of spherical zones, up to chance."""
    lengths = (0.0, 0.2, 0.4, 0.7)
    limits = Limits(2, 0.1, 0.05, 0.1, 8.0, localisation_mm=0.3)
    found = shift_shares(implant, (vessel,), limits, lengths)
    drawn = np.random.default_rng(7).standard_normal((200_000, 3))
    across = (drawn / np.linalg.norm(drawn, axis=1, keepdims=True))[:, [0, 2]]
    for length in lengths:
        for what, asked in (("touching", 0.0), ("too_near", limits.clearance_mm)):
            free = WALL_MM + thread_device.shaft_radius_mm
            least = free + asked - 1e-9
            shares = [
                (np.linalg.norm(np.array([free + apart, 0.0]) + length * across, axis=1) < least).mean()
                for apart in APART_MM
            ]
            assert found[f"{what}_at_{length:g}_mm"] == pytest.approx(np.mean(shares), abs=0.06)  # 200 shifts


def test_no_thread_breaks_the_clearance_where_no_more_happens_than_was_planned_for(
    implant: Implant, vessel: VesselTree
) -> None:
    limits = Limits(2, 0.05, 0.05, 0.1, 8.0)  # both threads keep 0.15 mm besides
    found = shift_shares(implant, (vessel,), limits, (0.1, 0.149, 0.3))
    assert found["too_near_at_0.1_mm"] == found["too_near_at_0.149_mm"] == 0
    assert (found["too_near_at_0.3_mm"] or 0) > (found["touching_at_0.3_mm"] or 0) > 0
    assert shift_shares(implant, (vessel,), limits, (0.1, 0.149, 0.3)) == found


def test_a_thread_deep_within_a_vessel_touches_it_wherever_it_moves(implant: Implant, vessel: VesselTree) -> None:
    thick = replace(vessel, radius_mm=np.full(2, 3.0))
    limits = Limits(2, 0.05, 0.05, 0.1, 8.0)
    assert set(shift_shares(implant, (thick,), limits, (0.0, 0.5)).values()) == {1.0}


def test_without_vessels_or_shafts_nothing_is_said(implant: Implant, vessel: VesselTree) -> None:
    limits = Limits(2, 0.05, 0.05, 0.1, 8.0)
    assert set(shift_shares(implant, (), limits, (0.1,)).values()) == {None}
    assert shift_shares(implant, (vessel,), limits, ()) == {}
