from __future__ import annotations

import gzip
import hashlib
import os
from pathlib import Path
from typing import Any

import nibabel as nib
import numpy as np
import pytest

from planner.anatomy.request import VesselFile
from planner.anatomy.vessels.files import load_vessels, read_vessels
from planner.anatomy.vessels.kinds import guess_kind
from planner.anatomy.vessels.tree import VesselTree
from planner.errors import InputError


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("lh_pial_artery", "artery"),
        ("corticalVeins-2", "vein"),
        ("MRV", "vein"),
        ("heart", "vessel"),
        ("artery+vein", "vessel"),
    ],
)
def test_the_words_of_a_name_say_the_kind(name: str, kind: str) -> None:
    assert guess_kind(name) == kind


def test_the_suffix_chooses_the_reader(shared_data: Path) -> None:
    for suffix in ("swc", "vtp"):
        (tree,) = read_vessels(VesselFile(str(shared_data / "vessels" / f"lh_pial_artery.{suffix}")), {})
        assert isinstance(tree, VesselTree)
        assert (tree.kind, len(tree.edges)) == ("artery", 3960)


def test_another_kind_of_file_is_refused_with_the_accepted_ones(tmp_path: Path) -> None:
    with pytest.raises(InputError, match=r"vessels\.3ds.*\.swc, \.vtp, \.vtu, \.vtk, \.stl"):
        read_vessels(VesselFile(str(tmp_path / "vessels.3ds")), {})


def test_the_finding_names_counts_space_and_hash(tmp_path: Path) -> None:
    path = tmp_path / "böse Gefäße of 1.swc"
    path.write_text("1 3 0 0 0 0.5 -1\n2 3 1 0 0 0.25 1\n3 3 9 9 9 1 -1\n")
    (tree,), finding = load_vessels(VesselFile(str(path), name="A", space="lps", error_mm=0.3), {})
    assert (finding.what, finding.state, finding.file, finding.space) == ("vessels A", "used", str(path), "lps")
    assert finding.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()
    assert finding.detail == (
        "vessel: 1 segments, radius 0.25–1 mm, spanning 1 × 0 × 0 mm; 1 points without a neighbour left out"
    )
    assert (tree.name, tree.source, tree.error_mm, tree.imaged) == ("A", str(path), 0.3, None)


@pytest.mark.parametrize("suffix", [".swc", ".vtp", ".vtu", ".vtk", ".stl", ".ply", ".obj", ".nii", ".nii.gz", ".mgz"])
def test_whatever_is_no_vessel_file_is_one_sentence(tmp_path: Path, suffix: str) -> None:
    circle, folder, pipe = (tmp_path / f"{name}{suffix}" for name in ("circle", "folder", "pipe"))
    circle.symlink_to(circle)
    folder.mkdir()
    os.mkfifo(pipe)
    contents = [b"", b"\0" * 400, b"\xff" * 400, b"solid x\n", b"ply\n", b"x " * 300, bytes(range(256)) * 4]
    paths = [circle, folder, pipe, tmp_path / f"none{suffix}"]
    for number, content in enumerate(contents):
        paths.append(tmp_path / f"{number}{suffix}")
        paths[-1].write_bytes(gzip.compress(content) if suffix.endswith("gz") and number % 2 else content)
    for path in paths:
        with pytest.raises(InputError) as caught:
            read_vessels(VesselFile(str(path)), {})
        assert str(path) in str(caught.value)
        assert caught.value.remedy


@pytest.mark.parametrize(
    ("how", "says"),
    [
        ({"error_mm": -1.0}, "localisation error"),
        ({"error_mm": float("nan")}, "localisation error"),
        ({"scale": 0.0}, "scaled by 0"),
        ({"scale": -1.0}, "scaled by -1"),
        ({"offset_mm": (0.0, float("inf"), 0.0)}, "offset"),
        ({"scale": 1e6}, "coordinates of up to"),
        ({"scale": 200.0}, "radii of up to"),
        ({"scale": 1e-3}, r"radii of up to 0\.0005 mm, which no vessel has"),
        ({"imaged": "/nowhere.nii"}, "does not exist"),
        ({"labels": "1=artery"}, "no use for labels"),
        ({"threshold": 0.7}, "no use for a threshold"),
    ],
)
def test_settings_that_make_no_sense_are_refused(tmp_path: Path, how: dict[str, Any], says: str) -> None:
    path = tmp_path / "a.swc"
    path.write_text("1 3 0 0 0 0.5 -1\n2 3 1 0 0 0.25 1\n")
    with pytest.raises(InputError, match=says):
        read_vessels(VesselFile(str(path), **how), {})


