"""One hemisphere's surface files, read, fitted to each other and brought to scanner RAS."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from planner.anatomy.freesurfer import LABELS
from planner.anatomy.fsaverage import is_fsaverage_sphere, is_fsaverage_white
from planner.anatomy.hashing import sha256
from planner.anatomy.labels import read_label
from planner.anatomy.report import Finding
from planner.anatomy.retinotopy.overlay import read_overlay
from planner.anatomy.spaces import SCANNER_IS_MNI305
from planner.anatomy.surfaces import SurfaceFile, read_surface
from planner.errors import InputError
from planner.frames import (
    MNI305_TO_MNI152,
    FloatArray,
    HemisphereName,
    IntArray,
    Space,
    Transform,
    VolumeGeometry,
)

DISAGREEMENT_MM: Final = 0.1  # ours: a surface farther than this from where its own file says is worth a note
NOT_NEEDED: Final = "it follows from the surfaces, and nothing here reads it"
OTHER_RUN: Final = "use surfaces of one recon-all run"


@dataclass(frozen=True, eq=False)
class CortexFiles:
    """What one hemisphere's files hold.

    Attributes
    ----------
    white, pial : SurfaceFile
        As in their files.
    white_mm, pial_mm : (V, 3) float64
        Scanner RAS.
    inflated_mm, registration : (V, 3) float64 or None
        Inflated surface, and the sphere registered to fsaverage: ``sphere.reg``, or a template's own sphere, to which
        others are registered; shapes without a place in the scanner.
    curvature, sulcal_depth : (V,) float64 or None
    v1_label : (K,) int64 or None
    label_file : Path or None
        Where it is from.
    notes : tuple of str
    findings : tuple of Finding
        A line for each file but the label; white's comes first.
    hashes : mapping of str to str
        Of the files used, by names such as ``lh.white``; without the label's.
    """

    white: SurfaceFile
    pial: SurfaceFile
    white_mm: FloatArray
    pial_mm: FloatArray
    inflated_mm: FloatArray | None
    registration: FloatArray | None
    curvature: FloatArray | None
    sulcal_depth: FloatArray | None
    v1_label: IntArray | None
    label_file: Path | None
    notes: tuple[str, ...]
    findings: tuple[Finding, ...]
    hashes: Mapping[str, str]


def read_cortex(
    name: HemisphereName, files: Mapping[str, Path], geometry: VolumeGeometry | None, talairach: Transform | None
) -> CortexFiles:
    """Read the surfaces, curvature, sulcal depth and V1 label of a hemisphere.

    Parameters
    ----------
    name : "lh" or "rh"
    files : mapping of str to Path
        By FreeSurfer's names; white and pial are needed.
    geometry : VolumeGeometry or None
        Of the volume that the surfaces were made from; believed more than what surface files say of themselves.
    talairach : Transform or None
        Scanner RAS to MNI305, for surfaces that are given in a template's space.

    Raises
    ------
    InputError
        Where a file cannot be read, does not fit the white surface, or says that it is of the other hemisphere.
    """
    wanted = ("white", "pial", "inflated", "sphere.reg" if "sphere.reg" in files else "sphere")
    meshes = {key: read_surface(files[key]) for key in wanted if key in files}
    white, pial = meshes["white"], meshes["pial"]
    for mesh in meshes.values():
        _check_side(name, mesh)
        _check_same(white, mesh)
    if talairach is None and white.points.space == Space.MNI305 and _is_template(name, white, geometry):
        talairach = SCANNER_IS_MNI305
    white_mm, pial_mm = (_to_scanner(mesh, geometry, talairach) for mesh in (white, pial))
    if "sphere" in meshes and not is_fsaverage_sphere(name, meshes["sphere"].points.mm):
        del meshes["sphere"]
    vertices = len(white_mm)
    curvature, sulcal_depth = (_values(files, key, white) for key in ("curv", "sulc"))
    label_file = next((files[key] for key in LABELS if key in files), None)
    hashes = {f"{name}.{key}": mesh.sha256 for key, mesh in meshes.items()}
    findings = [
        Finding(
            f"{name} {key}",
            "used",
            str(mesh.path),
            _space_words(mesh, geometry) if mesh in (white, pial) else "",
            mesh.sha256,
            f"{vertices} vertices, {len(mesh.faces)} faces",
        )
        for key, mesh in meshes.items()
    ]
    if curvature is not None:
        hashes[f"{name}.curv"] = digest = sha256(files["curv"])
        detail = f"{curvature.min():.3g} to {curvature.max():.3g} /mm"
        findings.append(Finding(f"{name} curv", "used", str(files["curv"]), "", digest, detail))
    if sulcal_depth is not None:  # nothing is planned by it, so that a plan is none of another case where it changes
        detail = f"{sulcal_depth.min():.3g} to {sulcal_depth.max():.3g}; to be looked at only"
        findings.append(Finding(f"{name} sulc", "used", str(files["sulc"]), "", sha256(files["sulc"]), detail))
    findings += _left_aside(name, files, {*meshes, "curv", "sulc"})
    return CortexFiles(
        white=white,
        pial=pial,
        white_mm=white_mm,
        pial_mm=pial_mm,
        inflated_mm=_shape(meshes, "inflated"),
        registration=_shape(meshes, wanted[-1]),
        curvature=curvature,
        sulcal_depth=sulcal_depth,
        v1_label=read_label(label_file, vertices) if label_file else None,
        label_file=label_file,
        notes=tuple(_doubts(white, white_mm, geometry)),
        findings=tuple(findings),
        hashes=hashes,
    )


def _values(files: Mapping[str, Path], key: str, white: SurfaceFile) -> FloatArray | None:
    """One number for each vertex, from the file of that name; None where there is none."""
    if key not in files:
        return None
    values = read_overlay(files[key])
    if len(values) != len(white.points.mm):
        raise InputError(
            f"has {len(values)} values for the {len(white.points.mm)} vertices of {white.path.name}",
            source=files[key],
            remedy="use files made on this subject's surfaces",
        )
    return values


def _is_template(name: HemisphereName, white: SurfaceFile, geometry: VolumeGeometry | None) -> bool:
    """Whether this is fsaverage itself, whose volume's scanner space is MNI305."""
    at_home = geometry is None or np.allclose(geometry.tkras_to_scanner.matrix, np.eye(4), atol=DISAGREEMENT_MM)
    return at_home and is_fsaverage_white(name, white.points.mm)


