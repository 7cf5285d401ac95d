"""The atlas carried over by sphere.reg, against the atlas itself and against nilearn's full fsaverage."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
from scipy.spatial import cKDTree
from scipy.spatial.transform import Rotation

from planner.anatomy.fsaverage import VERTICES
from planner.anatomy.hemisphere import V1, Retinotopy
from planner.anatomy.retinotopy.benson import CARRIED, carried_retinotopy, fsaverage_sphere
from planner.errors import InputError
from planner.frames import HEMISPHERES, HemisphereName

AtlasOf = Callable[[HemisphereName], Retinotopy]
both_hemispheres = pytest.mark.parametrize("name", HEMISPHERES)


def field(maps: Retinotopy) -> np.ndarray:
    angle = np.deg2rad(maps.polar_angle_deg)
    return maps.eccentricity_deg[:, None] * np.stack([np.sin(angle), np.cos(angle)], axis=1)


def true_sphere(shared_data: Path, name: HemisphereName) -> np.ndarray:
    side = {"lh": "left", "rh": "right"}[name]
    return np.asarray(nib.load(shared_data / "nilearn/fsaverage" / f"sphere_{side}.gii.gz").darrays[0].data)


@both_hemispheres
def test_the_subdivided_sphere_is_fsaverages_own(shared_data: Path, name: HemisphereName) -> None:
    true = true_sphere(shared_data, name)
    true = 100.0 * true / np.linalg.norm(true, axis=1, keepdims=True)
    sphere, faces = fsaverage_sphere(name)
    assert (len(sphere), len(faces)) == (VERTICES, 327_680)
    apart = np.linalg.norm(100.0 * sphere - true, axis=1)
    assert np.median(apart) < 0.005
    assert apart.max() < 0.014  # neighbours lie 0.94 mm apart


@both_hemispheres
def test_on_fsaverage_itself_the_atlas_comes_back(shared_data: Path, atlas_of: AtlasOf, name: HemisphereName) -> None:
    atlas, carried = atlas_of(name), carried_retinotopy(true_sphere(shared_data, name), name)[0]
    assert carried is not None
    assert carried.source == CARRIED
    np.testing.assert_array_equal(carried.area, atlas.area)
    v1 = (atlas.area == V1) & (atlas.eccentricity_deg > 0.1)
    apart = np.linalg.norm(field(carried) - field(atlas), axis=1)[v1] / atlas.eccentricity_deg[v1]
    assert np.median(apart) < 0.0005
    assert apart.max() < 0.03


@both_hemispheres
def test_within_a_triangle_positions_are_the_weighted_mean_of_its_corners(
    atlas_of: AtlasOf, name: HemisphereName
) -> None:
    atlas, (sphere, faces) = atlas_of(name), fsaverage_sphere(name)
    rng = np.random.default_rng(1)
    inner = rng.choice(faces[(atlas.area[faces] == V1).all(axis=1)], 500)
    weight = rng.dirichlet([1.0, 1.0, 1.0], 500)[:, :, None]
    carried = carried_retinotopy(73.0 * (weight * sphere[inner]).sum(axis=1), name)[0]
    assert carried is not None
    assert (carried.area == V1).all()
    np.testing.assert_allclose(field(carried), (weight * field(atlas)[inner]).sum(axis=1), atol=1e-9)


@both_hemispheres
def test_a_subject_registered_elsewhere_gets_what_lies_there(atlas_of: AtlasOf, name: HemisphereName) -> None:
    atlas, (sphere, _) = atlas_of(name), fsaverage_sphere(name)
    turned = Rotation.from_rotvec([0.03, -0.05, 0.04]).apply(sphere.copy())
    warped = turned + 0.02 * np.sin(5.0 * turned[:, [1, 2, 0]])  # smooth, and not of unit length either
    order = np.random.default_rng(2).permutation(len(sphere))
    carried = carried_retinotopy(warped[order], name)[0]
    assert carried is not None
    directions = warped[order] / np.linalg.norm(warped[order], axis=1, keepdims=True)
    nearest = cKDTree(sphere).query(directions)[1]
    assert (carried.area == atlas.area[nearest]).mean() > 0.9995  # they differ on borders alone
    v1 = (carried.area == V1) & (atlas.area[nearest] == V1) & (carried.eccentricity_deg > 1)
    assert v1.sum() > 3000
    apart = np.linalg.norm(field(carried) - field(atlas)[nearest], axis=1)[v1] / carried.eccentricity_deg[v1]
    assert np.median(apart) < 0.03  # half an edge


@pytest.mark.parametrize("broken", [0.0, np.nan])
def test_a_sphere_with_a_vertex_that_has_no_direction_is_refused(atlas_of: AtlasOf, broken: float) -> None:
    atlas_of("lh")
    with pytest.raises(InputError, match=r"sphere\.reg"):
        carried_retinotopy(np.array([[0.0, 0.0, 100.0], [broken] * 3]), "lh")
