"""A plan's file says which matrices place its case and which libraries were at work; older files say neither."""

from __future__ import annotations

import json
import platform
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from planner.anatomy.hemisphere import Anatomy
from planner.frames import Space, Transform, VolumeGeometry
from planner.plan import versions
from planner.plan.files import load_plan, save_plan
from planner.plan.make import case_difference, case_record
from planner.plan.plan import Plan
from planner.plan.versions import LIBRARIES, UNKNOWN, library_versions


def test_the_file_names_the_versions_of_what_computes(plan: Plan, tmp_path: Path) -> None:
    save_plan(plan, tmp_path / "plan.json")
    found = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))["versions"]
    assert found["python"] == platform.python_version()
    assert found["numpy"] == np.__version__
    assert set(found) == {"python", *LIBRARIES}


def test_a_library_without_a_version_is_said_to_be_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(versions, "LIBRARIES", ("no-such-library",))
    library_versions.cache_clear()
    assert library_versions()["no-such-library"] == UNKNOWN
    library_versions.cache_clear()


def test_matrices_are_those_of_the_volume_of_the_surfaces(anatomy: Anatomy, plan: Plan, tmp_path: Path) -> None:
    to_mni = Transform(Space.SCANNER_RAS, Space.MNI305, np.diag([1.1, 0.9, 1.0, 1.0]))
    placed = replace(anatomy, spaces={Space.MNI305: to_mni})
    save_plan(replace(plan, case=case_record(placed)), tmp_path / "plan.json")
    case = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))["case"]
    geometry = anatomy.geometry
    assert isinstance(geometry, VolumeGeometry)
    assert case["grid"]["shape"] == list(geometry.shape)
    vox2ras, tkr = (np.array(case["grid"][name]) for name in ("vox2ras", "vox2ras_tkr"))
    np.testing.assert_array_equal(vox2ras, geometry.voxel_to_scanner)
    np.testing.assert_allclose(vox2ras @ np.linalg.inv(tkr), geometry.tkras_to_scanner.matrix, atol=1e-12)
    np.testing.assert_array_equal(case["ras2mni305"], to_mni.matrix)
    assert load_plan(tmp_path / "plan.json").case == case_record(placed)


def test_a_plan_without_them_is_read_and_its_case_is_the_same(anatomy: Anatomy, plan: Plan, tmp_path: Path) -> None:
    save_plan(plan, tmp_path / "plan.json")
    values = json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))
    for name in ("grid", "ras2mni305"):
        del values["case"][name]
    del values["versions"], values["task"]["strokes"]
    (tmp_path / "old.json").write_text(json.dumps(values), encoding="utf-8")
    old = load_plan(tmp_path / "old.json")
    assert old.case.grid is None
    assert old.task == plan.task
    assert case_difference(old.case, anatomy) == ""
