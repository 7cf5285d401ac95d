"""Trajectories that other programs planned, and threads along them."""

from __future__ import annotations

from pathlib import Path

from planner.errors import InputError
from planner.implant.thread import Vector
from planner.plan.imports import rosa, slicer
from planner.plan.imports.joining import with_trajectories as with_trajectories
from planner.plan.imports.placement import Imported as Imported
from planner.plan.imports.placement import threads_of as threads_of
from planner.plan.imports.rosa import Origin as Origin
from planner.plan.imports.rosa import origin_mm as origin_mm
from planner.plan.imports.trajectory import Trajectory as Trajectory


def read_trajectories(path: Path, origin_mm: Vector | None = None) -> tuple[Trajectory, ...]:
    """The lines in a file of 3D Slicer (``.mrk.json``) or ROSA (``.ros``), in scanner RAS.

    Parameters
    ----------
    path : Path
    origin_mm : (x, y, z), optional
        Of a ``.ros`` file alone: where the origin of its frame lies in scanner RAS; see `planner.plan.imports.rosa`.

    Raises
    ------
    InputError
        Where the file is of another kind, cannot be read or holds no line; where it does not say where its lines lie
        and no origin is given, or says it and one is given.
    """
    if path.name.lower().endswith(".ros"):
        return rosa.read(path, origin_mm)
    if not path.name.lower().endswith(".json"):
        raise InputError(
            "is no file of trajectories that is known", source=path, remedy="give a .mrk.json of 3D Slicer or a .ros"
        )
    if origin_mm is not None:
        raise InputError("says itself where its lines lie", source=path, remedy="give an origin with a .ros file only")
    return slicer.read(path)
