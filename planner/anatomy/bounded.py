"""Guards that run before a file is parsed: it can be read, and holds about as much as it says, however it is packed.

Parsers believe headers: they reserve what a header claims and unpack whatever a stream holds. These checks cost a few
hundred bytes of reading and hold for every format, so that a lie becomes a sentence before it becomes memory.
"""

from __future__ import annotations

import base64
import binascii
import gzip
import math
import os
import stat
import struct
import zlib
from collections.abc import Sequence
from errno import EACCES, ELOOP, ENAMETOOLONG, ENOENT, ENOTDIR, EPERM
from io import BufferedReader
from pathlib import Path
from typing import Final
from xml.parsers import expat

from planner.errors import InputError

LIMIT_BYTES: Final = 2**30  # ours: a float32 volume of 640³ voxels; no surface or tree comes near it
TEXT_BYTES: Final = 2**26  # ours: as objects of the language a text's numbers take some twenty times the space
DEFLATE_RATIO: Final = 1032  # no deflate stream unpacks to more than this many times its size (Deutsch, RFC 1951)
INTACT: Final = "give an intact file"

_CHUNK: Final = 2**18
_MAGIC_GZIP: Final = b"\x1f\x8b"
_FAULTS: Final = {
    ENOENT: ("does not exist", "check the path"),
    ENOTDIR: ("does not exist: a part of its path is a file", "check the path"),
    ENAMETOOLONG: ("has a name that is too long for this system", "give it a shorter name"),
    ELOOP: ("cannot be found: its links lead round in a circle", "replace the link by the file"),
    EACCES: ("may not be read (permission denied)", "ask for permission to read it"),
    EPERM: ("may not be read (permission denied)", "ask for permission to read it"),
}
_MGH_BYTES: Final = {0: 1, 1: 4, 3: 4, 4: 2, 10: 2}
_NIFTI_BYTES: Final = {2: 1, 4: 2, 8: 4, 16: 4, 32: 8, 64: 8, 128: 3, 256: 1, 512: 2, 768: 4, 1024: 8, 1280: 8,
                       1536: 16, 1792: 16, 2048: 32, 2304: 4}  # fmt: skip


def check_readable(path: str | Path, limit_bytes: int = LIMIT_BYTES) -> int:
    """Make sure that a path leads to a regular file that may be read and is neither empty nor absurdly large.

    Parameters
    ----------
    path : str or Path
    limit_bytes : int
        The largest size accepted.

    Returns
    -------
    int
        The size in bytes.

    Raises
    ------
    InputError
    """
    try:
        found = os.stat(path)
        if stat.S_ISDIR(found.st_mode):
            raise InputError("is a folder, not a file", source=path, remedy="give the file itself")
        if not stat.S_ISREG(found.st_mode):  # before it is opened: to open a pipe is to wait
            raise InputError("is a pipe or a device, not a file", source=path, remedy="give a regular file")
        with open(path, "rb"):
            pass
    except OSError as error:
        what, remedy = _FAULTS.get(error.errno or 0, (f"cannot be read ({error.strerror})", "check the path"))
        raise InputError(what, source=path, remedy=remedy) from error
    except ValueError as error:  # a null character within
        raise InputError("is no path", source=repr(path), remedy="check the path") from error
    if found.st_size == 0:
        raise InputError("is empty", source=path, remedy=INTACT)
    if found.st_size > limit_bytes:
        raise InputError(
            f"has {_mib(found.st_size)}, more than the {_mib(limit_bytes)} accepted",
            source=path,
            remedy="give a smaller file",
        )
    return found.st_size


def check_unpacked(path: str | Path, limit_bytes: int = LIMIT_BYTES) -> None:
    """Make sure that a file does not unpack to more than the limit, and a volume holds what its header claims.

    MGH and NIfTI readers take what the header claims and no more, so the header and the sizes decide and nothing is
    unpacked twice. Any other ``.gz`` is unpacked piece by piece until it ends or passes the limit.

    Parameters
    ----------
    path : str or Path
        By its name ``.mgz``, ``.mgh``, ``.nii``, ``.nii.gz`` or any ``.gz``; of others only the size counts.
    limit_bytes : int
        The most that is accepted of the unpacked file.

    Raises
    ------
    InputError
    """
    size = check_readable(path, limit_bytes)
    name = Path(path).name.lower()
    packed = name.endswith((".gz", ".mgz"))
    if packed:
        with open(path, "rb") as file:
            if file.read(2) != _MAGIC_GZIP:
                raise InputError("is not compressed as its name says", source=path, remedy="name it for what it is")
    if name.endswith((".mgz", ".mgh", ".mgh.gz", ".nii", ".nii.gz")):
        head = _unpack(path, 544) if packed else _head(path, 544)
        mgh = name.endswith((".mgz", ".mgh", ".mgh.gz"))
        claimed = _mgh_bytes(head, path) if mgh else _nifti_bytes(head, path)
        _hold(claimed, size, packed, limit_bytes, path)
    elif packed and size * DEFLATE_RATIO > limit_bytes and _unpacks_to(path, limit_bytes + 1) > limit_bytes:
        raise _too_much(limit_bytes, path)


