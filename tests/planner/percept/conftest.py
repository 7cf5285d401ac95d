"""Flat cortex in closed form, for models that look at it."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch

from planner.anatomy.sheet import Sheet
from planner.percept.phosphenes import Phosphenes

MAGNIFICATION = 2.0  # mm per degree, everywhere
BANK_MM = 0.5  # between the two banks of the sulcus

Contacts = Callable[[torch.Tensor], Phosphenes]


@pytest.fixture
def banks() -> Callable[[float], Sheet]:
    """Two flat banks of a sulcus in the right field: z = 0 sees the upper quadrant, z = 0.5 mm the lower, mirrored.

    x and y of the cortex are those of the field times 2 mm per degree.
    """

    def cut(spacing_mm: float) -> Sheet:
        side = np.arange(spacing_mm / 2, 12.0, spacing_mm)
        x, y = (grid.ravel() for grid in np.meshgrid(side, side))
        upper = np.column_stack([x, y, np.zeros_like(x)])
        lower = np.column_stack([x, y, np.full_like(x, BANK_MM)])
        field = np.concatenate([np.column_stack([x, y]), np.column_stack([x, -y])]) / MAGNIFICATION
        area = np.full(len(field), spacing_mm**2)
        right = np.zeros(len(field), dtype=bool)
        return Sheet(np.concatenate([upper, lower]), right, field, area, area / MAGNIFICATION**2)

    return cut


@pytest.fixture
def contacts() -> Contacts:
    """Contacts at positions ``(N, 3)`` of the left hemisphere; the field is that of the upper bank."""

    def at(position_mm: torch.Tensor) -> Phosphenes:
        field = position_mm[:, :2] / MAGNIFICATION
        weight = torch.ones(len(position_mm), dtype=position_mm.dtype)
        return Phosphenes(field, weight, position_mm, torch.zeros(len(position_mm), dtype=torch.bool))

    return at
