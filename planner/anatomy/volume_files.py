"""The MRI volumes of a case: where they lie, and the grid that the surfaces were made on."""

from __future__ import annotations

import gzip
import os
from pathlib import Path
from typing import Any, Final

import nibabel as nib
import numpy as np

from planner.anatomy.bounded import INTACT, check_unpacked
from planner.anatomy.formats import BROKEN, MGH, VOLUME, is_named
from planner.anatomy.locating import first_present
from planner.anatomy.quiet import collected
from planner.errors import InputError
from planner.frames import VolumeGeometry

VOLUMES: Final = ("orig", "T1", "brain", "ribbon", "aseg")
"""By FreeSurfer's names, the one that says most reliably where the surfaces lie first."""

HEADER_BYTES: Final = 90
"""Of an MGH file, up to the centre of the volume."""


def find_volumes(mri: Path | None) -> dict[str, Path]:
    """The volumes in a subject's ``mri/`` folder, by name; none where there is no such folder."""
    if mri is None or not os.path.isdir(mri):
        return {}
    found = {name: first_present(mri, [name + suffix for suffix in VOLUME]) for name in VOLUMES}
    return {name: path for name, path in found.items() if path is not None}


@np.errstate(all="ignore")  # what is not finite is refused once it is read
def read_volume_geometry(path: Path) -> VolumeGeometry:
    """The grid of a volume from its header.

    Raises
    ------
    InputError
        Where the file cannot be read, holds less than it claims, or says nothing usable of its space.
    """
    check_unpacked(path)
    try:
        if is_named(path.name, MGH):
            header = _mgh_header(path)
            sizes, affine, unknown = header.get_data_shape(), header.get_vox2ras(), False
        else:
            with collected("nibabel.global"):
                image = nib.load(path)
            sizes, affine = image.shape, image.affine
            unknown = not (image.header["qform_code"] or image.header["sform_code"])
        shape, matrix = tuple(int(n) for n in sizes[:3]), np.asarray(affine, dtype=np.float64)
    except BROKEN as error:
        raise InputError(f"cannot be read as a volume ({error})", source=path, remedy=INTACT) from error
    if len(shape) != 3 or unknown or not np.isfinite(matrix).all() or abs(np.linalg.det(matrix)) < 1e-6:
        raise InputError("says nothing usable of its space", source=path, remedy=INTACT)
    return VolumeGeometry((shape[0], shape[1], shape[2]), matrix)


def _mgh_header(path: Path) -> Any:
    """The header alone: nibabel's own reading unpacks the whole volume to reach the scan's parameters at its end."""
    opener = gzip.open if is_named(path.name, (".mgz",)) else open
    with opener(path, "rb") as file:
        head = file.read(HEADER_BYTES)
    mgh = nib.freesurfer.mghformat.MGHHeader
    return mgh(head + bytes(mgh.template_dtype.itemsize - len(head)))
