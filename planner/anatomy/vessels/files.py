"""Vessel files of any accepted kind, placed in scanner RAS."""

from __future__ import annotations

import re
from collections.abc import Mapping
from pathlib import Path

import numpy as np

from planner.anatomy.hashing import sha256
from planner.anatomy.report import Finding
from planner.anatomy.request import VesselFile
from planner.anatomy.vessels.centrelines import Centrelines, centrelines
from planner.anatomy.vessels.closing import close_wall
from planner.anatomy.vessels.kinds import KINDS, guess_kind
from planner.anatomy.vessels.placement import Placement, place, space_of_tag
from planner.anatomy.vessels.region import ImagedRegion
from planner.anatomy.vessels.segmentation import read_lumens
from planner.anatomy.vessels.soundness import require_sizes
from planner.anatomy.vessels.swc import read_swc
from planner.anatomy.vessels.tree import VesselKind, VesselTree
from planner.anatomy.vessels.volume_file import VOLUMES, is_volume, read_geometry
from planner.anatomy.vessels.vtk_file import read_vtk
from planner.anatomy.vessels.wall import Vessel, VesselWall
from planner.anatomy.vessels.walls import READERS, Surface, read_surface, surface
from planner.errors import InputError
from planner.frames import FloatArray, Space, Transform

VTK = (".vtp", ".vtu", ".vtk")
ACCEPTED = ", ".join((".swc", *VTK, *READERS, *VOLUMES))


def read_vessels(wanted: VesselFile, spaces: Mapping[Space, Transform]) -> tuple[Vessel, ...]:
    """Read a vessel file by its suffix: centrelines, a wall's mesh, or a volume.

    Parameters
    ----------
    wanted : VesselFile
        The file and how to read it. Where it says nothing, the file itself decides on kind and space, then the words
        of its name on the kind, and scanner RAS is the space.
    spaces : mapping of Space to Transform
        From scanner RAS to each other space of the case.

    Returns
    -------
    tuple of VesselTree and VesselWall
        In scanner RAS; one for each kind of a labelled segmentation, one of any other file.

    Raises
    ------
    InputError
        Another kind of file, one that cannot be used, or settings that make no sense for it.
    """
    return load_vessels(wanted, spaces)[0]


def load_vessels(wanted: VesselFile, spaces: Mapping[Space, Transform]) -> tuple[tuple[Vessel, ...], Finding]:
    """What `read_vessels` reads, and its line in the loading report."""
    if not (np.isfinite(wanted.error_mm) and wanted.error_mm >= 0.0):
        raise InputError(
            f"cannot have a localisation error of {wanted.error_mm:g} mm", source=wanted.file, remedy="give one >= 0"
        )
    path = Path(wanted.file)
    suffix = path.suffix.lower()
    vessels: tuple[Vessel, ...]
    if is_volume(path):
        vessels, placement = _from_volume(wanted, spaces)
    elif suffix == ".swc":
        vessels, placement = _tree(read_swc(path), wanted, spaces)
    elif suffix in READERS:
        vessels, placement = _wall(read_surface(path), wanted, spaces)
    elif suffix in VTK:
        data = read_vtk(path)
        if len(data.segments):
            vessels, placement = _tree(centrelines(data, path), wanted, spaces)
        elif len(data.triangles):
            vessels, placement = _wall(surface(data), wanted, spaces)
        else:
            raise InputError(
                "has neither lines nor faces",
                source=path,
                remedy="give centrelines or a surface; points alone do not say where a vessel runs",
            )
    else:
        raise InputError("is no vessel file of a known kind", source=path, remedy=f"give one of {ACCEPTED}")
    detail = "; ".join(part for vessel in vessels for part in (_counts(vessel), vessel.note) if part)
    what = f"vessels {wanted.name or _stem(path)}"
    return vessels, Finding(what, "used", str(path), str(placement.space), sha256(path), detail)


