"""Which contact reaches which patch of cortex, and how strongly: a sparse matrix that gradients pass through."""

from __future__ import annotations

import warnings
from typing import Any

import numpy as np
import torch
from scipy.sparse import csr_array
from torch import Tensor
from torch.autograd.function import once_differentiable

from planner.frames import IntArray


def csr(starts: Tensor, columns: Tensor, values: Tensor, shape: tuple[int, int]) -> Tensor:
    """A sparse matrix from where each row begins ``(rows + 1,)``, and each entry's column and value ``(P,)``."""
    return torch.sparse_csr_tensor(starts, columns, values, shape, check_invariants=False)


def starts_of(row: IntArray, rows: int) -> IntArray:
    """Where each row begins in an ordered list of entries' rows ``(rows + 1,)``."""
    return np.concatenate([[0], np.cumsum(np.bincount(row, minlength=rows))]).astype(np.int64)


with warnings.catch_warnings():  # torch says, once in a process, that its sparse matrices may still change
    warnings.simplefilter("ignore")
    csr(torch.zeros(1, dtype=torch.int64), torch.zeros(0, dtype=torch.int64), torch.zeros(0), (0, 1))


class Coupling:
    """A sparse matrix ``(N, S)`` from pairs and their strengths, differentiable in the strengths.

    Parameters
    ----------
    row, column : (P,) int64
        Ordered by row; no pair twice.
    strength : (P,) float tensor
    rows, columns : int
        N and S.

    Attributes
    ----------
    rows : int
        N.
    """

    def __init__(self, row: IntArray, column: IntArray, strength: Tensor, rows: int, columns: int) -> None:
        self.strength, self.rows = strength, rows
        starts = starts_of(row, rows)
        by_column = csr_array((np.arange(len(row)), column, starts), shape=(rows, columns)).tocsc()
        order = by_column.data
        self._pattern = _Pattern(
            torch.from_numpy(starts).to(strength.device),
            torch.from_numpy(column).to(strength.device),
            torch.from_numpy(by_column.indptr.astype(np.int64)).to(strength.device),
            torch.from_numpy(by_column.indices.astype(np.int64)).to(strength.device),
            torch.from_numpy(order).to(strength.device),
            (rows, columns),
        )

    def gather(self, values: Tensor) -> Tensor:
        """For each row the weighted sum over its columns: ``(S, B)`` to ``(N, B)``."""
        return _Product.apply(self.strength, values, self._pattern, False)  # type: ignore[no-untyped-call,no-any-return]

    def spread(self, values: Tensor) -> Tensor:
        """For each column the weighted sum over its rows: ``(N, B)`` to ``(S, B)``."""
        return _Product.apply(self.strength, values, self._pattern, True)  # type: ignore[no-untyped-call,no-any-return]

    def columns_of(self, factor: Tensor) -> Tensor:
        """The matrix transposed ``(S, N)``, sparse, each of its rows times a factor ``(S,)``; without gradient."""
        strength = self.strength.detach() * factor.index_select(0, self._pattern.columns)
        return self._pattern.matrix(strength, transposed=True)


class _Pattern:
    """Where a sparse matrix has entries, by rows and by columns."""

    def __init__(
        self, starts: Tensor, column: Tensor, starts_t: Tensor, row_t: Tensor, order: Tensor, shape: tuple[int, int]
    ) -> None:
        self._by_row, self._by_column, self._order, self._shape = (starts, column), (starts_t, row_t), order, shape

    @property
    def columns(self) -> Tensor:
        """Of each pair."""
        return self._by_row[1]

    def matrix(self, strength: Tensor, transposed: bool) -> Tensor:
        if transposed:
            return csr(*self._by_column, strength[self._order], self._shape[::-1])
        return csr(*self._by_row, strength, self._shape)

    def at_pairs(self, by_row: Tensor, by_column: Tensor) -> Tensor:
        """``Σ_b by_row[i, b] by_column[j, b]`` for each pair (i, j)."""
        blank = self.matrix(torch.zeros_like(self._by_row[1], dtype=by_row.dtype), transposed=False)
        products: Tensor = torch.sparse.sampled_addmm(blank, by_row, by_column.T, beta=0.0).values()
        return products


class _Product(torch.autograd.Function):
    @staticmethod
    def forward(ctx: Any, strength: Tensor, values: Tensor, pattern: _Pattern, transposed: bool) -> Tensor:
        ctx.save_for_backward(strength, values)
        ctx.pattern, ctx.transposed = pattern, transposed
        return pattern.matrix(strength, transposed) @ values.contiguous()

    @staticmethod
    @once_differentiable
    def backward(ctx: Any, grad: Tensor) -> tuple[Tensor | None, Tensor | None, None, None]:
        strength, values = ctx.saved_tensors
        grad = grad.contiguous()
        by_strength = by_values = None
        if ctx.needs_input_grad[0]:
            rows, columns = (values, grad) if ctx.transposed else (grad, values)
            by_strength = ctx.pattern.at_pairs(rows.contiguous(), columns.contiguous())
        if ctx.needs_input_grad[1]:
            by_values = ctx.pattern.matrix(strength, not ctx.transposed) @ grad
        return by_strength, by_values, None, None
