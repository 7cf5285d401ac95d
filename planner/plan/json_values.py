"""Frozen records as JSON values and back: every number keeps its digits, and none is NaN or infinite."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict, fields
from typing import TYPE_CHECKING, Any, TypeVar

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

Json = dict[str, Any]
Record = TypeVar("Record", bound="DataclassInstance")


def values_of(record: DataclassInstance) -> Json:
    """A record's values by field; records within it become such values too."""
    return {f.name: _plain(value) for f, value in zip(fields(record), asdict(record).values(), strict=True)}


def record_of(kind: type[Record], values: Mapping[str, Any]) -> Record:
    """The record that has these values; JSON's 1 and 1.0 are one number, so each goes to the type that is declared."""
    convert = {"float": float, "int": int}
    return kind(**{f.name: convert.get(str(f.type), _same)(values[f.name]) for f in fields(kind)})


def finite(value: float) -> float:
    """A number that JSON has.

    Raises
    ------
    ValueError
        For NaN and infinity.
    """
    if not math.isfinite(value):
        raise ValueError(f"a plan holds the number {value}, which cannot be written")
    return float(value)


def _plain(value: object) -> object:
    return finite(value) if isinstance(value, float) else value


def _same(value: Any) -> Any:
    return value
