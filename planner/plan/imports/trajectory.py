"""A straight way that another program planned, and how files of such are read."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from planner.errors import InputError
from planner.implant.thread import Vector

MAX_BYTES: Final = 64 * 2**20
FARTHEST_MM: Final = 1000.0
"""Ours: no point of a head has a larger coordinate."""


@dataclass(frozen=True)
class Trajectory:
    """A line from outside to a target.

    Attributes
    ----------
    name : str
    entry_mm, target_mm : (x, y, z)
        Scanner RAS; meaningless where there is a fault.
    ordered : bool
        Whether the file says which end is the entry; otherwise it is the first point, unless that lies in the cortex
        and the other one outside.
    fault : str
        Why it cannot be used, as the end of a sentence about it; empty for none.
    """

    name: str
    entry_mm: Vector = (0.0, 0.0, 0.0)
    target_mm: Vector = (0.0, 0.0, 0.0)
    ordered: bool = False
    fault: str = ""


def read_bytes(path: Path) -> bytes:
    """A file's content.

    Raises
    ------
    InputError
        Where it cannot be read or is too large to be what it should be.
    """
    place = Path(os.path.expanduser(path))
    try:
        if place.stat().st_size > MAX_BYTES:
            raise InputError(f"is larger than {MAX_BYTES // 2**20} MiB", source=path, remedy="give trajectories alone")
        return place.read_bytes()
    except OSError as error:
        raise InputError(
            f"cannot be read ({error.strerror or error})", source=path, remedy="check that it exists and may be read"
        ) from error
