"""How near vessels are to the faces of a block of brain."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.vessels.region import ImagedRegion
from planner.anatomy.vessels.tree import VesselTree
from planner.design.limits import KNOWN_REACH_MM
from planner.design.nearness import vessel_nearness
from planner.design.site import Site, prepare_site

ARTERY = VesselTree(
    "lh artery", "artery", np.array([[-40.0, -30.0, 22.0], [-40.0, 30.0, 22.0]]), np.full(2, 0.5), np.array([[0, 1]]),
    "test", error_mm=0.1, sides=("lh",),
)  # fmt: skip


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALCARINE_CACHE", str(tmp_path))


def of(blocks: Anatomy, *vessels: VesselTree) -> Site:
    return prepare_site(replace(blocks, vessels=vessels))


def test_the_distance_is_to_the_wall_less_the_error_and_known_only_within_reach(blocks: Anatomy) -> None:
    points = blocks.hemispheres["lh"].pial_mm
    near = vessel_nearness(of(blocks, ARTERY), "lh")
    y = np.clip(points[:, 1], -30.0, 30.0)
    away = np.linalg.norm(points - np.stack([np.full(len(y), -40.0), y, np.full(len(y), 22.0)], axis=1), axis=1) - 0.6
    np.testing.assert_allclose(near.distance_mm, np.minimum(away, KNOWN_REACH_MM), atol=1e-6)
    np.testing.assert_array_equal(near.known, away < KNOWN_REACH_MM)
    assert near.known.any()
    assert not near.known.all()
    assert not vessel_nearness(of(blocks, ARTERY), "rh").known.any()  # it is over the other hemisphere


def test_where_vessels_were_imaged_none_is_an_answer(blocks: Anatomy) -> None:
    affine = np.diag([1.0, 1.0, 1.0, 1.0])
    affine[:3, 3] = -100.0
    everywhere = ImagedRegion.of_volume((200, 200, 200), affine, "test")
    near = vessel_nearness(of(blocks, replace(ARTERY, imaged=everywhere)), "lh")
    assert near.known.all()
    assert near.distance_mm.max() == KNOWN_REACH_MM


def test_one_kind_that_is_not_known_makes_the_place_unknown(blocks: Anatomy) -> None:
    vein = replace(ARTERY, name="lh vein", kind="vein", points_mm=ARTERY.points_mm + np.array([0.0, 0.0, 40.0]))
    near = vessel_nearness(of(blocks, ARTERY, vein), "lh")
    assert not near.known.any()
    assert near.distance_mm.min() < KNOWN_REACH_MM


def test_it_is_kept_by_what_it_is_of(blocks: Anatomy, tmp_path: Path) -> None:
    first = vessel_nearness(of(blocks, ARTERY), "lh")
    told: list[int] = []
    again = vessel_nearness(of(blocks, ARTERY), "lh", lambda done, total: told.append(done))
    np.testing.assert_array_equal(first.distance_mm, again.distance_mm)
    assert told == []
    vessel_nearness(of(blocks, replace(ARTERY, error_mm=0.2)), "lh", lambda done, total: told.append(done))
    assert told == [0]
    assert len(list(tmp_path.glob("*.npz"))) == 2


def test_without_vessels_nothing_is_known(blocks: Anatomy) -> None:
    assert not vessel_nearness(of(blocks), "lh").known.any()
