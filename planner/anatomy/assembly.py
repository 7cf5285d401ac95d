"""A case put together from its files: every surface brought to scanner RAS, every file accounted for."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

from planner.anatomy.cortex_files import CortexFiles, read_cortex
from planner.anatomy.crossings import OUTSIDE_MM, white_outside_pial
from planner.anatomy.fsaverage import VERTICES, has_fsaverage_faces, is_fsaverage_white
from planner.anatomy.grids import check_one_grid
from planner.anatomy.hashing import sha256
from planner.anatomy.hemisphere import V1, Anatomy, Hemisphere, Retinotopy
from planner.anatomy.locating import CaseFiles
from planner.anatomy.nesting import check_enclosed, check_nested
from planner.anatomy.report import Finding
from planner.anatomy.request import CaseRequest
from planner.anatomy.retinotopy.choose import Chosen, Sheet, choose_retinotopy
from planner.anatomy.spaces import SCANNER_IS_MNI305, known_spaces, read_talairach
from planner.anatomy.volume_files import VOLUMES, find_volumes, read_volume_geometry
from planner.errors import InputError
from planner.frames import HEMISPHERES, HemisphereName, Space, VolumeGeometry

TALAIRACH: Final = Path("transforms") / "talairach.xfm"
OTHER_VOLUMES: Final = "keep the volumes of one recon-all run in mri/, and other scans elsewhere"
OTHER_SURFACES: Final = "use surfaces of one recon-all run"
OTHER_SCAN: Final = (
    "put the mri/orig.mgz of the recon-all run that made the surfaces there, or take the volume away so that the "
    "surface files are believed"
)


def assemble(files: CaseFiles, request: CaseRequest) -> Anatomy:
    """Read a case's files.

    Parameters
    ----------
    files : CaseFiles
        Where they lie.
    request : CaseRequest
        Whose retinotopy folder goes before the case's own.

    Raises
    ------
    InputError
        Where a file cannot be used, or files do not fit each other.
    """
    volumes = find_volumes(files.mri)
    geometry, findings, hashes = _volumes(volumes)
    xfm = files.mri / TALAIRACH if files.mri is not None and (files.mri / TALAIRACH).exists() else None
    talairach = read_talairach(xfm) if xfm else None
    notes: list[str] = []
    cortices: dict[HemisphereName, CortexFiles] = {}
    for name in HEMISPHERES:
        if name not in files.surfaces:
            notes.append(f"No {name} surfaces were found; the case has one hemisphere.")
            findings.append(Finding(f"{name} surfaces", "missing", detail="the case has one hemisphere"))
            continue
        cortex = read_cortex(name, files.surfaces[name], geometry, talairach)
        cortices[name] = cortex
        hashes |= cortex.hashes
        notes += cortex.notes
    _check_places(volumes, geometry, cortices)
    if geometry is None:
        notes.append("No volume was found in mri/; the space is taken from the surface files.")
        geometry = next((c.white.geometry for c in cortices.values() if c.white.geometry), None)
    template = _is_template(cortices)
    hemispheres: dict[HemisphereName, Hemisphere] = {}
    folders = ((Path(request.retinotopy),) if request.retinotopy else ()) + files.retinotopy
    for name, cortex in cortices.items():
        chosen = _retinotopy(name, cortex, template, folders, request.least_variance)
        notes += chosen.notes
        hemispheres[name] = _hemisphere(name, cortex, chosen.retinotopy)
        crossing, in_v1 = _crossings(hemispheres[name])
        if in_v1:
            notes.append(f"In V1 of {name}, {in_v1} white vertices lie outside pial.")
        white, *others = cortex.findings
        findings += [
            replace(white, detail=f"{white.detail}; {crossing}"),
            *others,
            *_label_finding(name, cortex, chosen),
        ]
        findings += chosen.findings
        hashes |= {f"{name}.{key}": sha256(path) for key, path in chosen.files.items()}
        if chosen.label_used and cortex.label_file is not None:
            hashes[cortex.label_file.name.removesuffix(".label")] = sha256(cortex.label_file)
    to_mni305 = SCANNER_IS_MNI305 if template else talairach
    findings.append(_talairach_finding(xfm, template))
    if xfm and not template:
        hashes[xfm.name] = sha256(xfm)
    return Anatomy(
        name=files.name,
        request=CaseRequest(files.source, retinotopy=request.retinotopy, least_variance=request.least_variance),
        hemispheres=hemispheres,
        vessels=(),
        hashes=hashes,
        notes=tuple(dict.fromkeys(notes)),
        findings=tuple(findings),
        geometry=geometry,
        spaces=known_spaces(geometry, to_mni305),
        volumes=volumes,
    )


def _volumes(volumes: dict[str, Path]) -> tuple[VolumeGeometry | None, list[Finding], dict[str, str]]:
    """The grid of the surfaces, a finding for each volume, and the hash of the one that decides the space."""
    grids = {name: read_volume_geometry(path) for name, path in volumes.items()}
    check_one_grid(((volumes[name], grid) for name, grid in grids.items()), OTHER_VOLUMES)
    findings: list[Finding] = []
    hashes: dict[str, str] = {}
    for name in VOLUMES:
        path = volumes.get(name)
        if path is None:
            findings.append(Finding(f"{name} volume", "missing"))
            continue
        own, digest = grids[name], sha256(path)
        size = f"{' × '.join(map(str, own.shape))} voxels of {' × '.join(f'{mm:.3g}' for mm in own.voxel_mm)} mm"
        size += "; its left and right are compared with the surfaces"
        if not hashes:
            hashes[path.name] = digest
            size += "; says where they lie"
        findings.append(Finding(f"{name} volume", "used", str(path), Space.SCANNER_RAS, digest, size))
    return next(iter(grids.values()), None), findings, hashes


def _check_places(
    volumes: dict[str, Path], geometry: VolumeGeometry | None, cortices: dict[HemisphereName, CortexFiles]
) -> None:
    """Refuse surfaces whose files place them elsewhere than each other's or than the volume does."""
    said = [
        (mesh.path, mesh.geometry)
        for cortex in cortices.values()
        for mesh in (cortex.white, cortex.pial)
        if mesh.geometry is not None and mesh.points.space == Space.TKRAS and mesh.to_scanner is None
    ]
    check_one_grid(said, OTHER_SURFACES)
    if geometry is not None:
        check_one_grid([(next(iter(volumes.values())), geometry), *said], OTHER_SCAN)


