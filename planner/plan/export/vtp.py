"""VTK polygon files in scanner RAS: threads, contacts, whole surfaces and vessels, so that anyone can check a plan.

Slicer takes points as LPS unless the field array ``SPACE`` says ``RAS``. The vertices of the surfaces keep their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy as np
import pyvista as pv
from numpy.typing import NDArray

from planner.anatomy.hemisphere import Hemisphere
from planner.anatomy.vessels.tree import VesselKind, VesselTree
from planner.anatomy.vessels.wall import Vessel, VesselWall
from planner.design.limits import with_unit
from planner.frames import HEMISPHERES, FloatArray, IntArray
from planner.plan.contacts import contacts_of
from planner.plan.export.readback import require_equal, require_same
from planner.plan.make import Examined
from planner.plan.stamp import (
    SYNTHETIC_NOTICE,
    fingerprint,
    limits_words,
    notice,
    unsafe_threads,
    verdict_words,
)

SPACE: Final = "RAS"
VESSEL_FILES: Final[dict[VesselKind, str]] = {"artery": "arteries", "vein": "veins", "vessel": "vessels"}
WALL_FILES: Final[dict[VesselKind, str]] = {"artery": "artery_walls", "vein": "vein_walls", "vessel": "vessel_walls"}


SURFACES: Final = tuple(f"{side}_{surface}" for side in HEMISPHERES for surface in ("white", "pial"))
NAMES: Final = tuple(
    f"{stem}.vtp" for stem in ("threads", "contacts", *SURFACES, *VESSEL_FILES.values(), *WALL_FILES.values())
)
"""Every file that an export may have; which ones depends on the case."""


def write(examined: Examined, folder: Path) -> list[Path]:
    """Write ``threads``, ``contacts``, ``lh_white`` … ``rh_pial`` and the vessels of each kind; read each back.

    Vessels known by their centrelines are lines with a radius; those known by their walls have files of their own.
    """
    meshes = {"threads": threads_mesh(examined), "contacts": contacts_mesh(examined)}
    for name, hemisphere in examined.anatomy.hemispheres.items():
        meshes[f"{name}_white"] = surface_mesh(hemisphere, hemisphere.white_mm)
        meshes[f"{name}_pial"] = surface_mesh(hemisphere, hemisphere.pial_mm)
    for kind, file in VESSEL_FILES.items():
        trees = trees_of(examined.anatomy.vessels, kind)
        if trees:
            meshes[file] = vessel_mesh(trees)
        walls = walls_of(examined.anatomy.vessels, kind)
        if walls:
            meshes[WALL_FILES[kind]] = wall_mesh(walls)
    written = []
    for stem, mesh in meshes.items():
        mesh.field_data["SPACE"] = [SPACE]
        mesh.field_data["plan"] = ascii_words([fingerprint(examined.plan)])
        mesh.field_data["verdict"] = ascii_words([verdict_words(examined.plan)])
        mesh.field_data["limits"] = ascii_words([limits_words(examined.plan)])
        mesh.field_data["notice"] = ascii_words([notice(examined.plan)])
        path = folder / f"{stem}.vtp"
        mesh.save(path)
        _check(path, mesh)
        written.append(path)
    return written


def threads_mesh(examined: Examined) -> pv.PolyData:
    """One line for each shaft, with its thread's margins by the limits in force; unknown or exempt ones are NaN."""
    plan = examined.plan
    shafts = plan.implant.shafts()
    ends = np.stack([shafts.start_mm, shafts.tip_mm], axis=1).reshape(-1, 3)
    mesh = _lines(ends, np.arange(len(ends), dtype=np.int64).reshape(-1, 2))
    radius = np.array([plan.implant.device_of(t).shaft_radius_mm for t in plan.threads], dtype=np.float64)
    mesh.point_data["Radius"] = np.repeat(radius[shafts.thread], 2)
    unsafe = unsafe_threads(plan)
    unknown = plan.verdict.vessels_unknown if plan.verdict else ()
    of_thread: dict[str, NDArray[np.generic]] = {
        "thread": np.arange(len(plan.threads)),
        "right_hemisphere": np.array([t.hemisphere == "rh" for t in plan.threads], dtype=np.uint8),
        "feasible": np.array([t.name not in unsafe for t in plan.threads], dtype=np.uint8),
        "vessels_unknown": np.array([t.name in unknown for t in plan.threads], dtype=np.uint8),
    }
    if plan.verdict is not None:
        margins = [plan.verdict.margins[t.name] for t in plan.threads]
        for name in plan.limits.in_force:
            found = np.array([m.margins[name] for m in margins], dtype=np.float64)
            unsaid = np.array(
                [name in m.exempt or (name == "vessel" and m.vessels_unknown) for m in margins], dtype=bool
            )
            of_thread[f"margin_{with_unit(name)}"] = np.where(unsaid, np.nan, found)
    for column, values in of_thread.items():
        mesh.cell_data[column] = values[shafts.thread]
    mesh.field_data["thread_names"] = ascii_words([t.name for t in plan.threads])
    return mesh


