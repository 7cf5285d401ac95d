"""Binary STL in scanner RAS: threads as tubes of the shaft's radius, contacts as spheres, and the surfaces.

The header says ``SPACE=RAS``, without which Slicer takes points as LPS. STL holds triangles in float32 (0.00001 mm at
the occipital pole) and nothing else: the other formats carry names and numbers.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np
import pyvista as pv
from numpy.typing import NDArray

from planner.frames import FloatArray
from planner.plan.export.readback import require_equal, require_same
from planner.plan.export.vtp import SURFACES, threads_mesh
from planner.plan.make import Examined
from planner.plan.stamp import fingerprint, verdict_words

CONTACT_RADII: Final = 1.5  # ours: of the shaft's radius, so that a contact stands out of it
SIDES: Final = 12
HEADER_BYTES: Final = 80
NAMES: Final = tuple(f"{stem}.stl" for stem in ("threads", "contacts", *SURFACES))
"""Every file that an export may have; which ones depends on the case."""
TRIANGLE: Final = np.dtype([("normal", "<f4", 3), ("corners", "<f4", (3, 3)), ("attribute", "<u2")])

Triangles = FloatArray
"""(N, 3, 3) float64: corners in mm, counter-clockwise seen from outside."""


def write(examined: Examined, folder: Path) -> list[Path]:
    """Write ``threads``, ``contacts`` and each hemisphere's surfaces, and read each back."""
    shapes = {"threads": tubes(examined), "contacts": spheres(examined)}
    for name, hemisphere in examined.anatomy.hemispheres.items():
        shapes[f"{name}_white"] = hemisphere.white_mm[hemisphere.faces]
        shapes[f"{name}_pial"] = hemisphere.pial_mm[hemisphere.faces]
    header = _header(examined).encode()
    written = []
    for stem, triangles in shapes.items():
        file = folder / f"{stem}.stl"
        _save(file, header[:HEADER_BYTES].ljust(HEADER_BYTES), triangles)
        written.append(file)
    return written


def _header(examined: Examined) -> str:
    """What fits into a header: all but the kinds of vessels that are unknown, where these take too many words."""
    start = f"SPACE=RAS Research use only. Calcarine {fingerprint(examined.plan)}, "
    whole = start + verdict_words(examined.plan)
    return whole if len(whole) <= HEADER_BYTES else f"{start}feasible, vessels unknown"


def _save(file: Path, header: bytes, triangles: Triangles) -> None:
    records = np.zeros(len(triangles), dtype=TRIANGLE)
    records["corners"] = triangles
    a, b, c = triangles.transpose(1, 0, 2)
    normal = np.cross(b - a, c - a)
    length = np.linalg.norm(normal, axis=1, keepdims=True)
    records["normal"] = np.divide(normal, length, out=np.zeros_like(normal), where=length > 0)
    with file.open("wb") as opened:
        opened.write(header)
        opened.write(np.uint32(len(records)).astype("<u4").tobytes())
        opened.write(records.tobytes())
    content = file.read_bytes()
    require_same(file, "the header", content[:HEADER_BYTES], header)
    require_same(file, "the count", int.from_bytes(content[HEADER_BYTES : HEADER_BYTES + 4], "little"), len(triangles))
    found: NDArray[np.void] = np.frombuffer(content, dtype=TRIANGLE, offset=HEADER_BYTES + 4)
    require_equal(file, "the triangles", found["corners"], triangles.astype(np.float32))


def tubes(examined: Examined) -> Triangles:
    """Closed tubes along all shafts, of the shafts' radii."""
    mesh = threads_mesh(examined)
    radius_mm = mesh.point_data["Radius"]
    parts = [np.zeros((0, 3, 3))]
    for radius in np.unique(radius_mm[radius_mm > 0]):
        ends = mesh.points.reshape(-1, 2, 3)[radius_mm[::2] == radius]
        ends = ends[(ends[:, 0] != ends[:, 1]).any(axis=1)]  # discs have no length
        if len(ends):
            lines = pv.line_segments_from_points(ends.reshape(-1, 3))
            parts.append(_triangles(lines.tube(radius=radius, n_sides=SIDES, capping=True)))
    return np.concatenate(parts)


def spheres(examined: Examined) -> Triangles:
    """A ball at every contact, somewhat wider than its shaft."""
    implant = examined.plan.implant
    radius_mm = CONTACT_RADII * np.array([implant.device_of(t).shaft_radius_mm for t in implant.threads])
    owner = implant.contact_owners()
    ball = _triangles(pv.Icosphere(radius=1.0, nsub=1))
    scale = radius_mm[owner].reshape(-1, 1, 1, 1)
    return (implant.contacts_mm().reshape(-1, 1, 1, 3) + scale * ball[None])[scale[:, 0, 0, 0] > 0].reshape(-1, 3, 3)


def _triangles(mesh: pv.PolyData) -> Triangles:
    flat = mesh.triangulate()
    corners: Triangles = np.asarray(flat.points, dtype=np.float64)[flat.regular_faces]
    return corners
