from __future__ import annotations

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.optimize import lsq_linear
from torch import Tensor

from planner.geometry.segments import segment_distance

coordinates = st.floats(-10.0, 10.0).map(lambda x: round(x, 3))
points = st.tuples(coordinates, coordinates, coordinates)


def tensor(*rows: tuple[float, float, float]) -> Tensor:
    return torch.tensor(rows, dtype=torch.float64)


def distance(*ends: tuple[float, float, float]) -> float:
    a, b, c, d = (tensor(end) for end in ends)
    return float(segment_distance(a, b, c, d)[0])


def by_quadratic_programme(*ends: tuple[float, float, float]) -> float:
    """The same minimum from scipy's bounded least squares."""
    a, b, c, d = (np.array(end) for end in ends)
    found = lsq_linear(np.stack([b - a, c - d], axis=1), c - a, bounds=(0, 1), method="bvls", tol=1e-14)
    return float(np.sqrt(2 * found.cost))


@settings(max_examples=150, deadline=None)
@given(points, points, points, points)
def test_distance_is_the_minimum_of_the_quadratic_programme(a, b, c, d) -> None:  # type: ignore[no-untyped-def]
    assert distance(a, b, c, d) == pytest.approx(by_quadratic_programme(a, b, c, d), abs=1e-6)


def test_distance_is_never_above_a_dense_search_and_hardly_below() -> None:
    generator = torch.Generator().manual_seed(0)
    a, b, c, d = torch.randn(4, 60, 3, dtype=torch.float64, generator=generator)
    s = torch.linspace(0, 1, 301, dtype=torch.float64)
    first = a[:, None] + s[:, None] * (b - a)[:, None]
    second = c[:, None] + s[:, None] * (d - c)[:, None]
    dense = torch.cdist(first, second).flatten(1).amin(dim=1)
    found = segment_distance(a, b, c, d)
    assert (found <= dense + 1e-12).all()
    assert (dense - found).max() < 0.02


@pytest.mark.parametrize(
    ("ends", "expected"),
    [
        (((0, 0, 0), (4, 0, 0), (1, 3, 0), (2, 3, 0)), 3.0),  # parallel, over each other
        (((0, 0, 0), (4, 0, 0), (7, 4, 0), (9, 4, 0)), 5.0),  # parallel, past each other
        (((0, 0, 0), (4, 0, 0), (9, 4, 0), (7, 4, 0)), 5.0),  # and turned round
        (((0, 0, 0), (4, 0, 0), (6, 0, 0), (9, 0, 0)), 2.0),  # on one line
        (((0, 0, 0), (4, 0, 0), (3, 0, 0), (9, 0, 0)), 0.0),  # on one line, overlapping
        (((1, 1, 1), (1, 1, 1), (1, 1, 4), (1, 1, 4)), 3.0),  # two points
        (((1, 5, 0), (1, 5, 0), (0, 0, 0), (4, 0, 0)), 5.0),  # point and segment
        (((0, 0, 0), (4, 0, 0), (1, 5, 0), (1, 5, 0)), 5.0),
        (((0, 0, 0), (2, 2, 0), (0, 2, 0), (2, 0, 0)), 0.0),  # crossing
        (((0, 0, 0), (2, 2, 0), (0, 2, 1), (2, 0, 1)), 1.0),
        (((0, 0, 0), (10, 0, 0), (0, 1, 0), (10, 1 + 1e-9, 0)), 1.0),  # all but parallel
    ],
)
def test_parallel_degenerate_and_crossing_segments(ends, expected: float) -> None:  # type: ignore[no-untyped-def]
    assert distance(*ends) == pytest.approx(expected, abs=1e-8)


def test_gradient_equals_differences() -> None:
    generator = torch.Generator().manual_seed(2)
    ends = tuple(x.requires_grad_() for x in torch.randn(4, 20, 3, dtype=torch.float64, generator=generator))
    assert torch.autograd.gradcheck(segment_distance, ends, eps=1e-7, atol=1e-5)


@pytest.mark.parametrize(
    "ends",
    [
        ((0, 0, 0), (2, 2, 0), (0, 2, 0), (2, 0, 0)),
        ((1, 1, 1), (1, 1, 1), (1, 1, 1), (1, 1, 1)),
        ((0, 0, 0), (4, 0, 0), (1, 3, 0), (2, 3, 0)),
    ],
)
def test_gradient_is_finite_where_segments_touch_are_points_or_run_parallel(ends) -> None:  # type: ignore[no-untyped-def]
    leaves = [tensor(end).requires_grad_() for end in ends]
    segment_distance(*leaves).sum().backward()
    assert all(torch.isfinite(leaf.grad).all() for leaf in leaves)  # type: ignore[arg-type]


def test_shapes_broadcast() -> None:
    a, c = torch.zeros(5, 1, 3, dtype=torch.float64), torch.ones(1, 7, 3, dtype=torch.float64)
    assert segment_distance(a, a + 1, c, c * 2).shape == (5, 7)
