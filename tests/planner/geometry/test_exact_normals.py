from __future__ import annotations

import igl
import numpy as np
import pytest
import trimesh

from planner.geometry.exact_normals import ExactNormals


@pytest.fixture(scope="module")
def bumpy() -> trimesh.Trimesh:
    ball = trimesh.creation.icosphere(subdivisions=4, radius=1.0)
    unit = np.array(ball.vertices)
    radius = 12.0 + 3.0 * np.sin(4 * unit[:, 0] + 1) * np.cos(5 * unit[:, 1])
    return trimesh.Trimesh(unit * radius[:, None], ball.faces, process=False)


def test_at_vertices_they_are_igls_angle_weighted_normals(bumpy: trimesh.Trimesh) -> None:
    vertices, faces = np.array(bumpy.vertices), np.array(bumpy.faces, dtype=np.int64)
    expected = igl.per_vertex_normals(vertices, faces, igl.PER_VERTEX_NORMALS_WEIGHTING_TYPE_ANGLE)
    np.testing.assert_allclose(ExactNormals(vertices, faces).at(vertices), expected, atol=1e-9)


def test_off_the_surface_they_are_those_of_the_nearest_place(bumpy: trimesh.Trimesh) -> None:
    """Against trimesh: faces, edges and vertices are nearest to points on either side."""
    generator = np.random.default_rng(2)
    points = np.array(bumpy.sample(400, seed=2)) + generator.normal(0.0, 0.8, (400, 3))
    nearest, _, face = trimesh.proximity.closest_point(bumpy, points)
    weight = trimesh.triangles.points_to_barycentric(bumpy.triangles[face], nearest)
    expected = (weight[..., None] * bumpy.vertex_normals[bumpy.faces[face]]).sum(axis=1)
    expected /= np.linalg.norm(expected, axis=1, keepdims=True)
    found = ExactNormals(np.array(bumpy.vertices), np.array(bumpy.faces, dtype=np.int64)).at(points)
    np.testing.assert_allclose(found, expected, atol=1e-6)
    assert (weight < 1e-9).any(axis=1).sum() > 20


def test_of_a_ball_they_point_away_from_its_middle() -> None:
    ball = trimesh.creation.icosphere(subdivisions=5, radius=4.0)
    unit = np.random.default_rng(3).normal(size=(300, 3))
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    found = ExactNormals(np.array(ball.vertices), np.array(ball.faces, dtype=np.int64)).at(4.0 * unit)
    assert (found * unit).sum(axis=1).min() > np.cos(np.radians(0.3))


def test_a_triangle_without_area_takes_no_part() -> None:
    box = trimesh.creation.box((2.0, 2.0, 2.0))
    faces = np.concatenate([np.array(box.faces, dtype=np.int64), [[0, 0, 1], [0, 1, 0]]])
    points = np.array([[0.3, 0.2, 1.0], [1.0, 0.1, 0.2], [1.0, 1.0, 0.3]])
    with_flat, without = (ExactNormals(np.array(box.vertices), f).at(points) for f in (faces, np.array(box.faces)))
    np.testing.assert_allclose(with_flat, without, atol=1e-12)
