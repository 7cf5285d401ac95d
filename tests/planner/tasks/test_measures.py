from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.optimize import minimize_scalar
from skimage.metrics import peak_signal_noise_ratio, structural_similarity

from planner.tasks.measures import best_gain, mse, mse_at_best_gain, psnr, ssim


def pair(dtype: torch.dtype = torch.float64, side: int = 32) -> tuple[torch.Tensor, torch.Tensor]:
    generator = torch.Generator().manual_seed(5)
    targets = torch.nn.functional.avg_pool2d(torch.rand(3, side + 6, side + 6, generator=generator), 7, stride=1)
    noise = torch.rand(3, side, side, generator=generator)
    return (0.6 * targets + 0.2 * noise).to(dtype), targets.to(dtype)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_ssim_agrees_with_scikit_image(dtype: torch.dtype) -> None:
    images, targets = pair(dtype)
    expected = [
        structural_similarity(x, t, gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1.0)
        for x, t in zip(images.double().numpy(), targets.double().numpy(), strict=True)
    ]
    assert ssim(images, targets).item() == pytest.approx(np.mean(expected), abs=1e-5)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_psnr_agrees_with_scikit_image_and_has_no_bound(dtype: torch.dtype) -> None:
    images, targets = pair(dtype)
    expected = peak_signal_noise_ratio(targets.double().numpy(), images.double().numpy(), data_range=1.0)
    assert psnr(images, targets).item() == pytest.approx(expected, abs=1e-4)
    assert psnr(targets, targets).item() == math.inf
    assert psnr(targets + 0.1, targets).item() == pytest.approx(20.0, abs=1e-4)


def test_ssim_of_equals_is_one_and_differentiable() -> None:
    images, targets = pair(side=12)
    assert ssim(targets, targets).item() == pytest.approx(1)
    assert torch.autograd.gradcheck(lambda x: ssim(x, targets), images.requires_grad_())
    with pytest.raises(ValueError, match="11 pixels"):
        ssim(images[:, :10], targets[:, :10])


def test_the_best_gain_is_what_a_search_finds() -> None:
    images, targets = pair()
    found = minimize_scalar(lambda gain: mse(gain * images, targets).item())
    assert best_gain(images, targets).item() == pytest.approx(found.x, rel=1e-6)
    assert mse_at_best_gain(images, targets).item() == pytest.approx(found.fun)


def test_the_error_at_best_gain_ignores_the_images_scale_and_has_exact_derivatives() -> None:
    images, targets = pair(side=6)
    assert mse_at_best_gain(1e-3 * images, targets).item() == pytest.approx(mse_at_best_gain(images, targets).item())
    assert torch.autograd.gradcheck(lambda x: mse_at_best_gain(x, targets), images.requires_grad_())


def test_a_black_percept_has_no_gain_and_no_nan() -> None:
    _, targets = pair(torch.float32)
    black = torch.zeros_like(targets, requires_grad=True)
    error = mse_at_best_gain(black, targets)
    error.backward()
    assert best_gain(black, targets).item() == 0
    assert error.item() == pytest.approx(targets.square().mean().item())
    assert black.grad.isfinite().all()
