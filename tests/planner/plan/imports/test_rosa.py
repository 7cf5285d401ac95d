from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from planner.errors import InputError
from planner.frames import VolumeGeometry
from planner.plan.imports import read_trajectories
from planner.plan.imports.rosa import middle_mm

FILE = """[ROSA]
1
[TRdicomRdisplay]
{matrix}
[VOLUME]
\\DICOM\\1.2.3\\T1
[TRdicomRdisplay]
0 -1 0 5
1 0 0 0
0 0 1 0
0 0 0 1
[VOLUME]
\\DICOM\\1.2.4\\CT
[TRAJECTORY]
3
LA 0 255 1 12.500000 80.250000 40.000000 1 11.000000 75.000000 -2.000000 150.000000 2.000000
R post 0 65280 1 -30.0 90.5 1.0e1 1 -15.5 82.0 3.0
open 0 1 1 1.0 2.0 3.0 0 0.0 0.0 0.0 100.0 2.0
[ELLIPS]
A 0 0 1 0 0 0 1 1 1 1
[END]
"""
STRAIGHT = "1 0 0 0\n0 1 0 0\n0 0 1 0\n0 0 0 1"


def saved(folder: Path, content: str = FILE, matrix: str = STRAIGHT) -> Path:
    file = folder / "plan.ros"
    file.write_text(content.replace("{matrix}", matrix))
    return file


def test_points_are_lps_from_an_origin_in_the_scanner(tmp_path: Path) -> None:
    found = read_trajectories(saved(tmp_path), (1.0, -20.0, 3.0))
    assert [t.name for t in found] == ["LA", "R post", "open"]
    assert found[0].entry_mm == (-11.5, -100.25, 43.0)
    assert found[0].target_mm == (-10.0, -95.0, 1.0)
    assert (found[1].entry_mm, found[1].target_mm) == ((31.0, -110.5, 13.0), (16.5, -102.0, 6.0))
    assert all(t.ordered for t in found[:2])
    assert "no entry or no target" in found[2].fault


def test_nothing_is_taken_for_the_scanners_space_without_being_told(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not say where its frame lies"):
        read_trajectories(saved(tmp_path))


def test_a_first_image_that_is_turned_is_refused(tmp_path: Path) -> None:
    turned = "-1 0 0 0\n0 -1 0 0\n0 0 1 0\n0 0 0 1"
    for matrix in (turned, "1 0 0 3\n0 1 0 0\n0 0 1 0\n0 0 0 1", "1 0 0"):
        with pytest.raises(InputError, match="turns or moves its first image"):
            read_trajectories(saved(tmp_path, matrix=matrix), (0.0, 0.0, 0.0))


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "holds no trajectory"),
        ("[TRAJECTORY]\n0\n[END]\n", "holds no trajectory"),
        ("[TRAJECTORY]\n1\nA 0 0 1 0 0 zero 1 0 0 0\n[END]\n", "a trajectory that is none: 'A 0 0 1 0 0 zero"),
        ("[TRAJECTORY]\n1\nA 0 0 1 0 0 0 1 0 0\n[END]\n", "a trajectory that is none"),
    ],
)
def test_files_without_trajectories_are_refused(tmp_path: Path, content: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        read_trajectories(saved(tmp_path, content), (0.0, 0.0, 0.0))


def test_a_place_outside_every_head_is_none(tmp_path: Path) -> None:
    row = "[TRAJECTORY]\nA 0 0 1 0.0 0.0 0.0 1 0.0 5000.0 0.0\n"
    (found,) = read_trajectories(saved(tmp_path, row), (0.0, 0.0, 0.0))
    assert "outside every head" in found.fault


def test_the_middle_of_a_volume_is_that_of_its_corners() -> None:
    matrix = np.array([[-1.0, 0, 0, 31], [0, 0, 0.8, -110], [0, -0.5, 0, 12], [0, 0, 0, 1]])
    corners = np.array([[0, 0, 0], [63, 47, 39]])
    expected = nib.affines.apply_affine(matrix, corners).mean(axis=0)
    assert middle_mm(VolumeGeometry((64, 48, 40), matrix)) == pytest.approx(tuple(expected))
    turn = np.eye(4)
    turn[:2, :2] = [[np.cos(0.1), -np.sin(0.1)], [np.sin(0.1), np.cos(0.1)]]
    with pytest.raises(InputError, match="oblique"):
        middle_mm(VolumeGeometry((64, 48, 40), turn @ matrix))
