"""Vessel files of any accepted kind, placed in scanner RAS."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np

from planner.anatomy.hashing import sha256
from planner.anatomy.report import Finding
from planner.anatomy.request import VesselFile
from planner.anatomy.vessels.centrelines import Centrelines, centrelines
from planner.anatomy.vessels.closing import close_wall
from planner.anatomy.vessels.kinds import KINDS, guess_kind
from planner.anatomy.vessels.placement import Placement, place
from planner.anatomy.vessels.region import ImagedRegion
from planner.anatomy.vessels.segmentation import read_lumens
from planner.anatomy.vessels.soundness import require_sizes
from planner.anatomy.vessels.swc import read_swc
from planner.anatomy.vessels.tree import VesselKind, VesselTree
from planner.anatomy.vessels.volume_file import VOLUMES, is_volume, read_geometry
from planner.anatomy.vessels.vtk_file import read_vtk
from planner.anatomy.vessels.wall import Vessel, VesselWall
from planner.anatomy.vessels.walls import SUFFIXES, Surface, read_surface, surface
from planner.errors import InputError
from planner.frames import FloatArray, Space, Transform

VTK = (".vtp", ".vtu", ".vtk")
WIDEST_VIEW_MM = 700.0  # ours: MR and CT scanners show up to 500 mm of a head
LEAST_OUTSIDE = 0.05  # ours: a share of the vessels outside the region that is worth a word
ACCEPTED = ", ".join((".swc", *VTK, *SUFFIXES, *VOLUMES))


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


@np.errstate(all="ignore")  # what is not finite is refused once it is read
def load_vessels(wanted: VesselFile, spaces: Mapping[Space, Transform]) -> tuple[tuple[Vessel, ...], Finding]:
    """What `read_vessels` reads, and its line in the loading report."""
    _check_settings(wanted)
    path = Path(wanted.file)
    suffix = path.suffix.lower()
    vessels: tuple[Vessel, ...]
    if is_volume(path):
        vessels, placement = _from_volume(wanted, spaces)
    elif suffix == ".swc":
        vessels, placement = _tree(read_swc(path), wanted, spaces)
    elif suffix in SUFFIXES:
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


def imaged_finding(wanted: VesselFile) -> Finding:
    """The report's line of the volume that says where vessels were imaged; its hash is that of its bytes."""
    what = f"imaged region of {wanted.name or _stem(Path(wanted.file))}"
    return Finding(what, "used", wanted.imaged, str(Space.SCANNER_RAS), sha256(Path(wanted.imaged)))


def _check_settings(wanted: VesselFile) -> None:
    if not (np.isfinite(wanted.error_mm) and wanted.error_mm >= 0.0):
        raise InputError(
            f"cannot have a localisation error of {wanted.error_mm:g} mm", source=wanted.file, remedy="give one >= 0"
        )
    told = {"labels": bool(wanted.labels), "a threshold": wanted.threshold != VesselFile.threshold}
    if not is_volume(wanted.file) and any(told.values()):
        named = next(name for name, given in told.items() if given)
        raise InputError(f"is no volume, so it has no use for {named}", source=wanted.file, remedy="leave that out")


def _tree(
    lines: Centrelines, wanted: VesselFile, spaces: Mapping[Space, Transform]
) -> tuple[tuple[VesselTree], Placement]:
    placement = place(wanted, lines.space, spaces)
    points_mm, radius_mm = placement(lines.points), placement.scale * lines.radius
    odd = require_sizes(points_mm, radius_mm, wanted.file)
    imaged, outside = _imaged(wanted, points_mm)
    tree = VesselTree(
        wanted.name or _stem(Path(wanted.file)),
        _kind(wanted, lines.kind),
        points_mm,
        radius_mm,
        lines.edges,
        wanted.file,
        error_mm=wanted.error_mm,
        imaged=imaged,
        note="; ".join(filter(None, (lines.note, odd, outside))),
    )
    return (tree,), placement


def _wall(found: Surface, wanted: VesselFile, spaces: Mapping[Space, Transform]) -> tuple[tuple[VesselWall], Placement]:
    placement = place(wanted, found.space, spaces)
    vertices_mm, faces, repairs = close_wall(placement(found.vertices), found.faces, wanted.file)
    imaged, outside = _imaged(wanted, vertices_mm)
    wall = VesselWall(
        wanted.name or _stem(Path(wanted.file)),
        _kind(wanted, found.kind),
        vertices_mm,
        faces,
        wanted.file,
        error_mm=wanted.error_mm,
        imaged=imaged,
        note="; ".join(filter(None, (*repairs, outside))),
    )
    return (wall,), placement


