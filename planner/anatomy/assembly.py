"""A case put together from its files: every surface brought to scanner RAS, every file accounted for."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from planner.anatomy.cortex_files import CortexFiles, read_cortex
from planner.anatomy.crossings import OUTSIDE_MM, white_outside_pial
from planner.anatomy.fsaverage import VERTICES, has_fsaverage_faces, is_fsaverage_sphere, is_fsaverage_white
from planner.anatomy.hashing import sha256
from planner.anatomy.hemisphere import V1, Anatomy, Hemisphere, Retinotopy
from planner.anatomy.locating import CaseFiles
from planner.anatomy.report import Finding
from planner.anatomy.request import CaseRequest
from planner.anatomy.retinotopy.choose import Chosen, Sheet, choose_retinotopy
from planner.anatomy.spaces import SCANNER_IS_MNI305, known_spaces, read_talairach
from planner.anatomy.volume_files import VOLUMES, find_volumes, read_volume_geometry
from planner.errors import InputError
from planner.frames import HEMISPHERES, HemisphereName, Space, VolumeGeometry

TALAIRACH: Final = Path("transforms") / "talairach.xfm"


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
        crossing, in_v1 = _crossings(hemispheres[name], cortex)
        if in_v1:
            notes.append(f"In V1 of {name}, {in_v1} white vertices lie outside pial.")
        findings += cortex.findings(crossing)
        sources = {f"{name}.{key}": (path, sha256(path)) for key, path in chosen.files.items()}
        hashes |= {key: digest for key, (_, digest) in sources.items()}
        told = {finding.file for finding in chosen.findings}
        findings += [*chosen.findings]
        findings += [Finding(k, "used", str(p), "", d) for k, (p, d) in sources.items() if str(p) not in told]
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
    geometry: VolumeGeometry | None = None
    findings: list[Finding] = []
    hashes: dict[str, str] = {}
    for name in VOLUMES:
        path = volumes.get(name)
        if path is None:
            findings.append(Finding(f"{name} volume", "missing"))
            continue
        own, digest = read_volume_geometry(path), sha256(path)
        size = f"{' × '.join(map(str, own.shape))} voxels of {' × '.join(f'{mm:.3g}' for mm in own.voxel_mm)} mm"
        if geometry is None:
            geometry, hashes[path.name] = own, digest
            size += "; says where the surfaces lie"
        findings.append(Finding(f"{name} volume", "used", str(path), Space.SCANNER_RAS, digest, size))
    return geometry, findings, hashes


def _is_template(cortices: dict[HemisphereName, CortexFiles]) -> bool:
    """Whether this is fsaverage or fsaverage5/6 itself, whose scanner RAS is MNI305."""
    return all(is_fsaverage_white(name, cortex.white_mm) for name, cortex in cortices.items())


def _retinotopy(
    name: HemisphereName, cortex: CortexFiles, template: bool, folders: tuple[Path, ...], least_variance: float
) -> Chosen:
    registration = cortex.registration
    if registration is None and cortex.sphere is not None and is_fsaverage_sphere(name, cortex.sphere):
        registration = cortex.sphere  # a template's own sphere is what others are registered to
    vertices = len(cortex.white_mm)
    on_fsaverage = vertices == VERTICES and (template or registration is not None)
    sheet = Sheet(
        name=name,
        white_mm=cortex.white_mm,
        pial_mm=cortex.pial_mm,
        faces=cortex.white.faces,
        registration=registration,
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
        curvature=cortex.values.get("curv"),
        thickness_mm=cortex.values.get("thickness"),
        sulcal_depth=cortex.values.get("sulc"),
    )


def _crossings(hemisphere: Hemisphere, cortex: CortexFiles) -> tuple[str, int]:
    content = f"{cortex.white.sha256} {cortex.pial.sha256}"
    outside = white_outside_pial(hemisphere.white_mm, hemisphere.pial_mm, hemisphere.faces, content)
    in_v1 = int((hemisphere.retinotopy.area[outside] == V1).sum())
    return f"{len(outside)} vertices outside pial by more than {OUTSIDE_MM} mm, {in_v1} of them in V1", in_v1


def _talairach_finding(xfm: Path | None, template: bool) -> Finding:
    what = "transform to MNI305"
    if template:
        return Finding(what, "unused" if xfm else "missing", str(xfm or ""), detail="not needed: this is the template")
    if xfm is None:
        return Finding(what, "missing", detail="there are no MNI305 and MNI152 coordinates")
    return Finding(what, "used", str(xfm), Space.SCANNER_RAS, sha256(xfm), "linear")
