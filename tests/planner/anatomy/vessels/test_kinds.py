from __future__ import annotations

import numpy as np
import pytest

from planner.anatomy.vessels.kinds import kinds_of, missing_kind, unknown_words
from planner.anatomy.vessels.tree import VesselKind, VesselTree
from planner.anatomy.vessels.wall import VesselWall


def line(kind: VesselKind, segments: int = 1) -> VesselTree:
    edges = np.array([[0, 1]])[:segments]
    return VesselTree("a", kind, np.array([[0.0, 0, 0], [1.0, 0, 0]]), np.ones(2), edges, "a.swc")


def wall(kind: VesselKind) -> VesselWall:
    return VesselWall("a", kind, np.eye(3), np.array([[0, 1, 2]]), "a.ply")


@pytest.mark.parametrize(
    ("vessels", "said"),
    [
        ((line("artery"), wall("artery")), "Only arteries are known: where veins"),
        ((wall("vein"), line("artery", segments=0)), "Only veins are known: where arteries"),
        ((line("artery"), wall("vein")), ""),
        ((line("artery"), wall("vessel")), "Nobody said of any vessel that it is one of the veins"),
        ((line("artery"), wall("vessel"), wall("vein")), ""),
        ((line("vessel"),), "Nobody said whether"),
        ((), "No vessels are known: clearance"),
    ],
)
def test_a_missing_kind_of_vessel_is_said(vessels: tuple[VesselTree | VesselWall, ...], said: str) -> None:
    found = missing_kind(kinds_of(vessels))
    assert found.startswith(said)
    assert bool(found) == bool(said)


@pytest.mark.parametrize(
    ("unknown", "kinds", "said"),
    [
        ({"vein"}, {"artery", "vein"}, "veins"),
        ({"artery", "vein"}, {"artery", "vein"}, "vessels"),
        ({"artery"}, {"artery"}, "vessels"),
        ({"vessel", "artery"}, {"artery", "vein", "vessel"}, "arteries and vessels of unsaid kind"),
        ((), (), "vessels"),
    ],
)
def test_what_is_unknown_is_named_where_something_else_is_known(unknown: set[str], kinds: set[str], said: str) -> None:
    assert unknown_words(unknown, kinds) == said