def contacts_mesh(examined: Examined) -> pv.PolyData:
    """One vertex for each contact, thread by thread, the deepest first, with what it shows."""
    contacts = contacts_of(examined)
    order = {thread.name: index for index, thread in enumerate(examined.plan.threads)}
    mesh = pv.PolyData(np.array([c.position_mm for c in contacts], dtype=np.float64).reshape(-1, 3))
    mesh.point_data["thread"] = np.array([order[c.thread] for c in contacts], dtype=np.int64)
    mesh.point_data["contact"] = np.array([c.number for c in contacts], dtype=np.int64)
    mesh.point_data["field_deg"] = np.array([c.field_deg for c in contacts], dtype=np.float64).reshape(-1, 2)
    for name in ("eccentricity_deg", "size_deg", "depth", "usable"):
        mesh.point_data[name] = np.array([getattr(c, name) for c in contacts], dtype=np.float64)
    mesh.field_data["contact_names"] = ascii_words([c.label for c in contacts])
    return mesh


def surface_mesh(hemisphere: Hemisphere, points_mm: FloatArray) -> pv.PolyData:
    """A whole surface in its vertex order, with its retinotopy."""
    cells: Any = hemisphere.faces  # pyvista's own types allow no int64
    mesh: pv.PolyData = pv.PolyData.from_regular_faces(points_mm, cells)
    retinotopy = hemisphere.retinotopy
    mesh.point_data["visual_area"] = retinotopy.area
    mesh.point_data["eccentricity_deg"] = retinotopy.eccentricity_deg
    mesh.point_data["polar_angle_deg"] = retinotopy.polar_angle_deg
    mesh.field_data["retinotopy"] = ascii_words([retinotopy.source])
    return mesh


def trees_of(vessels: Sequence[Vessel], kind: VesselKind) -> list[VesselTree]:
    """The vessels of a kind that are known by their centrelines."""
    return [vessel for vessel in vessels if isinstance(vessel, VesselTree) and vessel.kind == kind]


def walls_of(vessels: Sequence[Vessel], kind: VesselKind) -> list[VesselWall]:
    """The vessels of a kind that are known by their walls."""
    return [vessel for vessel in vessels if isinstance(vessel, VesselWall) and vessel.kind == kind]


def vessel_mesh(trees: Sequence[VesselTree]) -> pv.PolyData:
    """Trees as one mesh: a two-point line for each segment, and the radius in mm at each node."""
    start = np.cumsum([0, *(len(tree.points_mm) for tree in trees)])
    edges = np.concatenate([tree.edges + first for tree, first in zip(trees, start[:-1], strict=True)])
    mesh = _lines(np.concatenate([tree.points_mm for tree in trees]), edges)
    mesh.point_data["Radius"] = np.concatenate([tree.radius_mm for tree in trees])
    mesh.cell_data["tree"] = np.repeat(np.arange(len(trees)), [len(tree.edges) for tree in trees])
    mesh.field_data["tree_names"] = ascii_words([tree.name for tree in trees])
    mesh.field_data["tree_sources"] = ascii_words([tree.source for tree in trees])
    _say_what_they_are(mesh, trees)
    return mesh


def wall_mesh(walls: Sequence[VesselWall]) -> pv.PolyData:
    """Walls as one mesh of triangles, with the number of its wall on each."""
    start = np.cumsum([0, *(len(wall.vertices_mm) for wall in walls)])
    faces: Any = np.concatenate([wall.faces + first for wall, first in zip(walls, start[:-1], strict=True)])
    mesh: pv.PolyData = pv.PolyData.from_regular_faces(np.concatenate([wall.vertices_mm for wall in walls]), faces)
    mesh.cell_data["wall"] = np.repeat(np.arange(len(walls)), [len(wall.faces) for wall in walls])
    mesh.field_data["wall_names"] = ascii_words([wall.name for wall in walls])
    mesh.field_data["wall_sources"] = ascii_words([wall.source for wall in walls])
    _say_what_they_are(mesh, walls)
    return mesh


def _say_what_they_are(mesh: pv.PolyData, vessels: Sequence[Vessel]) -> None:
    mesh.field_data["synthetic"] = np.array([vessel.synthetic for vessel in vessels], dtype=np.uint8)
    mesh.field_data["localisation_error_mm"] = np.array([vessel.error_mm for vessel in vessels])
    if any(vessel.synthetic for vessel in vessels):
        mesh.field_data["about"] = [SYNTHETIC_NOTICE]


def ascii_words(texts: list[str]) -> list[str]:
    """Texts as VTK's files can hold them: the signs of units in words, whatever else is foreign as an escape."""
    plain = (text.replace("°", " deg").replace("µ", "u") for text in texts)
    return [text.encode("ascii", "backslashreplace").decode("ascii") for text in plain]


def _lines(points_mm: FloatArray, pairs: IntArray) -> pv.PolyData:
    cells = np.column_stack([np.full(len(pairs), 2), pairs]).ravel()
    return pv.PolyData(points_mm, lines=cells) if len(pairs) else pv.PolyData(points_mm)


def _check(file: Path, written: pv.PolyData) -> None:
    read = pv.read(file)
    require_equal(file, "the points", read.points, written.points)
    for cells in ("faces", "lines", "verts"):
        require_equal(file, cells, getattr(read, cells), getattr(written, cells))
    for attributes in ("point_data", "cell_data", "field_data"):
        found, expected = getattr(read, attributes), getattr(written, attributes)
        require_same(file, f"the arrays' names ({attributes})", sorted(found.keys()), sorted(expected.keys()))
        for name in expected:
            require_equal(file, name, found[name], expected[name])
