"""One value a vertex, from the kinds of files that hold such maps."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from planner.anatomy.bounded import check_curv, check_unpacked
from planner.anatomy.formats import BROKEN, GIFTI, VOLUME, is_named
from planner.anatomy.quiet import collected
from planner.anatomy.surfaces import gifti_arrays
from planner.errors import InputError
from planner.frames import FloatArray

MOST_BYTES: Final = 2**28  # ours: no map of a cortical surface comes near


@np.errstate(all="ignore")  # what is not finite is refused once it is read
def read_overlay(path: Path, *, gaps: bool = False) -> FloatArray:
    """One value a vertex ``(V,)`` from an MGZ, NIfTI or GIFTI overlay or a FreeSurfer curv file.

    Parameters
    ----------
    path : Path
    gaps : bool
        Whether values may be missing: they come back as NaN. Without, they are an error.

    Raises
    ------
    InputError
        Where the file cannot be read, or holds values that are not numbers.
    """
    try:
        values = _values(path)
        if values.dtype.kind not in "iufb":
            raise ValueError(f"values of type {values.dtype}")
        values = values.astype(np.float64).reshape(-1)
    except BROKEN as error:
        raise InputError(
            f"cannot be read as an overlay ({error})", source=path, remedy="give an intact file"
        ) from error
    missing = ~np.isfinite(values)
    if missing.any() and not gaps:
        raise InputError("holds values that are not numbers", source=path, remedy="repair or remove the file")
    return np.where(missing, np.nan, values)


def _values(path: Path) -> NDArray[np.generic]:
    if is_named(path.name, VOLUME):
        check_unpacked(path, MOST_BYTES)
        with collected("nibabel.global"):
            return np.asarray(nib.load(path).dataobj)
    if is_named(path.name, GIFTI):
        arrays, _ = gifti_arrays(path, MOST_BYTES)
        if "VALUES" not in arrays:
            raise ValueError("a surface, no values")
        return arrays["VALUES"]
    check_curv(path)
    return np.asarray(nib.freesurfer.read_morph_data(path))