def _left_aside(name: HemisphereName, files: Mapping[str, Path], used: Collection[str]) -> list[Finding]:
    """A line for each file that is there and serves nothing, and for each that would serve and is not there."""
    sphere = "sphere.reg is used instead" if "sphere.reg" in files else "it is not registered to fsaverage"
    why = {"sphere": sphere, "thickness": NOT_NEEDED, "V1_exvivo": "V1_exvivo.thresh goes before"}
    if "V1_exvivo.thresh" not in files:
        del why["V1_exvivo"]
    findings = [
        Finding(f"{name} {key}", "unused", str(files[key]), "", sha256(files[key]), words)
        for key, words in why.items()
        if key in files and key not in used
    ]
    optional = ["inflated", "sphere.reg", "curv", "sulc", *(() if {*LABELS} & files.keys() else ("V1_exvivo",))]
    return findings + [Finding(f"{name} {key}", "missing") for key in optional if key not in files]


def _shape(meshes: Mapping[str, SurfaceFile], key: str) -> FloatArray | None:
    return meshes[key].points.mm if key in meshes else None


def _check_side(name: HemisphereName, mesh: SurfaceFile) -> None:
    if mesh.side not in (None, name):
        raise InputError(
            f"the file's name and its content disagree: it is taken for {name}, and says of itself that it is of "
            f"{mesh.side} (AnatomicalStructurePrimary)",
            source=mesh.path,
            remedy="check whether files of the left and right hemisphere were renamed or swapped",
        )


def _check_same(white: SurfaceFile, mesh: SurfaceFile) -> None:
    found, wanted = len(mesh.points.mm), len(white.points.mm)
    if found != wanted:
        raise InputError(
            f"has {found} vertices where {white.path.name} has {wanted}", source=mesh.path, remedy=OTHER_RUN
        )
    if not np.array_equal(mesh.faces, white.faces):
        raise InputError(f"has other faces than {white.path.name}", source=mesh.path, remedy=OTHER_RUN)


def _to_scanner(mesh: SurfaceFile, geometry: VolumeGeometry | None, talairach: Transform | None) -> FloatArray:
    """A surface's points in scanner RAS: by the file's own transform, the volume's grid, or the grid the file names."""
    space = mesh.points.space
    if space == Space.SCANNER_RAS:
        return mesh.points.mm
    if mesh.to_scanner is not None:
        return mesh.to_scanner(mesh.points).mm_in(Space.SCANNER_RAS)
    if space == Space.TKRAS:
        grid = geometry or mesh.geometry
        if grid is None:
            raise InputError(
                "does not say in which volume's space it is",
                source=mesh.path,
                remedy="put the subject's mri/orig.mgz beside it",
            )
        return grid.tkras_to_scanner(mesh.points).mm_in(Space.SCANNER_RAS)
    if talairach is None:
        raise InputError(
            f"is in {space.upper()} coordinates, and nothing says where that is in the scanner",
            source=mesh.path,
            remedy="put the subject's mri/transforms/talairach.xfm beside it, or give surfaces in the scanner's space",
        )
    back = talairach.inverse()
    if space == Space.MNI152:
        back = MNI305_TO_MNI152.inverse().then(back)
    return back(mesh.points).mm_in(Space.SCANNER_RAS)


def _doubts(mesh: SurfaceFile, placed_mm: FloatArray, geometry: VolumeGeometry | None) -> list[str]:
    """A sentence where the volume and the surface file's own words on its space place it apart."""
    if geometry is None or mesh.geometry is None or mesh.points.space != Space.TKRAS or mesh.to_scanner is not None:
        return []
    own = mesh.geometry.tkras_to_scanner(mesh.points).mm
    apart = float(np.linalg.norm(own - placed_mm, axis=1).max())
    if apart <= DISAGREEMENT_MM:
        return []
    return [f"The volume in mri/ and the file {mesh.path.name} place it {apart:.1f} mm apart; the volume is believed."]


def _space_words(mesh: SurfaceFile, geometry: VolumeGeometry | None) -> str:
    if mesh.points.space == Space.TKRAS and mesh.to_scanner is None and geometry is None:
        return f"{mesh.points.space} of the file's own volume geometry"
    return str(mesh.points.space)
