"""MRI volumes to slice through; where a case has none, a schematic one rendered from its surfaces."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import nibabel as nib
import numpy as np
from numpy.typing import NDArray

from planner.anatomy.bounded import check_unpacked
from planner.anatomy.formats import BROKEN
from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.quiet import collected
from planner.errors import InputError
from planner.frames import FloatArray
from planner.geometry.scan import inside_grid

PREFERRED: Final = ("T1", "brain", "orig")
SCHEMATIC: Final = "schematic"
SCHEMATIC_WORDS: Final = "SCHEMATIC: rendered from surfaces, not imaged"
GRAY, WHITE = 75, 110  # ours: close to what recon-all scales a T1 to, so that one window suits both
STEP_MM: Final = 1.0
MARGIN_MM: Final = 5.0
LARGEST_VOXELS: Final = 2**26  # ours: a block of 400 mm


@dataclass(frozen=True, eq=False)
class Volume:
    """A scalar volume.

    Attributes
    ----------
    name : str
        FreeSurfer's name, or ``schematic``.
    values : (X, Y, Z) of a number type as small as the file's
        Finite.
    voxel_to_scanner : (4, 4) float64
        Voxel centres (i, j, k) to scanner RAS mm.
    source : str
        The file, or what it was rendered from.
    schematic : bool
        True where it was rendered and shows nothing that was imaged; said wherever it is shown.
    """

    name: str
    values: NDArray[np.generic]
    voxel_to_scanner: FloatArray
    source: str
    schematic: bool = False


def load_volume(anatomy: Anatomy, name: str = "") -> Volume:
    """A case's volume by name; without a name T1, brain or orig, or else a schematic one.

    Parameters
    ----------
    anatomy : Anatomy
    name : str
        One of ``anatomy.volumes``, or ``schematic``.

    Raises
    ------
    InputError
        Where the case has no volume of that name, or its file cannot be used.
    """
    if not name:
        name = next((found for found in PREFERRED if found in anatomy.volumes), SCHEMATIC)
    if name == SCHEMATIC:
        return schematic_volume(anatomy)
    if name not in anatomy.volumes:
        raise InputError(
            f"the case has no volume {name}",
            source=anatomy.source,
            remedy=f"choose one of {', '.join([*anatomy.volumes, SCHEMATIC])}",
        )
    return _read(anatomy.volumes[name], name)


def volume_bytes(volume: Volume) -> bytes:
    """A volume as a NIfTI-1 file, unpacked, in scanner RAS; one that is schematic says so in its description."""
    image = nib.Nifti1Image(volume.values, volume.voxel_to_scanner)
    image.set_sform(volume.voxel_to_scanner, code="scanner")
    image.set_qform(volume.voxel_to_scanner, code="scanner")
    image.header["descrip"] = (SCHEMATIC_WORDS if volume.schematic else f"{volume.name} of the case").encode()
    return bytes(image.to_bytes())


def schematic_volume(anatomy: Anatomy) -> Volume:
    """Gray matter between pial and white, white matter inside white, on a 1 mm grid around the hemispheres.

    White matter wins where white lies outside pial, as it does at some vertices of most real surfaces.

    Raises
    ------
    InputError
        Where the surfaces span more than any head.
    """
    surfaces = [points for h in anatomy.hemispheres.values() for points in (h.pial_mm, h.white_mm)]
    low = np.floor(np.min([points.min(axis=0) for points in surfaces], axis=0) - MARGIN_MM)
    high = np.ceil(np.max([points.max(axis=0) for points in surfaces], axis=0) + MARGIN_MM)
    size = (high - low) / STEP_MM + 1
    if not size.prod() <= LARGEST_VOXELS:
        raise InputError(
            f"the surfaces span {(high - low).max():.0f} mm", source=anatomy.source, remedy="check their coordinates"
        )
    shape = (int(size[0]), int(size[1]), int(size[2]))
    values = np.zeros(shape, dtype=np.uint8)
    for part, value in (("pial_mm", GRAY), ("white_mm", WHITE)):
        for hemisphere in anatomy.hemispheres.values():
            points = (getattr(hemisphere, part) - low) / STEP_MM
            values[inside_grid(points, hemisphere.faces, shape)] = value
    matrix = np.diag([STEP_MM, STEP_MM, STEP_MM, 1.0])
    matrix[:3, 3] = low
    return Volume(SCHEMATIC, values, matrix, "rendered from the white and pial surfaces", schematic=True)


@np.errstate(all="ignore")  # what is not finite is refused once it is read
def _read(path: Path, name: str) -> Volume:
    check_unpacked(path)
    try:
        with collected("nibabel.global"):
            image = nib.load(path)
        values, matrix = _values(image.dataobj), np.asarray(image.affine, dtype=np.float64)
    except BROKEN as error:
        raise InputError(f"cannot be read as a volume ({error})", source=path, remedy="give an intact file") from error
    while values.ndim > 3:
        values = values[..., 0]  # of a series the first volume
    if values.ndim != 3 or values.dtype.names is not None or values.dtype.kind not in "iuf":
        raise InputError("is no volume of one number a voxel", source=path, remedy="give a gray-scale volume")
    if not np.isfinite(matrix).all() or abs(np.linalg.det(matrix)) < 1e-9:
        raise InputError("says nothing usable of its space", source=path, remedy="give an intact file")
    if values.dtype.kind == "f":
        values = np.nan_to_num(values, copy=False, nan=0.0, posinf=0.0, neginf=0.0)
    return Volume(name, values, matrix, str(path))


def _values(proxy: Any) -> NDArray[np.generic]:
    """The file's own numbers in this machine's order; scaled ones as float32, which holds what any scanner measures."""
    raw = np.asarray(proxy.get_unscaled())
    if raw.dtype.kind not in "iuf":
        return raw
    if (proxy.slope, proxy.inter) != (1.0, 0.0) or raw.dtype.itemsize == 8:
        scaled = raw.astype(np.float32)
        scaled *= np.float32(proxy.slope)
        scaled += np.float32(proxy.inter)
        return scaled
    return raw.astype(raw.dtype.newbyteorder("="), copy=False)
