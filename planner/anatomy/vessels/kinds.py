"""Which kinds of vessels are known of a case, and what to say where one is missing."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from planner.anatomy.vessels.tree import VesselTree
from planner.anatomy.vessels.wall import Vessel


def kinds_of(vessels: Sequence[Vessel]) -> frozenset[str]:
    """The kinds of vessels that are there; those without any wall or segment do not count."""
    return frozenset(v.kind for v in vessels if len(v.edges if isinstance(v, VesselTree) else v.faces))


def missing_kind(kinds: Collection[str]) -> str:
    """A sentence where no vessels, only arteries or only veins are known, or nobody knows which; empty otherwise."""
    if not kinds:
        return "No vessels are known: clearance to them is unknown and is not checked."
    if set(kinds) == {"artery"}:
        return "Only arteries are known: where veins run is unknown, and clearance to them is not checked."
    if set(kinds) == {"vein"}:
        return "Only veins are known: where arteries run is unknown, and clearance to them is not checked."
    if set(kinds) == {"vessel"}:
        return "Nobody said whether the vessels are arteries or veins: the other kind may be missing altogether."
    return ""
