from __future__ import annotations

from dataclasses import replace
from math import cos, inf, nan, radians, sin

import numpy as np
import pytest

from planner.anatomy.access import UNRESTRICTED, Access, Window
from planner.anatomy.approaches import PRESETS
from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.windows import access_preset, window_at
from planner.errors import InputError
from planner.frames import HemisphereName

WINDOW = Window("lh", "hull", (-30.0, 0.0, 20.0), (0.0, 0.0, -1.0), 10.0, 40.0, 30.0)


@pytest.mark.parametrize(
    "wrong",
    [
        {"hemisphere": "left"},
        {"surface": "skull"},
        {"centre_mm": (0.0, nan, 0.0)},
        {"centre_mm": (0.0, 0.0)},
        {"axis": (0.0, 0.0, 2.0)},
        {"axis": (nan, 0.0, 0.0)},
        {"radius_mm": 0.0},
        {"radius_mm": inf},
        {"cone_deg": 0.0},
        {"cone_deg": 85.1},
        {"cone_deg": nan},
        {"reach_mm": 0.0},
        {"reach_mm": inf},
    ],
)
def test_a_window_that_means_nothing_is_refused_in_a_sentence(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError, match="window"):
        replace(WINDOW, **wrong)  # type: ignore[arg-type]


def test_windows_belong_to_their_hemispheres() -> None:
    other = replace(WINDOW, hemisphere="rh")
    access = Access("two", (WINDOW, other))
    assert access.of("lh") == (WINDOW,)
    assert access.of("rh") == (other,)
    assert UNRESTRICTED.windows == ()


def test_a_window_on_the_hull_lies_over_a_sulcus_and_points_straight_in(blocks: Anatomy) -> None:
    found = window_at(blocks, "lh", "hull", (-30.0, 1.0, 33.0), 8.0, 30.0, 25.0)
    np.testing.assert_allclose(found.centre_mm, (-30.0, 1.0, 20.0), atol=1e-12)
    np.testing.assert_allclose(found.axis, (0.0, 0.0, -1.0), atol=1e-12)
    assert (found.radius_mm, found.cone_deg, found.reach_mm) == (8.0, 30.0, 25.0)
    between = window_at(blocks, "rh", "hull", (0.0, -50.0, 0.0), 8.0, 30.0)
    np.testing.assert_allclose(between.centre_mm, (0.0, -20.0, 0.0), atol=1e-12)
    np.testing.assert_allclose(between.axis, (0.0, 1.0, 0.0), atol=1e-12)


def test_a_window_on_pial_lies_on_its_own_hemisphere(blocks: Anatomy) -> None:
    found = window_at(blocks, "rh", "pial", (1.0, 2.0, -3.0), 8.0, 30.0)
    np.testing.assert_allclose(found.centre_mm, (10.0, 2.0, -3.0), atol=1e-12)
    np.testing.assert_allclose(found.axis, (1.0, 0.0, 0.0), atol=1e-12)


@pytest.mark.parametrize("surface", ["hull", "pial"])
def test_the_axis_at_an_edge_is_the_mean_of_its_faces(blocks: Anatomy, surface: str) -> None:
    found = window_at(blocks, "lh", surface, (-60.0, 0.0, 30.0), 8.0, 30.0)  # type: ignore[arg-type]
    np.testing.assert_allclose(found.axis, (sin(radians(45)), 0.0, -cos(radians(45))), atol=0.06)


def test_the_interhemispheric_window_lies_on_the_medial_wall_and_not_in_a_sulcus(blocks: Anatomy) -> None:
    """The slot's lateral bank faces the falx too, but the other bank hides it."""
    windows = {w.hemisphere: w for w in access_preset("interhemispheric", blocks).windows}
    np.testing.assert_allclose(windows["lh"].centre_mm, (-10.0, 0.0, 0.0), atol=1e-9)
    np.testing.assert_allclose(windows["lh"].axis, (-1.0, 0.0, 0.0), atol=1e-12)
    np.testing.assert_allclose(windows["rh"].centre_mm, (10.0, 0.0, 0.0), atol=1e-9)
    np.testing.assert_allclose(windows["rh"].axis, (1.0, 0.0, 0.0), atol=1e-12)


@pytest.mark.parametrize("name", ["lh", "rh"])
def test_one_hemisphere_alone_has_its_windows(blocks: Anatomy, name: HemisphereName) -> None:
    alone = replace(blocks, hemispheres={name: blocks.hemispheres[name]})
    (window,) = access_preset("interhemispheric", alone).windows
    assert window.hemisphere == name
    np.testing.assert_allclose(window.axis, (-1.0 if name == "lh" else 1.0, 0.0, 0.0), atol=1e-12)


def test_the_occipital_windows_touch_the_demo_from_behind(demo: Anatomy) -> None:
    windows = access_preset("occipital pole", demo).windows
    assert [w.hemisphere for w in windows] == ["lh", "rh"]
    for window in windows:
        pial = demo.hemispheres[window.hemisphere].pial_mm
        np.testing.assert_allclose(window.centre_mm, pial[pial[:, 1].argmin()], atol=1e-9)
        assert window.axis[1] > cos(radians(20))
        behind = (pial - window.centre_mm) @ window.axis
        assert behind.min() > -3.0  # all of the brain is before the window's plane, or nearly so


def test_presets_are_named_and_others_refused(blocks: Anatomy) -> None:
    assert access_preset("unrestricted", blocks) == UNRESTRICTED
    with pytest.raises(InputError, match="occipital pole"):
        access_preset("transsphenoidal", blocks)
    assert PRESETS == ("unrestricted", "occipital pole", "interhemispheric")


def test_what_the_case_lacks_is_said(blocks: Anatomy) -> None:
    alone = replace(blocks, hemispheres={"lh": blocks.hemispheres["lh"]})
    with pytest.raises(InputError, match="no rh hemisphere"):
        window_at(alone, "rh", "hull", (0.0, 0.0, 0.0), 8.0, 30.0)
    with pytest.raises(InputError, match="cannot be put there"):
        window_at(blocks, "rh", "hull", (nan, 0.0, 0.0), 8.0, 30.0)
    blind = {
        n: replace(h, retinotopy=replace(h.retinotopy, area=np.zeros(len(h.pial_mm), dtype=np.int64)))
        for n, h in blocks.hemispheres.items()
    }
    with pytest.raises(InputError, match="medial wall"):
        access_preset("interhemispheric", replace(blocks, hemispheres=blind))