def test_the_field_of_view_of_another_volume_bounds_what_is_known(tmp_path: Path) -> None:
    path, volume = tmp_path / "a.swc", tmp_path / "tof.nii.gz"
    path.write_text("1 3 0 0 0 0.5 -1\n2 3 1 0 0 0.25 1\n")
    affine = np.diag([-0.5, 0.5, 0.8, 1.0])
    affine[:3, 3] = 10.0, -20.0, -5.0
    image = nib.Nifti1Image(np.zeros((40, 50, 20), dtype=np.int16), affine)
    image.to_filename(volume)
    (tree,) = read_vessels(VesselFile(str(path), imaged=str(volume)), {})
    assert tree.imaged is not None
    assert tree.imaged.source == str(volume)
    corners = nib.affines.apply_affine(affine, [[-0.5, -0.5, -0.5], [39.5, 49.5, 19.5], [20, 20, 10], [41, 20, 10]])
    assert tree.imaged.depth(corners) == pytest.approx([0.0, 0.0, 7.6, -0.75])  # 20 is 9.5 voxels of 0.8 from the rim


def volume_of(path: Path, voxel_mm: float, corner_mm: tuple[float, float, float]) -> str:
    affine = np.diag([voxel_mm] * 3 + [1.0])
    affine[:3, 3] = corner_mm
    nib.Nifti1Image(np.zeros((40, 40, 40), dtype=np.uint8), affine).to_filename(path)
    return str(path)


def test_a_region_that_holds_none_of_its_vessels_or_that_no_scanner_has_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.swc"
    path.write_text("".join(f"{i + 1} 3 {i} 0 0 0.5 {i or -1}\n" for i in range(40)))
    elsewhere, half = (volume_of(tmp_path / f"{x}.nii", 1.0, (x, -9.0, -9.0)) for x in (60.0, 20.0))
    with pytest.raises(InputError, match=r"none of the vessels lie within the field of view of .*60\.0\.nii"):
        read_vessels(VesselFile(str(path), imaged=elsewhere), {})
    (tree,) = read_vessels(VesselFile(str(path), imaged=half), {})
    assert tree.note == "50 % of it outside its imaged region"
    with pytest.raises(InputError, match="field of view of 1000 mm, more than any scanner's"):
        read_vessels(VesselFile(str(path), imaged=volume_of(tmp_path / "huge.nii", 25.0, (-9.0, -9.0, -9.0))), {})


@pytest.mark.parametrize("comment", ["# SPACE=LPS", "# space=lps", "# SPACE: LPS", "  # traced, SPACE = lps; by hand"])
def test_a_space_is_understood_however_it_is_written(tmp_path: Path, comment: str) -> None:
    path = tmp_path / "a.swc"
    path.write_text(f"{comment}\n1 3 0 2 0 0.5 -1\n2 3 1 2 0 0.25 1\n")
    (tree,), finding = load_vessels(VesselFile(str(path)), {})
    assert isinstance(tree, VesselTree)
    assert finding.space == "lps"
    assert tree.points_mm[1] == pytest.approx([-1.0, -2.0, 0.0])


def test_whoever_says_the_space_of_a_file_need_not_mind_what_the_file_says(tmp_path: Path) -> None:
    path = tmp_path / "a.swc"
    path.write_text("# SPACE=MNI\n1 3 0 2 0 0.5 -1\n2 3 1 2 0 0.25 1\n")
    with pytest.raises(InputError, match=r"its SPACE is 'MNI'.*say its space"):
        read_vessels(VesselFile(str(path)), {})
    assert read_vessels(VesselFile(str(path), space="lps"), {})