def _tree(
    lines: Centrelines, wanted: VesselFile, spaces: Mapping[Space, Transform]
) -> tuple[tuple[VesselTree], Placement]:
    placement = place(wanted, space_of_tag(lines.space, wanted.file), spaces)
    points_mm, radius_mm = placement(lines.points), placement.scale * lines.radius
    require_sizes(points_mm, radius_mm, wanted.file)
    tree = VesselTree(
        wanted.name or _stem(Path(wanted.file)),
        _kind(wanted, lines.kind),
        points_mm,
        radius_mm,
        lines.edges,
        wanted.file,
        error_mm=wanted.error_mm,
        imaged=_imaged(wanted),
        note=lines.note,
    )
    return (tree,), placement


def _wall(found: Surface, wanted: VesselFile, spaces: Mapping[Space, Transform]) -> tuple[tuple[VesselWall], Placement]:
    placement = place(wanted, space_of_tag(found.space, wanted.file), spaces)
    vertices_mm, faces, repairs = close_wall(placement(found.vertices), found.faces, wanted.file)
    require_sizes(vertices_mm, np.zeros(0), wanted.file)
    wall = VesselWall(
        wanted.name or _stem(Path(wanted.file)),
        _kind(wanted, found.kind),
        vertices_mm,
        faces,
        wanted.file,
        error_mm=wanted.error_mm,
        imaged=_imaged(wanted),
        note="; ".join(repairs),
    )
    return (wall,), placement


def _from_volume(wanted: VesselFile, spaces: Mapping[Space, Transform]) -> tuple[tuple[VesselWall, ...], Placement]:
    placement = place(wanted, None, spaces)
    volume, lumens = read_lumens(wanted)
    geometry = volume.geometry
    to_scanner: FloatArray = placement.matrix @ geometry.voxel_to_scanner
    imaged = _imaged(wanted) or ImagedRegion.of_volume(geometry.shape, to_scanner, wanted.file)
    mirrored = np.linalg.det(to_scanner[:3, :3]) < 0.0
    half_voxel = 0.5 * placement.scale * float(geometry.voxel_mm.max())
    name = wanted.name or _stem(Path(wanted.file))
    walls = []
    for lumen in lumens:
        vertices_mm = lumen.vertices @ to_scanner[:3, :3].T + to_scanner[:3, 3]
        require_sizes(vertices_mm, np.zeros(0), wanted.file)
        kind = lumen.kind or _kind(wanted, "")
        walls.append(
            VesselWall(
                name if len(lumens) == 1 else f"{name} {kind}",
                kind,
                vertices_mm,
                lumen.faces[:, ::-1] if mirrored else lumen.faces,
                wanted.file,
                error_mm=wanted.error_mm + half_voxel,
                imaged=imaged,
                note="; ".join(filter(None, (volume.note, lumen.note))),
            )
        )
    return tuple(walls), placement


def _kind(wanted: VesselFile, said: str) -> VesselKind:
    return wanted.kind or next((kind for kind in KINDS if kind == said.lower()), guess_kind(_stem(Path(wanted.file))))


def _imaged(wanted: VesselFile) -> ImagedRegion | None:
    """The field of view of the volume that was named for it; scanner RAS by itself, whatever the vessels' frame."""
    if not wanted.imaged:
        return None
    geometry = read_geometry(Path(wanted.imaged))
    return ImagedRegion.of_volume(geometry.shape, geometry.voxel_to_scanner, wanted.imaged)


def _stem(path: Path) -> str:
    return path.name[:-7] if path.name.lower().endswith(".nii.gz") else path.stem


def _counts(vessel: Vessel) -> str:
    if isinstance(vessel, VesselTree):
        low, high = vessel.radius_mm.min(), vessel.radius_mm.max()
        return f"{vessel.kind}: {len(vessel.edges)} segments, radius {low:.2g}–{high:.2g} mm"
    return f"{vessel.kind}: a wall of {len(vessel.faces)} faces"
