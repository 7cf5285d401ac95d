from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest

from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.tissue import check_image
from planner.anatomy.volumes import schematic_volume
from planner.errors import InputError
from planner.frames import HEMISPHERES

MIRROR = np.diag([-1.0, 1.0, 1.0, 1.0])


def case_with(anatomy: Anatomy, folder: Path, name: str, values: np.ndarray, matrix: np.ndarray) -> Anatomy:
    nib.save(nib.MGHImage(np.ascontiguousarray(values), matrix), folder / f"{name}.mgz")
    return replace(anatomy, volumes={name: folder / f"{name}.mgz"})


@pytest.mark.parametrize("names", [HEMISPHERES, ("lh",), ("rh",)])
@pytest.mark.parametrize("volume", ["brain", "ribbon", "aseg"])
def test_fsaverages_volumes_pass_and_their_mirror_images_do_not(
    fsaverage: Anatomy, shared_data: Path, tmp_path: Path, volume: str, names: tuple[str, ...]
) -> None:
    case = replace(fsaverage, hemispheres={n: fsaverage.hemispheres[n] for n in names})  # type: ignore[index]
    image = nib.load(shared_data / "fsaverage_mri" / f"{volume}.mgz")
    values = np.asarray(image.dataobj)
    check_image(case_with(case, tmp_path, volume, values, image.affine))
    for flipped, matrix in ((values[::-1], image.affine), (values, MIRROR @ image.affine)):
        with pytest.raises(InputError, match=r"volume(.s labels)? and the surfaces disagree"):
            check_image(case_with(case, tmp_path, volume, flipped, matrix))


def test_surfaces_of_another_average_raise_no_alarm(demo: Anatomy, shared_data: Path) -> None:
    """fsaverage5's white lies 2 mm from fsaverage's, as badly registered surfaces would."""
    for name in ("brain", "ribbon", "aseg"):
        check_image(replace(demo, volumes={name: shared_data / "fsaverage_mri" / f"{name}.mgz"}))


@pytest.mark.parametrize("noise", [0.0, 200.0])
@pytest.mark.parametrize("bright", [1, -1])
def test_a_rendered_volume_passes_through_noise_and_either_contrast(
    demo: Anatomy, tmp_path: Path, noise: float, bright: int
) -> None:
    volume = schematic_volume(demo)
    dice = np.random.default_rng(0)
    values = (bright * volume.values.astype(np.float32) + dice.normal(0, noise or 1e-6, volume.values.shape)).astype(
        "f4"
    )
    check_image(case_with(demo, tmp_path, "T1", values, volume.voxel_to_scanner))
    if noise < 100:
        with pytest.raises(
            InputError, match=r"voxels mirrored they fit better|negated in the volume's matrix they fit"
        ):
            check_image(case_with(demo, tmp_path, "T1", values[::-1], volume.voxel_to_scanner))
        with pytest.raises(InputError, match="x negated in the volume's matrix they fit better"):
            check_image(case_with(demo, tmp_path, "T1", values, MIRROR @ volume.voxel_to_scanner))


@pytest.mark.parametrize("fill", [0, 7])
def test_a_volume_that_shows_nothing_says_nothing(demo: Anatomy, tmp_path: Path, fill: int) -> None:
    check_image(case_with(demo, tmp_path, "orig", np.full((9, 9, 9), fill, np.uint8), np.eye(4)))
    check_image(demo)  # and neither does none
