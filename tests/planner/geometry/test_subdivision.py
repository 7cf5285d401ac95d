from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path

import nibabel as nib
import numpy as np
import pytest
import trimesh

from planner.anatomy.hemisphere import Anatomy
from planner.frames import HEMISPHERES, HemisphereName, IntArray
from planner.geometry.subdivision import midpoints, subdivide

SIDES = {"lh": "left", "rh": "right"}


def fsaverage5(name: HemisphereName, surface: str) -> list[np.ndarray]:
    spec = find_spec("nilearn")
    assert spec
    assert spec.submodule_search_locations
    folder = Path(spec.submodule_search_locations[0]) / "datasets" / "data" / "fsaverage5"
    return [np.asarray(d.data) for d in nib.load(folder / f"{surface}_{SIDES[name]}.gii.gz").darrays]


def oriented(faces: IntArray) -> set[tuple[int, int, int]]:
    """Triangles up to where they start, but not up to the way they turn."""
    start = faces.argmin(axis=1)
    rows = np.arange(len(faces))
    return set(zip(*(faces[rows, (start + k) % 3] for k in range(3)), strict=True))


@pytest.mark.parametrize("name", HEMISPHERES)
def test_twice_subdivided_fsaverage5_is_fsaverage(name: HemisphereName, shared_data: Path) -> None:
    faces, vertices = fsaverage5(name, "white")[1].astype(np.int64), 10_242
    sphere = fsaverage5(name, "sphere")[0].astype(float)
    for _ in range(2):
        faces, parents = subdivide(faces, vertices)
        vertices += len(parents)
        sphere = midpoints(sphere, parents)
        sphere *= 100.0 / np.linalg.norm(sphere, axis=1, keepdims=True)
    folder = shared_data / "nilearn" / "fsaverage"
    expected = nib.load(folder / f"white_{SIDES[name]}.gii.gz").darrays[1].data.astype(np.int64)
    assert vertices == 163_842
    assert oriented(faces) == oriented(expected)
    # Numbering is one thing, place another: the same vertex must lie at the same place of the sphere.
    reference = nib.load(folder / f"sphere_{SIDES[name]}.gii.gz").darrays[0].data.astype(float)
    assert np.linalg.norm(sphere - reference, axis=1).max() < 1.5


def test_benson_rows_attach_to_the_demos_vertices(demo: Anatomy, shared_data: Path) -> None:
    if "Benson 2014" not in demo.retinotopy_source:
        pytest.skip("neuropythy's atlas files are not installed")
    reference = json.loads((shared_data / "oracle" / "peers.json").read_text())["benson14"]
    for name, hemisphere in demo.hemispheres.items():
        maps = hemisphere.retinotopy
        assert len(maps.area) == reference[name]["n"] == len(hemisphere.white_mm)
        assert (maps.area == 1).sum() == reference[name]["count_by_area"]["1"]
        assert (maps.area[:10_242] == 1).sum() == reference[name]["count_by_area_fsaverage5"]["1"]
        for row in reference[name]["rows"]:
            assert maps.area[row["vertex"]] == row["varea"]
            assert maps.polar_angle_deg[row["vertex"]] == pytest.approx(np.clip(row["angle_deg"], 0, 180), abs=1e-9)
            assert maps.eccentricity_deg[row["vertex"]] == pytest.approx(row["eccen_deg"], abs=1e-9)
    assert len(demo.hemispheres["lh"].v1_faces) == 7128


def test_subdivision_keeps_surface_and_orientation() -> None:
    ball = trimesh.creation.icosphere(subdivisions=1)
    faces, parents = subdivide(np.asarray(ball.faces, dtype=np.int64), len(ball.vertices))
    finer = trimesh.Trimesh(midpoints(np.asarray(ball.vertices), parents), faces, process=False)
    assert len(faces) == 4 * len(ball.faces)
    assert finer.is_watertight
    assert finer.is_winding_consistent
    assert finer.area == pytest.approx(ball.area, rel=1e-12)
    assert finer.volume == pytest.approx(ball.volume, rel=1e-12)


def test_new_vertices_are_numbered_as_their_edges_are_met() -> None:
    faces, parents = subdivide(np.array([[0, 1, 2], [2, 1, 3]]), 4)
    assert parents.tolist() == [[0, 2], [1, 2], [0, 1], [2, 3], [1, 3]]  # ca, bc, ab, then the second face's new ones
    assert faces[:2].tolist() == [[0, 6, 4], [2, 5, 7]]
    assert faces[2:].tolist() == [[4, 5, 2], [6, 1, 5], [6, 5, 4], [7, 8, 3], [5, 1, 8], [5, 8, 7]]


def test_midpoints_of_per_vertex_values() -> None:
    parents = np.array([[0, 2], [1, 2]])
    np.testing.assert_array_equal(midpoints(np.array([1.0, 2.0, 5.0]), parents), [1.0, 2.0, 5.0, 3.0, 3.5])
