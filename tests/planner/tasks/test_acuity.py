from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st

from planner.tasks.acuity import Threshold, matched, threshold


def landolt(pixels: int, gap_rows: int) -> torch.Tensor:
    """Four rings with a gap to the right, top, left and bottom, ``(4, pixels, pixels)``."""
    at = torch.arange(pixels) - (pixels - 1) / 2
    y, x = torch.meshgrid(-at, at, indexing="ij")
    radius = (x**2 + y**2).sqrt() / (pixels / 2)
    ring = ((radius < 0.8) & (radius > 0.48)).float()
    ring[(y.abs() < gap_rows / 2) & (x > 0)] = 0
    return torch.stack([torch.rot90(ring, turns) for turns in range(4)])


def test_the_threshold_is_found_between_sizes_on_a_logarithmic_scale() -> None:
    # 4 orientations: the criterion is 0.625, midway between 0.25 and 1
    found = threshold([1.0, 4.0], [25, 100], [100, 100], 0.25)
    assert found == Threshold(pytest.approx(2.0), "=", 0.625)
    assert found.mar_arcmin == pytest.approx(24.0)
    assert found.logmar == pytest.approx(math.log10(24))


def test_a_sign_of_five_minutes_is_logmar_0() -> None:
    assert Threshold(5 / 60, "=", 0.625).logmar == pytest.approx(0, abs=1e-12)
    assert Threshold(50 / 60, "=", 0.625).logmar == pytest.approx(1)  # 20/200


def test_beyond_the_sizes_shown_only_a_bound_is_stated() -> None:
    assert threshold([1, 2, 4], [90, 95, 99], [100] * 3, 0.25) == Threshold(1.0, "<=", 0.625)
    assert threshold([4, 2, 1], [30, 20, 25], [100] * 3, 0.25) == Threshold(4.0, ">", 0.625)


def test_a_dip_is_smoothed_by_how_often_each_size_was_shown() -> None:
    # 2° and 3° are pooled: (90 + 5) / (100 + 10), so that the criterion of 0.5 lies between 1° and 2°
    found = threshold([1, 2, 3, 4], [0, 90, 5, 10], [10, 100, 10, 10], 0.0)
    part = 0.5 / (95 / 110)
    assert found.size_deg == pytest.approx(2**part)


@given(st.floats(0.1, 10.0), st.floats(0.5, 4.0), st.sampled_from([1 / 4, 1 / 8, 1 / 26]))
def test_the_middle_of_a_psychometric_function_is_recovered(middle: float, slope: float, chance: float) -> None:
    sizes = middle * np.exp(np.linspace(-3.1, 2.9, 41))
    share = chance + (1 - chance) / (1 + (sizes / middle) ** -slope)
    total = 10**7
    found = threshold(sizes.tolist(), [round(total * p) for p in share], [total] * 41, chance)
    assert found.relation == "="
    assert found.size_deg == pytest.approx(middle, rel=0.02)


@given(st.permutations(range(5)))
def test_the_order_of_the_sizes_makes_no_difference(order: list[int]) -> None:
    sizes, correct = [1, 2, 3, 4, 5], [3, 2, 6, 9, 8]
    expected = threshold(sizes, correct, [10] * 5, 0.25)
    assert threshold([sizes[i] for i in order], [correct[i] for i in order], [10] * 5, 0.25) == expected


@pytest.mark.parametrize(
    ("sizes", "correct", "total", "chance"),
    [
        ([], [], [], 0.25),
        ([1, 1], [1, 1], [2, 2], 0.25),
        ([0, 1], [1, 1], [2, 2], 0.25),
        ([1, 2], [1, 3], [2, 2], 0.25),
        ([1, 2], [1], [2, 2], 0.25),
        ([1, 2], [0, 0], [0, 2], 0.25),
        ([1, 2], [1, 1], [2, 2], 1.0),
    ],
)
def test_numbers_that_are_no_experiment_are_refused(
    sizes: list[float], correct: list[int], total: list[int], chance: float
) -> None:
    with pytest.raises(ValueError, match=r"size|chance"):
        threshold(sizes, correct, total, chance)


def test_signs_are_told_apart_whatever_their_gain_and_background() -> None:
    signs = landolt(40, 8)
    generator = torch.Generator().manual_seed(0)
    noisy = 1e-4 * (signs + 0.5 * torch.randn(signs.shape, generator=generator)) + 3
    assert matched(noisy.double(), signs).tolist() == [0, 1, 2, 3]


def test_correlation_is_numpys() -> None:
    generator = np.random.default_rng(0)
    images, templates = generator.random((6, 5, 7)), generator.random((3, 5, 7))
    expected = np.corrcoef(images.reshape(6, -1), templates.reshape(3, -1))[:6, 6:].argmax(axis=1)
    assert matched(torch.from_numpy(images), torch.from_numpy(templates)).tolist() == expected.tolist()


@pytest.mark.parametrize("level", [0.0, 0.1, 1e30])
def test_a_uniform_picture_is_right_by_chance(level: float) -> None:
    signs = landolt(40, 8)
    seen = matched(torch.full_like(signs, level), signs)
    assert (seen == torch.arange(4)).sum() == 1


def test_a_blur_as_wide_as_the_sign_is_beyond_acuity_and_a_fine_one_is_not() -> None:
    generator = torch.Generator().manual_seed(1)
    sizes, correct = [5, 10, 20, 40, 80], []
    for pixels in sizes:
        signs = landolt(pixels, max(1, pixels // 5))
        canvas = torch.zeros(4, 96, 96)
        low = (96 - pixels) // 2
        canvas[:, low : low + pixels, low : low + pixels] = signs
        shown = canvas.repeat(25, 1, 1)
        noise = 2.0 * torch.randn(shown.shape, generator=generator)
        correct.append(int((matched(shown + noise, canvas) == torch.arange(4).repeat(25)).sum()))
    found = threshold([float(size) for size in sizes], correct, [100] * 5, 0.25)
    assert found.relation == "="
    assert 5 < found.size_deg < 80


def test_pictures_and_templates_must_agree() -> None:
    with pytest.raises(ValueError, match="templates"):
        matched(torch.zeros(1, 5, 5), torch.zeros(4, 6, 6))
