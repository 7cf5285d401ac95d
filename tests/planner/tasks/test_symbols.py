from __future__ import annotations

from math import asin, pi, sqrt

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from planner.errors import InputError
from planner.percept.field import VisualField
from planner.tasks.symbols import DIRECTIONS, landolt_ring, symbols, tumbling_e

FIELD = VisualField(16.0, 64)
EDGES = FIELD.edges().numpy()


def ring_area(height: float) -> float:
    """Of a ring of stroke 1/5 less what a strip of 1/5 takes on one side, in closed form."""

    def cut(radius: float, half: float) -> float:
        return half * sqrt(radius**2 - half**2) + radius**2 * asin(half / radius)

    outer, inner, half = height / 2, 0.3 * height, height / 10
    return pi * (outer**2 - inner**2) - (cut(outer, half) - cut(inner, half))


@given(st.floats(0.3, 15.5), st.floats(0.0, 360.0))
def test_a_ring_has_the_area_of_its_closed_form_at_any_size_and_angle(height: float, angle: float) -> None:
    ring = landolt_ring(EDGES, height, angle)
    assert ring.sum() * FIELD.pixel_deg**2 == pytest.approx(ring_area(height), rel=1e-4)
    assert ring.min() > -1e-9
    assert ring.max() < 1 + 1e-9


@pytest.mark.parametrize(("height", "angle"), [(9.0, 45.0), (9.0, 90.0), (5.3, 0.0), (2.0, 225.0)])
def test_each_pixel_is_inked_as_much_as_points_within_it(height: float, angle: float) -> None:
    fine = 32
    place = (np.arange(64 * fine) + 0.5) * 16 / (64 * fine) - 8
    x, y = np.meshgrid(place, -place)
    radius, turn = np.hypot(x, y), np.radians(angle)
    along, across = x * np.cos(turn) + y * np.sin(turn), y * np.cos(turn) - x * np.sin(turn)
    ink = (radius <= height / 2) & (radius >= 0.3 * height) & ~((along > 0) & (abs(across) < height / 10))
    shares = ink.reshape(64, fine, 64, fine).mean(axis=(1, 3))
    assert np.abs(landolt_ring(EDGES, height, angle) - shares).max() < 1 / fine


def test_the_gap_is_open_and_as_wide_as_the_stroke() -> None:
    for angle in DIRECTIONS.values():
        turn = np.radians(angle)
        ring = landolt_ring(EDGES, 10.0, angle)  # a stroke of 2°: 8 pixels

        def inked(radius: float, offset: float, ring: np.ndarray = ring, turn: float = turn) -> float:
            x = radius * np.cos(turn) - offset * np.sin(turn)
            y = radius * np.sin(turn) + offset * np.cos(turn)
            return float(ring[int((8 - y) / 0.25), int((x + 8) / 0.25)])

        assert [inked(4.0, offset) for offset in (-0.6, 0.0, 0.6)] == pytest.approx([0, 0, 0], abs=1e-9)
        assert [inked(4.0, offset) for offset in (-1.5, 1.5)] == pytest.approx([1, 1])
        assert [inked(-radius, 0.1) for radius in (2.6, 3.4, 4.6, 5.4)] == pytest.approx([0, 1, 1, 0], abs=1e-9)


@given(st.floats(0.3, 15.5))
def test_an_e_inks_17_of_25_cells_exactly(height: float) -> None:
    for angle in (0.0, 90.0, 180.0, 270.0):
        area = tumbling_e(EDGES, height, angle).sum() * FIELD.pixel_deg**2
        assert area == pytest.approx(17 / 25 * height**2, rel=1e-12)


def test_an_e_on_whole_pixels_is_its_grid() -> None:
    grid = np.array([[1, 1, 1, 1, 1], [1, 0, 0, 0, 0], [1, 1, 1, 1, 1], [1, 0, 0, 0, 0], [1, 1, 1, 1, 1]])
    edges = VisualField(7.0, 7).edges().numpy()
    for turns, angle in enumerate((0.0, 90.0, 180.0, 270.0)):
        found = tumbling_e(edges, 5.0, angle)
        np.testing.assert_allclose(found, np.pad(np.rot90(grid, turns), 1), atol=1e-12)


@pytest.mark.parametrize("symbol", ["landolt-c", "tumbling-e"])
def test_labels_say_where_a_symbol_is_open(symbol: str) -> None:
    labels, pictures = symbols(symbol, FIELD, 8.0)  # type: ignore[arg-type]
    assert [label.split()[1] for label in labels] == ["right", "up", "left", "down"]
    assert pictures.shape == (4, 64, 64)
    assert pictures.dtype == torch.float32
    assert 0 <= pictures.min() < pictures.max() <= 1
    right, up, left, down = pictures
    halves = (right[:, 32:], up[:32], left[:, :32], down[32:])
    assert all(half.sum() < 0.48 * pictures[0].sum() for half in halves)
    torch.testing.assert_close(torch.rot90(right), up, atol=5e-3, rtol=0)
    torch.testing.assert_close(right.flip(1), left, atol=1e-6, rtol=0)


def test_a_ring_may_have_its_gap_in_eight_directions() -> None:
    labels, pictures = symbols("landolt-c", FIELD, 8.0, 8)
    assert labels[1] == "C upper right"
    assert len(set(labels)) == len(pictures) == 8
    assert pictures[1][:32, 32:].sum() < 0.24 * pictures[1].sum()


def test_a_symbol_too_large_for_the_field_or_lower_than_a_pixel_is_refused() -> None:
    with pytest.raises(InputError, match=r"at most 15\.5°"):
        symbols("landolt-c", FIELD, 16.0)
    symbols("landolt-c", FIELD, 15.5)
    with pytest.raises(InputError, match="lower than a pixel"):
        symbols("tumbling-e", FIELD, 0.1)
