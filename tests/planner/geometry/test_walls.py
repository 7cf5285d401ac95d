"""Walls on the fast side, against closed forms, dense sampling by an independent library, and the exact twin."""

from __future__ import annotations

import igl
import numpy as np
import pytest
import torch
import trimesh

from planner.frames import FloatArray, IntArray
from planner.geometry.exact_shafts import ExactWall
from planner.geometry.walls import TOLERANCE_MM, Wall

Mesh = tuple[FloatArray, IntArray]


def arrays(mesh: trimesh.Trimesh) -> Mesh:
    return np.asarray(mesh.vertices, dtype=np.float64), np.asarray(mesh.faces, dtype=np.int64)


@pytest.fixture(scope="module")
def branches() -> Mesh:
    """Three tubes and a ball that overlap where they meet, each part closed by itself."""
    ends = [((-6, 0, 0), (0, 0.5, 0)), ((0, 0.5, 0), (5, 4, 1)), ((0, 0.5, 0), (5, -4, -1))]
    tubes = [
        trimesh.creation.cylinder(radius, segment=pair, sections=20)
        for pair, radius in zip(ends, (0.8, 0.5, 0.4), strict=True)
    ]
    ball = trimesh.creation.icosphere(subdivisions=2, radius=0.9).apply_translation((0, 0.5, 0))
    return arrays(trimesh.util.concatenate([*tubes, ball]))


