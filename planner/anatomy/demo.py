"""The demo case: fsaverage5 from nilearn's wheel, subdivided to fsaverage's vertices, with synthetic vessels.

fsaverage5 is a surface of its own (its white lies about 2 mm from fsaverage's in V1), but its sphere is fsaverage's; so
its geometry subdivided twice in fsaverage's order carries fsaverage's full-resolution retinotopy.
"""

from __future__ import annotations

from dataclasses import replace
from importlib.util import find_spec
from pathlib import Path

import nibabel as nib
import numpy as np

from planner.anatomy import benson, wedge_dipole
from planner.anatomy.cache import Arrays, cached, key_of
from planner.anatomy.hashing import sha256
from planner.anatomy.hemisphere import Anatomy, Hemisphere, Retinotopy
from planner.anatomy.vessels.synthetic import grow_pial_trees
from planner.anatomy.vessels.tree import VesselTree
from planner.errors import InputError
from planner.frames import HEMISPHERES, FloatArray, HemisphereName
from planner.geometry.subdivision import midpoints, subdivide

ROUNDS = 2
VESSEL_SEED = 0
VESSEL_RECIPE = "pial trees 3"  # counted up when the way they are grown changes
_SIDES: dict[HemisphereName, str] = {"lh": "left", "rh": "right"}


def load_demo() -> Anatomy:
    """Both hemispheres of the demo case with synthetic arteries and veins (cached between runs).

    nilearn's fsaverage5 is in tkRAS, which for fsaverage is scanner RAS (MNI305): both volume matrices are equal.
    """
    hemispheres: dict[HemisphereName, Hemisphere] = {}
    hashes: dict[str, str] = {}
    vessels: list[VesselTree] = []
    for name in HEMISPHERES:
        hemisphere, template, files = _assembled(name)
        hemispheres[name] = hemisphere
        hashes |= {f"{name}.{key}": sha256(path) for key, path in files.items()}
        # Grown about the template's V1, so that the vessels are the same whether the atlas is installed or not.
        for tree in demo_vessels(replace(hemisphere, retinotopy=template)):
            vessels.append(tree)
            hashes[tree.name] = _geometry_hash(tree)
    notes = (
        "Demo case: fsaverage5 subdivided twice to 163 842 vertices a hemisphere; coordinates are MNI305.",
        "The vessels are synthetic, grown for this demo; they belong to nobody.",
    )
    return Anatomy("demo", "demo", hemispheres, tuple(vessels), hashes, notes)


def demo_hemisphere(name: HemisphereName) -> tuple[Hemisphere, dict[str, Path]]:
    """One hemisphere of the demo case and the files that it was made from."""
    hemisphere, _, files = _assembled(name)
    return hemisphere, files


def _assembled(name: HemisphereName) -> tuple[Hemisphere, Retinotopy, dict[str, Path]]:
    """A hemisphere, the template of its retinotopy, and the files."""
    folder = _fsaverage5()
    files = {
        key: folder / f"{key}_{_SIDES[name]}.gii.gz" for key in ("white", "pial", "infl", "sphere", "thick", "curv")
    }
    data = {key: [np.asarray(d.data) for d in nib.load(path).darrays] for key, path in files.items()}
    faces = data["white"][1].astype(np.int64)
    values: dict[str, FloatArray] = {key: arrays[0].astype(np.float64) for key, arrays in data.items()}
    for _ in range(ROUNDS):
        faces, parents = subdivide(faces, len(values["white"]))
        values = {key: midpoints(array, parents) for key, array in values.items()}
    template = wedge_dipole.wedge_dipole_retinotopy(values["sphere"], name)
    retinotopy, sources = benson.fsaverage_retinotopy(name)
    hemisphere = Hemisphere(
        name=name,
        white_mm=values["white"],
        pial_mm=values["pial"],
        inflated_mm=values["infl"],
        faces=faces,
        curvature=values["curv"],
        thickness_mm=values["thick"],
        retinotopy=retinotopy or template,
    )
    return hemisphere, template, files | sources


def demo_vessels(hemisphere: Hemisphere) -> list[VesselTree]:
    """The synthetic artery and vein of one hemisphere, from the cache where they were grown before."""

    def grow() -> Arrays:
        trees = grow_pial_trees(hemisphere, VESSEL_SEED)
        return {
            f"{tree.kind}|{field}": getattr(tree, field)
            for tree in trees
            for field in ("points_mm", "radius_mm", "edges")
        }

    surface = {"pial": hemisphere.pial_mm, "faces": hemisphere.faces, "area": hemisphere.retinotopy.area}
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
        )
        for kind in ("artery", "vein")
    ]


def _geometry_hash(tree: VesselTree) -> str:
    """What a plan remembers of grown vessels, to a tenth of a micrometre: last bits differ between processors."""
    rounded = {"points": np.rint(tree.points_mm * 1e4), "radius": np.rint(tree.radius_mm * 1e4), "edges": tree.edges}
    return key_of(tree.name, rounded)


def _fsaverage5() -> Path:
    spec = find_spec("nilearn")
    if spec is None or not spec.submodule_search_locations:
        raise InputError(
            "the demo case needs nilearn, which is not installed", remedy="run packaging/bootstrap.py setup"
        )
    return Path(spec.submodule_search_locations[0]) / "datasets" / "data" / "fsaverage5"
