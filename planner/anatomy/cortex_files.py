"""One hemisphere's surface files, read, fitted to each other and brought to scanner RAS."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

import numpy as np

from planner.anatomy.hashing import sha256
from planner.anatomy.labels import read_label
from planner.anatomy.report import Finding
from planner.anatomy.retinotopy.overlay import read_overlay
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
    inflated_mm, sphere, registration : (V, 3) float64 or None
        Inflated surface, own sphere, and sphere registered to fsaverage; shapes without a place in the scanner.
    values : mapping of str to (V,) float64
        By FreeSurfer's names: curv, thickness, sulc.
    v1_label : (K,) int64 or None
    notes : tuple of str
    used : tuple of Finding
        A line for each file; white's comes first.
    hashes : mapping of str to str
    """

    white: SurfaceFile
    pial: SurfaceFile
    white_mm: FloatArray
    pial_mm: FloatArray
    inflated_mm: FloatArray | None
    sphere: FloatArray | None
    registration: FloatArray | None
    values: Mapping[str, FloatArray]
    v1_label: IntArray | None
    notes: tuple[str, ...]
    used: tuple[Finding, ...]
    hashes: Mapping[str, str]

    def findings(self, of_white: str) -> list[Finding]:
        """The report's lines on these files, with what was found out about white."""
        white, *others = self.used
        return [replace(white, detail=f"{white.detail}; {of_white}"), *others]


def read_cortex(
    name: HemisphereName, files: Mapping[str, Path], geometry: VolumeGeometry | None, talairach: Transform | None
) -> CortexFiles:
    """Read the surfaces, overlays and V1 label of a hemisphere.

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
        Where a file cannot be read, or does not fit the white surface.
    """
    meshes = {
        key: read_surface(files[key]) for key in ("white", "pial", "inflated", "sphere", "sphere.reg") if key in files
    }
    white, pial = meshes["white"], meshes["pial"]
    vertices = len(white.points.mm)
    for mesh in meshes.values():
        _check_same(white, mesh)
    placed = {key: _to_scanner(meshes[key], geometry, talairach) for key in ("white", "pial")}
    values = {key: read_overlay(files[key]) for key in ("curv", "thickness", "sulc") if key in files}
    for key, array in values.items():
        if len(array) != vertices:
            raise InputError(
                f"has {len(array)} values for the {vertices} vertices of {white.path.name}",
                source=files[key],
                remedy="use files made on this subject's surfaces",
            )
    labels = [key for key in ("V1_exvivo.thresh", "V1_exvivo") if key in files]
    label = read_label(files[labels[0]], vertices) if labels else None

    digests = {key: mesh.sha256 for key, mesh in meshes.items()}
    digests |= {key: sha256(files[key]) for key in (*values, *labels)}
    findings = []
    for key, mesh in meshes.items():
        in_space = _space_words(mesh, geometry) if key in placed else ""
        detail = f"{vertices} vertices, {len(mesh.faces)} faces"
        findings.append(Finding(f"{name} {key}", "used", str(mesh.path), in_space, mesh.sha256, detail))
    for key, array in values.items():
        detail = f"{array.min():.3g} to {array.max():.3g}"
        findings.append(Finding(f"{name} {key}", "used", str(files[key]), "", digests[key], detail))
    if label is not None:
        detail = f"{len(label)} vertices; its coordinates are not used"
        findings.append(Finding(f"{name} {labels[0]}", "used", str(files[labels[0]]), "", digests[labels[0]], detail))
    findings += [
        Finding(f"{name} {key}", "unused", str(files[key]), "", digests[key], f"{labels[0]} is used instead")
        for key in labels[1:]
    ]
    optional = ("inflated", "sphere.reg", "curv", "thickness", "sulc", *(() if labels else ("V1_exvivo",)))
    findings += [Finding(f"{name} {key}", "missing") for key in optional if key not in files]
    return CortexFiles(
        white=white,
        pial=pial,
        white_mm=placed["white"],
        pial_mm=placed["pial"],
        inflated_mm=_shape(meshes, "inflated"),
        sphere=_shape(meshes, "sphere"),
        registration=_shape(meshes, "sphere.reg"),
        values=values,
        v1_label=label,
        notes=tuple(_doubts(meshes["white"], placed["white"], geometry)),
        used=tuple(findings),
        hashes={f"{name}.{key}": digest for key, digest in digests.items() if key not in labels[1:]},
    )


def _shape(meshes: Mapping[str, SurfaceFile], key: str) -> FloatArray | None:
    return meshes[key].points.mm if key in meshes else None


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