def shafts(mesh: Mesh, count: int, length: float, seed: int = 0) -> tuple[torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(seed)
    start = mesh[0][rng.integers(0, len(mesh[0]), count)] + rng.normal(0.0, 1.2, (count, 3))
    along = rng.normal(size=(count, 3))
    return torch.from_numpy(start), torch.from_numpy(start + length * along / np.linalg.norm(along, axis=1)[:, None])


def sampled(mesh: Mesh, start: FloatArray, end: FloatArray, steps: int = 401) -> FloatArray:
    """Signed distance of points all along the shafts (T, S), by brute winding numbers."""
    at = np.linspace(0.0, 1.0, steps)[:, None]
    points = (start[:, None] + at * (end - start)[:, None]).reshape(-1, 3)
    distance = np.sqrt(igl.point_mesh_squared_distance(points, *mesh)[0])
    inside = np.abs(igl.winding_number(*mesh, points)) > 0.5
    return np.where(inside, -distance, distance).reshape(len(start), steps)


@pytest.mark.parametrize(
    ("start", "end", "expected"),
    [
        ((3.0, -5.0, 0.1), (3.0, 5.0, 0.2), 2.0),  # past a face
        ((2.0, 3.0, -4.0), (2.0, 3.0, 4.0), np.sqrt(5.0)),  # past an edge
        ((0.2, 0.1, 5.0), (0.2, 0.1, 1.5), 0.5),  # its tip over a face
        ((0.0, 0.0, 5.0), (0.0, 0.0, -5.0), -1.0),  # right through
        ((0.1, 0.1, 0.1), (0.1, 0.1, 0.3), -0.9),  # wholly within
        ((0.3, 0.3, 0.3), (0.3, 0.3, 0.3), -0.7),  # a point
        ((1.0, -3.0, 0.5), (1.0, 3.0, 0.5), 0.0),  # along a face
    ],
)
@pytest.mark.parametrize("side", ["fast", "exact"])
def test_shafts_at_a_cube_are_as_far_as_the_closed_form(
    start: tuple[float, ...], end: tuple[float, ...], expected: float, side: str
) -> None:
    vertices, faces = arrays(trimesh.creation.box((2.0, 2.0, 2.0)))
    p, q = np.array([start]), np.array([end])
    found = (
        Wall(vertices, faces).clearance(torch.from_numpy(p), torch.from_numpy(q), 20.0).numpy()
        if side == "fast"
        else ExactWall(vertices, faces).clearance(p, q, 20.0)
    )
    assert found[0] == pytest.approx(expected, abs=1e-9 if expected >= 0 else 5e-3)


def test_where_parts_overlap_a_shaft_is_still_inside(branches: Mesh) -> None:
    """In the ball and in two tubes at once the winding number is 3: parity alone would be right only by chance."""
    start, end = (
        torch.tensor([[0.0, 0.5, -3.0], [-0.5, 0.45, 0.0]]),
        torch.tensor([[0.0, 0.5, 3.0], [-0.55, 0.45, 0.0]]),
    )
    found = Wall(*branches).clearance(start.double(), end.double()).numpy()
    exact = ExactWall(*branches).clearance(start.double().numpy(), end.double().numpy(), 5.0)
    inside = igl.winding_number(*branches, np.array([[0.0, 0.5, 0.0], [-0.5, 0.45, 0.0]]))
    assert (np.rint(inside) >= 2).all()
    assert (found < 0).all()
    assert (exact < 0).all()


@pytest.mark.parametrize("length", [0.3, 3.0, 12.0])
def test_fast_and_exact_agree_with_dense_samples(branches: Mesh, length: float) -> None:
    start, end = shafts(branches, 60, length)
    found = Wall(*branches).clearance(start, end, 20.0).numpy()
    exact = ExactWall(*branches).clearance(start.numpy(), end.numpy(), 20.0)
    least = sampled(branches, start.numpy(), end.numpy()).min(axis=1)
    outside = exact > 0
    assert 10 < outside.sum() < 60 or length < 1
    np.testing.assert_array_equal(found > 0, outside)
    assert (found[outside] >= exact[outside] - 1e-9).all()
    assert (found[outside] <= exact[outside] + TOLERANCE_MM).all()
    assert (exact <= least + 5e-3).all()
    assert (exact[outside] >= least[outside] - length / 800).all()
    np.testing.assert_allclose(found[~outside], exact[~outside], atol=5e-3)


def test_beyond_reach_the_distance_is_the_reach_and_has_no_gradient(branches: Mesh) -> None:
    start = torch.tensor([[0.0, 0.0, 9.0], [-3.0, 0.0, 2.0]], dtype=torch.float64, requires_grad=True)
    end = start + torch.tensor([0.0, 0.0, 1.0])
    found = Wall(*branches).clearance(start, end, 4.0)
    found.sum().backward()
    assert start.grad is not None
    assert found[0] == 4.0
    assert found[1] < 1.5
    assert start.grad[0].tolist() == [0.0, 0.0, 0.0]
    assert start.grad[1].norm() == pytest.approx(1.0)
    assert ExactWall(*branches).clearance(start.detach().numpy(), end.detach().numpy(), 4.0)[0] == 4.0


def test_the_gradient_is_that_of_finite_differences(branches: Mesh) -> None:
    wall = Wall(*branches)
    start, end = shafts(branches, 40, 2.0, seed=3)
    clear = wall.clearance(start, end, 20.0) > 0.05
    start, end = (x[clear][:8].clone().requires_grad_() for x in (start, end))
    assert len(start) == 8
    assert torch.autograd.gradcheck(lambda a, b: wall.clearance(a, b, 20.0), (start, end), eps=1e-7, atol=1e-4)


def test_following_the_gradient_leads_out_of_the_lumen(branches: Mesh) -> None:
    wall = Wall(*branches)
    shift = torch.tensor([[0.1, 0.2, 0.3]], dtype=torch.float64, requires_grad=True)
    start, end = torch.tensor([[-4.0, 0.0, -3.0]]).double(), torch.tensor([[-4.0, 0.0, 3.0]]).double()
    assert wall.clearance(start + shift, end + shift) < 0
    for _ in range(60):
        found = wall.clearance(start + shift, end + shift)
        (gradient,) = torch.autograd.grad(found.sum(), shift)
        shift = (shift + 0.03 * gradient).detach().requires_grad_()
    assert wall.clearance(start + shift, end + shift) > 0


def test_no_shafts_and_single_precision_are_answered(branches: Mesh) -> None:
    wall = Wall(*branches)
    assert wall.clearance(torch.zeros(0, 3), torch.zeros(0, 3)).shape == (0,)
    start, end = shafts(branches, 20, 2.0)
    single = wall.clearance(start.float(), end.float())
    assert single.dtype == torch.float32
    np.testing.assert_allclose(single.numpy(), wall.clearance(start.float().double(), end.float().double()), atol=1e-6)


def test_the_shared_wall_is_measured_alike_by_both_sides(shared_data) -> None:  # type: ignore[no-untyped-def]
    mesh = arrays(trimesh.load_mesh(shared_data / "vessels" / "lh_pial_artery.ply"))
    start, end = shafts(mesh, 120, 3.0)
    found = Wall(*mesh).clearance(start, end, 10.0).numpy()
    exact = ExactWall(*mesh).clearance(start.numpy(), end.numpy(), 10.0)
    outside = exact > 0
    np.testing.assert_array_equal(found > 0, outside)
    assert 0 <= np.abs(found - exact)[outside].max() <= TOLERANCE_MM
    np.testing.assert_allclose(found[~outside], exact[~outside], atol=5e-3)
