from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from planner.anatomy.hemisphere import V1, Retinotopy
from planner.anatomy.retinotopy.choose import Sheet
from planner.anatomy.retinotopy.fieldsign import check_field_sign, field_sign
from planner.errors import InputError
from planner.frames import HEMISPHERES, HemisphereName

SheetOf = Callable[[HemisphereName], Sheet]
AtlasOf = Callable[[HemisphereName], Retinotopy]


def position_of(maps: Retinotopy) -> np.ndarray:
    return maps.eccentricity_deg * np.exp(1j * np.deg2rad(90.0 - maps.polar_angle_deg))


@pytest.mark.parametrize("name", HEMISPHERES)
def test_v1_is_a_mirror_image_and_v2_is_not(name: HemisphereName, sheet_of: SheetOf, atlas_of: AtlasOf) -> None:
    sheet, atlas = sheet_of(name), atlas_of(name)
    for area, low, high in ((V1, 0.99, 1.0), (2, 0.0, 0.1)):  # as Sereno et al. (1995) found
        share = field_sign(name, sheet.white_mm, sheet.faces, position_of(atlas), atlas.area == area)
        assert low <= share <= high


@pytest.mark.parametrize("name", HEMISPHERES)
@pytest.mark.parametrize("flip", ["angle upside down", "angle from the horizontal", "other name", "faces turned"])
def test_every_flip_turns_it_over(name: HemisphereName, flip: str, sheet_of: SheetOf, atlas_of: AtlasOf) -> None:
    sheet, atlas = sheet_of(name), atlas_of(name)
    position, faces, called = position_of(atlas), sheet.faces, name
    if flip == "angle upside down":
        position = position.conj()
    elif flip == "angle from the horizontal":
        position = 1j * position.conj()
    elif flip == "other name":
        called = "rh" if name == "lh" else "lh"
    else:
        faces = faces[:, ::-1]
    share = field_sign(called, sheet.white_mm, faces, position, atlas.area == V1)
    assert share < 0.1
    with pytest.raises(InputError, match="name and its retinotopic map disagree"):
        check_field_sign(called, share, "a file")


def test_noise_does_not_hide_which_way_it_runs(sheet_of: SheetOf, atlas_of: AtlasOf) -> None:
    sheet, atlas = sheet_of("lh"), atlas_of("lh")
    noise = np.random.default_rng(0).normal(0.0, 0.3, (2, len(atlas.area)))
    position = position_of(atlas) * np.exp(noise[0] + 1j * noise[1])
    position = np.maximum(position.real, -0.5) + 1j * position.imag
    assert field_sign("lh", sheet.white_mm, sheet.faces, position, atlas.area == V1) > 0.8


def test_a_doubtful_map_is_told_of() -> None:
    assert "only 65%" in check_field_sign("lh", 0.65, "a file")
    assert check_field_sign("lh", 0.97, "a file") == ""
    assert check_field_sign("lh", float("nan"), "a file") == ""
