"""Products with separable pictures: Gaussians kept as a row factor and a column factor, never as N pictures.

With ``fx (N, W)`` and ``fy (N, H)`` the two products

    spread: images[b, h, w] = Σ_n amounts[b, n] fy[n, h] fx[n, w]
    gather: amounts[b, n]   = Σ_hw images[b, h, w] fy[n, h] fx[n, w]

are each other's transposes, so each is the other's gradient. Their derivatives are written out because autograd would
keep and revisit several tensors of ``B × H × N``, the largest that is met here: `spread` with its gradient takes 1.2 to
1.5 times as long as the three matrix products of ``B · H × N × W`` that it cannot avoid (tests/benchmarks).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

_STIMULI = 16  # worked on together: few stay in the cache, many make a busy machine wait less often for its threads


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
        grad_images = grad_images.contiguous()
        seen_parts = _along_rows(grad_images, fx)
        grad_amounts: list[Tensor] = []
        grad_fx, grad_fy = _by_factors(amounts, grad_images, fx, fy, seen_parts, grad_amounts)
        return torch.cat(grad_amounts), grad_fx, grad_fy


class _Gather(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, images: Tensor, fx: Tensor, fy: Tensor) -> Tensor:
        images = images.contiguous()
        rows = fy.T.contiguous()
        seen_parts = list(_along_rows(images, fx))
        ctx.save_for_backward(images, fx, fy, *seen_parts)
        return torch.cat([(seen * rows).sum(dim=1) for seen in seen_parts])

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad_amounts: Tensor) -> tuple[Tensor | None, Tensor, Tensor]:
        images, fx, fy, *seen_parts = ctx.saved_tensors
        grad_fx, grad_fy = _by_factors(grad_amounts, images, fx, fy, seen_parts)
        grad_images = _spread(grad_amounts, fx, fy) if ctx.needs_input_grad[0] else None
        return grad_images, grad_fx, grad_fy


def _spread(amounts: Tensor, fx: Tensor, fy: Tensor) -> Tensor:
    rows = fy.T.contiguous()
    parts = torch.split(amounts, _STIMULI)
    return torch.cat(
        [((amount[:, None] * rows).flatten(0, 1) @ fx).view(-1, len(rows), fx.shape[1]) for amount in parts]
    )


def _along_rows(images: Tensor, fx: Tensor) -> Iterator[Tensor]:
    """The rows of images ``(B, H, W)`` under each column factor, ``(b, H, N)`` for a few stimuli at a time."""
    columns = fx.T.contiguous()
    for part in torch.split(images, _STIMULI):
        yield (part.flatten(0, 1) @ columns).view(*part.shape[:2], len(fx))


def _by_factors(
    amounts: Tensor,
    images: Tensor,
    fx: Tensor,
    fy: Tensor,
    seen_parts: Iterable[Tensor],
    by_amounts: list[Tensor] | None = None,
) -> tuple[Tensor, Tensor]:
    """Derivatives of ``Σ images[b, h, w] amounts[b, n] fy[n, h] fx[n, w]`` in fx and in fy.

    `seen_parts` are the images as `_along_rows` sees them; the derivative in the amounts is added to the list given.
    """
    rows = fy.T.contiguous()
    by_fx, by_rows = torch.zeros_like(fx), torch.zeros_like(rows)
    parts = zip(torch.split(amounts, _STIMULI), torch.split(images, _STIMULI), seen_parts, strict=True)
    for amount, image, seen in parts:
        product = amount[:, None] * rows
        by_fx.addmm_(product.flatten(0, 1).T, image.flatten(0, 1))
        by_rows += torch.mul(seen, amount[:, None], out=product).sum(dim=0)
        if by_amounts is not None:
            by_amounts.append(torch.mul(seen, rows, out=product).sum(dim=1))
    return by_fx, by_rows.T
