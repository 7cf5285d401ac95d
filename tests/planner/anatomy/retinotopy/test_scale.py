"""Maps in another unit, written as files, are refused; those of a scanner's narrow screen are not."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad

from planner.anatomy.hemisphere import V1, Retinotopy
from planner.anatomy.retinotopy.choose import Sheet, choose_retinotopy
from planner.anatomy.retinotopy.scale import seen_by_mm2
from planner.errors import InputError
from planner.frames import HEMISPHERES, HemisphereName

AtlasOf = Callable[[HemisphereName], Retinotopy]
SheetOf = Callable[[HemisphereName], Sheet]
Write = Callable[[Path, Mapping[str, np.ndarray]], None]


def written(folder: Path, write: Write, atlas: Retinotopy, name: str, **changed: np.ndarray) -> list[Path]:
    values = {"eccen": atlas.eccentricity_deg, "angle": atlas.polar_angle_deg, "varea": atlas.area} | changed
    write(folder, {f"{name}.prf_{key}.mgz": array for key, array in values.items()})
    return [folder]


@pytest.mark.parametrize("name", HEMISPHERES)
@pytest.mark.parametrize("registered", [True, False])
def test_eccentricity_in_radians_is_refused(
    name: HemisphereName, registered: bool, tmp_path: Path, sheet_of: SheetOf, atlas_of: AtlasOf, write_maps: Write
) -> None:
    atlas, sheet = atlas_of(name), sheet_of(name)
    folders = written(tmp_path, write_maps, atlas, name, eccen=np.deg2rad(atlas.eccentricity_deg))
    with pytest.raises(InputError, match=f"eccentricities and the cortex of {name} disagree.*radians"):
        choose_retinotopy(sheet if registered else replace(sheet, registration=None), folders, 0.1)


def test_a_map_of_the_fovea_alone_is_taken_for_degrees(
    tmp_path: Path, sheet_of: SheetOf, atlas_of: AtlasOf, write_maps: Write
) -> None:
    atlas = atlas_of("lh")
    shown = np.where(atlas.eccentricity_deg <= 1.5, 1.0, 0.0)
    write_maps(tmp_path, {"lh.prf_vexpl.mgz": shown})
    foveal = np.where((atlas.area == V1) & (atlas.eccentricity_deg < 4), V1, 0)  # where a label might end
    folders = written(tmp_path, write_maps, atlas, "lh", varea=foveal)
    found = choose_retinotopy(sheet_of("lh"), folders, 0.1)
    assert found.retinotopy.source.startswith("PRF maps")
    assert not any("far from Benson" in note for note in found.notes)


def test_logarithms_and_halved_angles_are_told_by_the_atlas(
    tmp_path: Path, sheet_of: SheetOf, atlas_of: AtlasOf, write_maps: Write
) -> None:
    atlas = atlas_of("rh")
    folders = written(tmp_path / "a", write_maps, atlas, "rh", eccen=np.log1p(atlas.eccentricity_deg))
    with pytest.raises(InputError, match=r"the eccentricities of rh and the atlas disagree: they are 0\.2"):
        choose_retinotopy(sheet_of("rh"), folders, 0.1)
    folders = written(tmp_path / "b", write_maps, atlas, "rh", angle=atlas.polar_angle_deg / 2)
    with pytest.raises(InputError, match="the polar angles of rh and the atlas disagree: they differ by 4"):
        choose_retinotopy(sheet_of("rh"), folders, 0.1)
    alone = choose_retinotopy(replace(sheet_of("rh"), registration=None), folders, 0.1)
    assert any("the upper quadrant only" in note for note in alone.notes)


def test_a_person_who_differs_from_the_atlas_is_no_error(
    tmp_path: Path, sheet_of: SheetOf, atlas_of: AtlasOf, write_maps: Write
) -> None:
    atlas, dice = atlas_of("lh"), np.random.default_rng(0)
    noise = dice.normal(size=(2, len(atlas.area)))
    angle = np.clip(atlas.polar_angle_deg + 20 * noise[0], 0.1, 180)
    folders = written(
        tmp_path, write_maps, atlas, "lh", eccen=atlas.eccentricity_deg * np.exp(0.2 * noise[1]), angle=angle
    )
    assert not any("far from Benson's" in note for note in choose_retinotopy(sheet_of("lh"), folders, 0.1).notes)
    folders = written(tmp_path, write_maps, atlas, "lh", eccen=0.5 * atlas.eccentricity_deg)
    assert "0.5 times its eccentricities" in choose_retinotopy(sheet_of("lh"), folders, 0.1).notes[0]


def test_the_cortex_that_sees_a_disc_is_the_integral_of_magnification() -> None:
    for reach in (0.5, 1.5, 40.0):
        integral, _ = quad(lambda e: np.pi * e * (17.3 / (e + 0.75)) ** 2, 0.0, reach)
        assert seen_by_mm2(reach) == pytest.approx(integral, rel=1e-9)
