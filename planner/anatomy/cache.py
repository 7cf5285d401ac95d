"""Derived arrays kept between runs, found by the hash of everything they were derived from.

An entry is a file of its own that appears in one step; the time it was last changed is when it was last used. So two
programs need not know of each other, and whatever one of them removes the other makes again. The folder may be one that
holds other things: only files named as entries are, by a hash, are ever removed.
"""

from __future__ import annotations

import contextlib
import os
import re
import tempfile
import time
import zipfile
import zlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path

from planner.errors import InputError

Arrays = dict[str, NDArray[np.generic]]

FOLDER_VARIABLE: Final = "CALCARINE_CACHE"
LIMIT_VARIABLE: Final = "CALCARINE_CACHE_MIB"
LIMIT_MIB: Final = 2048  # ours: a dozen cases at full resolution
STALE_S: Final = 3600.0  # ours: nobody writes an entry for longer, so its writer was killed
PART: Final = "calcarine-"  # begins the name of what is just being written

_ENTRY_NAME: Final = re.compile(r"[0-9a-f]{64}\.npz")
_PART_NAME: Final = re.compile(rf"{PART}\w+\.part")

_UNREADABLE = (
    OSError,
    ValueError,
    TypeError,
    EOFError,
    RuntimeError,
    KeyError,
    MemoryError,
    zipfile.BadZipFile,
    zlib.error,
)
"""What numpy raises on archives that are cut off, scratched or of another kind."""


@dataclass(frozen=True)
class Entry:
    """One entry of the cache.

    Attributes
    ----------
    path : Path
    size : int
        In bytes.
    used : float
        When it was last read or written, seconds since the epoch.
    """

    path: Path
    size: int
    used: float


def key_of(recipe: str, arrays: Mapping[str, NDArray[np.generic]]) -> str:
    """Hash of a recipe's name (with its version and settings) and of the arrays that it starts from."""
    digest = sha256(recipe.encode())
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"|{name}|{array.dtype}|{array.shape}|".encode())
        digest.update(array.data)
    return digest.hexdigest()


def cached(key: str, make: Callable[[], Arrays]) -> Arrays:
    """The arrays stored under `key`, as `key_of` gives it, or freshly made and then stored.

    A file appears in the cache in one step, so that a crash or a second program never leaves half of one; a file that
    cannot be read is made again, and a cache that cannot be written is done without.

    Raises
    ------
    InputError
        Where ``CALCARINE_CACHE_MIB`` is set to something else than a size.
    """
    path, limit = cache_folder() / f"{key}.npz", limit_bytes()
    if limit <= 0:
        return make()
    try:
        with path.open("rb") as file:
            arrays = dict(np.load(file, allow_pickle=False))
    except _UNREADABLE:
        arrays = make()
        with contextlib.suppress(OSError):  # a read-only home costs time at the next start, nothing else
            _store(path, arrays)
            trim(limit)
    else:
        with contextlib.suppress(OSError):  # read-only, or removed meanwhile by another program
            os.utime(path)
    return arrays


def cache_folder() -> Path:
    """Where the entries lie, ``CALCARINE_CACHE`` or the user's cache folder; it need not exist."""
    return Path(os.environ.get(FOLDER_VARIABLE) or user_cache_path("calcarine"))


def limit_bytes() -> int:
    """The most that all entries may take together, bytes: ``CALCARINE_CACHE_MIB`` or 2 GiB.

    With 0 nothing is kept, and nothing that was kept before is read; otherwise what goes beyond the limit is removed
    when the next entry is written.

    Raises
    ------
    InputError
    """
    given = os.environ.get(LIMIT_VARIABLE, "").strip()
    if not given:
        return LIMIT_MIB * 2**20
    if not (given.isascii() and given.isdecimal()):
        raise InputError(
            f"is {given[:40]!r}, no number of MiB",
            source=LIMIT_VARIABLE,
            remedy="set it to a whole number, or unset it",
        )
    return int(given) * 2**20


def entries() -> list[Entry]:
    """Every entry of the cache, the one unused for longest first."""
    found = [Entry(path, status.st_size, status.st_mtime) for path, status in _files(_ENTRY_NAME)]
    return sorted(found, key=lambda entry: (entry.used, entry.path))


def trim(limit: int) -> int:
    """Remove the entries unused for longest until the others take at most `limit` bytes; returns how many went.

    What killed writers left behind goes as well.
    """
    for path, status in _files(_PART_NAME):
        if time.time() - status.st_mtime > STALE_S:
            _remove(path)
    kept = entries()
    excess, removed = sum(entry.size for entry in kept) - limit, 0
    for entry in kept:
        if excess <= 0:
            break
        if _remove(entry.path):
            excess -= entry.size
            removed += 1
    return removed


def clear() -> int:
    """Remove every entry, and what is just being written; returns how many entries went."""
    removed = sum(_remove(entry.path) for entry in entries())
    for path, _ in _files(_PART_NAME):
        _remove(path)
    return removed


def _files(name: re.Pattern[str]) -> Iterator[tuple[Path, os.stat_result]]:
    try:
        paths = [path for path in cache_folder().iterdir() if name.fullmatch(path.name)]
    except OSError:  # no folder yet, or none that may be listed: as good as empty
        return
    for path in paths:
        with contextlib.suppress(FileNotFoundError):  # another program was faster
            yield path, path.lstat()


def _remove(path: Path) -> bool:
    try:
        path.unlink(missing_ok=True)
    except OSError:  # read-only, or open in another program where that forbids it: it stays until the next time
        return False
    return True


def _store(path: Path, arrays: Arrays) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=PART, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]  # numpy's stub takes `allow_pickle` for one of the arrays
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
