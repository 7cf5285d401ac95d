"""The demo case: fsaverage5 from nilearn's wheel, subdivided to fsaverage's vertices, with synthetic vessels.

fsaverage5 is a surface of its own (its white lies about 2 mm from fsaverage's in V1), but its sphere is fsaverage's; so
its geometry subdivided twice in fsaverage's order carries fsaverage's full-resolution retinotopy.
"""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from planner.anatomy.cache import Arrays, cached, key_of
from planner.anatomy.fsaverage import template_file
from planner.anatomy.hashing import sha256
from planner.anatomy.hemisphere import Anatomy, Hemisphere
from planner.anatomy.report import Finding
from planner.anatomy.request import DEMO, PENETRATING, CaseRequest
from planner.anatomy.retinotopy import wedge_dipole
from planner.anatomy.retinotopy.choose import Sheet, choose_retinotopy
from planner.anatomy.retinotopy.overlay import read_overlay
from planner.anatomy.spaces import SCANNER_IS_MNI305, known_spaces
from planner.anatomy.surfaces import read_surface
from planner.anatomy.vessels.penetrating import grow_penetrating
from planner.anatomy.vessels.synthetic import grow_pial_trees
from planner.anatomy.vessels.tree import VesselTree
from planner.frames import HEMISPHERES, FloatArray, HemisphereName, Space, VolumeGeometry
from planner.geometry.subdivision import midpoints, subdivide

ROUNDS = 2
VESSEL_SEED = 0
VESSEL_RECIPE = "pial trees 4"  # counted up when the way they are grown changes
GRID: Final = VolumeGeometry(
    (256, 256, 256), np.array([[-1.0, 0, 0, 128.0], [0, 0, 1, -128.0], [0, -1, 0, 128.0], [0, 0, 0, 1]])
)
"""fsaverage's volume: 256³ voxels of 1 mm about the origin, so that tkRAS is scanner RAS."""


def load_demo(request: CaseRequest | None = None) -> Anatomy:
    """Both hemispheres of the demo case with synthetic arteries and veins (cached between runs).

    nilearn's fsaverage5 is in tkRAS, which for fsaverage is scanner RAS (MNI305): both volume matrices are equal.

    Parameters
    ----------
    request : CaseRequest, optional
        Whose retinotopy folder goes before the template's own maps.
    """
    request = request or CaseRequest(DEMO)
    folders = (Path(request.retinotopy),) if request.retinotopy else ()
    hemispheres: dict[HemisphereName, Hemisphere] = {}
    hashes: dict[str, str] = {}
    vessels: list[VesselTree] = []
    notes = [
        "Demo case: fsaverage5 subdivided twice to 163 842 vertices a hemisphere; coordinates are MNI305.",
        "The vessels are synthetic, grown for this demo; they belong to nobody.",
    ]
    findings: list[Finding] = []
    assembled = {name: _assembled(name) for name in HEMISPHERES}
    for name, (hemisphere, sphere, files) in assembled.items():
        sheet = Sheet(name, hemisphere.white_mm, hemisphere.pial_mm, hemisphere.faces, sphere, on_fsaverage=True)
        chosen = choose_retinotopy(sheet, folders, request.least_variance)
        hemispheres[name] = replace(hemisphere, retinotopy=chosen.retinotopy)
        digests = {f"{name}.{key}": sha256(path) for key, path in {**files, **chosen.files}.items()}
        hashes |= digests
        notes += chosen.notes
        findings += [_finding(name, key, path, digests[f"{name}.{key}"]) for key, path in files.items()]
        findings += chosen.findings
        # Grown about the template's V1, so that the vessels are the same whatever retinotopy is used.
        thin = grow_penetrating(hemisphere, VESSEL_SEED) if request.source == PENETRATING else ()
        other = next(across for side, (across, *_) in assembled.items() if side != name)
        for tree in (*demo_vessels(hemisphere, other), *(replace(tree, sides=(name,)) for tree in thin)):
            vessels.append(tree)
            hashes[tree.name] = geometry_hash(tree)
            findings.append(Finding(tree.name, "used", "", Space.SCANNER_RAS, hashes[tree.name], tree.source))
    return Anatomy(
        name=request.source,
        request=request,
        hemispheres=hemispheres,
        vessels=tuple(vessels),
        hashes=hashes,
        notes=tuple(notes),
        findings=tuple(findings),
        geometry=GRID,
        spaces=known_spaces(GRID, SCANNER_IS_MNI305),
    )


