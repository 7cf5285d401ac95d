"""Surface meshes from FreeSurfer and GIFTI files, with what each says of the space of its coordinates."""

from __future__ import annotations

import gzip
import hashlib
import re
import struct
import warnings
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import nibabel as nib
import numpy as np

from planner.anatomy.bounded import INTACT, LIMIT_BYTES, check_geometry, check_gifti, check_readable
from planner.anatomy.cache import Arrays, cached, key_of
from planner.anatomy.formats import BROKEN, GIFTI, is_named
from planner.errors import InputError
from planner.frames import FloatArray, HemisphereName, IntArray, Points, Space, Transform, VolumeGeometry

RECIPE: Final = "GIFTI arrays 2"  # counted up when what is kept of a file changes
MOST_MM: Final = 1e4  # ours: ten metres; a vertex beyond is no vertex of a head
_DATA_SPACES: Final = {0: Space.TKRAS, 1: Space.SCANNER_RAS, 3: Space.MNI305, 4: Space.MNI152}
_STRUCTURES: Final[Mapping[str, HemisphereName]] = {"cortexleft": "lh", "cortexright": "rh"}
_CODES: Final = nib.nifti1.xform_codes
_FOOTER_ROW: Final = re.compile(r"^\s*(\w+)\s*=\s*(.*?)\s*$", re.MULTILINE)


@dataclass(frozen=True, eq=False)
class SurfaceFile:
    """A surface as its file has it.

    Attributes
    ----------
    path : Path
    sha256 : str
        Of the file's bytes, hex.
    points : Points
        ``(V, 3)`` in the file's own space: tkRAS where the file says nothing else.
    faces : (F, 3) int64
    geometry : VolumeGeometry or None
        The volume that the file says it was made from.
    to_scanner : Transform or None
        Where the file brings its own transform to scanner RAS.
    side : "lh", "rh" or None
        The hemisphere that the file says it is of, whatever it is called.
    """

    path: Path
    sha256: str
    points: Points
    faces: IntArray
    geometry: VolumeGeometry | None
    to_scanner: Transform | None
    side: HemisphereName | None = None


@np.errstate(all="ignore")  # what is not finite is refused once it is read
def read_surface(path: Path) -> SurfaceFile:
    """Read a FreeSurfer triangle file, or a GIFTI surface (``.gii``, ``.gii.gz``).

    Raises
    ------
    InputError
        Where the file is missing, cut off, of another kind, or holds no surface of finite coordinates.
    """
    surface = _gifti_surface(path) if is_named(path.name, GIFTI) else _freesurfer_surface(path)
    points, faces = surface.points.mm, surface.faces
    if points.ndim != 2 or faces.ndim != 2 or points.shape[1] != 3 or faces.shape[1] != 3 or not points.size:
        raise InputError("holds no usable surface", source=path, remedy=INTACT)
    if not (np.isfinite(points).all() and np.abs(points).max() < MOST_MM):
        raise InputError("has coordinates that no head can have", source=path, remedy=INTACT)
    if not faces.size or faces.min() < 0 or faces.max() >= len(points):
        raise InputError("has faces that point at no vertex", source=path, remedy=INTACT)
    return surface


def gifti_arrays(path: Path, limit_bytes: int = LIMIT_BYTES) -> tuple[Arrays, str]:
    """The arrays of a GIFTI file by intent, what it says of space, and its SHA-256; parsed once and kept by content.

    Entries: ``POINTSET``, ``TRIANGLE`` or ``VALUES`` (the first other array), ``dataspace``, ``xformspace`` and
    ``xform`` of the point set, ``structure`` that it is of, ``volume`` (4, 4) and ``shape`` (3,) of FreeSurfer's volume
    geometry.
    """
    check_readable(path, limit_bytes)
    content = path.read_bytes()
    digest = hashlib.sha256(content).hexdigest()
    return cached(key_of(f"{RECIPE} {digest}", {}), lambda: _parse_gifti(path, content, limit_bytes)), digest


def _parse_gifti(path: Path, content: bytes, limit_bytes: int) -> Arrays:
    check_gifti(path, limit_bytes)
    try:
        xml = gzip.decompress(content) if path.name.lower().endswith(".gz") else content
        with warnings.catch_warnings(
            action="error", category=UserWarning
        ):  # it only warns of a header that counts other arrays
            image = nib.gifti.GiftiImage.from_bytes(xml)
        arrays: Arrays = {}
        for array in image.darrays:
            intent = {1008: "POINTSET", 1009: "TRIANGLE"}.get(array.intent, "VALUES")
            if intent not in arrays:
                arrays[intent] = np.array(array.data)
            if intent == "POINTSET" and "dataspace" not in arrays and array.coordsys is not None:
                arrays["dataspace"] = np.array(_CODES[array.coordsys.dataspace])
                arrays["xformspace"] = np.array(_CODES[array.coordsys.xformspace])
                arrays["xform"] = np.asarray(array.coordsys.xform, dtype=np.float64)
                meta = dict(image.meta) | dict(array.meta)
                arrays |= _gifti_volume(meta)
                arrays["structure"] = np.array(str(meta.get("AnatomicalStructurePrimary", ""))[:64])
    except BROKEN as error:
        raise InputError(f"cannot be read as GIFTI ({error})", source=path, remedy=INTACT) from error
    return arrays


