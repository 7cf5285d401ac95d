"""Products with separable pictures: Gaussians kept as a row factor and a column factor, never as N pictures.

With ``fx (N, W)`` and ``fy (N, H)`` the two products

    spread: images[b, h, w] = Σ_n amounts[b, n] fy[n, h] fx[n, w]
    gather: amounts[b, n]   = Σ_hw images[b, h, w] fy[n, h] fx[n, w]

are each other's transposes, so each is the other's gradient. Their derivatives are written out because autograd would
keep and revisit several tensors of ``B × H × N``. Here that is the largest tensor met, and three matrix products of
``B · H × N × W`` are nearly all of the time that `spread` takes with its gradient.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

_STIMULI = 4  # worked on together: their share of B × H × N then stays in the processor's cache


def spread(amounts: Tensor, fx: Tensor, fy: Tensor) -> Tensor:
    """Sum of the N separable pictures, each in the given amount.

    Parameters
    ----------
    amounts : (B, N)
    fx, fy : (N, W), (N, H)

    Returns
    -------
    images : (B, H, W)
    """
    images: Tensor = _Spread.apply(amounts, fx, fy)  # type: ignore[no-untyped-call]
    return images


def gather(images: Tensor, fx: Tensor, fy: Tensor) -> Tensor:
    """Weighted sum of images under each of the N separable pictures.

    Parameters
    ----------
    images : (B, H, W)
    fx, fy : (N, W), (N, H)

    Returns
    -------
    amounts : (B, N)
    """
    amounts: Tensor = _Gather.apply(images, fx, fy)  # type: ignore[no-untyped-call]
    return amounts


class _Spread(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, amounts: Tensor, fx: Tensor, fy: Tensor) -> Tensor:
        ctx.save_for_backward(amounts, fx, fy)
        return _spread(amounts, fx, fy)

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_images: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        amounts, fx, fy = ctx.saved_tensors
        columns, rows = fx.T.contiguous(), fy.T.contiguous()
        grad_fx, grad_rows = torch.zeros_like(fx), torch.zeros_like(rows)
        grad_amounts = []
        for amount, image in zip(
            torch.split(amounts, _STIMULI), torch.split(grad_images.contiguous(), _STIMULI), strict=True
        ):
            along_rows = _weighed(image, columns)
            grad_fx.addmm_((amount[:, None] * rows).flatten(0, 1).T, image.flatten(0, 1))
            _add_weighted(grad_rows, amount, along_rows)
            grad_amounts.append(along_rows.mul_(rows).sum(dim=1))
        return torch.cat(grad_amounts), grad_fx, grad_rows.T


class _Gather(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, images: Tensor, fx: Tensor, fy: Tensor) -> Tensor:
        columns, rows = fx.T.contiguous(), fy.T.contiguous()
        along_rows = _weighed(images.contiguous(), columns)
        ctx.save_for_backward(images, fx, fy, along_rows)
        return torch.cat([(part * rows).sum(dim=1) for part in torch.split(along_rows, _STIMULI)])

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_amounts: Tensor) -> tuple[Tensor | None, Tensor, Tensor]:
        images, fx, fy, along_rows = ctx.saved_tensors
        rows = fy.T.contiguous()
        grad_fx, grad_rows = torch.zeros_like(fx), torch.zeros_like(rows)
        for amount, image in zip(
            torch.split(grad_amounts, _STIMULI), torch.split(images.contiguous(), _STIMULI), strict=True
        ):
            grad_fx.addmm_((amount[:, None] * rows).flatten(0, 1).T, image.flatten(0, 1))
        _add_weighted(grad_rows, grad_amounts, along_rows)
        grad_images = _spread(grad_amounts, fx, fy) if ctx.needs_input_grad[0] else None
        return grad_images, grad_fx, grad_rows.T


def _spread(amounts: Tensor, fx: Tensor, fy: Tensor) -> Tensor:
    images = amounts.new_empty(len(amounts), fy.shape[1], fx.shape[1])
    rows = fy.T.contiguous()
    for amount, image in _in_parts(amounts, images):
        torch.mm((amount[:, None] * rows).flatten(0, 1), fx, out=image.view(-1, fx.shape[1]))
    return images


def _in_parts(amounts: Tensor, images: Tensor) -> Iterator[tuple[Tensor, Tensor]]:
    """Amounts ``(b, N)`` and images ``(b, H, W)`` of a few stimuli at a time."""
    return zip(torch.split(amounts, _STIMULI), torch.split(images, _STIMULI), strict=True)


def _weighed(images: Tensor, columns: Tensor) -> Tensor:
    """Each row of the images weighted by each of the column factors ``(W, N)``: ``(B, H, N)``."""
    return (images.flatten(0, 1) @ columns).view(*images.shape[:2], -1)


def _add_weighted(total: Tensor, amounts: Tensor, along_rows: Tensor) -> None:
    """Add ``Σ_b amounts[b, n] along_rows[b, h, n]`` to ``total (H, N)`` without a temporary of ``B × H × N``."""
    for amount, part in zip(amounts, along_rows, strict=True):
        total.addcmul_(amount, part)
