from __future__ import annotations

import igl
import numpy as np
import pytest
import torch
import trimesh

from planner.frames import FloatArray
from planner.geometry.surface import Surface


@pytest.fixture(scope="module")
def knot() -> trimesh.Trimesh:
    """A watertight, thoroughly curved body: a ball with deep bumps, off the origin."""
    ball = trimesh.creation.icosphere(subdivisions=4, radius=1.0)
    unit = np.asarray(ball.vertices)
    radius = 12.0 + 3.0 * np.sin(4 * unit[:, 0]) * np.cos(5 * unit[:, 1]) + 2.0 * np.sin(6 * unit[:, 2])
    return trimesh.Trimesh(unit * radius[:, None] + [-20.0, 5.0, 30.0], ball.faces, process=False)


@pytest.fixture(scope="module")
def surface(knot: trimesh.Trimesh) -> Surface:
    return Surface(np.asarray(knot.vertices), np.asarray(knot.faces))


def points_about(mesh: trimesh.Trimesh, count: int) -> FloatArray:
    low, high = mesh.bounds
    return np.random.default_rng(3).uniform(low - 5, high + 5, (count, 3))


def signed(surface: Surface, points: FloatArray) -> FloatArray:
    return surface.signed_distance(torch.from_numpy(points)).numpy()


def test_signed_distance_equals_igl_and_trimesh(knot: trimesh.Trimesh, surface: Surface) -> None:
    points = points_about(knot, 2000)
    mine = signed(surface, points)
    theirs = igl.signed_distance(
        points, np.asarray(knot.vertices), np.asarray(knot.faces), igl.SIGNED_DISTANCE_TYPE_WINDING_NUMBER
    )[0]
    np.testing.assert_allclose(mine, theirs, atol=1e-9)
    np.testing.assert_allclose(mine[:300], -trimesh.proximity.signed_distance(knot, points[:300]), atol=1e-7)


def test_signed_distance_of_a_ball_is_the_closed_form() -> None:
    ball = trimesh.creation.icosphere(subdivisions=5, radius=10.0)
    surface = Surface(np.asarray(ball.vertices), np.asarray(ball.faces))
    points = np.random.default_rng(4).normal(size=(500, 3)) * 8
    sagitta = 10.0 - np.linalg.norm(ball.triangles.mean(axis=1), axis=1).min()
    error = signed(surface, points) - (np.linalg.norm(points, axis=1) - 10.0)
    assert error.min() >= -1e-9
    assert error.max() <= sagitta + 1e-9
    assert sagitta < 0.02


def test_gradient_is_unit_and_equals_finite_differences(knot: trimesh.Trimesh, surface: Surface) -> None:
    points = torch.from_numpy(points_about(knot, 400)).requires_grad_()
    (gradient,) = torch.autograd.grad(surface.signed_distance(points).sum(), points)
    np.testing.assert_allclose(gradient.norm(dim=1), 1.0, atol=1e-9)
    step = 1e-5
    numeric = np.stack(
        [
            (signed(surface, points.detach().numpy() + shift) - signed(surface, points.detach().numpy() - shift))
            / (2 * step)
            for shift in step * np.eye(3)
        ],
        axis=1,
    )
    # At the medial axis the distance has a kink: there, and only there, differences are not a derivative.
    smooth = np.abs(np.linalg.norm(numeric, axis=1) - 1) < 1e-3
    assert smooth.mean() > 0.98
    np.testing.assert_allclose(gradient.numpy()[smooth], numeric[smooth], atol=1e-3)


def test_gradcheck_away_from_kinks(surface: Surface) -> None:
    points = torch.tensor([[-21.3, 7.1, 55.2], [5.4, 3.7, 31.9], [-17.1, 30.6, 33.3]], dtype=torch.float64)
    # The value is exact and the gradient stands still between kinks: differences are taken small.
    assert torch.autograd.gradcheck(surface.signed_distance, points.requires_grad_(), eps=1e-6, atol=1e-4, rtol=1e-3)


@pytest.mark.parametrize("offset", [1e-3, 1e-6])
def test_sign_is_right_close_to_faces_edges_and_vertices(
    knot: trimesh.Trimesh, surface: Surface, offset: float
) -> None:
    corners = np.asarray(knot.triangles)
    normal = np.asarray(knot.face_normals)
    weights = np.random.default_rng(5).dirichlet([1, 1, 1], len(corners))
    weights[::4] = [0.5, 0.5, 0.0]  # an edge's middle
    weights[1::4] = [1.0, 0.0, 0.0]  # a vertex
    weights[2::4] = [1 - 1e-6, 5e-7, 5e-7]  # a whisker from a vertex
    on = (weights[..., None] * corners).sum(axis=1)
    normal = np.where((np.arange(len(on)) % 4 == 1)[:, None], knot.vertex_normals[knot.faces[:, 0]], normal)
    assert (signed(surface, on + offset * normal) > 0).all()
    assert (signed(surface, on - offset * normal) < 0).all()


