"""Gaussians on pixels, integrated so that no phosphene loses its light between them."""

from __future__ import annotations

from math import pi, sqrt
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

_LEAST_SIGMA = 1e-3  # of the mean pixel: a phosphene without size still lies on one pixel, with a finite gradient


def pixel_shares(centre_deg: Tensor, sigma_deg: Tensor, edges_deg: Tensor) -> Tensor:
    """Share of a one-dimensional Gaussian's area that falls on each pixel.

    The integral over the pixel is exact (by the error function), so the shares of a Gaussian inside the picture add up
    to 1 however narrow it is and wherever it lies between the pixels; what lies outside is missing from the sum.

    Parameters
    ----------
    centre_deg, sigma_deg : (N,)
        Centres and standard deviations ≥ 0.
    edges_deg : (P + 1,)
        Ascending.

    Returns
    -------
    shares : (N, P)
    """
    least = _LEAST_SIGMA * (edges_deg[-1] - edges_deg[0]) / (len(edges_deg) - 1)
    width = torch.maximum(sigma_deg, least)
    shares: Tensor = _PixelShares.apply(centre_deg, width, edges_deg)  # type: ignore[no-untyped-call]
    return shares


class _PixelShares(torch.autograd.Function):
    """Written out because its derivatives need one exponential where autograd keeps a chain of large tensors."""

    @staticmethod
    def forward(ctx: Any, centre: Tensor, sigma: Tensor, edges: Tensor) -> Tensor:
        ctx.save_for_backward(centre, sigma, edges)
        return torch.erf((edges - centre[:, None]) / (sqrt(2) * sigma[:, None])).diff(dim=-1).mul_(0.5)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, Tensor, None]:
        centre, sigma, edges = ctx.saved_tensors
        z = (edges - centre[:, None]) / sigma[:, None]
        density = torch.exp(-z.square() / 2)
        at_edges = torch.zeros_like(z)  # each edge ends one pixel and begins the next
        at_edges[:, 1:] += grad
        at_edges[:, :-1] -= grad
        at_edges *= density
        scale = -1 / (sqrt(2 * pi) * sigma)
        return scale * at_edges.sum(dim=-1), scale * (at_edges * z).sum(dim=-1), None
