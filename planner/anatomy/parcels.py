"""FreeSurfer's annotations: which of a surface's vertices belong to a named parcel.

The layout is FreeSurfer's (its wiki, LabelsClutsAnnotationFiles): pairs of vertex and colour code, then a table that
gives each name its colour, in either of its two versions. It is walked here within the file's bounds, because what it
claims would otherwise be reserved before it is found to be missing; nibabel's reader is what the tests compare with.
"""

from __future__ import annotations

import struct
from pathlib import Path

import numpy as np

from planner.anatomy.bounded import INTACT, check_readable
from planner.errors import InputError
from planner.frames import IntArray

_TABLE, _VERSION = 1, 2
_SHOWN = 5


def read_parcel(path: Path, parcel: str, vertices: int) -> IntArray:
    """Vertex indices ``(K,)`` of a parcel.

    Parameters
    ----------
    path : Path
    parcel : str
        Its name in the table, e.g. ``pericalcarine``.
    vertices : int
        How many vertices the surface has.

    Raises
    ------
    InputError
        Where the file is broken, of another surface, or has no such parcel or no vertex of it.
    """
    codes, names = read_annotation(path, vertices)
    if parcel not in names:
        some = ", ".join(sorted(names)[:_SHOWN])
        raise InputError(
            f"has no parcel called {parcel!r}", source=path, remedy=f"choose one of its {len(names)}, such as {some}"
        )
    found = np.flatnonzero(codes == names[parcel])
    if len(found) == 0:
        raise InputError(f"gives the parcel {parcel!r} no vertex", source=path, remedy="choose another parcel")
    return found.astype(np.int64)


def read_annotation(path: Path, vertices: int) -> tuple[IntArray, dict[str, int]]:
    """Colour code ``(V,)`` of each vertex, 0 for none, and the code of each parcel by its name.

    Raises
    ------
    InputError
        Where the file is broken or of another surface.
    """
    check_readable(path)
    content = path.read_bytes()
    try:
        (count,) = struct.unpack_from(">i", content)
        if count != vertices:
            raise InputError(
                f"is of a surface of {count} vertices, not of one of {vertices}",
                source=path,
                remedy="use the annotation of this subject",
            )
        pairs = np.frombuffer(content, dtype=">i4", count=2 * count, offset=4).reshape(count, 2).astype(np.int64)
        if not np.array_equal(np.sort(pairs[:, 0]), np.arange(count)):
            raise ValueError("vertices are missing")
        names = _names(content, 4 + 8 * count)
    except (struct.error, ValueError) as error:
        raise InputError("is no whole annotation", source=path, remedy=INTACT) from error
    codes = np.zeros(count, dtype=np.int64)
    codes[pairs[:, 0]] = pairs[:, 1]
    return codes, names


def _names(content: bytes, at: int) -> dict[str, int]:
    tag, count = struct.unpack_from(">ii", content, at)
    at += 8
    versioned = count == -_VERSION
    if tag != _TABLE or (count < 0 and not versioned):
        raise ValueError("no colour table")
    if versioned:
        at += 4  # the largest number of a structure
    _, at = _text(content, at)  # where the table was read from
    if versioned:
        (count,) = struct.unpack_from(">i", content, at)
        at += 4
    names = {}
    for _ in range(count):
        name, at = _text(content, at + (4 if versioned else 0))
        red, green, blue, _ = struct.unpack_from(">4i", content, at)
        at += 16
        names[name] = red + green * 2**8 + blue * 2**16
    return names


def _text(content: bytes, at: int) -> tuple[str, int]:
    """A text that its length stands before, and where it ends."""
    (length,) = struct.unpack_from(">i", content, at)
    text = content[at + 4 : at + 4 + length]
    if length < 0 or len(text) != length:
        raise ValueError("a name is cut off")
    return text.split(b"\0")[0].decode("utf-8", "replace"), at + 4 + length
