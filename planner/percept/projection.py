"""From the cortical sheet to the picture: every patch's light as a Gaussian of its own width, by a few blurs.

Patches are many and fixed, so their Gaussians are not drawn one by one. Patches of like width share a coarse grid of
cells; each patch's light is dealt to the nine cells around it by quadratic B-splines, and each grid is blurred onto the
picture by two small matrices. B-splines of degree 2 spread the light by exactly ``h² / 4`` in variance wherever a patch
lies between cells that are ``h`` apart (Unser 1999, *Splines: a perfect fit*), so the blur is that much narrower, and
width and place of every Gaussian are kept exactly. A width between two grids' is a mixture of both with its variance.
(The scheme is ours.)
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor
from torch.autograd.function import once_differentiable

from planner.frames import FloatArray, IntArray
from planner.percept.coupling import csr, starts_of
from planner.percept.field import VisualField
from planner.percept.render import pixel_shares

RATIO = 1.12  # between neighbouring widths
FINENESS = 1.5  # cells a width: with this and the ratio a Gaussian is right to 2 % of its peak
REACH = 4.5  # widths beyond which a patch does not reach the picture


@dataclass(frozen=True, eq=False)
class _Grid:
    """Cells of one width: which columns of the deposit they are, and how they fall on the picture's axes."""

    cells: slice
    shape: tuple[int, int]
    rows: Tensor
    columns: Tensor


class Projection:
    """How the light of S patches falls on a picture; linear and constant.

    Parameters
    ----------
    field_deg : (S, 2) float64
        Where the patches look, x right and y up.
    sigma_deg : (S,) float64
        Standard deviations of their Gaussians ≥ 0; the pixels' aperture is added.
    visual_field : VisualField
    dtype, device
        Of the light and the pictures.
    """

    def __init__(
        self,
        field_deg: FloatArray,
        sigma_deg: FloatArray,
        visual_field: VisualField,
        dtype: torch.dtype = torch.float32,
        device: torch.device | str = "cpu",
    ) -> None:
        self.visual_field = visual_field
        least = 1e-3 * visual_field.pixel_deg
        seen = np.hypot(np.maximum(sigma_deg, least), visual_field.aperture_pixels * visual_field.pixel_deg)
        place = np.stack([field_deg[:, 0], -field_deg[:, 1]], axis=1)  # rows count downwards
        within = (np.abs(place) <= visual_field.extent_deg / 2 + REACH * seen[:, None]).all(axis=1)
        patch = np.flatnonzero(within)
        widths = _widths(seen[patch])
        self._grids: list[_Grid] = []
        entries: list[tuple[IntArray, IntArray, FloatArray]] = []
        cells = 0
        for width, rows, share in _sorted_by_width(seen[patch], widths):
            grid, cell, weight = _grid(place[patch[rows]], width, cells, visual_field, dtype, device)
            self._grids.append(grid)
            entries.append((cell.ravel(), np.repeat(patch[rows], 9), (weight * share[:, None]).ravel()))
            cells = grid.cells.stop
        self._deal = _csr(entries, (cells, len(seen)), dtype, device)
        self._collect = _csr([(s, c, w) for c, s, w in entries], (len(seen), cells), dtype, device)

    def picture(self, light: Tensor) -> Tensor:
        """Pictures ``(B, H, W)`` of light ``(S, B)``: what falls on each pixel; light off the picture is lost."""
        return _Linear.apply(light, self._picture, self._sample)  # type: ignore[no-untyped-call,no-any-return]

    def sample(self, images: Tensor) -> Tensor:
        """Images ``(B, H, W)`` under each patch's Gaussian ``(S, B)``, black beyond; `picture` transposed."""
        return _Linear.apply(images, self._sample, self._picture)  # type: ignore[no-untyped-call,no-any-return]

    @torch.no_grad()
    def pictures(self, light: Tensor) -> Tensor:
        """Pictures ``(N, H, W)`` of light ``(S, N)`` in a sparse matrix: many lights, each on few patches."""
        return self._blurred((self._deal @ light).to_dense())

    def _picture(self, light: Tensor) -> Tensor:
        return self._blurred(self._deal @ light.contiguous())

    def _blurred(self, dealt: Tensor) -> Tensor:
        side = self.visual_field.pixels
        images = dealt.new_zeros((dealt.shape[1], side, side))
        for grid in self._grids:
            cells = dealt[grid.cells].T.reshape(-1, *grid.shape)
            images += grid.rows.T @ cells @ grid.columns
        return images

    def _sample(self, images: Tensor) -> Tensor:
        parts = [(grid.rows @ images @ grid.columns.T).flatten(1) for grid in self._grids]
        blank = images.new_zeros((len(images), 0))
        return self._collect @ torch.cat([blank, *parts], dim=1).T.contiguous()


