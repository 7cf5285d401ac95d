"""Vessel files of any accepted kind."""

from __future__ import annotations

import re
from pathlib import Path

from planner.anatomy.vessels.centrelines import read_centrelines
from planner.anatomy.vessels.swc import read_swc
from planner.anatomy.vessels.tree import VesselKind, VesselTree
from planner.errors import InputError

ACCEPTED = ".swc, .vtp, .vtk"
ARTERIES = {"artery", "arteries", "arterial", "art", "mra", "tof"}
VEINS = {"vein", "veins", "venous", "mrv", "swi"}


def read_vessels(path: str | Path) -> VesselTree:
    """Read a vessel file by its suffix, its kind guessed from the words of its name.

    Parameters
    ----------
    path : str or Path
        ``.swc``, or centrelines with radii as ``.vtp`` or legacy ``.vtk``.

    Returns
    -------
    VesselTree
        In scanner RAS.

    Raises
    ------
    InputError
        Another kind of file, or one that cannot be used.
    """
    kind = guess_kind(Path(path).stem)
    match Path(path).suffix.lower():
        case ".swc":
            return read_swc(path, kind=kind)
        case ".vtp" | ".vtk":
            return read_centrelines(path, kind=kind)
        case _:
            raise InputError("is no vessel file of a known kind", source=path, remedy=f"give one of {ACCEPTED}")


def guess_kind(name: str) -> VesselKind:
    """Artery or vein by the words in a name, vessel where they say neither or both."""
    words = set(re.findall(r"[a-z]+", re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name).lower()))
    artery, vein = bool(words & ARTERIES), bool(words & VEINS)
    if artery == vein:
        return "vessel"
    return "artery" if artery else "vein"
