"""Lines of 3D Slicer's markups, ``.mrk.json``.

Only markups of the type Line are taken: lists of points and curves have no entry and no target. Coordinates are LPS
unless the file says RAS, and mm unless it says another unit, as Slicer's schema has it. A point that is not *defined*
was never placed: its coordinates mean nothing. Which end is the entry is told by the points' labels where one says so
(entry; target or tip).
"""

from __future__ import annotations

import json
import math
from pathlib import Path
from typing import Any, Final

import numpy as np

from planner.errors import InputError
from planner.frames import RAS_TO_LPS
from planner.implant.thread import Vector
from planner.plan.imports.trajectory import FARTHEST_MM, Trajectory, read_bytes

UNITS_MM: Final = {"mm": 1.0, "um": 1e-3, "µm": 1e-3, "cm": 10.0, "m": 1000.0}
SPACES: Final = ("LPS", "RAS")
DEFINED: Final = "defined"

Json = dict[str, Any]


def read(path: Path) -> tuple[Trajectory, ...]:
    """The lines of a file; see `planner.plan.imports.read_trajectories`."""
    try:
        document = json.loads(read_bytes(path).decode("utf-8-sig"))
    except (ValueError, RecursionError) as error:
        raise InputError(f"is not readable as JSON ({error})", source=path, remedy="give an intact file") from error
    markups = document.get("markups") if isinstance(document, dict) else None
    if not isinstance(markups, list) or not all(isinstance(markup, dict) for markup in markups):
        raise InputError("holds no markups of 3D Slicer", source=path, remedy="save lines from Slicer's Markups module")
    lines = [markup for markup in markups if markup.get("type") == "Line"]
    if not lines:
        kinds = ", ".join(sorted({str(markup.get("type")) for markup in markups})) or "nothing"
        raise InputError(f"holds no line, but {kinds}", source=path, remedy="draw each trajectory as a Line in Slicer")
    stem = path.name.removesuffix(".json").removesuffix(".mrk")
    return tuple(_line(line, path, stem if len(lines) == 1 else f"{stem} {n}") for n, line in enumerate(lines, 1))


def _line(markup: Json, path: Path, unnamed: str) -> Trajectory:
    name = markup.get("name")
    name = name if isinstance(name, str) and name.strip() else unnamed
    space, scale = _space(markup, path, name), _scale(markup, path, name)
    points = markup.get("controlPoints")
    if not isinstance(points, list) or not all(isinstance(point, dict) for point in points):
        return Trajectory(name, fault="has no points")
    if len(points) != 2 or any(point.get("positionStatus", DEFINED) != DEFINED for point in points):
        placed = sum(point.get("positionStatus", DEFINED) == DEFINED for point in points)
        return Trajectory(name, fault=f"has {placed} of its {max(len(points), 2)} points placed, and needs both of two")
    ends = [_ras(point.get("position"), scale, space) for point in points]
    if None in ends:
        return Trajectory(name, fault="has a point without three numbers of a place within a head")
    order = _order([str(point.get("label") or "").lower().removeprefix(name.lower()) for point in points])
    first, second = (end for end in (ends[::-1] if order == -1 else ends) if end is not None)
    return Trajectory(name, first, second, ordered=order != 0)


def _order(labels: list[str]) -> int:
    """1 where the labels say that the first point is the entry, -1 where the second one is, 0 where they do not say."""
    first, second = (("entry" in words) - ("target" in words or "tip" in words) for words in labels)
    return (first > second) - (first < second)


def _space(markup: Json, path: Path, name: str) -> str:
    space = markup.get("coordinateSystem", "LPS")
    if not isinstance(space, str) or space.upper() not in SPACES:
        raise InputError(f"line {name} is in the space {space!r}", source=path, remedy="save it in LPS or RAS")
    return space.upper()


def _scale(markup: Json, path: Path, name: str) -> float:
    """Millimetres of a unit; a coded unit is a list that begins with it."""
    unit = markup.get("coordinateUnits", "mm")
    unit = unit[0] if isinstance(unit, list) and unit else unit
    if not isinstance(unit, str) or unit not in UNITS_MM:
        raise InputError(f"line {name} is in the unit {unit!r}", source=path, remedy=f"use {', '.join(UNITS_MM)}")
    return UNITS_MM[unit]


def _ras(position: object, scale: float, space: str) -> Vector | None:
    if not isinstance(position, list) or len(position) != 3:
        return None
    if not all(isinstance(x, int | float) and not isinstance(x, bool) and math.isfinite(x) for x in position):
        return None
    place = scale * np.array(position, dtype=np.float64)
    if np.abs(place).max() > FARTHEST_MM:
        return None
    x, y, z = (float(v) for v in (RAS_TO_LPS.inverse()(place) if space == "LPS" else place))
    return (x, y, z)