def _from_volume(wanted: VesselFile, spaces: Mapping[Space, Transform]) -> tuple[tuple[VesselWall, ...], Placement]:
    placement = place(wanted, "", spaces)
    volume, lumens = read_lumens(wanted)
    geometry = volume.geometry
    to_scanner: FloatArray = placement.matrix @ geometry.voxel_to_scanner
    own = _region(geometry.shape, to_scanner, wanted.file)
    mirrored = np.linalg.det(to_scanner[:3, :3]) < 0.0
    half_voxel = 0.5 * placement.scale * float(geometry.voxel_mm.max())
    name = wanted.name or _stem(Path(wanted.file))
    walls = []
    for lumen in lumens:
        vertices_mm = lumen.vertices @ to_scanner[:3, :3].T + to_scanner[:3, 3]
        require_sizes(vertices_mm, np.zeros(0), wanted.file)
        imaged, outside = _imaged(wanted, vertices_mm)
        thinner = f"vessels thinner than about {2 * half_voxel:.2g} mm are not in it"
        kind = lumen.kind or _kind(wanted, "")
        walls.append(
            VesselWall(
                name if len(lumens) == 1 else f"{name} {kind}",
                kind,
                vertices_mm,
                lumen.faces[:, ::-1] if mirrored else lumen.faces,
                wanted.file,
                error_mm=wanted.error_mm + half_voxel,
                half_voxel_mm=half_voxel,
                imaged=imaged or own,
                note="; ".join(filter(None, (thinner, volume.note, lumen.note, outside))),
            )
        )
    return tuple(walls), placement


def _kind(wanted: VesselFile, said: str) -> VesselKind:
    told: VesselKind | None = next((kind for kind in KINDS if kind == said.lower()), None)
    return wanted.kind or told or guess_kind(_stem(Path(wanted.file)))


def _imaged(wanted: VesselFile, points_mm: FloatArray) -> tuple[ImagedRegion | None, str]:
    """The field of view of the volume that was named for vessels, and what is odd about it.

    It is in scanner RAS by itself, whatever the vessels' frame, so the two must be seen to belong together.
    """
    if not wanted.imaged:
        return None, ""
    geometry = read_geometry(Path(wanted.imaged))
    region = _region(geometry.shape, geometry.voxel_to_scanner, wanted.imaged)
    outside = float((region.depth(points_mm) < 0.0).mean())
    if outside == 1.0:
        raise InputError(
            f"none of the vessels lie within the field of view of {wanted.imaged}, in which they were to be imaged",
            source=wanted.file,
            remedy="give the volume that they were traced in, on this subject's scanner space",
        )
    return region, f"{100 * outside:.0f} % of it outside its imaged region" if outside > LEAST_OUTSIDE else ""


def _region(shape: tuple[int, int, int], to_scanner: FloatArray, source: str) -> ImagedRegion:
    """A volume's field of view, refused where no scanner has as large a one."""
    widest = float((np.array(shape) * np.linalg.norm(to_scanner[:3, :3], axis=0)).max())
    if widest > WIDEST_VIEW_MM:
        raise InputError(
            f"has a field of view of {widest:.0f} mm, more than any scanner's (at most {WIDEST_VIEW_MM:g} mm)",
            source=source,
            remedy="check its voxel size, or crop it to where vessels were imaged",
        )
    return ImagedRegion.of_volume(shape, to_scanner, source)


def _stem(path: Path) -> str:
    return path.name[:-7] if path.name.lower().endswith(".nii.gz") else path.stem


def _counts(vessel: Vessel) -> str:
    if isinstance(vessel, VesselTree):
        low, high = vessel.radius_mm.min(), vessel.radius_mm.max()
        words = f"{len(vessel.edges)} segments, radius {low:.2g}–{high:.2g} mm"
        points_mm = vessel.points_mm[np.unique(vessel.edges)]
    else:
        words, points_mm = f"a wall of {len(vessel.faces)} faces", vessel.vertices_mm
    return f"{vessel.kind}: {words}, spanning {' × '.join(f'{mm:.3g}' for mm in np.ptp(points_mm, axis=0))} mm"
