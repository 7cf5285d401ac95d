from __future__ import annotations

import numpy as np
import pytest
import torch
import trimesh

from planner.frames import FloatArray
from planner.geometry.rays import crossings
from planner.geometry.surface import Surface


def surface_of(mesh: trimesh.Trimesh) -> Surface:
    return Surface(np.array(mesh.vertices), np.array(mesh.faces, dtype=np.int64))


def inside_mm(surface: Surface, start: FloatArray, unit: FloatArray, length: FloatArray) -> FloatArray:
    rays = crossings(surface, torch.from_numpy(start), torch.from_numpy(unit))
    return np.asarray(rays.inside_mm(torch.from_numpy(length)).numpy())


def test_lengths_inside_a_cube_are_those_of_its_slabs() -> None:
    """Random rays, from inside and outside, cut off anywhere."""
    generator = np.random.default_rng(0)
    start, length = generator.uniform(-2.0, 2.0, (2000, 3)), generator.uniform(0.1, 5.0, 2000)
    unit = generator.normal(size=(2000, 3))
    unit /= np.linalg.norm(unit, axis=1, keepdims=True)
    walls = np.sort((np.array([-1.0, 1.0])[:, None, None] - start) / unit, axis=0)
    low, high = np.clip(walls[0].max(axis=1), 0.0, length), np.clip(walls[1].min(axis=1), 0.0, length)
    found = inside_mm(surface_of(trimesh.creation.box((2.0, 2.0, 2.0))), start, unit, length)
    np.testing.assert_allclose(found, np.maximum(high - low, 0.0), atol=1e-9)


def test_a_ray_through_several_bodies_counts_them_all() -> None:
    balls = [trimesh.creation.icosphere(subdivisions=3, radius=1.0) for _ in range(3)]
    for ball, at in zip(balls, (3.0, 6.0, 9.0), strict=True):
        ball.apply_translation([at, 0.01, 0.02])
    surface = surface_of(trimesh.util.concatenate(balls))
    along, origin = np.array([[1.0, 0.0, 0.0]]), np.zeros((1, 3))
    assert inside_mm(surface, origin, along, np.array([20.0])) == pytest.approx(6.0, abs=0.02)
    assert inside_mm(surface, origin, along, np.array([6.0])) == pytest.approx(3.0, abs=0.02)
    assert inside_mm(surface, origin, along, np.array([1.5])) == 0.0
    assert inside_mm(surface, origin + 6.0 * along, along, np.array([20.0])) == pytest.approx(3.0, abs=0.02)


@pytest.mark.parametrize("off", [0.0, 1e-12, 1e-9])
def test_rays_through_vertices_and_along_edges_lose_no_crossing(off: float) -> None:
    """The middle of this box's faces is a vertex, and its edges lie in the rays' planes."""
    box = trimesh.creation.box((2.0, 2.0, 2.0)).subdivide()
    surface = surface_of(box)
    start = np.array([[-5.0, off, 0.0], [off, -5.0, off], [0.0, 0.0, -5.0], [-5.0, 0.5, off]])
    unit = np.array([[1.0, 0.0, 0.0], [0.0, 1.0, 0.0], [0.0, 0.0, 1.0], [1.0, 0.0, 0.0]])
    np.testing.assert_allclose(inside_mm(surface, start, unit, np.full(4, 20.0)), 2.0, atol=1e-9)


def test_a_ray_that_leaves_through_where_the_surface_was_cut_out_is_inside_to_its_end() -> None:
    box = trimesh.creation.box((2.0, 2.0, 2.0))
    open_ = trimesh.Trimesh(box.vertices, box.faces[box.face_normals[:, 0] < 0.5], process=False)
    surface = surface_of(open_)
    start, along = np.array([[-5.0, 0.1, 0.2], [-0.9, 0.1, 0.2]]), np.array([[1.0, 0.0, 0.0]] * 2)
    np.testing.assert_allclose(inside_mm(surface, start, along, np.full(2, 10.0)), [6.0, 10.0], atol=1e-9)


def test_gradients_equal_differences() -> None:
    surface = surface_of(trimesh.creation.icosphere(subdivisions=2, radius=3.0))
    generator = torch.Generator().manual_seed(1)
    start = torch.randn(8, 3, dtype=torch.float64, generator=generator) * 0.5 - torch.tensor([6.0, 0.0, 0.0])
    direction = torch.tensor([[1.0, 0.1, -0.05]], dtype=torch.float64).repeat(8, 1)
    length = torch.linspace(4.0, 12.0, 8, dtype=torch.float64)
    leaves = tuple(x.clone().requires_grad_() for x in (start, direction, length))

    def inside(start: torch.Tensor, direction: torch.Tensor, length: torch.Tensor) -> torch.Tensor:
        return crossings(surface, start, direction / direction.norm(dim=1, keepdim=True)).inside_mm(length)

    assert (inside(start, direction, length) > 0).sum() >= 6
    assert torch.autograd.gradcheck(inside, leaves, eps=1e-7, atol=1e-5)
