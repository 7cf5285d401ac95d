"""The comparison that every export passes before it is reported written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from numpy.typing import ArrayLike


class ReadbackError(Exception):
    """A file that does not hold what was written to it: a failing disk, or a bug. Never a user's mistake."""


def require_same(file: Path, what: str, found: object, written: object) -> None:
    """Raise unless two plain values are equal."""
    if found != written:
        raise ReadbackError(f"{file.name}: {what} was read back as {found!r}, not {written!r}")


def require_equal(file: Path, what: str, found: ArrayLike, written: ArrayLike) -> None:
    """Raise unless two arrays have one shape and the same values; of floating point, NaN equals NaN."""
    one, other = np.asarray(found), np.asarray(written)
    if not np.array_equal(one, other, equal_nan=one.dtype.kind == other.dtype.kind == "f"):
        raise ReadbackError(f"{file.name}: {what} was not read back as it was written")
