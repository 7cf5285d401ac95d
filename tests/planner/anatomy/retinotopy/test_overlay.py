from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from planner.anatomy.retinotopy import benson
from planner.anatomy.retinotopy.benson import fsaverage_retinotopy, read_maps
from planner.anatomy.retinotopy.overlay import read_overlay
from planner.errors import InputError

VALUES = np.array([0.0, 12.5, 90.0, 180.0002], dtype=np.float32)


def written(path: Path) -> Path:
    if path.suffix.lower() == ".mgz":
        nib.save(nib.MGHImage(VALUES.reshape(-1, 1, 1), np.eye(4)), path)
    elif ".nii" in path.name:
        nib.save(nib.Nifti1Image(VALUES.reshape(-1, 1, 1), np.eye(4)), path)
    elif ".gii" in path.name.lower():
        nib.save(nib.GiftiImage(darrays=[nib.gifti.GiftiDataArray(VALUES)]), path)
    else:
        nib.freesurfer.write_morph_data(path, VALUES)
    return path


@pytest.mark.parametrize("name", ["x.mgz", "X.MGZ", "x.nii", "x.nii.gz", "x.gii", "X.GII.GZ", "lh.curv"])
def test_every_kind_of_overlay_gives_the_same_values(tmp_path: Path, name: str) -> None:
    np.testing.assert_array_equal(read_overlay(written(tmp_path / name)), VALUES.astype(float))


@pytest.mark.parametrize("name", ["x.mgz", "x.nii", "x.nii.gz", "x.gii", "x.gii.gz"])
def test_a_truncated_overlay_is_named(tmp_path: Path, name: str) -> None:
    path = written(tmp_path / name)
    path.write_bytes(path.read_bytes()[:20])
    with pytest.raises(InputError, match=name):
        read_overlay(path)


def test_angles_a_whisker_past_the_meridian_are_clipped(tmp_path: Path) -> None:
    maps = read_maps({key: written(tmp_path / f"{key}.mgz") for key in ("eccen", "angle", "varea")}, "made up")
    np.testing.assert_array_equal(maps.polar_angle_deg, [0.0, 12.5, 90.0, 180.0])
    assert maps.area.dtype == np.int64


def test_the_atlas_is_none_where_its_files_are_not_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(benson, "find_spec", lambda _name: None)
    assert fsaverage_retinotopy("lh") == (None, {})
