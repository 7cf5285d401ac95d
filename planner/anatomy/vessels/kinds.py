"""Which kinds of vessels are known of a case, and what to say where one is missing."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from typing import Final, get_args

from planner.anatomy.vessels.tree import VesselKind, VesselTree
from planner.anatomy.vessels.wall import Vessel

KINDS: Final[tuple[VesselKind, ...]] = get_args(VesselKind)
PLURAL: Final[dict[str, str]] = {"artery": "arteries", "vein": "veins", "vessel": "vessels of unsaid kind"}
ARTERIES: Final = {"artery", "arteries", "arterial", "art", "mra", "tof"}
VEINS: Final = {"vein", "veins", "venous", "mrv", "swi"}


def kinds_of(vessels: Sequence[Vessel]) -> tuple[VesselKind, ...]:
    """The kinds of vessels that are there, in their order; those without any wall or segment do not count."""
    found = {v.kind for v in vessels if len(v.edges if isinstance(v, VesselTree) else v.faces)}
    return tuple(kind for kind in KINDS if kind in found)


def guess_kind(name: str) -> VesselKind:
    """Artery or vein by the words in a name, vessel where they say neither or both."""
    words = words_of(name)
    artery, vein = bool(words & ARTERIES), bool(words & VEINS)
    if artery == vein:
        return "vessel"
    return "artery" if artery else "vein"


def words_of(name: str) -> set[str]:
    """The words of a file's name in lower case, also where only capitals part them."""
    return set(re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()))


def missing_kind(kinds: Collection[str]) -> str:
    """A sentence where arteries, veins or both are missing from a case, or nobody knows which; empty otherwise."""
    if not kinds:
        return "No vessels are known: clearance to them is unknown and is not checked."
    absent = [PLURAL[kind] for kind in ("artery", "vein") if kind not in kinds]
    if not absent:
        return ""
    if set(kinds) == {"vessel"}:
        return "Nobody said whether the vessels are arteries or veins: the other kind may be missing altogether."
    if "vessel" in kinds:
        return f"Nobody said of any vessel that it is one of the {absent[0]}: they may be missing altogether."
    (known,) = (PLURAL[kind] for kind in kinds)
    return f"Only {known} are known: where {absent[0]} run is unknown, and clearance to them is not checked."


def missing_words(kinds: Collection[str]) -> str:
    """`missing_kind` in two or three words: ``veins unknown``; empty where arteries and veins are both known."""
    if not kinds:
        return "vessels unknown"
    if set(kinds) == {"vessel"}:
        return "vessels of unsaid kind"
    return " and ".join(f"{PLURAL[kind]} unknown" for kind in ("artery", "vein") if kind not in kinds)


def unknown_words(unknown: Collection[str], kinds: Collection[str]) -> str:
    """What is unknown somewhere: ``vessels`` where all kinds of the case are, otherwise those that are, by name."""
    if set(unknown) >= set(kinds):
        return "vessels"
    return " and ".join(PLURAL[kind] for kind in KINDS if kind in unknown)
