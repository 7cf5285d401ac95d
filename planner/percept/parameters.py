"""Bounds of a model's parameters."""

from __future__ import annotations

from collections.abc import Mapping
from math import isfinite

from planner.errors import InputError


def check_parameters(model: str, record: object, bounds: Mapping[str, tuple[float, float]]) -> None:
    """Raise `InputError` naming a parameter that is no finite number within its bounds."""
    for name, (least, most) in bounds.items():
        value = getattr(record, name)
        if not (isfinite(value) and least <= value <= most):
            raise InputError(f"{model}: {name} is {value:g}", remedy=f"give a number from {least:g} to {most:g}")
