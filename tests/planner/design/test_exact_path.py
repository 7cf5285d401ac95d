"""An array's way in on blocks in closed form: its base may dimple the cortex, its shanks must not come out again."""

from __future__ import annotations

import numpy as np
import pytest

from planner.anatomy.hemisphere import Anatomy
from planner.design.exact_path import LEAST_FAULT_MM, array_paths
from planner.design.limits import DIMPLE_MM
from planner.frames import FloatArray
from planner.geometry.exact import ExactMesh

UM = 1e-3
X, Y = -19.3, 1.7  # on the flat top of the blocks' medial lobe


@pytest.fixture(scope="module")
def pial(blocks: Anatomy) -> ExactMesh:
    return ExactMesh(blocks.hemispheres["lh"].pial_mm, blocks.hemispheres["lh"].faces)


def path(pial: ExactMesh, *shanks: tuple[tuple[float, ...], tuple[float, ...]]) -> FloatArray:
    base, tip = np.array(shanks, dtype=np.float64).transpose(1, 0, 2)
    return array_paths(pial, base, tip, np.zeros(len(base), dtype=bool))


@pytest.mark.parametrize("um", [-1.0, 1.0])
def test_a_base_pressed_in_by_a_micrometre_more_or_less_than_the_dimple(pial: ExactMesh, um: float) -> None:
    height = 20.0 - DIMPLE_MM + um * UM
    assert path(pial, ((X, Y, height), (X, Y, height - 1.5)))[0] == pytest.approx(um * UM, abs=1e-9)


@pytest.mark.parametrize("height", [20.0, 20.3, 24.0])
def test_a_base_on_pial_or_off_it_is_as_far_from_the_dimple(pial: ExactMesh, height: float) -> None:
    assert path(pial, ((X, Y, height), (X, Y, 18.5)))[0] == pytest.approx(DIMPLE_MM + height - 20.0, abs=1e-9)


@pytest.mark.parametrize(
    ("tip", "outside"),
    [
        (-27.9, None),  # stays in the lobe
        (-28.0 - UM, UM),  # a micrometre into the slot
        (-30.0, 2.0),
        (-33.0, 4.0),  # through it and into the other lobe
        (-49.0, 4.0),
        (-51.0, 5.0),  # and out at its far side
    ],
)
def test_a_shank_that_comes_out_counts_by_the_length_outside(
    pial: ExactMesh, tip: float, outside: float | None
) -> None:
    margin = path(pial, ((-9.5, Y, 14.0), (tip, Y, 14.0)))[0]
    assert margin == pytest.approx(DIMPLE_MM + 0.5 if outside is None else -outside, abs=1e-9)


def test_a_shank_that_begins_within_the_dimple_and_comes_out_is_named(pial: ExactMesh) -> None:
    assert path(pial, ((-10.1, Y, 14.0), (-29.0, Y, 14.0)))[0] == pytest.approx(-1.0, abs=1e-9)


def test_a_shank_that_never_enters_breaks_nothing_here(pial: ExactMesh) -> None:
    assert path(pial, ((X, Y, 22.0), (X, Y, 20.5)))[0] == pytest.approx(DIMPLE_MM + 2.0, abs=1e-9)


def test_shanks_do_not_speak_for_each_other(pial: ExactMesh) -> None:
    found = path(
        pial,
        ((X, Y, 20.0), (X, Y, 18.5)),
        ((-9.5, Y, 14.0), (-33.0, Y, 14.0)),
        ((X, Y, 22.0), (X, Y, 20.5)),
        ((-9.5, Y, 14.0), (-30.0, Y, 14.0)),
        ((X, Y, 19.5), (X, Y, 18.0)),
    )
    np.testing.assert_allclose(found, [DIMPLE_MM, -4.0, DIMPLE_MM + 2.0, -2.0, DIMPLE_MM - 0.5], atol=1e-9)


def test_a_slanted_shank_lacks_what_of_its_own_length_is_outside(pial: ExactMesh) -> None:
    base, tip = (-9.0, Y, 14.0), (-34.0, Y + 6.0, 9.0)
    length = np.linalg.norm(np.subtract(base, tip))
    assert path(pial, (base, tip))[0] == pytest.approx(-4.0 / 25.0 * length, abs=1e-9)


def test_a_shank_from_within_the_sulcus_enters_once(pial: ExactMesh) -> None:
    """Its base is 2 mm from either bank."""
    assert path(pial, ((-30.0, Y, 14.0), (-34.0, Y, 14.0)))[0] == pytest.approx(DIMPLE_MM + 2.0, abs=1e-9)


def test_coming_out_by_a_nanometre_counts_as_a_micrometre(pial: ExactMesh) -> None:
    assert path(pial, ((-9.0, Y, 14.0), (-28.0 - 1e-6, Y, 14.0)))[0] == -LEAST_FAULT_MM