def _is_template(cortices: dict[HemisphereName, CortexFiles]) -> bool:
    """Whether this is fsaverage or fsaverage5/6 itself, whose scanner RAS is MNI305."""
    return all(is_fsaverage_white(name, cortex.white_mm) for name, cortex in cortices.items())


def _retinotopy(
    name: HemisphereName, cortex: CortexFiles, template: bool, folders: tuple[Path, ...], least_variance: float
) -> Chosen:
    vertices = len(cortex.white_mm)
    on_fsaverage = vertices == VERTICES and (template or cortex.registration is not None)
    sheet = Sheet(
        name=name,
        white_mm=cortex.white_mm,
        pial_mm=cortex.pial_mm,
        faces=cortex.white.faces,
        registration=cortex.registration,
        v1_label=cortex.v1_label,
        on_fsaverage=on_fsaverage and has_fsaverage_faces(name, vertices, cortex.white.faces),
    )
    chosen = choose_retinotopy(sheet, folders, least_variance)
    if len(chosen.retinotopy.area) != vertices:
        raise InputError(
            f"has {len(chosen.retinotopy.area)} values for the {vertices} vertices of {cortex.white.path.name}",
            source=next(iter(chosen.files.values()), None),
            remedy="use maps made on this subject's surfaces",
        )
    return chosen


def _hemisphere(name: HemisphereName, cortex: CortexFiles, retinotopy: Retinotopy) -> Hemisphere:
    return Hemisphere(
        name=name,
        white_mm=cortex.white_mm,
        pial_mm=cortex.pial_mm,
        faces=cortex.white.faces,
        retinotopy=retinotopy,
        inflated_mm=cortex.inflated_mm,
        curvature=cortex.curvature,
        sulcal_depth=cortex.sulcal_depth,
        registration=cortex.registration,
    )


def _crossings(hemisphere: Hemisphere) -> tuple[str, int]:
    check_nested(hemisphere.name, hemisphere.white_mm, hemisphere.pial_mm, hemisphere.faces)
    outside = white_outside_pial(hemisphere.white_mm, hemisphere.pial_mm, hemisphere.faces)
    check_enclosed(hemisphere.name, len(outside), len(hemisphere.white_mm))
    in_v1 = int((hemisphere.retinotopy.area[outside] == V1).sum())
    return f"{len(outside)} vertices outside pial by more than {OUTSIDE_MM} mm, {in_v1} of them in V1", in_v1


def _label_finding(name: HemisphereName, cortex: CortexFiles, chosen: Chosen) -> list[Finding]:
    path = cortex.label_file
    if path is None or cortex.v1_label is None:
        return []
    what = f"{name} {path.name.removeprefix(f'{name}.').removesuffix('.label')}"
    why = "says where V1 is" if chosen.label_used else "the retinotopy says itself where V1 is"
    detail = f"{len(cortex.v1_label)} vertices; {why}; {chosen.label_words}"
    return [Finding(what, "used" if chosen.label_used else "unused", str(path), "", sha256(path), detail)]


def _talairach_finding(xfm: Path | None, template: bool) -> Finding:
    what = "transform to MNI305"
    if template:
        return Finding(what, "unused" if xfm else "missing", str(xfm or ""), detail="not needed: this is the template")
    if xfm is None:
        return Finding(what, "missing", detail="there are no MNI305 and MNI152 coordinates")
    return Finding(what, "used", str(xfm), Space.SCANNER_RAS, sha256(xfm), "linear")
