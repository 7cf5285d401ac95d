from __future__ import annotations

from math import pi

import numpy as np
import torch
from scipy.special import ndtr

from planner.percept.field import VisualField
from planner.percept.footprints import SeparableFootprints
from planner.percept.render import pixel_shares

FIELD = VisualField(16.0, 32)
EDGES = FIELD.edges()


def draw(x: torch.Tensor, y: torch.Tensor, sigma: torch.Tensor, field: VisualField = FIELD) -> torch.Tensor:
    footprints = SeparableFootprints(torch.stack([x, y], dim=1), sigma, field)
    return footprints.spread(torch.ones(1, len(x), dtype=x.dtype))[0]


def test_shares_are_the_normal_distributions() -> None:
    centre, sigma = torch.tensor([-9.0, 0.03, 2.5]), torch.tensor([1.0, 0.02, 3.0])
    shares = pixel_shares(centre.double(), sigma.double(), EDGES)
    expected = np.diff(
        ndtr((EDGES.numpy() - centre.double().numpy()[:, None]) / sigma.double().numpy()[:, None]), axis=1
    )
    np.testing.assert_allclose(shares, expected, atol=1e-14)


def test_pictures_are_means_over_dense_points() -> None:
    """Against brute force: each pixel's mean of the Gaussians over 40 × 40 points, nothing separable in it."""
    x, y = torch.tensor([0.3, -4.0, 7.9]).double(), torch.tensor([2.2, -1.0, 7.0]).double()
    sigma = torch.tensor([0.2, 0.9, 0.4]).double()
    fine = 40 * FIELD.pixels
    along = (torch.arange(fine, dtype=torch.float64) + 0.5) / fine * 16 - 8
    r2 = (along - x[:, None, None]) ** 2 + (-along[:, None] - y[:, None, None]) ** 2
    dense = torch.exp(-r2 / (2 * sigma[:, None, None] ** 2)).sum(dim=0)
    expected = dense.view(FIELD.pixels, 40, FIELD.pixels, 40).mean(dim=(1, 3))
    plain = VisualField(16.0, 32, aperture_pixels=0.0)
    torch.testing.assert_close(draw(x, y, sigma, plain), expected, atol=2e-4, rtol=0)


def test_a_wide_phosphene_peaks_at_its_brightness() -> None:
    zero = torch.zeros(1, dtype=torch.float64)
    peak = draw(zero, zero, zero + 6.0, VisualField(16.0, 33)).max().item()
    assert abs(peak - 1) < 0.01


def test_a_phosphene_below_a_pixel_keeps_its_light_wherever_it_moves() -> None:
    for aperture in (0.0, 0.5):
        field = VisualField(16.0, 32, aperture)
        for sigma_pixels in (0.02, 0.2, 1.0):
            sigma = torch.tensor([sigma_pixels * field.pixel_deg], dtype=torch.float64)
            x = torch.linspace(-1, 1, 41, dtype=torch.float64)[:, None]
            light = torch.stack([draw(c, 0.37 * c, sigma, field).sum() for c in x]) * field.pixel_deg**2
            torch.testing.assert_close(light, (2 * pi * sigma**2).expand(41), rtol=1e-4, atol=0)


def test_a_phosphene_below_a_pixel_keeps_its_gradient_wherever_it_moves() -> None:
    sigma = torch.full((41,), 0.02)
    x = torch.linspace(-0.25, 0.25, 41).requires_grad_()
    shares = pixel_shares(x, FIELD.seen_sigma_deg(sigma), EDGES.float())
    (shares * EDGES[1:].float()).sum().backward()  # the centre of light moves with the phosphene
    assert (x.grad > 0.5).all()


def test_derivatives_in_centre_and_width() -> None:
    centre = torch.tensor([0.0, 0.11, 7.97, -9.0], dtype=torch.float64, requires_grad=True)
    sigma = torch.tensor([0.3, 0.05, 1.0, 0.7], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda c, s: pixel_shares(c, s, EDGES), (centre, sigma))


def test_a_phosphene_without_size_is_black_and_safe() -> None:
    centre = torch.tensor([0.0, 0.1], requires_grad=True)  # the first on an edge between pixels
    sigma = torch.zeros(2, requires_grad=True)
    picture = draw(centre, centre, sigma, VisualField(16.0, 32, 0.0))
    picture.sum().backward()
    assert picture.abs().max() == 0
    assert centre.grad.isfinite().all()
    assert sigma.grad.isfinite().all()


def test_up_is_the_first_row_and_right_the_last_column() -> None:
    x, y, sigma = (torch.tensor([v], dtype=torch.float64) for v in (5.0, 7.0, 0.3))
    row, column = divmod(int(draw(x, y, sigma).argmax()), FIELD.pixels)
    assert row < FIELD.pixels / 8
    assert column > FIELD.pixels * 3 / 4