class _Linear(torch.autograd.Function):
    """A linear map whose transpose is known."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, there: Any, back: Any) -> Tensor:
        ctx.back = back
        return there(values)  # type: ignore[no-any-return]

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor, None, None]:
        return ctx.back(grad), None, None


def _widths(seen: FloatArray) -> FloatArray:
    """A ladder of widths, from the least to the greatest."""
    if len(seen) == 0:
        return np.zeros(0)
    low, high = float(seen.min()), float(seen.max())
    steps = int(np.ceil(np.log(high / low) / np.log(RATIO) - 1e-9))
    return low * (high / low) ** (np.arange(steps + 1) / max(steps, 1))


def _sorted_by_width(seen: FloatArray, widths: FloatArray) -> list[tuple[float, IntArray, FloatArray]]:
    """For each width the rows of patches that use it and with which share."""
    if len(widths) == 1:
        return [(float(widths[0]), np.arange(len(seen)), np.ones(len(seen)))]
    below = np.clip(np.searchsorted(widths, seen, side="right") - 1, 0, max(len(widths) - 2, 0))
    found = []
    for index, width in enumerate(widths):
        share = np.zeros(len(seen))
        if index < len(widths) - 1:
            share += np.where(below == index, _lower_share(seen, width, widths[index + 1]), 0.0)
        if index > 0:
            share += np.where(below == index - 1, 1 - _lower_share(seen, widths[index - 1], width), 0.0)
        rows = np.flatnonzero(share > 1e-9)
        if len(rows):
            found.append((float(width), rows, share[rows]))
    return found


def _lower_share(seen: FloatArray, low: float, high: float) -> FloatArray:
    return np.clip((high**2 - seen**2) / (high**2 - low**2), 0.0, 1.0)


def _grid(
    place: FloatArray, width: float, first: int, field: VisualField, dtype: torch.dtype, device: torch.device | str
) -> tuple[_Grid, IntArray, FloatArray]:
    """A grid around patches, and for each of them its nine cells and the shares of light they get, ``(K, 9)``."""
    cell_deg = width / FINENESS
    origin = place.min(axis=0) - 1.5 * cell_deg
    nearest = np.rint((place - origin) / cell_deg).astype(np.int64)
    offset = (place - origin) / cell_deg - nearest
    columns, rows = (int(n) for n in nearest.max(axis=0) + 2)
    # Quadratic B-spline at the cells before, at and after the nearest one.
    share = np.stack([(0.5 - offset) ** 2 / 2, 0.75 - offset**2, (0.5 + offset) ** 2 / 2], axis=2)
    steps = np.arange(-1, 2)
    cell = (nearest[:, 1, None, None] + steps[:, None]) * columns + nearest[:, 0, None, None] + steps
    weight = share[:, 1, :, None] * share[:, 0, None, :]
    blur = torch.tensor([np.sqrt(width**2 - cell_deg**2 / 4)], dtype=torch.float64)
    edges = field.edges(torch.float64)

    def falls(start: float, count: int) -> Tensor:
        centres = torch.from_numpy(start + cell_deg * np.arange(count))
        return pixel_shares(centres, blur.expand(count), edges).to(dtype=dtype, device=device)

    grid = _Grid(
        slice(first, first + rows * columns), (rows, columns), falls(origin[1], rows), falls(origin[0], columns)
    )
    return grid, first + cell.reshape(len(place), 9), weight.reshape(len(place), 9)


def _csr(
    entries: list[tuple[IntArray, IntArray, FloatArray]],
    shape: tuple[int, int],
    dtype: torch.dtype,
    device: torch.device | str,
) -> Tensor:
    row, column, weight = (
        (np.concatenate(parts) for parts in zip(*entries, strict=True))
        if entries
        else (np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    )
    order = np.lexsort((column, row))
    starts, columns = torch.from_numpy(starts_of(row, shape[0])), torch.from_numpy(column[order])
    return csr(starts, columns, torch.from_numpy(weight[order]).to(dtype), shape).to(device)
