"""Along a thread through a block of brain, where every distance has a closed form."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.vessels.tree import VesselKind, VesselTree
from planner.design.along import Along, profile_along
from planner.design.limits import Limits
from planner.design.site import Site, prepare_site
from planner.implant.catalogue import load_device
from planner.implant.thread import Thread

LIMITS = Limits(threads=4, clearance_mm=0.3, vein_clearance_mm=0.9, spacing_mm=0.2, max_depth_mm=12.0)
THREAD = Thread("T01", "lh", (-40.0, 0.0, 20.0), (0.0, 0.0, -1.0), 8.0)  # straight down from the top face


def straight(kind: VesselKind, x: float, z: float, radius: float, error: float = 0.0) -> VesselTree:
    """A vessel along y, through the whole block."""
    points = np.array([[x, -30.0, z], [x, 30.0, z]])
    return VesselTree(
        f"lh {kind}", kind, points, np.full(2, radius), np.array([[0, 1]]), "test", error_mm=error, sides=("lh",)
    )


@pytest.fixture(scope="module")
def site(blocks: Anatomy) -> Site:
    return prepare_site(
        replace(blocks, vessels=(straight("artery", -38.0, 16.0, 0.5, 0.1), straight("vein", -43.0, 12.0, 0.4)))
    )


@pytest.fixture(scope="module")
def along(site: Site) -> Along:
    return profile_along(site, load_device("long-thread"), LIMITS, THREAD)


def test_each_place_is_where_it_says_from_the_entry_to_the_tip(along: Along) -> None:
    assert along.at_mm[[0, -1]] == pytest.approx([0.0, 8.0])
    assert along.points_mm == pytest.approx(np.array([(-40.0, 0.0, 20.0 - at) for at in along.at_mm]))
    contacts = -(along.contacts_mm[:, 2] - 20.0)
    assert along.contact_at_mm == pytest.approx(contacts)
    assert along.contact_at_mm[0] == along.contact_at_mm.max() < 8.0


def test_at_each_place_the_vessel_with_the_least_margin_counts_with_what_its_kind_asks_for(along: Along) -> None:
    z, radius = 20.0 - along.at_mm, load_device("long-thread").shaft_radius_mm
    artery = np.hypot(2.0, z - 16.0) - 0.5 - 0.1
    vein = np.hypot(3.0, z - 12.0) - 0.4
    margins = np.stack([artery - radius - 0.3, vein - radius - 0.9])
    assert along.margin_mm == pytest.approx(margins.min(axis=0), abs=1e-9)
    assert (along.vessel == margins.argmin(axis=0)).all()
    assert set(along.vessel.tolist()) == {0, 1}
    assert along.vessel_mm == pytest.approx(np.where(along.vessel == 0, artery, vein))
    assert along.points_mm[along.least, 2] == pytest.approx(20.0 - along.at_mm[margins.min(axis=0).argmin()])
    assert along.unknown_kinds == ()


def test_depth_and_tissue_are_those_of_the_block(along: Along) -> None:
    at = along.at_mm
    assert along.below_pial_mm == pytest.approx(at, abs=1e-9)
    assert along.above_white_mm == pytest.approx(np.maximum(3.0 - at, -5.0), abs=1e-9)
    (_, gray_end, gray), (white_start, end, white) = along.stretches()
    assert (gray, white) == ("gray", "white")
    assert gray_end == white_start == pytest.approx(3.0, abs=8.0 / 64)
    assert end == pytest.approx(8.0)


def test_a_shaft_that_comes_out_again_is_outside_there(site: Site) -> None:
    through = replace(THREAD, entry_mm=(-34.0, 0.0, 20.0), direction=(0.6, 0.0, -0.8), depth_mm=10.0)  # into the slot
    found = profile_along(site, load_device("long-thread"), LIMITS, through, samples=201)
    tissues = [name for *_, name in found.stretches()]
    assert "outside" in tissues[1:]
    start, end, _ = found.stretches()[tissues.index("outside", 1)]
    assert start == pytest.approx(2.0 / 0.6, abs=0.1)
    assert end == pytest.approx(6.0 / 0.6, abs=0.1)


def test_where_no_vessel_is_near_the_reach_is_told_and_nothing_is_known(blocks: Anatomy) -> None:
    far = prepare_site(replace(blocks, vessels=(straight("artery", -12.0, -18.0, 0.3),)))
    found = profile_along(far, load_device("long-thread"), LIMITS, THREAD)
    assert (found.vessel == -1).all()
    assert found.vessel_mm == pytest.approx(5.0)
    assert found.unknown_kinds == ("artery",)
    none = profile_along(prepare_site(blocks), load_device("long-thread"), LIMITS, THREAD)
    assert (none.vessel == -1).all()
    assert none.unknown_kinds == ()


def test_a_limits_culprit_is_where_it_is_nearest_to_being_broken(along: Along) -> None:
    assert along.culprit_mm("vessel") == pytest.approx(along.points_mm[along.margin_mm.argmin()])
    deepest = along.contacts_mm[along.contacts_mm[:, 2].argmin()]
    assert along.culprit_mm("gray") == pytest.approx(deepest)  # the farthest into white matter
    assert along.culprit_mm("angle") == pytest.approx(THREAD.entry_mm)
    assert along.culprit_mm("depth") == pytest.approx(THREAD.tip_mm)


def test_of_an_array_the_shank_that_is_nearest_to_a_vessel_is_told(site: Site) -> None:
    device = load_device("utah")
    array = Thread("A01", "lh", (-41.0, 0.0, 20.0), (0.0, 0.0, -1.0), 1.2, device="utah", across=(1.0, 0.0, 0.0))
    found = profile_along(site, device, LIMITS, array)
    shanks = np.array([(shank.x_mm, shank.y_mm) for shank in device.shanks])
    assert found.points_mm[0, 0] + 41.0 == pytest.approx(shanks[:, 0].max(), abs=1e-9)  # towards the artery
    assert len(found.contacts_mm) == device.contacts


def test_what_lies_on_the_surface_has_no_shaft(site: Site) -> None:
    with pytest.raises(ValueError, match="no shaft"):
        profile_along(site, load_device("orion"), LIMITS, replace(THREAD, depth_mm=0.0))
