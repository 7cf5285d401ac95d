from __future__ import annotations

import numpy as np
import pytest

from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.sheet import Sheet, v1_sheet


def areas(points: np.ndarray, faces: np.ndarray) -> np.ndarray:
    a, b, c = points[faces].transpose(1, 0, 2)
    return np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2


@pytest.mark.parametrize("spacing_mm", [0.3, 1.0, 50.0])
def test_patches_cover_v1_exactly(blocks: Anatomy, spacing_mm: float) -> None:
    sheet = v1_sheet(blocks.hemispheres.values(), spacing_mm)
    for name, hemisphere in blocks.hemispheres.items():
        of_side = sheet.right == (name == "rh")
        faces = hemisphere.faces[hemisphere.v1_faces]
        middle = (hemisphere.pial_mm + hemisphere.white_mm) / 2
        whole = areas(middle, faces)
        assert sheet.area_mm2[of_side].sum() == pytest.approx(whole.sum())
        flat = np.column_stack([hemisphere.field_deg, np.zeros(len(middle))])
        assert sheet.area_deg2[of_side].sum() == pytest.approx(areas(flat, faces).sum())
        centroid = (whole[:, None] * middle[faces].mean(axis=1)).sum(axis=0) / whole.sum()
        mine = np.average(sheet.position_mm[of_side], axis=0, weights=sheet.area_mm2[of_side])
        np.testing.assert_allclose(mine, centroid, atol=1e-9)


def test_no_patch_is_larger_than_asked_for(blocks: Anatomy) -> None:
    sheet = v1_sheet(blocks.hemispheres.values(), 0.5)
    assert sheet.area_mm2.max() <= 3**0.5 / 4 * 0.5**2 * (1 + 1e-9)


def test_left_patches_see_the_right_field_and_right_ones_the_left(blocks: Anatomy) -> None:
    sheet = v1_sheet(blocks.hemispheres.values(), 1.0)
    assert (sheet.field_deg[~sheet.right, 0] >= 0).all()
    assert (sheet.field_deg[sheet.right, 0] <= 0).all()
    assert (sheet.position_mm[~sheet.right, 0] < 0).all()


def test_neighbours_are_those_of_brute_force_and_of_the_same_side() -> None:
    generator = np.random.default_rng(0)
    position, right = generator.uniform(-3, 3, (400, 3)), generator.random(400) < 0.5
    sheet = Sheet(position, right, position[:, :2], np.ones(400), np.ones(400))
    points, sides = generator.uniform(-3, 3, (30, 3)), generator.random(30) < 0.5
    point, patch = sheet.near(points, sides, 1.5)
    apart = np.linalg.norm(points[:, None] - position[None], axis=2)
    expected = np.argwhere((apart <= 1.5) & (sides[:, None] == right[None]))
    assert (np.diff(point) >= 0).all()
    assert sorted(zip(point, patch, strict=True)) == list(map(tuple, expected))
