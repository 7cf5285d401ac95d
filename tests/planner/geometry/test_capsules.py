from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from scipy.optimize import minimize

from planner.geometry.capsules import Capsules, nearest

coordinate = st.floats(-4.0, 4.0, width=32)


def one(a: list[float], b: list[float], radius_a: float, radius_b: float) -> Capsules:
    return Capsules(np.array([a]), np.array([b]), np.array([radius_a]), np.array([radius_b]))


def distance(capsules: Capsules, start: list[float], end: list[float], reach: float = 50.0) -> float:
    points = torch.tensor([start, end], dtype=torch.float64)
    return float(capsules.clearance(points[:1], points[1:], reach)[0])


def cloud(count: int, seed: int, size: float = 20.0) -> Capsules:
    rng = np.random.default_rng(seed)
    a = rng.uniform(0.0, size, (count, 3))
    b = a + rng.normal(0.0, 1.5, (count, 3))
    return Capsules(a, b, rng.uniform(0.05, 0.9, count), rng.uniform(0.05, 0.9, count))


def dense(capsules: Capsules, start: np.ndarray, end: np.ndarray, steps: int = 61) -> np.ndarray:
    """All distances (T, M) by sampling both segments."""
    u = np.linspace(0.0, 1.0, steps)
    p = start[:, None] + u[:, None] * (end - start)[:, None]
    q = capsules.a_mm[:, None] + u[:, None] * capsules.axis_mm[:, None]
    radius = capsules.radius_mm[:, None] + u * capsules.taper_mm[:, None]
    apart = np.linalg.norm(p[:, None, :, None] - q[None, :, None], axis=-1) - radius[None, :, None]
    return np.asarray(apart.min(axis=(2, 3)))


def shafts(count: int, seed: int, size: float = 20.0, length: float = 5.0) -> tuple[torch.Tensor, torch.Tensor]:
    rng = np.random.default_rng(seed)
    start = rng.uniform(0.0, size, (count, 3))
    along = rng.normal(size=(count, 3))
    return torch.from_numpy(start), torch.from_numpy(start + length * along / np.linalg.norm(along, axis=1)[:, None])


def test_a_parallel_cylinder_lies_at_the_axes_distance_less_its_radius() -> None:
    assert distance(one([0, 0, 0], [10, 0, 0], 0.5, 0.5), [2, 3, 0], [6, 3, 0]) == pytest.approx(2.5, abs=1e-12)


def test_a_crossing_shaft_is_as_deep_inside_as_the_radius() -> None:
    assert distance(one([-1, 0, 0], [1, 0, 0], 0.3, 0.3), [0, -2, 0], [0, 2, 0]) == pytest.approx(-0.3, abs=1e-12)


def test_skew_lines_are_apart_by_their_common_perpendicular() -> None:
    assert distance(one([-5, 0, 0], [5, 0, 0], 0.2, 0.2), [1, -4, 2], [1, 4, 2]) == pytest.approx(1.8, abs=1e-12)


def test_end_on_only_the_nearer_ball_counts() -> None:
    assert distance(one([0, 0, 0], [4, 0, 0], 0.9, 0.4), [6, 0, 0], [9, 0, 0]) == pytest.approx(1.6, abs=1e-12)


def test_a_point_beside_a_cone_is_measured_to_the_tilted_wall() -> None:
    # The union of balls is bounded by the common tangent, at the angle whose sine is the slope.
    capsule = one([0, 0, 0], [10, 0, 0], 2.0, 1.0)
    height, along, slope = 5.0, 5.0, -0.1
    expected = height * np.sqrt(1 - slope**2) - slope * along - 2.0
    assert distance(capsule, [along, height, 0], [along, height, 0]) == pytest.approx(expected, abs=1e-12)


def test_zero_lengths_are_points_and_balls() -> None:
    assert distance(one([1, 1, 1], [1, 1, 1], 0.2, 0.7), [1, 1, 4], [1, 1, 4]) == pytest.approx(2.3, abs=1e-12)
    assert distance(one([0, 0, 0], [0.1, 0, 0], 2.0, 0.1), [5, 0, 0], [5, 0, 0]) == pytest.approx(3.0, abs=1e-12)


@settings(deadline=None, max_examples=150)
@given(arrays(np.float64, (4, 3), elements=coordinate), st.floats(0.0, 2.0), st.floats(0.0, 2.0))
def test_the_closed_form_is_a_minimum_that_a_general_solver_cannot_beat(
    corners: np.ndarray, radius_a: float, radius_b: float
) -> None:
    p, q, a, b = corners
    d, e, taper = q - p, b - a, radius_b - radius_a
    s, t, found = (
        float(x[0]) for x in nearest(p[None], d[None], a[None], e[None], np.array([radius_a]), np.array([taper]))
    )

    def value(x: np.ndarray) -> float:
        return float(np.linalg.norm(p + x[0] * d - a - x[1] * e) - radius_a - x[1] * taper)

    assert 0.0 <= s <= 1.0
    assert 0.0 <= t <= 1.0
    assert found == pytest.approx(value(np.array([s, t])), abs=1e-9)
    u = np.linspace(0.0, 1.0, 41)
    grid = np.array([[value(np.array([x, y])) for y in u] for x in u[::4]])
    x, y = np.unravel_index(grid.argmin(), grid.shape)
    solved = minimize(
        value,
        [u[::4][x], u[y]],
        bounds=[(0, 1), (0, 1)],
        method="Nelder-Mead",
        options={"xatol": 1e-10, "fatol": 1e-12},
    )
    assert found <= min(grid.min(), float(solved.fun)) + 1e-7
    assert found >= grid.min() - 0.5 * (np.linalg.norm(d) / 10 + (np.linalg.norm(e) + abs(taper)) / 40) - 1e-9


