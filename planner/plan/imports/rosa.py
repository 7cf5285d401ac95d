"""Trajectories of the surgical robot ROSA, from its ``.ros`` files.

The format is the vendor's and not published. What readers of it agree on: sections begin with a name in brackets; each
line of ``[TRAJECTORY]`` is a trajectory: name, type, colour, 1 and the entry, 1 and the target, then the instrument's
length and diameter; 0 stands before a point that is not set. Points are in mm, to the left, to the back and upwards
(LPS).

Where their origin lies the file does not say: readers put it in the middle of the first image, which they load without
its place in the scanner. So whoever imports says where the origin is in scanner RAS. `middle_mm` gives it for the
case's volume, which holds where that volume is ROSA's first image and both have their axes along the scanner's; it is
right to about one voxel, as readers and scanners count a middle differently. ``[TRdicomRdisplay]`` turns an image:
where the first one's does turn it, the frame is not known, and the file is refused.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Final, Literal

import numpy as np

from planner.anatomy.hemisphere import Anatomy
from planner.errors import InputError
from planner.frames import RAS_TO_LPS, VolumeGeometry
from planner.implant.thread import Vector
from planner.plan.imports.trajectory import FARTHEST_MM, Trajectory, read_bytes

_SECTION: Final = re.compile(r"^[ \t]*\[([^\]\r\n]+)\]", re.MULTILINE)
_NUMBER: Final = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d+)?"
_POINT: Final = rf"([01])\s+({_NUMBER})\s+({_NUMBER})\s+({_NUMBER})"
_ROW: Final = re.compile(rf"(\S.*?)\s+\d+\s+\d+\s+{_POINT}\s+{_POINT}(?:\s+{_NUMBER}){{0,2}}")
Origin = Literal["scanner", "volume"] | Vector
"""Where a frame's origin is: the scanner's own, the middle of the case's volume, or a point of scanner RAS, mm."""
STRAIGHT: Final = 1e-6  # of a matrix's numbers, beside those of the identity or of axes along the scanner's


def read(path: Path, origin_mm: Vector | None) -> tuple[Trajectory, ...]:
    """The trajectories of a file; see `planner.plan.imports.read_trajectories`."""
    sections = _sections(read_bytes(path).decode("utf-8", "replace"))
    rows = [row for name, text in sections if name == "TRAJECTORY" for row in text.splitlines() if row.strip()]
    if not rows:
        raise InputError("holds no trajectory", source=path, remedy="give a .ros file with planned trajectories")
    if origin_mm is None:
        raise InputError(
            "does not say where its frame lies in the scanner",
            source=path,
            remedy="say where its origin is: scanner, volume (the middle of the case's own) or x,y,z in scanner RAS",
        )
    _check_frame(path, sections)
    found = [_trajectory(path, row.strip(), origin_mm) for row in rows if len(row.split()) > 1]  # one alone is a count
    if not found:
        raise InputError("holds no trajectory", source=path, remedy="give a .ros file with planned trajectories")
    return tuple(found)


def origin_mm(origin: Origin | None, anatomy: Anatomy) -> Vector | None:
    """Where the origin lies in scanner RAS; None where nobody said.

    Raises
    ------
    InputError
        Where it should be the middle of the case's volume and there is none, or one whose axes are not the scanner's.
    """
    if origin == "scanner":
        return (0.0, 0.0, 0.0)
    if origin == "volume":
        if anatomy.geometry is None:
            raise InputError("the case has no volume", source=anatomy.source, remedy="give the origin as x,y,z")
        return middle_mm(anatomy.geometry)
    return origin


def middle_mm(geometry: VolumeGeometry) -> Vector:
    """The middle of a volume in scanner RAS.

    Raises
    ------
    InputError
        Where its axes are not along the scanner's, so that ROSA's frame would be turned against it.
    """
    matrix = geometry.voxel_to_scanner
    axes = np.abs(matrix[:3, :3]) / geometry.voxel_mm
    if not np.allclose(np.sort(axes, axis=0), [[0.0] * 3, [0.0] * 3, [1.0] * 3], atol=STRAIGHT):
        raise InputError(
            "the case's volume is oblique, so that ROSA's frame is turned against the scanner's",
            remedy="export the trajectories by a program that knows the scanner's space, such as 3D Slicer",
        )
    x, y, z = (float(v) for v in matrix[:3] @ [*((n - 1) / 2 for n in geometry.shape), 1.0])
    return (x, y, z)


def _sections(text: str) -> list[tuple[str, str]]:
    starts = list(_SECTION.finditer(text))
    ends = [*(start.start() for start in starts), len(text)][1:]
    return [(start.group(1).strip(), text[start.end() : end]) for start, end in zip(starts, ends, strict=True)]


def _check_frame(path: Path, sections: list[tuple[str, str]]) -> None:
    first = next((text for name, text in sections if name == "TRdicomRdisplay"), None)
    if first is None:
        return
    numbers = [float(number) for number in re.findall(_NUMBER, first)[-16:]]
    if len(numbers) < 16 or not np.allclose(np.reshape(numbers, (4, 4)), np.eye(4), atol=STRAIGHT):
        raise InputError(
            "turns or moves its first image, so that it is not known in which frame its trajectories are",
            source=path,
            remedy="export the trajectories by a program that knows the scanner's space, such as 3D Slicer",
        )


def _trajectory(path: Path, row: str, origin_mm: Vector) -> Trajectory:
    read = _ROW.fullmatch(row)
    if read is None:
        raise InputError(f"has a trajectory that is none: {row[:60]!r}", source=path, remedy="give an intact file")
    name, entered, *entry, aimed, tx, ty, tz = read.groups()
    if "0" in (entered, aimed):
        return Trajectory(name, fault="has no entry or no target set")
    ends = np.array([entry, [tx, ty, tz]], dtype=np.float64)
    placed = RAS_TO_LPS.inverse()(ends) + np.array(origin_mm)
    if not np.abs(placed).max() <= FARTHEST_MM:
        return Trajectory(name, fault="lies outside every head")
    first, second = ((float(x), float(y), float(z)) for x, y, z in placed)
    return Trajectory(name, first, second, ordered=True)
