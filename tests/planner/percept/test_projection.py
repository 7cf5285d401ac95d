from __future__ import annotations

import numpy as np
import pytest
import torch
from scipy.special import ndtr

from planner.percept.field import VisualField
from planner.percept.projection import Projection

FIELD = VisualField(16.0, 48)


def patches(count: int, reach_deg: float) -> tuple[np.ndarray, np.ndarray]:
    generator = np.random.default_rng(2)
    eccentricity, angle = generator.uniform(0, reach_deg, count), generator.uniform(0, 2 * np.pi, count)
    field = np.column_stack([eccentricity * np.cos(angle), eccentricity * np.sin(angle)])
    return field, 0.0218 + 0.16883 * eccentricity


def gaussians(field_deg: np.ndarray, sigma_deg: np.ndarray) -> np.ndarray:
    """Each patch's Gaussian integrated over each pixel, one by one."""
    seen = np.hypot(sigma_deg, FIELD.aperture_pixels * FIELD.pixel_deg)
    edges = FIELD.edges().numpy()
    fx = np.diff(ndtr((edges - field_deg[:, :1]) / seen[:, None]), axis=1)
    fy = np.diff(ndtr((edges + field_deg[:, 1:]) / seen[:, None]), axis=1)
    return fy[:, :, None] * fx[:, None, :]


@pytest.mark.parametrize("wide", [True, False])
def test_pictures_are_those_of_single_gaussians(wide: bool) -> None:
    field, sigma = patches(300, 12.0)
    sigma = sigma if wide else np.zeros(300)
    projection = Projection(field, sigma, FIELD, torch.float64)
    found = projection.picture(torch.eye(300, dtype=torch.float64)).numpy()
    expected = gaussians(field, sigma)
    seen = np.hypot(sigma, FIELD.aperture_pixels * FIELD.pixel_deg)
    peak = FIELD.pixel_deg**2 / (2 * np.pi * seen**2)
    assert (np.abs(found - expected).max(axis=(1, 2)) / peak).max() < 0.02
    inside = np.abs(field).max(axis=1) + 5 * seen < 8
    np.testing.assert_allclose(found[inside].sum(axis=(1, 2)), 1.0, atol=1e-5)
    # Many patches together, as a contact lights them, are far nearer to the truth than each by itself.
    together, sum_expected = found.mean(axis=0), expected.mean(axis=0)
    assert np.abs(together - sum_expected).max() < 0.005 * sum_expected.max()


def test_width_and_place_are_kept_exactly() -> None:
    field, sigma = patches(40, 3.0)
    projection = Projection(field, sigma, VisualField(24.0, 300, aperture_pixels=0.5), torch.float64)
    pictures = projection.picture(torch.eye(40, dtype=torch.float64)).numpy()
    pixel = 24.0 / 300
    middle = (np.arange(300) + 0.5) * pixel - 12.0
    across = pictures.sum(axis=1)
    mean = across @ middle
    np.testing.assert_allclose(mean, field[:, 0], atol=1e-6)
    variance = (across * (middle - mean[:, None]) ** 2).sum(axis=1)
    np.testing.assert_allclose(variance, sigma**2 + (0.5 * pixel) ** 2 + pixel**2 / 12, rtol=2e-3)


def test_sampling_is_the_transpose_of_drawing() -> None:
    field, sigma = patches(60, 9.0)
    projection = Projection(field, sigma, FIELD, torch.float64)
    light, images = torch.rand(60, 2, dtype=torch.float64), torch.rand(2, 48, 48, dtype=torch.float64)
    drawn, sampled = projection.picture(light), projection.sample(images)
    torch.testing.assert_close((drawn * images).sum(dim=(1, 2)), (light * sampled).sum(dim=0))
    sparse = torch.rand(60, 5, dtype=torch.float64)
    torch.testing.assert_close(projection.pictures(sparse.to_sparse_csr()), projection.picture(sparse))


def test_derivatives_in_light_and_images() -> None:
    field, sigma = patches(9, 6.0)
    small = Projection(field, sigma, VisualField(16.0, 8), torch.float64)
    light = torch.rand(9, 2, dtype=torch.float64, requires_grad=True)
    images = torch.rand(2, 8, 8, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(small.picture, light)
    assert torch.autograd.gradcheck(small.sample, images)


def test_patches_that_look_elsewhere_are_not_seen() -> None:
    far = Projection(np.array([[60.0, 0.0]]), np.array([0.1]), FIELD)
    assert not far.picture(torch.ones(1, 1)).any()
    assert not far.sample(torch.ones(1, 48, 48)).any()
