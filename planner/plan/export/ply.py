"""Binary PLY in scanner RAS: the meshes that STL has, with shared vertices and all their digits.

A comment says ``SPACE=RAS``, without which Slicer takes points as LPS; further comments say what the plan is. The
vertices of the surfaces keep their order.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray

from planner.frames import FloatArray, IntArray
from planner.plan.export.readback import require_equal, require_same
from planner.plan.export.stl import Triangles, spheres, tubes
from planner.plan.export.vtp import SURFACES, ascii_words
from planner.plan.make import Examined
from planner.plan.stamp import fingerprint, limits_words, notice, verdict_words

NAMES: Final = tuple(f"{stem}.ply" for stem in ("threads", "contacts", *SURFACES))
"""Every file that an export may have; which ones depends on the case."""
FACE: Final = np.dtype([("corners", "u1"), ("vertices", "<i4", 3)])
END: Final = b"end_header\n"

Mesh = tuple[FloatArray, IntArray]
"""Vertices (V, 3) in mm and triangles (F, 3), counter-clockwise seen from outside."""


def write(examined: Examined, folder: Path) -> list[Path]:
    """Write ``threads``, ``contacts`` and each hemisphere's surfaces, and read each back."""
    meshes = {"threads": _joined(tubes(examined)), "contacts": _joined(spheres(examined))}
    for name, hemisphere in examined.anatomy.hemispheres.items():
        meshes[f"{name}_white"] = (hemisphere.white_mm, hemisphere.faces)
        meshes[f"{name}_pial"] = (hemisphere.pial_mm, hemisphere.faces)
    written = []
    for stem, mesh in meshes.items():
        file = folder / f"{stem}.ply"
        _save(file, _header(examined, mesh), mesh)
        written.append(file)
    return written


def _header(examined: Examined, mesh: Mesh) -> bytes:
    plan = examined.plan
    said = [f"Calcarine plan {fingerprint(plan)}, {verdict_words(plan)}", limits_words(plan), notice(plan)]
    lines = [
        "ply",
        "format binary_little_endian 1.0",
        "comment SPACE=RAS",
        *(f"comment {' '.join(words.split())}" for words in ascii_words(said)),
        f"element vertex {len(mesh[0])}",
        *(f"property double {axis}" for axis in "xyz"),
        f"element face {len(mesh[1])}",
        "property list uchar int vertex_indices",
    ]
    return "\n".join(lines).encode("ascii") + b"\n" + END


def _save(file: Path, header: bytes, mesh: Mesh) -> None:
    points, triangles = mesh
    faces: NDArray[np.void] = np.zeros(len(triangles), dtype=FACE)
    faces["corners"], faces["vertices"] = 3, triangles
    file.write_bytes(header + points.astype("<f8").tobytes() + faces.tobytes())
    content = file.read_bytes()
    start = content.index(END) + len(END)
    require_same(file, "the header", content[:start], header)
    middle = start + points.size * 8
    require_equal(file, "the vertices", np.frombuffer(content[start:middle], dtype="<f8").reshape(-1, 3), points)
    require_equal(file, "the triangles", np.frombuffer(content[middle:], dtype=FACE)["vertices"], triangles)


def _joined(triangles: Triangles) -> Mesh:
    """Triangles with the vertices that they share."""
    points, index = np.unique(triangles.reshape(-1, 3), axis=0, return_inverse=True)
    return points, index.reshape(-1, 3).astype(np.int64)
