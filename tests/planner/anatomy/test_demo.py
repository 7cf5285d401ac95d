from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import trimesh

from planner.anatomy import fsaverage
from planner.anatomy.demo import demo_hemisphere, load_demo
from planner.anatomy.hemisphere import V1, Anatomy
from planner.anatomy.request import CaseRequest
from planner.anatomy.retinotopy import benson
from planner.anatomy.subject import load_anatomy
from planner.errors import InputError
from planner.frames import HEMISPHERES

SIDES = {"lh": "left", "rh": "right"}


def test_surfaces_pass_through_fsaverage5s_vertices(demo: Anatomy) -> None:
    spec = find_spec("nilearn")
    assert spec is not None
    assert spec.origin is not None
    folder = Path(spec.origin).parent / "datasets" / "data" / "fsaverage5"
    for name, h in demo.hemispheres.items():
        for key, points in (("white", h.white_mm), ("pial", h.pial_mm), ("infl", h.inflated_mm)):
            assert points is not None
            coarse = nib.load(folder / f"{key}_{SIDES[name]}.gii.gz").darrays[0].data
            np.testing.assert_allclose(points[:10_242], coarse, atol=1e-6)
        mesh = trimesh.Trimesh(h.pial_mm, h.faces, process=False)
        assert mesh.is_watertight
        assert mesh.is_winding_consistent
        assert mesh.volume > 0


def test_v1_has_its_known_size_thickness_and_place(demo: Anatomy) -> None:
    for name, area_mm2 in (("lh", 1633.0), ("rh", 1893.0)):  # on fsaverage's white, at the same resolution
        h = demo.hemispheres[name]  # type: ignore[index]
        v1 = h.retinotopy.area == V1
        mesh = trimesh.Trimesh(h.white_mm, h.faces[h.v1_faces], process=False)
        assert mesh.area == pytest.approx(area_mm2, rel=0.1)
        assert np.linalg.norm(h.pial_mm - h.white_mm, axis=1)[v1].mean() == pytest.approx(1.9, abs=0.3)
        assert h.white_mm[v1, 1].mean() < -60


def test_fsaverages_surface_space_is_its_scanner_space(shared_data: Path) -> None:
    header = nib.load(shared_data / "fsaverage_mri" / "brain.mgz").header
    np.testing.assert_allclose(header.get_vox2ras(), header.get_vox2ras_tkr(), atol=1e-6)


def test_vessels_are_called_synthetic_everywhere(demo: Anatomy) -> None:
    assert {(v.name[:2], v.kind) for v in demo.vessels} == {(h, k) for h in ("lh", "rh") for k in ("artery", "vein")}
    assert all(v.synthetic and "synthetic" in v.source and (v.radius_mm > 0).all() for v in demo.vessels)
    assert any("synthetic" in note for note in demo.notes)
    assert all(len(h) == 64 for h in demo.hashes.values())


def test_without_nilearn_the_remedy_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(fsaverage, "find_spec", lambda _name: None)
    with pytest.raises(InputError, match="needs nilearn"):
        demo_hemisphere("lh")


def test_without_the_atlas_v1_is_still_there(monkeypatch: pytest.MonkeyPatch, demo: Anatomy) -> None:
    monkeypatch.setattr(benson, "find_spec", lambda name: None if name == "neuropythy" else find_spec(name))
    h = load_demo().hemispheres["lh"]
    assert "wedge-dipole" in h.retinotopy.source
    v1 = h.retinotopy.area == V1
    assert v1.sum() == pytest.approx((demo.hemispheres["lh"].retinotopy.area == V1).sum(), rel=0.2)
    assert (h.field_deg[v1, 0] >= -1e-9).all()


def test_the_demo_with_penetrating_vessels_has_them_in_both_hemispheres(demo: Anatomy) -> None:
    case = load_anatomy(CaseRequest("demo-penetrating"))
    thin = [tree for tree in case.vessels if "penetrating" in tree.name]
    assert [(tree.kind, tree.sides) for tree in thin] == [(k, (n,)) for n in HEMISPHERES for k in ("artery", "vein")]
    assert max(tree.radius_mm.max() for tree in thin) <= 0.03
    assert len(case.vessels) == len(demo.vessels) + 4
    assert case.hashes.keys() > demo.hashes.keys()
    assert (case.name, case.source) == ("demo-penetrating", "demo-penetrating")