def _gifti_volume(meta: Mapping[str, str]) -> Arrays:
    """FreeSurfer's volume geometry, which ``mris_convert`` writes into the point set's metadata."""
    try:
        shape = np.array([float(meta[f"VolGeom{key}"]) for key in ("Width", "Height", "Depth")])
        size = np.array([float(meta[f"VolGeom{axis}size"]) for axis in "XYZ"])
        axes = np.array([[float(meta[f"VolGeom{axis}_{row}"]) for axis in "XYZ"] for row in "RAS"])
        centre = np.array([float(meta[f"VolGeomC_{row}"]) for row in "RAS"])
    except (KeyError, ValueError):
        return {}
    return {"shape": np.rint(shape).astype(np.int64), "volume": _norig(axes, size, shape, centre)}


def _gifti_surface(path: Path) -> SurfaceFile:
    arrays, digest = gifti_arrays(path)
    if "POINTSET" not in arrays or "TRIANGLE" not in arrays:
        raise InputError("holds no surface, only values", source=path, remedy="give a file such as lh.white.gii")
    geometry = (
        _geometry(arrays["shape"].astype(np.int64), arrays["volume"].astype(np.float64)) if "volume" in arrays else None
    )
    space = _DATA_SPACES.get(int(arrays.get("dataspace", np.array(0))))  # FreeSurfer calls tkRAS "unknown"
    if space is None:
        raise InputError(
            "is aligned to another scan or template and does not say to which",
            source=path,
            remedy="give the surface in scanner or FreeSurfer coordinates",
        )
    own = None
    if "xform" in arrays and int(arrays["xformspace"]) == _CODES["scanner"] and space != Space.SCANNER_RAS:
        matrix = arrays["xform"].astype(np.float64)
        if not _usable(matrix):
            raise InputError("has a coordinate transform that cannot be used", source=path, remedy=INTACT)
        own = Transform(space, Space.SCANNER_RAS, matrix)
    points = Points(space, arrays["POINTSET"].astype(np.float64))
    structure = str(arrays.get("structure", "")).replace("_", "").strip().lower()
    triangles = arrays["TRIANGLE"].astype(np.int64)
    return SurfaceFile(path, digest, points, triangles, geometry, own, _STRUCTURES.get(structure))


def _freesurfer_surface(path: Path) -> SurfaceFile:
    check_geometry(path)
    content = path.read_bytes()
    if not content.startswith(b"\xff\xff\xfe"):
        raise InputError(
            "is a surface of quadrangles", source=path, remedy="convert it to triangles with FreeSurfer's mris_convert"
        )
    start = content.index(b"\n", content.index(b"\n") + 1) + 1  # after the stamp's two lines
    vertices, faces = struct.unpack_from(">2i", content, start)
    points = np.frombuffer(content, ">f4", 3 * vertices, start + 8).reshape(-1, 3)
    corners = np.frombuffer(content, ">i4", 3 * faces, start + 8 + 12 * vertices).reshape(-1, 3)
    footer = content[start + 8 + 12 * (vertices + faces) :]
    # Tag 2 with value 1: FreeSurfer's "useRealRAS", by which the coordinates are the scanner's.
    space = Space.SCANNER_RAS if footer.startswith(struct.pack(">2i", 2, 1)) else Space.TKRAS
    digest = hashlib.sha256(content).hexdigest()
    points_mm = Points(space, points.astype(np.float64))
    return SurfaceFile(path, digest, points_mm, corners.astype(np.int64), _footer_geometry(footer), None)


def _footer_geometry(footer: bytes) -> VolumeGeometry | None:
    """The volume geometry in the text at the end of a FreeSurfer surface; None where there is none that is valid."""
    text = footer[max(footer.find(b"valid"), 0) :]  # after the tag's bytes
    rows = dict(_FOOTER_ROW.findall(text.decode("utf-8", errors="replace")))
    try:
        if not rows["valid"].startswith("1"):
            return None
        size, shape, centre = (np.array(rows[key].split(), dtype=np.float64) for key in ("voxelsize", "volume", "cras"))
        axes = np.stack([np.array(rows[f"{axis}ras"].split(), dtype=np.float64) for axis in "xyz"], axis=1)
        return _geometry(np.rint(shape).astype(np.int64), _norig(axes, size, shape, centre))
    except (KeyError, ValueError):
        return None


def _norig(axes: FloatArray, size: FloatArray, shape: FloatArray, centre: FloatArray) -> FloatArray:
    matrix = np.eye(4)
    matrix[:3, :3] = axes * size
    matrix[:3, 3] = centre - matrix[:3, :3] @ (shape / 2)
    return matrix


def _geometry(shape: IntArray, voxel_to_scanner: FloatArray) -> VolumeGeometry | None:
    if len(shape) != 3 or min(shape) < 1 or not _usable(voxel_to_scanner):
        return None
    return VolumeGeometry((int(shape[0]), int(shape[1]), int(shape[2])), voxel_to_scanner)


def _usable(matrix: FloatArray) -> bool:
    return bool(np.isfinite(matrix).all()) and matrix.shape == (4, 4) and abs(np.linalg.det(matrix)) > 1e-6