def check_geometry(path: str | Path) -> None:
    """Make sure that a FreeSurfer surface holds the vertices and faces that its header counts."""
    size = check_readable(path)
    with open(path, "rb") as file:
        magic = file.read(3)
        if magic == b"\xff\xff\xfe":
            for _ in range(2):  # who made it, and an empty line
                file.readline(_CHUNK)
            vertices, faces = _numbers(file, ">2i", path)
            needed = file.tell() + 12 * vertices + 12 * faces
        elif magic in (b"\xff\xff\xff", b"\xff\xff\xfd"):
            vertices, faces = (int.from_bytes(file.read(3), "big") for _ in range(2))
            needed = file.tell() + (6 if magic == b"\xff\xff\xff" else 12) * vertices + 12 * faces
        else:
            raise InputError("is no FreeSurfer surface", source=path, remedy="give a file such as lh.white")
    _count((vertices, faces), needed, size, "vertices and faces", path)


def check_curv(path: str | Path) -> None:
    """Make sure that a FreeSurfer curv file holds the values that its header counts."""
    size = check_readable(path)
    with open(path, "rb") as file:
        first = int.from_bytes(file.read(3), "big")
        if first == 0xFFFFFF:
            vertices, faces, each = _numbers(file, ">3i", path)
            needed = file.tell() + 4 * vertices * each
            _count((vertices, max(faces, 1), each), needed, size, "values", path)
        else:
            _count((first,), 6 + 2 * first, size, "values", path)


def check_gifti(path: str | Path, limit_bytes: int = LIMIT_BYTES) -> None:
    """Make sure that a GIFTI file, packed as a whole or not, holds no array that unpacks to more than it claims.

    Raises
    ------
    InputError
        Also where it is no XML, or defines entities, which GIFTI has no use for.
    """
    check_unpacked(path, limit_bytes)
    arrays = _GiftiArrays(path, limit_bytes)
    parser = expat.ParserCreate()
    parser.buffer_text = True
    parser.StartElementHandler, parser.EndElementHandler = arrays.start, arrays.end
    parser.CharacterDataHandler, parser.EntityDeclHandler = arrays.text, arrays.entity
    opener = gzip.open if Path(path).name.lower().endswith(".gz") else open
    try:
        with opener(path, "rb") as file:
            parser.ParseFile(file)
    except (expat.ExpatError, LookupError, OSError, EOFError, zlib.error) as error:  # no such encoding: a LookupError
        raise InputError(f"cannot be read as GIFTI ({error})", source=path, remedy=INTACT) from error


class _GiftiArrays:
    """Follows a GIFTI file's data arrays, keeping one packed array at a time."""

    def __init__(self, path: str | Path, limit_bytes: int) -> None:
        self._path, self._left = path, limit_bytes
        self._attributes: dict[str, str] = {}
        self._pieces: list[str] | None = None

    def start(self, name: str, attributes: dict[str, str]) -> None:
        if name == "DataArray":
            self._attributes = attributes
            try:
                rank = int(attributes.get("Dimensionality", "1"))
                sizes = [int(attributes[f"Dim{axis}"]) for axis in range(min(rank, 6))]
            except (ValueError, KeyError) as error:
                raise InputError("has an array without a size", source=self._path, remedy=INTACT) from error
            if not 1 <= rank <= 6 or min(sizes) < 1:
                raise InputError("has an array of an impossible size", source=self._path, remedy=INTACT)
            self._left -= 8 * math.prod(sizes)
            if self._left < 0:
                raise InputError("claims arrays of an absurd size", source=self._path, remedy=INTACT)
        elif name == "Data":
            self._pieces = []

    def text(self, text: str) -> None:
        if self._pieces is not None:
            self._pieces.append(text)

    def end(self, name: str) -> None:
        if name != "Data" or self._pieces is None:
            return
        text, self._pieces = "".join(self._pieces), None
        if (
            self._attributes.get("Encoding") in ("GZipBase64Binary", "B64GZ")
            and len(text) * DEFLATE_RATIO > LIMIT_BYTES
        ):
            try:
                packed = base64.b64decode(text)
                claimed = 8 * math.prod(
                    int(self._attributes[f"Dim{axis}"]) for axis in range(int(self._attributes["Dimensionality"]))
                )
                held = len(zlib.decompressobj().decompress(packed, claimed + 1))
            except (binascii.Error, zlib.error) as error:
                raise InputError(f"has a broken array ({error})", source=self._path, remedy=INTACT) from error
            if held > claimed:
                raise InputError("has an array larger than it says", source=self._path, remedy=INTACT)

    def entity(self, *_declaration: object) -> None:
        raise InputError("defines XML entities, which no GIFTI file needs", source=self._path, remedy=INTACT)


