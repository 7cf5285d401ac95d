"""NIfTI and MGH volumes: their numbers as they are stored, and where their voxels lie."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import nibabel as nib
import numpy as np
from nibabel.filebasedimages import ImageFileError
from nibabel.spatialimages import HeaderDataError
from nibabel.wrapstruct import WrapStructError
from numpy.typing import NDArray

from planner.anatomy.bounded import LIMIT_BYTES, check_unpacked
from planner.anatomy.quiet import collected
from planner.errors import InputError
from planner.frames import FloatArray, VolumeGeometry

VOLUMES: Final = (".nii", ".nii.gz", ".mgz", ".mgh")
MOST_BYTES = 2**29 + 2**16  # ours: a float32 volume of 512³ voxels; angiograms of a head have half of that
LEAST_VOXEL_MM, MOST_VOXEL_MM = 1e-3, 100.0  # ours: beyond these a header is no scanner's
APART_MM = 0.1  # ours: how far sform and qform may lie apart unmentioned
# What nibabel raises on files that break their format; anything else is a bug.
MALFORMED: Final = (
    ArithmeticError,
    EOFError,
    HeaderDataError,
    ImageFileError,
    LookupError,
    OSError,
    TypeError,
    ValueError,
    WrapStructError,
    struct.error,
    zlib.error,
)
REMEDY = "give a NIfTI or MGH volume with its place in the scanner"


@dataclass(frozen=True, eq=False)
class Volume:
    """A volume's numbers and its grid.

    Attributes
    ----------
    values : (I, J, K) integer or float32
    geometry : VolumeGeometry
    note : str
        Oddities of its header.
    """

    values: NDArray[np.generic]
    geometry: VolumeGeometry
    note: str


def is_volume(path: str | Path) -> bool:
    """Whether a file's name says that it is a volume."""
    return Path(path).name.lower().endswith(VOLUMES)


def read_geometry(path: Path) -> VolumeGeometry:
    """The grid of a volume, without its numbers.

    Raises
    ------
    InputError
    """
    return _geometry(_opened(path, LIMIT_BYTES)[0], path)[0]


def read_volume(path: Path) -> Volume:
    """A volume's numbers, whole ones as they are stored, and its grid.

    Raises
    ------
    InputError
        It cannot be read, has more than three dimensions, no or a singular affine, or numbers that are not finite.
    """
    image, repairs = _opened(path, MOST_BYTES)
    geometry, note = _geometry(image, path)
    try:
        stored = np.asarray(image.dataobj.get_unscaled()).reshape(geometry.shape, order="F")
        slope, inter = image.header.get_slope_inter() if hasattr(image.header, "get_slope_inter") else (None, None)
    except MALFORMED as error:
        raise InputError(f"cannot be read as a volume ({error})", source=path, remedy="export it again") from error
    if stored.dtype.kind not in "iuf":
        raise InputError(f"holds {stored.dtype} and no plain numbers", source=path, remedy="convert it to float32")
    values: NDArray[np.generic] = stored
    scaled = (slope, inter) not in ((None, None), (1.0, 0.0))
    if stored.dtype.kind == "f" or scaled:
        as_it_is = stored.dtype == np.float32 and not scaled
        values = stored if as_it_is else np.empty(geometry.shape, dtype=np.float32, order="F")
        for slab in range(geometry.shape[2]):
            real = stored[..., slab] * np.float64(1.0 if slope is None else slope) + (inter or 0.0)
            if not np.isfinite(real).all():
                raise InputError(
                    "holds voxels that are not finite",
                    source=path,
                    remedy="crop it to where vessels were imaged; 0 would say that there are none",
                )
            if not as_it_is:
                values[..., slab] = real
    elif not stored.dtype.isnative:
        values = stored.astype(stored.dtype.newbyteorder("="), order="F")
    return Volume(values, geometry, "; ".join(filter(None, (*repairs, note))))


def _opened(path: Path, limit_bytes: int) -> tuple[Any, list[str]]:
    """The file, and what nibabel had to repair in its header."""
    check_unpacked(path, limit_bytes)
    try:
        with collected("nibabel.global") as repairs:
            return nib.load(path), repairs
    except MALFORMED as error:
        raise InputError(f"cannot be read as a volume ({error})", source=path, remedy="export it again") from error


def _geometry(image: Any, path: Path) -> tuple[VolumeGeometry, str]:
    shape = tuple(map(int, image.shape))
    if len(shape) < 3 or min(shape) < 1 or any(size != 1 for size in shape[3:]):
        sizes = " × ".join(map(str, shape))
        raise InputError(f"is not three-dimensional ({sizes})", source=path, remedy="give one volume of three axes")
    affine = np.array(image.affine, dtype=np.float64) if image.affine is not None else np.zeros((4, 4))
    note = _check_header(image.header, path)
    edges = np.linalg.norm(affine[:3, :3], axis=0)
    sound = np.isfinite(affine).all() and (edges >= LEAST_VOXEL_MM).all() and (edges <= MOST_VOXEL_MM).all()
    if not sound or abs(np.linalg.det(affine[:3, :3])) < 1e-3 * edges.prod():
        raise InputError(
            "has an affine that is singular or absurd", source=path, remedy="write its sform or qform again"
        )
    return VolumeGeometry((shape[0], shape[1], shape[2]), affine), note


def _check_header(header: Any, path: Path) -> str:
    """Raise where a header does not say where its voxels lie; what is odd in it otherwise."""
    if "goodRASFlag" in header:
        placed = int(header["goodRASFlag"]) > 0
    else:
        placed = int(header["sform_code"]) > 0 or int(header["qform_code"]) > 0
    if not placed:
        raise InputError(
            "does not say where its voxels lie (no sform, no qform)"
            if "sform_code" in header
            else "has no RAS geometry",
            source=path,
            remedy=REMEDY,
        )
    if "goodRASFlag" in header:
        return ""
    try:
        unit = header.get_xyzt_units()[0]
        forms = header.get_sform(coded=True)[0], header.get_qform(coded=True)[0]
        shape = header.get_data_shape()
    except MALFORMED as error:
        raise InputError(f"has a broken header ({error})", source=path, remedy="export it again") from error
    if unit in ("meter", "micron"):
        raise InputError(f"gives its place in {unit}s", source=path, remedy="write its affine in mm")
    return "" if forms[0] is None or forms[1] is None else _compare(*forms, shape, path)


def _compare(sform: FloatArray, qform: FloatArray, shape: tuple[int, ...], path: Path) -> str:
    """Raise where sform and qform have different handedness: one of them exchanges left and right."""
    if not (np.isfinite(sform).all() and np.isfinite(qform).all()):
        return ""
    if np.linalg.det(sform[:3, :3]) * np.linalg.det(qform[:3, :3]) < 0.0:
        raise InputError(
            "has an sform and a qform that are mirror images, so that left and right are uncertain",
            source=path,
            remedy="find out which is right, and set the other's code to 0",
        )
    corners = np.array([[i, j, k, 1] for i in (0, shape[0]) for j in (0, shape[1]) for k in (0, shape[2])])
    apart = float(np.linalg.norm((corners @ (sform - qform).T)[:, :3], axis=1).max())
    return f"sform and qform lie up to {apart:.1f} mm apart; the sform is taken" if apart > APART_MM else ""