def demo_hemisphere(name: HemisphereName) -> tuple[Hemisphere, dict[str, Path]]:
    """One hemisphere of the demo case, with the template retinotopy in closed form, and the files it was made from."""
    hemisphere, _, files = _assembled(name)
    return hemisphere, files


def _assembled(name: HemisphereName) -> tuple[Hemisphere, FloatArray, dict[str, Path]]:
    """A hemisphere with the wedge-dipole template, its sphere, and the files."""
    meshes = {key: template_file(name, key) for key in ("white", "pial", "infl", "sphere")}
    overlays = {"curv": template_file(name, "curv")}
    surfaces = {key: read_surface(path) for key, path in meshes.items()}
    faces = surfaces["white"].faces
    values: dict[str, FloatArray] = {key: surface.points.mm for key, surface in surfaces.items()}
    values |= {key: read_overlay(path) for key, path in overlays.items()}
    values["sulc"] = read_overlay(template_file(name, "sulc"))  # to be looked at only: no file that a plan rests on
    for _ in range(ROUNDS):
        faces, parents = subdivide(faces, len(values["white"]))
        values = {key: midpoints(array, parents) for key, array in values.items()}
    hemisphere = Hemisphere(
        name=name,
        white_mm=values["white"],
        pial_mm=values["pial"],
        inflated_mm=values["infl"],
        faces=faces,
        curvature=values["curv"],
        sulcal_depth=values["sulc"],
        registration=values["sphere"],
        retinotopy=wedge_dipole.wedge_dipole_retinotopy(values["sphere"], name),
    )
    return hemisphere, values["sphere"], meshes | overlays


def _finding(name: HemisphereName, key: str, path: Path, digest: str) -> Finding:
    space = Space.TKRAS if key in ("white", "pial") else ""
    return Finding(f"{name} {key}", "used", str(path), space, digest, "fsaverage5, subdivided twice")


def demo_vessels(hemisphere: Hemisphere, other: Hemisphere) -> list[VesselTree]:
    """The synthetic artery and vein of one of two hemispheres, from the cache where they were grown before."""

    def grow() -> Arrays:
        trees = grow_pial_trees(hemisphere, VESSEL_SEED, other)
        return {
            f"{tree.kind}|{field}": getattr(tree, field)
            for tree in trees
            for field in ("points_mm", "radius_mm", "edges")
        }

    surface = {
        "pial": hemisphere.pial_mm,
        "faces": hemisphere.faces,
        "area": hemisphere.retinotopy.area,
        "other pial": other.pial_mm,
    }
    arrays = cached(key_of(f"{VESSEL_RECIPE} seed {VESSEL_SEED}", surface), grow)
    return [
        VesselTree(
            name=f"{hemisphere.name} pial {kind}",
            kind=kind,
            points_mm=arrays[f"{kind}|points_mm"].astype(np.float64),
            radius_mm=arrays[f"{kind}|radius_mm"].astype(np.float64),
            edges=arrays[f"{kind}|edges"].astype(np.int64),
            source=f"synthetic, seed {VESSEL_SEED}",
            synthetic=True,
            sides=(hemisphere.name,),
        )
        for kind in ("artery", "vein")
    ]


def geometry_hash(tree: VesselTree) -> str:
    """What a plan remembers of grown vessels, to a tenth of a micrometre: last bits differ between processors."""
    rounded = {"points": np.rint(tree.points_mm * 1e4), "radius": np.rint(tree.radius_mm * 1e4), "edges": tree.edges}
    return key_of(tree.name, rounded)
