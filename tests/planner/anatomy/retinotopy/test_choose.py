"""The whole choice, from files written as a subject has them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from planner.anatomy.hemisphere import V1, Retinotopy
from planner.anatomy.retinotopy import benson, wedge_dipole
from planner.anatomy.retinotopy.choose import Sheet, choose_retinotopy
from planner.errors import InputError
from planner.frames import HEMISPHERES, HemisphereName

AtlasOf = Callable[[HemisphereName], Retinotopy]
SheetOf = Callable[[HemisphereName], Sheet]
Write = Callable[[Path, Mapping[str, np.ndarray]], None]


def maps(atlas: Retinotopy, prefix: str, ending: str = ".mgz") -> dict[str, np.ndarray]:
    values = {"eccen": atlas.eccentricity_deg, "angle": atlas.polar_angle_deg, "varea": atlas.area}
    return {f"{prefix}{key}{ending}": array for key, array in values.items()}


@pytest.mark.parametrize("name", HEMISPHERES)
@pytest.mark.parametrize("ending", [".mgz", ".shape.gii", ""])
def test_given_maps_come_first_in_either_convention(
    name: HemisphereName, ending: str, tmp_path: Path, sheet_of: SheetOf, atlas_of: AtlasOf, write_maps: Write
) -> None:
    atlas = atlas_of(name)
    signed = maps(atlas, f"{name}.inferred_", ending)
    signed[f"{name}.inferred_angle{ending}"] = atlas.polar_angle_deg * (1 if name == "lh" else -1)
    write_maps(tmp_path / "bert" / "surf", maps(atlas, f"{name}.benson14_") | signed)
    found = choose_retinotopy(sheet_of(name), [tmp_path / "bert" / "surf"], 0.1)
    assert found.retinotopy.source == "Inferred maps in bert/surf"
    v1 = (atlas.area == V1) & (atlas.eccentricity_deg > 0)
    np.testing.assert_allclose(found.retinotopy.eccentricity_deg[v1], atlas.eccentricity_deg[v1], rtol=1e-5)
    np.testing.assert_allclose(found.retinotopy.polar_angle_deg[v1], atlas.polar_angle_deg[v1], atol=1e-3)


@pytest.mark.parametrize("name", HEMISPHERES)
def test_vertices_of_little_variance_are_filled_and_marked(
    name: HemisphereName, tmp_path: Path, sheet_of: SheetOf, atlas_of: AtlasOf, write_maps: Write
) -> None:
    atlas = atlas_of(name)
    good = np.random.default_rng(0).random(len(atlas.area)) > 0.5
    given = maps(atlas, f"{name}.prf_")
    given[f"{name}.prf_eccen.mgz"] = np.where(good, atlas.eccentricity_deg, 45.0)
    write_maps(tmp_path, given | {f"{name}.prf_vexpl.mgz": np.where(good, 0.6, 0.02)})
    found = choose_retinotopy(sheet_of(name), [tmp_path], 0.1).retinotopy
    v1 = atlas.area == V1
    assert found.filled is not None
    assert (found.filled[v1] == ~good[v1]).mean() > 0.999
    assert not found.filled[~v1].any()
    gap = found.filled & (atlas.eccentricity_deg > 1)
    error = np.abs(found.eccentricity_deg - atlas.eccentricity_deg)[gap] / atlas.eccentricity_deg[gap]
    assert np.median(error) < 0.01
    refused = choose_retinotopy(sheet_of(name), [tmp_path], 0.7)  # nothing is believed any more
    assert refused.retinotopy.source == benson.CARRIED
    assert "only 0% of V1" in refused.notes[0]


@pytest.mark.parametrize("installed", [True, False])
def test_every_source_is_named_and_comes_with_its_files(
    installed: bool,
    tmp_path: Path,
    sheet_of: SheetOf,
    atlas_of: AtlasOf,
    write_maps: Write,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """V1's extent and what gaps follow are the atlas's, so that its files belong to the plan's hashes."""
    atlas = atlas_of("lh")
    given = maps(atlas, "lh.prf_")
    del given["lh.prf_varea.mgz"]
    write_maps(tmp_path / "whole", given)
    good = np.random.default_rng(0).random(len(atlas.area)) > 0.5
    write_maps(tmp_path / "gaps", maps(atlas, "lh.prf_") | {"lh.prf_vexpl.mgz": good.astype(float)})
    if not installed:
        monkeypatch.setattr(benson, "fsaverage_retinotopy", lambda _name: (None, {}))
    source = benson.CARRIED if installed else wedge_dipole.SOURCE
    keys = (
        {"benson14_eccen", "benson14_angle", "benson14_varea", "fsaverage5_sphere"} if installed else {"wedge_dipole"}
    )
    for folder, words in (("whole", "V1 from the"), ("gaps", "gaps follow the")):
        found = choose_retinotopy(sheet_of("lh"), [tmp_path / folder], 0.1)
        assert found.retinotopy.source.startswith(f"PRF maps in {tmp_path.name}/{folder}; {words} {source}")
        assert {"prf_eccen", "prf_angle"} | keys <= found.files.keys()
        assert {f"lh {key}" for key in found.files} <= {
            f.what for f in found.findings if f.state == "used" and f.sha256
        }
    alone = choose_retinotopy(sheet_of("lh"), [], 0.1)
    assert alone.files.keys() == keys


