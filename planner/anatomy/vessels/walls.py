"""Mesh files of vessel walls as they stand: STL, PLY, OBJ."""

from __future__ import annotations

import io
import re
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import numpy as np

from planner.anatomy.bounded import TEXT_BYTES
from planner.anatomy.quiet import collected
from planner.anatomy.vessels.closing import MOST_FACES
from planner.anatomy.vessels.placement import tag_in
from planner.anatomy.vessels.reading import read_bytes
from planner.anatomy.vessels.vtk_file import VtkData
from planner.errors import InputError
from planner.frames import FloatArray, IntArray

SUFFIXES: Final = (".stl", ".ply", ".obj")
# What the readers raise on files that break their format; anything else is a bug.
MALFORMED: Final = (
    ArithmeticError,
    AttributeError,
    LookupError,
    NameError,
    NotImplementedError,
    TypeError,
    ValueError,
    struct.error,
)


@dataclass(frozen=True, eq=False)
class Surface:
    """A triangle mesh in a file's own coordinates and units.

    Attributes
    ----------
    vertices : (V, 3) float64
    faces : (F, 3) int64
    space, kind : str
        What the file says of itself; empty where it says nothing.
    """

    vertices: FloatArray
    faces: IntArray
    space: str = ""
    kind: str = ""


def read_surface(path: Path) -> Surface:
    """Read an STL (binary or text), PLY or OBJ file.

    ``SPACE=LPS`` or the like counts where Slicer writes it: in STL's header, in comments of PLY and OBJ.

    Raises
    ------
    InputError
        It is missing, damaged, holds no faces, or claims more than it holds.
    """
    content = read_bytes(path)
    suffix = path.suffix.lower()
    head = _head(content, suffix)
    _check_claims(content, head, suffix, path)
    from trimesh.exchange.obj import load_obj  # no start of the program waits for them
    from trimesh.exchange.ply import load_ply
    from trimesh.exchange.stl import HeaderError, load_stl

    load = {".stl": load_stl, ".ply": load_ply, ".obj": load_obj}[suffix]
    try:
        with collected("trimesh"):  # it prints what it makes of normals and colours, which are of no use here
            found = load(io.BytesIO(content), **({"skip_materials": True} if suffix == ".obj" else {}))
            vertices, faces = _joined(found)
    except (HeaderError, *MALFORMED) as error:
        raise InputError(
            f"is damaged, cut off, or no {suffix[1:].upper()} file", source=path, remedy="export it again"
        ) from error
    return Surface(vertices, faces, tag_in(head))


def surface(data: VtkData) -> Surface:
    """The triangles of a VTK file."""
    return Surface(data.points, data.triangles, data.texts.get("space", ""), data.texts.get("kind", ""))


def _head(content: bytes, suffix: str) -> bytes:
    """The part of a file that speaks of the rest."""
    if suffix == ".ply":
        return content[: content.find(b"end_header") + 1]
    if suffix == ".stl":
        return content[:80] if len(content) == _stl_length(content) else content[:1024].split(b"\n", 1)[0]
    return b"\n".join(re.findall(rb"(?m)^#.*$", content))


def _stl_length(content: bytes) -> int:
    """How long a binary STL file with this header is."""
    return 84 + 50 * int.from_bytes(content[80:84], "little")


def _check_claims(content: bytes, head: bytes, suffix: str, path: Path) -> None:
    text = _is_text(content, head, suffix)
    if text and len(content) > TEXT_BYTES:
        raise InputError(
            f"has {len(content) / 2**20:.0f} MiB of text, more than the {TEXT_BYTES // 2**20} MiB accepted",
            source=path,
            remedy="export it as binary STL or PLY",
        )
    counts = re.findall(rb"(?m)^\s*element\s+(\S+)\s+(\d{1,18})\s*$", head)
    most = {
        ".stl": content.count(b"endfacet") if text else (len(content) - 84) // 50,
        ".ply": max((int(count) for name, count in counts if text or name == b"face"), default=0),
        ".obj": content.count(b"\nf"),
    }[suffix]
    if most > MOST_FACES:
        raise InputError(
            f"has {most} faces or vertices, more than the {MOST_FACES} accepted",
            source=path,
            remedy="simplify the mesh",
        )
    if suffix == ".stl" and not text and len(content) != _stl_length(content):
        raise InputError(
            f"has {len(content)} bytes where its header says {_stl_length(content)}",
            source=path,
            remedy="it is cut off or no STL file; export it again",
        )
    if suffix == ".ply":
        counts = re.findall(rb"(?m)^\s*element\s+\S+\s+(\S+)", head)
        if not counts or not all(
            count.isdigit() and len(count) < 19 and int(count) <= len(content) for count in counts
        ):
            raise InputError(
                "claims to hold more than its bytes can, or is no PLY file", source=path, remedy="export it again"
            )


def _is_text(content: bytes, head: bytes, suffix: str) -> bool:
    if suffix == ".stl":
        return len(content) != _stl_length(content) and content.lstrip()[:5].lower() == b"solid"
    return suffix == ".obj" or b"format ascii" in head


def _joined(found: dict[str, Any]) -> tuple[FloatArray, IntArray]:
    """Vertices and triangles of a file's meshes as one mesh."""
    parts = list(found["geometry"].values()) if "geometry" in found else [found]
    vertices = [np.asarray(part["vertices"], dtype=np.float64).reshape(-1, 3) for part in parts]
    faces = [np.asarray(part["faces"]) for part in parts]
    if not all(part.ndim == 2 and part.shape[1] == 3 and part.dtype.kind in "iu" for part in faces):
        raise ValueError("faces are no triangles")
    starts = np.cumsum([0, *(len(part) for part in vertices[:-1])])
    return np.concatenate(vertices), np.concatenate(
        [part.astype(np.int64) + start for part, start in zip(faces, starts, strict=True)]
    )
