"""Files that say something of a surface's vertices: one value each, or which of them are meant."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import numpy as np

from planner.anatomy.bounded import INTACT, TEXT_BYTES, check_curv, check_readable, check_unpacked
from planner.anatomy.retinotopy.overlay import read_overlay
from planner.anatomy.surfaces import GIFTI, gifti_arrays
from planner.errors import InputError
from planner.frames import FloatArray, IntArray

VOLUME_SUFFIXES: Final = (".mgz", ".mgh", ".nii", ".nii.gz")


def read_values(path: Path) -> FloatArray:
    """One finite value a vertex ``(V,)`` from a FreeSurfer curv file, GIFTI, MGH or NIfTI.

    Raises
    ------
    InputError
        Where the file is missing, cut off, of another kind, or holds values that are not numbers.
    """
    name = path.name.lower()
    if name.endswith(GIFTI):
        arrays, _ = gifti_arrays(path)
        values = arrays.get("VALUES")
        if values is None or values.dtype.kind not in "iuf" or not np.isfinite(values).all():
            raise InputError("holds no values, or some that are not numbers", source=path, remedy=INTACT)
        return values.astype(np.float64).reshape(-1)
    (check_unpacked if name.endswith(VOLUME_SUFFIXES) else check_curv)(path)
    return read_overlay(path)


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
