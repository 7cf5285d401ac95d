"""Where shafts through a block of brain are too near to vessels, and which contacts are outside its gray matter."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.vessels.tree import VesselKind, VesselTree
from planner.design.constraints import thread_margins
from planner.design.faults import PIECE_MM, Faults, find_faults, gathered
from planner.design.limits import Limits
from planner.design.site import Site, prepare_site
from planner.implant.catalogue import load_device
from planner.implant.thread import Implant, Thread

LIMITS = Limits(threads=4, clearance_mm=0.3, vein_clearance_mm=0.9, spacing_mm=0.2, max_depth_mm=12.0)
DEVICE = load_device("long-thread")


def straight(kind: VesselKind, x: float, z: float, radius: float) -> VesselTree:
    """A vessel along y, through the whole block."""
    points = np.array([[x, -30.0, z], [x, 30.0, z]])
    return VesselTree(f"lh {kind}", kind, points, np.full(2, radius), np.array([[0, 1]]), "test", sides=("lh",))


def down(name: str, x: float, depth_mm: float = 8.0) -> Thread:
    """Straight down from the top face."""
    return Thread(name, "lh", (x, 0.0, 20.0), (0.0, 0.0, -1.0), depth_mm)


@pytest.fixture(scope="module")
def site(blocks: Anatomy) -> Site:
    return prepare_site(
        replace(blocks, vessels=(straight("artery", -38.0, 16.0, 0.5), straight("vein", -43.0, 13.0, 0.4)))
    )


def found(site: Site, *threads: Thread) -> Faults:
    implant = Implant((DEVICE,), threads)
    return find_faults(site, implant, LIMITS, thread_margins(site, implant, LIMITS))


def test_the_stretch_nearer_than_required_is_found_to_a_piece(site: Site) -> None:
    faults = found(site, down("far", -46.0), down("near", -38.6), down("vein", -42.0))
    assert faults.thread.tolist() == [1, 2]
    assert faults.shaft.tolist() == [1, 2]
    radius = DEVICE.shaft_radius_mm
    for row, (away, depth, asked) in enumerate(((0.6, 4.0, 0.5 + radius + 0.3), (1.0, 7.0, 0.4 + radius + 0.9))):
        half = np.sqrt(asked**2 - away**2)
        begin, end = 8.0 * faults.begin[row], 8.0 * faults.end[row]
        assert begin <= depth - half <= begin + PIECE_MM
        assert end - PIECE_MM <= min(8.0, depth + half) <= end


def test_two_places_on_one_shaft_are_two_stretches(site: Site) -> None:
    two = replace(site.anatomy, vessels=(straight("artery", -38.0, 18.0, 0.5), straight("vein", -38.0, 13.5, 0.4)))
    faults = found(prepare_site(two), down("both", -38.6))
    assert faults.thread.tolist() == [0, 0]
    assert faults.end[0] < faults.begin[1]


@pytest.mark.parametrize("short_um", [0.001, 1.0])
def test_a_thread_that_is_barely_too_near_has_a_stretch_all_the_same_and_a_safe_one_has_none(
    site: Site, short_um: float
) -> None:
    asked = 0.5 + DEVICE.shaft_radius_mm + 0.3
    assert len(found(site, down("near", -38.0 - asked + 1e-3 * short_um)).thread) == 1
    assert len(found(site, down("safe", -38.0 - asked - 1e-3 * short_um)).thread) == 0


def test_contacts_outside_the_gray_matter_are_those_that_are(site: Site) -> None:
    side = site.sides["lh"]
    import torch

    implant = Implant((DEVICE,), (down("within", -46.0, 5.2), down("deep", -45.0, 11.9)))
    faults = find_faults(site, implant, LIMITS, thread_margins(site, implant, LIMITS))
    contacts = torch.from_numpy(implant.contacts_mm())
    gray = (side.pial.signed_distance(contacts) <= 0) & (side.white.signed_distance(contacts) >= 0)
    np.testing.assert_array_equal(faults.outside, ~gray.numpy())
    assert faults.outside.any()
    assert not faults.outside.all()


def test_nothing_is_near_where_no_vessels_are_known(blocks: Anatomy) -> None:
    assert len(found(prepare_site(replace(blocks, vessels=())), down("any", -38.0)).thread) == 0


def test_faults_are_gathered_thread_by_thread_whatever_their_order(site: Site) -> None:
    near, far, vein = down("near", -38.6), down("far", -46.0), down("vein", -42.0, 11.9)
    before, moved = Implant((DEVICE,), (vein, down("far", -38.5), near)), Implant((DEVICE,), (far,))
    now = Implant((DEVICE,), (near, far, vein))
    parts = tuple(
        (part, find_faults(site, part, LIMITS, thread_margins(site, part, LIMITS))) for part in (before, moved)
    )
    whole, both = found(site, near, far, vein), gathered(now, parts)
    for name in ("shaft", "thread", "begin", "end", "outside"):
        np.testing.assert_array_equal(getattr(both, name), getattr(whole, name))
    assert len(whole.thread) == 2
    assert whole.outside.any()
