from __future__ import annotations

import hashlib
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from planner.anatomy.request import CaseRequest, VesselFile
from planner.anatomy.subject import load_anatomy
from planner.errors import InputError
from planner.implant.catalogue import load_device
from planner.plan.make import check_case, device_limits, new_plan


def test_a_subject_is_loaded_from_its_folder_with_progress(tmp_path, write_subject, conformed) -> None:  # type: ignore[no-untyped-def]
    folder = write_subject(tmp_path / "bert", conformed).folder
    said: list[str] = []
    anatomy = load_anatomy(CaseRequest(str(folder)), progress=said.append)
    assert (anatomy.name, anatomy.source) == ("bert", str(folder.resolve()))
    assert anatomy.vessels == ()
    assert any("No vessels are known" in note for note in anatomy.notes)
    assert [(f.what, f.state) for f in anatomy.findings if f.what.startswith("vessels")] == [("vessels", "missing")]
    assert said == [f"Loading case {folder}"]
    assert "Benson 2014 maps in bert/surf" in anatomy.retinotopy_source


def test_an_unknown_case_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nobody"):
        load_anatomy(CaseRequest(str(tmp_path / "nobody")))


def test_a_missing_vessel_file_is_named(tmp_path, write_subject, conformed) -> None:  # type: ignore[no-untyped-def]
    folder = write_subject(tmp_path / "bert", conformed).folder
    with pytest.raises(InputError, match=r"none\.swc"):
        load_anatomy(CaseRequest(str(folder), (VesselFile(str(tmp_path / "none.swc")),)))


def test_the_volume_that_says_where_vessels_were_imaged_is_part_of_the_case(tmp_path, write_subject, conformed) -> None:  # type: ignore[no-untyped-def]
    folder = write_subject(tmp_path / "bert", conformed).folder
    pial_mm = next(iter(load_anatomy(CaseRequest(str(folder))).hemispheres.values())).pial_mm
    along = pial_mm[np.argsort(pial_mm[:, 2])]
    tree, volume = tmp_path / "tree.swc", tmp_path / "tof.nii"
    tree.write_text("".join(f"{i + 1} 0 {x:.4f} {y:.4f} {z:.4f} 0.1 {i or -1}\n" for i, (x, y, z) in enumerate(along)))
    matrix = nib.affines.from_matvec(np.eye(3), along.min(axis=0) - 5.0)
    shape = np.ceil(np.ptp(along, axis=0) + 10.0).astype(int)
    nib.Nifti1Image(np.zeros(shape, np.uint8), matrix).to_filename(volume)
    request = CaseRequest(str(folder), (VesselFile(str(tree), imaged=str(volume)),))
    anatomy = load_anatomy(request)
    assert anatomy.hashes["imaged region 1 tof.nii"] == hashlib.sha256(volume.read_bytes()).hexdigest()
    assert [f.file for f in anatomy.findings if f.what == "imaged region of tree"] == [str(volume)]
    device = load_device("thread")
    plan = new_plan(anatomy, device, device_limits(device, 1))
    check_case(plan, load_anatomy(request))
    nib.Nifti1Image(np.zeros(shape + 9, np.uint8), matrix).to_filename(volume)
    with pytest.raises(InputError, match=r"imaged region 1 tof\.nii has changed since the plan was made"):
        check_case(plan, load_anatomy(request))


def test_vessels_whose_mirror_image_fits_as_well_are_named(tmp_path, write_subject, conformed) -> None:  # type: ignore[no-untyped-def]
    """Points on the plane between both sides are their own mirror image."""
    folder = write_subject(tmp_path / "bert", conformed).folder
    pial_mm = np.concatenate([h.pial_mm for h in load_anatomy(CaseRequest(str(folder))).hemispheres.values()])
    along = pial_mm[np.argsort(pial_mm[:, 2])] * [0.0, 1.0, 1.0]
    tree = tmp_path / "tree.swc"
    tree.write_text("".join(f"{i + 1} 0 {x:.4f} {y:.4f} {z:.4f} 0.1 {i or -1}\n" for i, (x, y, z) in enumerate(along)))
    anatomy = load_anatomy(CaseRequest(str(folder), (VesselFile(str(tree)),)))
    assert not anatomy.vessels[-1].sides_checked
    assert (
        "Left and right of tree could not be checked: its mirror image fits the cortex about as well." in anatomy.notes
    )
