"""Derived arrays kept between runs, found by the hash of everything they were derived from."""

from __future__ import annotations

import contextlib
import os
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Mapping
from hashlib import sha256
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from platformdirs import user_cache_path

Arrays = dict[str, NDArray[np.generic]]


def key_of(recipe: str, arrays: Mapping[str, NDArray[np.generic]]) -> str:
    """Hash of a recipe's name (with its version and settings) and of the arrays that it starts from."""
    digest = sha256(recipe.encode())
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"|{name}|{array.dtype}|{array.shape}|".encode())
        digest.update(array.data)
    return digest.hexdigest()


def cached(key: str, make: Callable[[], Arrays]) -> Arrays:
    """The arrays stored under `key`, or freshly made and then stored.

    A file appears in the cache in one step, so that a crash or a second program never leaves half of one; a file that
    cannot be read is made again, and a cache that cannot be written is done without.
    """
    path = user_cache_path("calcarine") / f"{key}.npz"
    try:
        with path.open("rb") as file:
            return dict(np.load(file, allow_pickle=False))
    except (OSError, ValueError, TypeError, EOFError, RuntimeError, KeyError, zipfile.BadZipFile, zlib.error):
        arrays = make()
    with contextlib.suppress(OSError):  # a read-only home costs time at the next start, nothing else
        _store(path, arrays)
    return arrays


def _store(path: Path, arrays: Arrays) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez(file, **arrays)  # type: ignore[arg-type]  # numpy's stub takes `allow_pickle` for one of the arrays
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise
