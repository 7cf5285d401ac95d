"""The cortex laid flat: what is known in closed form of caps, and what a disc is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import igl
import numpy as np
import pytest

from app.case import Case
from app.flattening import Patch, flat_patch
from planner.anatomy.hemisphere import V1, Hemisphere


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CALCARINE_CACHE", str(tmp_path))


def local(hemisphere: Hemisphere) -> tuple[Patch, np.ndarray, np.ndarray]:
    """A hemisphere's patch, its faces in its own numbers, and its folded vertices."""
    patch = flat_patch(hemisphere)
    assert patch is not None
    faces = np.searchsorted(patch.vertices, hemisphere.faces[patch.faces])
    middle = ((hemisphere.pial_mm + hemisphere.white_mm) / 2)[patch.vertices]
    return patch, faces, middle


@pytest.mark.parametrize("name", ["lh", "rh"])
def test_the_patch_is_one_disc_around_all_of_v1_and_nowhere_folded_over(case: Case, name: str) -> None:
    hemisphere = case.cortices[name].hemisphere
    patch, faces, _ = local(hemisphere)
    assert np.isin(np.flatnonzero(hemisphere.retinotopy.area == V1), patch.vertices).all()
    assert igl.euler_characteristic(faces) == 1
    a, b, c = (patch.place_mm[faces[:, k]] for k in range(3))
    turned = (b - a)[:, 0] * (c - a)[:, 1] - (b - a)[:, 1] * (c - a)[:, 0]
    assert (turned > 0).all()  # seen from outside


def test_lengths_are_kept_as_far_as_a_sphere_lets_them(case: Case) -> None:
    patch, faces, middle = local(case.cortices["lh"].hemisphere)
    edges = np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]])
    folded = np.linalg.norm(middle[edges[:, 0]] - middle[edges[:, 1]], axis=1)
    laid = np.linalg.norm(patch.place_mm[edges[:, 0]] - patch.place_mm[edges[:, 1]], axis=1)
    # a cap of 46°: its rim is 29 % longer than a flat disc's of its radius would have to be, half of it to either side
    assert np.abs(np.log(laid / folded)).max() < 0.2
    assert np.exp(np.abs(np.log(patch.area_ratio)).mean()) < 1.15
    weighed = (patch.area_ratio * igl.doublearea(middle, faces)).sum() / igl.doublearea(middle, faces).sum()
    assert weighed == pytest.approx(1.0)


@pytest.mark.parametrize(("name", "outward"), [("lh", -1.0), ("rh", 1.0)])
def test_the_fovea_is_outward_and_dorsal_cortex_above(case: Case, name: str, outward: float) -> None:
    hemisphere = case.cortices[name].hemisphere
    patch = flat_patch(hemisphere)
    its = hemisphere.retinotopy.area[patch.vertices] == V1
    x, y = patch.place_mm[its].T
    eccentricity = hemisphere.retinotopy.eccentricity_deg[patch.vertices[its]]
    z = hemisphere.pial_mm[patch.vertices[its], 2]
    assert np.corrcoef(outward * x, eccentricity)[0, 1] < -0.8
    assert np.corrcoef(y, z)[0, 1] > 0.9


def test_islands_are_left_out_and_holes_taken_in(case: Case) -> None:
    hemisphere = case.cortices["lh"].hemisphere
    area = hemisphere.retinotopy.area.copy()
    middle = hemisphere.pial_mm.mean(axis=0)
    pole = middle - np.array([0.0, 40.0, 0.0])
    area[np.linalg.norm(hemisphere.pial_mm - pole, axis=1) < 12.0] = 0  # wider than what is taken around V1
    area[np.linalg.norm(hemisphere.pial_mm - (middle + np.array([0.0, 40.0, 0.0])), axis=1) < 5.0] = V1
    spotted = replace(hemisphere, retinotopy=replace(hemisphere.retinotopy, area=area))
    patch, faces, _ = local(spotted)
    assert igl.euler_characteristic(faces) == 1
    assert (hemisphere.pial_mm[patch.vertices, 1] < 0).all()
    assert np.linalg.norm(hemisphere.pial_mm[patch.vertices] - pole, axis=1).min() < 4.0


def test_without_v1_nothing_is_laid_flat(case: Case) -> None:
    hemisphere = case.cortices["lh"].hemisphere
    none = replace(hemisphere.retinotopy, area=np.zeros_like(hemisphere.retinotopy.area))
    assert flat_patch(replace(hemisphere, retinotopy=none)) is None
    whole = replace(hemisphere.retinotopy, area=np.ones_like(hemisphere.retinotopy.area))
    assert flat_patch(replace(hemisphere, retinotopy=whole)) is None


def test_it_is_kept_between_runs(case: Case, monkeypatch: pytest.MonkeyPatch) -> None:
    hemisphere = case.cortices["lh"].hemisphere
    first = flat_patch(hemisphere)
    monkeypatch.setattr("app.flattening._laid", lambda *_: pytest.fail("laid out again"))
    np.testing.assert_array_equal(flat_patch(hemisphere).place_mm, first.place_mm)
