from __future__ import annotations

import numpy as np
import torch

from planner.percept.coupling import Coupling


def dense(rows: int, columns: int) -> tuple[np.ndarray, np.ndarray, torch.Tensor]:
    generator = np.random.default_rng(5)
    row, column = np.nonzero(generator.random((rows, columns)) < 0.3)
    strength = torch.from_numpy(generator.random(len(row)))
    return row, column, strength


def test_products_are_those_of_the_dense_matrix() -> None:
    row, column, strength = dense(7, 11)
    matrix = torch.zeros(7, 11, dtype=torch.float64)
    matrix[row, column] = strength
    coupling = Coupling(row, column, strength, 7, 11)
    there, back = torch.rand(11, 3, dtype=torch.float64), torch.rand(7, 4, dtype=torch.float64)
    torch.testing.assert_close(coupling.gather(there), matrix @ there)
    torch.testing.assert_close(coupling.spread(back), matrix.T @ back)
    factor = torch.rand(11, dtype=torch.float64)
    torch.testing.assert_close(coupling.columns_of(factor).to_dense(), matrix.T * factor[:, None])


def test_derivatives_in_strength_and_values() -> None:
    row, column, strength = dense(5, 6)
    strength = strength.requires_grad_()
    there = torch.rand(6, 2, dtype=torch.float64, requires_grad=True)
    back = torch.rand(5, 2, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda s, x: Coupling(row, column, s, 5, 6).gather(x), (strength, there))
    assert torch.autograd.gradcheck(lambda s, x: Coupling(row, column, s, 5, 6).spread(x), (strength, back))


def test_a_contact_that_reaches_nothing_gives_nothing() -> None:
    empty = np.zeros(0, dtype=np.int64)
    coupling = Coupling(empty, empty, torch.zeros(0), 2, 3)
    assert torch.equal(coupling.gather(torch.ones(3, 1)), torch.zeros(2, 1))
    assert torch.equal(coupling.spread(torch.ones(2, 1)), torch.zeros(3, 1))
