"""Distance between straight segments, batched and differentiable."""

from __future__ import annotations

import torch
from torch import Tensor


def segment_distance(a: Tensor, b: Tensor, c: Tensor, d: Tensor) -> Tensor:
    """Least distance ``(...,)`` between segments ab and cd, each point ``(..., 3)``.

    The closest pair is found by the clamped closed form (Ericson 2005, Real-Time Collision Detection, 5.1.9); the
    gradient is that of the distance at this pair, which is the gradient of the minimum. Touching segments have gradient
    zero.
    """
    with torch.no_grad():
        s, t = _closest(a, b, c, d)
    gap = a + s[..., None] * (b - a) - c - t[..., None] * (d - c)
    squared = (gap * gap).sum(dim=-1)
    touching = squared < 1e-24
    return torch.where(
        touching, torch.zeros_like(squared), torch.where(touching, torch.ones_like(squared), squared).sqrt()
    )


def _closest(a: Tensor, b: Tensor, c: Tensor, d: Tensor) -> tuple[Tensor, Tensor]:
    u, v, w = b - a, d - c, a - c
    uu, vv, uv = ((x * y).sum(dim=-1) for x, y in ((u, u), (v, v), (u, v)))
    uw, vw = (u * w).sum(dim=-1), (v * w).sum(dim=-1)
    tiny = torch.finfo(a.dtype).tiny
    denominator = uu * vv - uv * uv
    slanted = denominator > 1e-12 * uu * vv
    s = torch.where(slanted, (uv * vw - uw * vv) / denominator.clamp_min(tiny), torch.zeros_like(uu)).clamp(0, 1)
    t = ((uv * s + vw) / vv.clamp_min(tiny)).clamp(0, 1)
    s = ((uv * t - uw) / uu.clamp_min(tiny)).clamp(0, 1)
    return s, ((uv * s + vw) / vv.clamp_min(tiny)).clamp(0, 1)
