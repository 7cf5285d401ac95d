from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import igl
import nibabel as nib
import numpy as np
import pytest

from planner.anatomy import volumes
from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.volumes import GRAY, WHITE, Volume, load_volume, schematic_volume
from planner.errors import InputError
from planner.frames import HEMISPHERES
from tests.timing import cpu_seconds


def within(points: np.ndarray, vertices: np.ndarray, faces: np.ndarray) -> np.ndarray:
    return np.asarray(igl.fast_winding_number(vertices, faces, points)) > 0.5


@pytest.fixture(scope="module")
def rendered(demo: Anatomy) -> Volume:
    return load_volume(demo)


def test_a_case_without_volumes_gets_a_schematic_one_that_says_so(rendered: Volume) -> None:
    assert rendered.schematic
    assert (rendered.name, rendered.values.dtype) == ("schematic", np.uint8)
    assert sorted(np.unique(rendered.values)) == [0, GRAY, WHITE]
    assert np.abs(np.diag(rendered.voxel_to_scanner) - 1.0).max() == 0.0


def test_gray_lies_between_the_surfaces_and_white_inside_white(demo: Anatomy, rendered: Volume) -> None:
    dice = np.random.default_rng(0)
    voxels = dice.integers(0, rendered.values.shape, (20_000, 3))
    points = nib.affines.apply_affine(rendered.voxel_to_scanner, voxels)
    expected = np.zeros(len(points))
    for part, value in (("pial_mm", GRAY), ("white_mm", WHITE)):
        for h in demo.hemispheres.values():
            expected[within(points, getattr(h, part), h.faces)] = value
    found = rendered.values[tuple(voxels.T)]
    assert (found == expected).mean() > 0.9995  # igl's is approximate near the surface
    assert set(np.unique(found)) == {0, GRAY, WHITE}


def test_it_is_rendered_in_seconds(demo: Anatomy) -> None:
    assert cpu_seconds(lambda: schematic_volume(demo)) < 3.0  # 0.4 s on a quiet machine


def test_left_is_left(demo: Anatomy) -> None:
    for name in HEMISPHERES:
        alone = schematic_volume(replace(demo, hemispheres={name: demo.hemispheres[name]}))
        voxels = np.argwhere(alone.values > 0)
        x = nib.affines.apply_affine(alone.voxel_to_scanner, voxels)[:, 0].mean()
        assert abs(x - demo.hemispheres[name].pial_mm[:, 0].mean()) < 6.0


def test_fsaverages_surfaces_fill_the_ribbon_that_freesurfer_made_of_them(demo: Anatomy, shared_data: Path) -> None:
    hemispheres = {}
    for name, side in (("lh", "left"), ("rh", "right")):
        read = {
            key: nib.load(shared_data / "nilearn" / "fsaverage" / f"{key}_{side}.gii.gz").darrays
            for key in ("white", "pial")
        }
        hemispheres[name] = replace(
            demo.hemispheres[name],  # type: ignore[index]
            white_mm=read["white"][0].data.astype(float),
            pial_mm=read["pial"][0].data.astype(float),
            faces=read["white"][1].data.astype(np.int64),
        )
    rendered = schematic_volume(replace(demo, hemispheres=hemispheres))
    ribbon = nib.load(shared_data / "fsaverage_mri" / "ribbon.mgz")
    voxels = np.argwhere(np.ones(rendered.values.shape, bool))
    there = np.rint(nib.affines.apply_affine(np.linalg.inv(ribbon.affine) @ rendered.voxel_to_scanner, voxels)).astype(
        int
    )
    truth = np.asarray(ribbon.dataobj)[tuple(there.T)]
    found = rendered.values.ravel()
    for value, labels in ((GRAY, (3, 42)), (WHITE, (2, 41))):
        a, b = found == value, np.isin(truth, labels)
        assert 2 * (a & b).sum() / (a.sum() + b.sum()) > 0.999


