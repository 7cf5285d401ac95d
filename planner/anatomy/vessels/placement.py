"""From a vessel file's own coordinates to scanner RAS: axes, scale, offset and space."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

import numpy as np

from planner.anatomy.request import VesselFile
from planner.errors import InputError
from planner.frames import RAS_TO_LPS, FloatArray, Space, Transform

TAG: Final = re.compile(rb"(?i)\bSPACE\s*[=:]\s*([^\s;,\0]+)")
SPACE_TAGS: Final = {
    "ras": Space.SCANNER_RAS,
    "scannerras": Space.SCANNER_RAS,
    "lps": Space.LPS,
    "tkras": Space.TKRAS,
    "tkrras": Space.TKRAS,
    "surfaceras": Space.TKRAS,
}


@dataclass(frozen=True, eq=False)
class Placement:
    """Where a file's coordinates lie in scanner RAS: a turn, one scale for all directions, and a shift.

    Attributes
    ----------
    matrix : (4, 4) float64
        From the file's coordinates to scanner RAS mm.
    scale : float
        Millimetres for one of the file's units: for radii and voxel sizes.
    space : Space
        The space that the file's coordinates are in, once turned, scaled and shifted as asked.
    """

    matrix: FloatArray
    scale: float
    space: Space

    def __call__(self, points: FloatArray) -> FloatArray:
        """Map points ``(..., 3)`` of the file to scanner RAS mm."""
        return np.asarray(points @ self.matrix[:3, :3].T + self.matrix[:3, 3])


def place(wanted: VesselFile, tag: str, spaces: Mapping[Space, Transform]) -> Placement:
    """How a file's coordinates become scanner RAS.

    Axes come first, then scale, offset and space. Axes that mirror are refused: a mirrored tree fits a cortex nearly as
    well as a true one, so that nothing could catch a file whose left and right were exchanged unawares.

    Parameters
    ----------
    wanted : VesselFile
    tag : str
        What the file says of its space, empty for nothing; holds where `wanted` says nothing.
    spaces : mapping of Space to Transform
        From scanner RAS to each other space of the case.

    Raises
    ------
    InputError
        Settings that make no sense, that mirror, or a space that the case does not know.
    """
    turn = parse_axes(wanted.axes, wanted.file)
    if not (np.isfinite(wanted.scale) and wanted.scale > 0.0):
        raise InputError(
            f"cannot be scaled by {wanted.scale:g}", source=wanted.file, remedy="give the mm of one of its units, > 0"
        )
    if not np.isfinite(wanted.offset_mm).all():
        raise InputError("has an offset that is not finite", source=wanted.file, remedy="give three numbers in mm")
    own = np.eye(4)
    own[:3, :3], own[:3, 3] = wanted.scale * turn, wanted.offset_mm
    space = Space(wanted.space) if wanted.space is not None else space_of_tag(tag, wanted.file) or Space.SCANNER_RAS
    known = {Space.LPS: RAS_TO_LPS, **spaces}
    if space is Space.SCANNER_RAS:
        return Placement(own, wanted.scale, space)
    if space not in known:
        raise InputError(
            f"is in {space}, which this case does not know, for it has no volume geometry",
            source=wanted.file,
            remedy="add the subject's mri/orig.mgz, or give the vessels in scanner RAS",
        )
    return Placement(known[space].inverse().matrix @ own, wanted.scale, space)


def parse_axes(axes: str, source: str) -> FloatArray:
    """Turn ``(3, 3)`` of axes such as ``-x,z,y``: which of the file's axes, with its sign, gives x, y and z.

    Raises
    ------
    InputError
        Not three different axes, or a mirror.
    """
    words = [word.strip().lower() for word in axes.split(",")]
    if sorted(word[-1:] for word in words) != list("xyz") or not all(
        re.fullmatch("[+-]?[xyz]", word) for word in words
    ):
        raise InputError(
            f"cannot be turned by the axes {axes!r}", source=source, remedy="name x, y and z once each, e.g. x,-z,y"
        )
    turn = np.zeros((3, 3))
    for row, word in enumerate(words):
        turn[row, "xyz".index(word[-1])] = -1.0 if word.startswith("-") else 1.0
    if np.linalg.det(turn) < 0.0:
        raise InputError(
            f"the axes {axes} are a mirror image, which would exchange left and right with nothing to catch it",
            source=source,
            remedy="reverse one sign; where the file itself is mirrored, write it again with x negated",
        )
    return turn


def tag_in(text: bytes) -> str:
    """What a comment says of the space as ``SPACE=LPS`` or ``space: lps``; empty for nothing."""
    found = TAG.search(text)
    return found[1].decode("ascii", "replace") if found else ""


def space_of_tag(tag: str, source: str) -> Space | None:
    """The space that a file's ``SPACE`` tag names, None for an empty one.

    Raises
    ------
    InputError
        A space of another name.
    """
    plain = "".join(filter(str.isalnum, tag.lower()))
    if plain and plain not in SPACE_TAGS:
        raise InputError(
            f"its SPACE is {tag!r}", source=source, remedy="export it in RAS, LPS or tkRAS, or say its space"
        )
    return SPACE_TAGS.get(plain)