def test_sign_at_a_spike_where_the_nearest_face_alone_would_be_wrong() -> None:
    """Over a thin wedge's edge and a needle's tip the nearest face may look away from the point."""
    tip, base = [0.0, 0.0, 10.0], [[1.0, 0.0, 0.0], [-0.5, 0.8, 0.0], [-0.5, -0.8, 0.0]]
    needle = trimesh.Trimesh([tip, *base], [[0, 1, 2], [0, 2, 3], [0, 3, 1], [1, 3, 2]], process=False)
    assert needle.volume > 0
    surface = Surface(np.asarray(needle.vertices), np.asarray(needle.faces))
    points = np.random.default_rng(6).normal(size=(3000, 3)) * [1.5, 1.5, 1.0] + [0, 0, 10.0]
    np.testing.assert_array_equal(signed(surface, points) < 0, knot_inside(needle, points))


def knot_inside(mesh: trimesh.Trimesh, points: FloatArray) -> np.ndarray:
    """By the winding number, the sum of the faces' solid angles."""
    winding = igl.winding_number(np.asarray(mesh.vertices), np.asarray(mesh.faces, dtype=np.int64), points)
    return np.abs(winding) > 0.5


def test_gradient_on_the_surface_itself_is_the_normal(knot: trimesh.Trimesh, surface: Surface) -> None:
    points = torch.from_numpy(np.asarray(knot.triangles_center)[:50].copy()).requires_grad_()
    distance = surface.signed_distance(points)
    (gradient,) = torch.autograd.grad(distance.sum(), points)
    np.testing.assert_allclose(distance.detach(), 0.0, atol=1e-9)
    np.testing.assert_allclose((gradient.numpy() * knot.face_normals[:50]).sum(axis=1), 1.0, atol=1e-6)


def test_batches_and_dtype_are_kept(surface: Surface) -> None:
    points = torch.zeros((2, 3, 4, 3), dtype=torch.float32)
    distance = surface.signed_distance(points)
    assert distance.shape == (2, 3, 4)
    assert distance.dtype == torch.float32


def test_closest_point_face_and_normal_equal_trimesh(knot: trimesh.Trimesh, surface: Surface) -> None:
    points = points_about(knot, 300)
    nearest, face = surface.closest(points)
    normal = surface.pseudonormal(nearest, face)
    expected, distance, _ = trimesh.proximity.closest_point(knot, points)
    np.testing.assert_allclose(np.linalg.norm(nearest - points, axis=1), distance, atol=1e-9)
    np.testing.assert_allclose(nearest, expected, atol=1e-6)
    np.testing.assert_allclose(trimesh.triangles.closest_point(knot.triangles[face], points), nearest, atol=1e-9)
    np.testing.assert_allclose(np.linalg.norm(normal, axis=1), 1.0, atol=1e-12)


def test_first_hit_is_the_nearest_crossing_of_the_ray(knot: trimesh.Trimesh, surface: Surface) -> None:
    generator = np.random.default_rng(7)
    origin = points_about(knot, 200)
    direction = generator.normal(size=origin.shape)
    direction /= np.linalg.norm(direction, axis=1, keepdims=True)
    met, way = surface.first_hit(origin, direction)
    place, ray, _ = knot.ray.intersects_location(origin, direction, multiple_hits=True)
    expected = np.full(len(origin), np.inf)
    np.minimum.at(expected, ray, np.linalg.norm(place - origin[ray], axis=1))
    np.testing.assert_array_equal(met, np.isfinite(expected))
    np.testing.assert_allclose(way[met], expected[met], atol=1e-6)


def test_vertex_normals_are_weighted_by_angle() -> None:
    """A box's corner has one normal whichever way its faces are cut in triangles."""
    box = trimesh.creation.box((2.0, 4.0, 6.0))
    surface = Surface(np.asarray(box.vertices), np.asarray(box.faces))
    np.testing.assert_allclose(surface.vertex_normals, np.sign(box.vertices) / 3**0.5, atol=1e-12)


def test_normals_between_vertices_are_mixed_and_their_gradient_equals_differences(surface: Surface) -> None:
    """Of a box's corners (1, 1, 1)/√3 and so on: in the middle of an edge or a face's diagonal their mean."""
    box = Surface(*(np.asarray(x) for x in (lambda b: (b.vertices, b.faces))(trimesh.creation.box((2.0, 2.0, 2.0)))))
    found = box.normal(torch.tensor([[1.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.3, 1.2, 1.4]], dtype=torch.float64))
    np.testing.assert_allclose(found, [[0.5**0.5, 0.5**0.5, 0.0], [0.0, 0.0, 1.0], [3**-0.5] * 3], atol=1e-12)
    corners = surface.corners(np.arange(0, 100, 10))
    points = torch.from_numpy(corners.transpose(0, 2, 1) @ np.array([0.5, 0.3, 0.2])).requires_grad_()
    assert torch.autograd.gradcheck(surface.normal, (points,), eps=1e-7, atol=1e-5)