@pytest.fixture
def case(demo: Anatomy, tmp_path: Path) -> Anatomy:
    affine = np.array([[-1.0, 0.1, 0, 12], [0, 0.2, 1, -3], [0, -1, 0.1, 7], [0, 0, 0, 1]])
    data = np.random.default_rng(0).integers(0, 200, (5, 6, 7))
    files = {
        "orig": (nib.MGHImage(data.astype(np.uint8), affine), "orig.mgz"),
        "brain": (nib.MGHImage(data.astype(np.float32), affine), "brain.mgz"),
        "short": (nib.Nifti1Image(data.astype(np.int16), affine), "short.nii.gz"),
        "series": (nib.Nifti1Image(np.stack([data, data + 1], axis=3).astype(np.int16), affine), "series.nii"),
        "double": (nib.Nifti1Image(np.where(data == 0, np.nan, data), affine), "double.nii"),
        "scaled": (nib.Nifti1Image(data * 0.37 + 5, affine), "scaled.nii.gz"),
        "colour": (nib.Nifti1Image(np.zeros((2, 2, 2), [("R", "u1"), ("G", "u1"), ("B", "u1")]), affine), "rgb.nii"),
        "complex": (nib.Nifti1Image(np.zeros((2, 2, 2), np.complex64), affine), "complex.nii"),
        "flat": (nib.MGHImage(data.astype(np.uint8), np.diag([1.0, 1, 1, 1])), "flat.mgz"),
    }
    files["scaled"][0].set_data_dtype(np.uint8)
    for image, name in files.values():
        nib.save(image, tmp_path / name)
    return replace(demo, volumes={key: tmp_path / name for key, (_, name) in files.items()})


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("orig", np.uint8),
        ("brain", np.float32),
        ("short", np.int16),
        ("series", np.int16),
        ("double", np.float32),
        ("scaled", np.float32),
    ],
)
def test_volumes_arrive_with_their_values_and_place_in_the_smallest_type(
    case: Anatomy, name: str, kind: type[np.generic]
) -> None:
    volume = load_volume(case, name)
    image = nib.load(case.volumes[name])
    expected = np.nan_to_num(image.get_fdata())
    expected = expected[..., 0] if expected.ndim == 4 else expected
    np.testing.assert_allclose(volume.values, expected, atol=1e-4)
    np.testing.assert_allclose(volume.voxel_to_scanner, image.affine)
    assert (volume.name, volume.schematic, volume.values.dtype) == (name, False, np.dtype(kind))
    assert volume.source == str(case.volumes[name])


def test_t1_is_preferred_then_brain_then_orig(case: Anatomy) -> None:
    assert load_volume(case).name == "brain"
    assert load_volume(replace(case, volumes={"orig": case.volumes["orig"]})).name == "orig"
    assert load_volume(replace(case, volumes={**case.volumes, "T1": case.volumes["orig"]})).name == "T1"
    assert load_volume(case, "schematic").schematic


@pytest.mark.parametrize("name", ["colour", "complex"])
def test_what_is_no_gray_scale_volume_is_refused(case: Anatomy, name: str) -> None:
    with pytest.raises(InputError, match="no volume of one number a voxel"):
        load_volume(case, name)


def test_an_unknown_name_is_refused_with_those_that_there_are(case: Anatomy) -> None:
    with pytest.raises(InputError, match=r"no volume T2; choose one of orig, .*schematic"):
        load_volume(case, "T2")


def test_a_broken_volume_is_named(case: Anatomy) -> None:
    path = case.volumes["orig"]
    path.write_bytes(path.read_bytes()[:60])
    with pytest.raises(InputError, match=r"orig\.mgz"):
        load_volume(case, "orig")


def test_surfaces_larger_than_any_head_are_refused(demo: Anatomy, monkeypatch: pytest.MonkeyPatch) -> None:
    lh = demo.hemispheres["lh"]
    far = replace(lh, pial_mm=np.where(np.arange(len(lh.pial_mm))[:, None] == 5, 1e9, lh.pial_mm))
    with pytest.raises(InputError, match="the surfaces span"):
        volumes.schematic_volume(replace(demo, hemispheres={"lh": far}))
