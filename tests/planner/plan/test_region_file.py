from __future__ import annotations

from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from planner.anatomy.brush import Brush
from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.regions import Region, painted_region, region_from_label
from planner.errors import InputError
from planner.frames import Space
from planner.plan.region_file import save_label


@pytest.fixture(scope="module")
def region(demo: Anatomy) -> Region:
    side = demo.hemispheres["rh"]
    return painted_region("rh", Brush(side).painted(side.pial_mm[[1234]], 6.0))


def test_a_label_holds_the_regions_vertices_and_where_they_are_in_surface_ras(
    demo: Anatomy, region: Region, tmp_path: Path
) -> None:
    file = tmp_path / "rh.painted.label"
    save_label(file, region, demo)
    indices, _ = nib.freesurfer.read_label(file, read_scalars=True)
    assert tuple(indices.tolist()) == region.vertices
    table = np.loadtxt(file, skiprows=2)
    to_scanner = demo.spaces[Space.TKRAS].inverse()
    white = demo.hemispheres["rh"].white_mm[list(region.vertices)]
    np.testing.assert_allclose(to_scanner(table[:, 1:4]), white, atol=1e-6)
    assert "vox2ras=TkReg" in file.read_text().splitlines()[0]


def test_a_saved_region_comes_back_as_a_label_of_the_same_cortex(demo: Anatomy, region: Region, tmp_path: Path) -> None:
    file = tmp_path / "rh.painted.label"
    save_label(file, region, demo)
    again = region_from_label(file, demo.hemispheres["rh"])
    assert again.vertices == region.vertices
    assert not again.by_hand  # from now on there is a file that it agrees with


@pytest.mark.parametrize(("name", "words"), [("lh.painted.label", "rh"), ("painted.label", "hemisphere")])
def test_a_name_that_does_not_say_the_hemisphere_is_refused(
    demo: Anatomy, region: Region, tmp_path: Path, name: str, words: str
) -> None:
    with pytest.raises(InputError, match=words):
        save_label(tmp_path / name, region, demo)
    assert list(tmp_path.iterdir()) == []
