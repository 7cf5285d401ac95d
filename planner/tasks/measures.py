"""How close percepts come to their targets."""

from __future__ import annotations

import torch
from torch import Tensor
from torch.nn.functional import conv2d

_SIGMA = 1.5  # pixels, Wang et al. 2004
_RADIUS = 5  # pixels: 3.5 σ, rounded
_K1, _K2 = 0.01, 0.03


def best_gain(images: Tensor, targets: Tensor) -> Tensor:
    """The factor, one for all images, that brings them closest to their targets in mean squared error.

    ``Σ images · targets / Σ images²``; a black percept has the gain 0.

    Parameters
    ----------
    images, targets : (B, H, W)
    """
    power = images.square().sum()
    return (images * targets).sum() / power.clamp(min=torch.finfo(power.dtype).tiny)


def mse(images: Tensor, targets: Tensor) -> Tensor:
    """Mean squared error over all pixels of all images, a scalar."""
    return (images - targets).square().mean()


def mse_at_best_gain(images: Tensor, targets: Tensor) -> Tensor:
    """Mean squared error once the images have their best gain, a scalar; its gradient is exact.

    At the best gain the error does not change with the gain to first order, so the gradient needs no way through it.
    """
    return mse(best_gain(images, targets).detach() * images, targets)


def psnr(images: Tensor, targets: Tensor) -> Tensor:
    """Peak signal-to-noise ratio, ``10 log₁₀(1 / mse)`` dB over all images together, a scalar; of equals ``inf``."""
    return -10 * torch.log10(mse(images, targets))


def ssim(images: Tensor, targets: Tensor) -> Tensor:
    """Mean structural similarity (Wang et al. 2004) of images in 0…1, a scalar, differentiable.

    A Gaussian window of σ = 1.5 pixels, population covariance, and the mean over pixels whose window lies inside the
    image: as scikit-image's with ``gaussian_weights=True, sigma=1.5, use_sample_covariance=False, data_range=1``.

    Parameters
    ----------
    images, targets : (B, H, W)

    Raises
    ------
    ValueError
        For images smaller than the window, 11 pixels.
    """
    if min(images.shape[-2:]) < 2 * _RADIUS + 1:
        raise ValueError(f"SSIM needs at least {2 * _RADIUS + 1} pixels a side, not {tuple(images.shape[-2:])}")
    targets = targets.to(images)
    products = torch.stack([images, targets, images**2, targets**2, images * targets])
    mean_x, mean_y, mean_xx, mean_yy, mean_xy = _windowed(products).unbind()
    luminance = (2 * mean_x * mean_y + _K1**2) / (mean_x**2 + mean_y**2 + _K1**2)
    variances = mean_xx - mean_x**2 + mean_yy - mean_y**2
    structure = (2 * (mean_xy - mean_x * mean_y) + _K2**2) / (variances + _K2**2)
    return (luminance * structure).mean()


def _windowed(images: Tensor) -> Tensor:
    """Gaussian means of images ``(..., H, W)`` wherever the window lies inside."""
    offsets = torch.arange(-_RADIUS, _RADIUS + 1, dtype=images.dtype, device=images.device)
    window = torch.exp(-(offsets**2) / (2 * _SIGMA**2))
    window = window / window.sum()
    along_rows = conv2d(images.flatten(0, -3)[:, None], window[None, None, None, :])
    flat: Tensor = conv2d(along_rows, window[None, None, :, None])
    means: Tensor = flat.view(*images.shape[:-2], *flat.shape[-2:])
    return means
