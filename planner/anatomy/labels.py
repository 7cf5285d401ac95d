"""FreeSurfer's labels: which of a surface's vertices are meant."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from planner.anatomy.bounded import INTACT, TEXT_BYTES, check_readable
from planner.errors import InputError
from planner.frames import IntArray


@np.errstate(all="ignore")  # what is not finite is refused once it is read
def read_label(path: Path, vertices: int) -> IntArray:
    """Vertex indices ``(K,)`` of a FreeSurfer label; its coordinates, off by up to 15 mm, are not looked at.

    Parameters
    ----------
    path : Path
    vertices : int
        How many vertices the surface has.

    Raises
    ------
    InputError
        Where the file is cut off, or names vertices that the surface does not have.
    """
    check_readable(path, TEXT_BYTES)
    _, _, rest = path.read_bytes().partition(b"\n")
    counted, _, rows = rest.partition(b"\n")
    try:
        count, numbers = int(counted), np.array(rows.split(), dtype=np.float64)
        indices = numbers.reshape(count, 5)[:, 0].astype(np.int64)
    except (ValueError, OverflowError) as error:
        raise InputError("does not hold the rows that it counts", source=path, remedy=INTACT) from error
    if count < 1 or indices.min() < 0 or indices.max() >= vertices:
        raise InputError(
            f"names vertices that a surface of {vertices} does not have",
            source=path,
            remedy="use the label of this subject",
        )
    return indices
