"""One value a vertex, from the kinds of files that hold such maps."""

from __future__ import annotations

import warnings
import zlib
from pathlib import Path
from typing import Final
from xml.parsers.expat import ExpatError

import nibabel as nib
import numpy as np

from planner.anatomy.bounded import check_curv, check_gifti, check_unpacked
from planner.anatomy.quiet import collected
from planner.errors import InputError
from planner.frames import FloatArray

BROKEN: Final = (
    OSError,
    ValueError,
    IndexError,
    KeyError,
    TypeError,
    AttributeError,
    EOFError,
    OverflowError,
    MemoryError,
    zlib.error,
    ExpatError,
    nib.filebasedimages.ImageFileError,
    nib.spatialimages.HeaderDataError,
    nib.freesurfer.mghformat.MGHError,
    UserWarning,
)
"""What nibabel raises on files that are cut off, scratched or of another kind."""

MOST_BYTES: Final = 2**28  # ours: no map of a cortical surface comes near
_VOLUMES: Final = (".mgz", ".mgh", ".nii", ".nii.gz")
_GIFTI: Final = (".gii", ".gii.gz")


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


def _values(path: Path) -> np.typing.NDArray[np.generic]:
    if path.name.endswith(_VOLUMES):
        check_unpacked(path, MOST_BYTES)
        with collected("nibabel.global"):
            return np.asarray(nib.load(path).dataobj)
    if path.name.endswith(_GIFTI):
        check_gifti(path, MOST_BYTES)
        with warnings.catch_warnings(
            action="error", category=UserWarning
        ):  # it only warns of a header that counts other arrays
            return np.asarray(nib.load(path).darrays[0].data)
    check_curv(path)
    return np.asarray(nib.freesurfer.read_morph_data(path))