def test_maps_of_x_and_y_keep_what_lies_beyond_the_meridian(
    tmp_path: Path, sheet_of: SheetOf, atlas_of: AtlasOf, write_maps: Write
) -> None:
    atlas = atlas_of("rh")
    angle = np.deg2rad(atlas.polar_angle_deg)
    x, y = -atlas.eccentricity_deg * np.sin(angle) + 0.3, atlas.eccentricity_deg * np.cos(angle)
    write_maps(tmp_path, {"rh.x0.mgz": x, "rh.y0.mgz": y, "rh.varea.mgz": atlas.area})
    found = choose_retinotopy(sheet_of("rh"), [tmp_path], 0.1).retinotopy
    across = (atlas.area == V1) & (x > 0.01) & (np.hypot(x, y) > 1)
    assert across.any()
    assert (found.polar_angle_deg[across] < 0).all()


@pytest.mark.parametrize("flip", ["sign", "upside down", "swapped"])
def test_planted_flips_are_refused(
    flip: str, tmp_path: Path, sheet_of: SheetOf, atlas_of: AtlasOf, write_maps: Write
) -> None:
    given = maps(atlas_of("rh" if flip == "swapped" else "lh"), "lh.benson14_")
    if flip != "swapped":
        angle = given["lh.benson14_angle.mgz"]
        given["lh.benson14_angle.mgz"] = -angle if flip == "sign" else 180.0 - angle
    write_maps(tmp_path, given)
    with pytest.raises(InputError, match=r"the hemisphere's name and .* disagree"):
        choose_retinotopy(sheet_of("lh"), [tmp_path], 0.1)


def test_without_maps_the_atlas_is_carried_over_and_without_that_the_template(
    tmp_path: Path, sheet_of: SheetOf, atlas_of: AtlasOf, monkeypatch: pytest.MonkeyPatch
) -> None:
    atlas_of("lh")
    assert choose_retinotopy(sheet_of("lh"), [tmp_path], 0.1).retinotopy.source == benson.CARRIED
    on = replace(sheet_of("lh"), registration=None, on_fsaverage=True)
    assert choose_retinotopy(on, [], 0.1).retinotopy.source == benson.SOURCE
    monkeypatch.setattr(benson, "fsaverage_retinotopy", lambda _name: (None, {}))
    assert choose_retinotopy(sheet_of("lh"), [], 0.1).retinotopy.source == wedge_dipole.SOURCE
    assert choose_retinotopy(on, [], 0.1).retinotopy.source == wedge_dipole.SOURCE
    with pytest.raises(InputError, match=r"put lh\.sphere\.reg"):
        choose_retinotopy(replace(sheet_of("lh"), registration=None), [tmp_path], 0.1)


def test_a_mirrored_sphere_and_files_of_another_surface_are_refused(
    tmp_path: Path, sheet_of: SheetOf, write_maps: Write
) -> None:
    sheet = sheet_of("lh")
    assert sheet.registration is not None
    with pytest.raises(InputError, match="inside out"):
        choose_retinotopy(replace(sheet, registration=sheet.registration * [-1, 1, 1]), [], 0.1)
    short = np.ones(10)
    write_maps(tmp_path, {"lh.eccen.mgz": short, "lh.angle.mgz": short, "lh.varea.mgz": short})
    with pytest.raises(InputError, match="10 values for 163842 vertices"):
        choose_retinotopy(sheet, [tmp_path], 0.1)