def _mgh_bytes(head: bytes, path: str | Path) -> int:
    """What an MGH header claims the file to hold at least, bytes."""
    if len(head) < 284 or head[:4] != b"\0\0\0\1":
        raise InputError("is no MGH volume", source=path, remedy=INTACT)
    *sizes, kind = struct.unpack(">5i", head[4:24])
    return 284 + _voxels(sizes, path) * _width(kind, _MGH_BYTES, path)


def _nifti_bytes(head: bytes, path: str | Path) -> int:
    """What a NIfTI-1 or NIfTI-2 header claims the file to hold at least, bytes."""
    for order in "<>":
        length = struct.unpack(f"{order}i", head[:4])[0] if len(head) >= 348 else 0
        if length == 348:
            rank, *sizes = struct.unpack(f"{order}8h", head[40:56])
            (kind,) = struct.unpack(f"{order}h", head[70:72])
            (offset,) = struct.unpack(f"{order}f", head[108:112])
            break
        if length == 540 and len(head) >= 540:
            (kind,) = struct.unpack(f"{order}h", head[12:14])
            rank, *sizes = struct.unpack(f"{order}8q", head[16:80])
            (offset,) = struct.unpack(f"{order}q", head[168:176])
            break
    else:
        raise InputError("is no NIfTI volume", source=path, remedy=INTACT)
    if not 1 <= rank <= 7 or not 0 <= offset <= LIMIT_BYTES:
        raise InputError("has a header that contradicts itself", source=path, remedy=INTACT)
    return max(int(offset), length) + _voxels(sizes[:rank], path) * _width(kind, _NIFTI_BYTES, path)


def _voxels(sizes: Sequence[int], path: str | Path) -> int:
    if min(sizes) < 1:
        raise InputError(f"claims a size of {' × '.join(map(str, sizes))}", source=path, remedy=INTACT)
    return math.prod(sizes)


def _width(kind: int, widths: dict[int, int], path: str | Path) -> int:
    if kind not in widths:
        raise InputError(f"holds numbers of an unknown type ({kind})", source=path, remedy="convert it to float32")
    return widths[kind]


def _hold(claimed: int, size: int, packed: bool, limit_bytes: int, path: str | Path) -> None:
    """Raise where a volume claims more than is accepted, or more than there is."""
    if claimed > limit_bytes:
        raise _too_much(limit_bytes, path)
    if packed:
        enough = claimed <= size * DEFLATE_RATIO
        if enough and not _trailer(path) >= claimed:  # of several members only the last one is counted there
            enough = _unpacks_to(path, claimed) >= claimed
    else:
        enough = claimed <= size
    if not enough:
        raise InputError(
            f"is cut off: its header claims {_mib(claimed)}, more than there is", source=path, remedy=INTACT
        )


def _trailer(path: str | Path) -> int:
    """What the end of a gzip file says of its unpacked size (modulo 2³²)."""
    with open(path, "rb") as file:
        file.seek(-4, os.SEEK_END)
        return int.from_bytes(file.read(4), "little")


def _unpacks_to(path: str | Path, enough: int) -> int:
    """How many bytes a gzip file unpacks to, counted until it is `enough`; memory stays at one piece."""
    count = 0
    piece = bytearray(_CHUNK)
    try:
        with gzip.open(path, "rb") as file:
            while count < enough and (got := file.readinto(piece)):
                count += got
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"cannot be unpacked ({error})", source=path, remedy=INTACT) from error
    return count


def _unpack(path: str | Path, count: int) -> bytes:
    try:
        with gzip.open(path, "rb") as file:
            return file.read(count)
    except (OSError, EOFError, zlib.error) as error:
        raise InputError(f"cannot be unpacked ({error})", source=path, remedy=INTACT) from error


def _head(path: str | Path, count: int) -> bytes:
    with open(path, "rb") as file:
        return file.read(count)


def _numbers(file: BufferedReader, form: str, path: str | Path) -> tuple[int, ...]:
    content = file.read(struct.calcsize(form))
    if len(content) < struct.calcsize(form):
        raise InputError("is cut off within its header", source=path, remedy=INTACT)
    return struct.unpack(form, content)


def _count(counts: Sequence[int], needed: int, size: int, what: str, path: str | Path) -> None:
    if min(counts) < 1 or needed > size:
        raise InputError(
            f"does not hold the {what} that its header counts ({', '.join(map(str, counts))})",
            source=path,
            remedy=INTACT,
        )


def _too_much(limit_bytes: int, path: str | Path) -> InputError:
    return InputError(
        f"holds more than the {_mib(limit_bytes)} accepted once unpacked",
        source=path,
        remedy="resample it, or give the right file",
    )


def _mib(count: int) -> str:
    return f"{count / 2**20:,.1f} MiB"