@settings(deadline=None, max_examples=60)
@given(
    arrays(np.float64, (2, 3), elements=coordinate),
    arrays(np.float64, (3,), elements=st.floats(-1e-3, 1e-3)),
    st.sampled_from([0.0, 1e-9, 1e-6, 1e-3, 1.0]),
    st.floats(-0.5, 0.5),
)
def test_nearly_parallel_segments_lose_no_accuracy(
    points: np.ndarray, shift: np.ndarray, tilt: float, taper: float
) -> None:
    p, d = points
    a, e = p + np.array([0.3, 1.0, 0.2]) + shift, 1.7 * d + tilt * shift
    values = nearest(p[None], d[None], a[None], e[None], np.array([0.6]), np.array([taper]))
    # The same minimum by golden section over t of the exact distance of a ball's centre to the shaft: convex in t.
    low, high = 0.0, 1.0

    def at(t: float) -> float:
        q = a + t * e
        s = np.clip((q - p) @ d / max(d @ d, 1e-300), 0.0, 1.0)
        return float(np.linalg.norm(p + s * d - q) - 0.6 - t * taper)

    for _ in range(80):
        left, right = high - 0.618034 * (high - low), low + 0.618034 * (high - low)
        low, high = (low, right) if at(left) < at(right) else (left, high)
    assert float(values[2][0]) == pytest.approx(min(at(0.0), at(1.0), at(0.5 * (low + high))), abs=1e-7)


@pytest.mark.parametrize("length", [0.0, 0.4, 5.0, 17.0])
def test_the_broad_phase_misses_nothing(length: float) -> None:
    capsules = cloud(120, 1)
    start, end = shafts(25, 2, length=length)
    found, index = capsules.clearance(start, end, 100.0)
    sampled = dense(capsules, start.numpy(), end.numpy())
    step = (length + np.linalg.norm(capsules.axis_mm, axis=1).max() + 0.9) / 60
    assert (found.numpy() <= sampled.min(axis=1) + 1e-9).all()
    assert (found.numpy() >= sampled.min(axis=1) - step).all()
    assert (sampled[np.arange(25), index.numpy()] <= sampled.min(axis=1) + step).all()


def test_long_thick_segments_among_fine_ones_are_found() -> None:
    rng = np.random.default_rng(3)
    a = np.concatenate([rng.uniform(0, 10, (400, 3)), [[-60.0, 5, 14]]])
    b = np.concatenate([a[:400] + 0.3, [[80.0, 5, 14]]])
    radius = np.concatenate([np.full(400, 0.05), [3.0]])
    capsules = Capsules(a, b, radius, radius)
    found, index = capsules.clearance(*(torch.tensor([[5.0, 5.0, z]]) for z in (12.0, 10.9)))
    assert int(index) == 400
    assert float(found) == pytest.approx(-1.0, abs=1e-6)


def test_beyond_reach_the_distance_is_the_reach_and_has_no_gradient() -> None:
    capsules = one([0, 0, 0], [1, 0, 0], 0.5, 0.5)
    start = torch.tensor([[0.0, 9.0, 0.0], [0.0, 3.0, 0.0]], requires_grad=True)
    found, index = capsules.clearance(start, start + 0.5, 5.0)
    found.sum().backward()
    assert found.tolist() == pytest.approx([5.0, 2.5])
    assert index.tolist() == [-1, 0]
    assert start.grad is not None
    assert start.grad[0].tolist() == [0, 0, 0]
    assert start.grad[1].tolist() == pytest.approx([0, 1, 0])


def test_no_capsules_and_no_shafts_are_answered() -> None:
    nothing = Capsules(np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0), np.zeros(0))
    found, index = nothing.clearance(torch.zeros(2, 3), torch.ones(2, 3), 4.0)
    assert (found.tolist(), index.tolist()) == ([4.0, 4.0], [-1, -1])
    assert cloud(5, 0).clearance(torch.zeros(0, 3), torch.zeros(0, 3))[0].shape == (0,)


def test_the_gradient_is_that_of_finite_differences() -> None:
    capsules = cloud(40, 5, size=8.0)
    start, end = (x.requires_grad_() for x in shafts(6, 6, size=8.0))
    assert torch.autograd.gradcheck(lambda a, b: capsules.clearance(a, b, 30.0)[0], (start, end), eps=1e-7, atol=1e-4)


def test_crossing_a_centreline_gives_finite_gradients() -> None:
    capsules = one([-1, 0, 0], [1, 0, 0], 0.3, 0.2)
    start = torch.tensor([[0.0, -2.0, 0.0]], requires_grad=True)
    end = torch.tensor([[0.0, 2.0, 0.0]], requires_grad=True)
    capsules.clearance(start, end)[0].sum().backward()
    assert start.grad is not None
    assert end.grad is not None
    assert torch.isfinite(start.grad).all()
    assert torch.isfinite(end.grad).all()


def test_single_precision_agrees_with_double_far_from_the_origin() -> None:
    capsules = cloud(200, 8)
    start, end = (x.float() for x in shafts(30, 9))
    single, index = capsules.clearance(start, end)
    double, same = capsules.clearance(start.double(), end.double())
    assert single.dtype == torch.float32
    assert index.tolist() == same.tolist()
    np.testing.assert_allclose(single.numpy(), double.numpy(), atol=1e-6)
