"""Content hashes of input files, the identity of a case."""

from __future__ import annotations

import hashlib
from pathlib import Path

from planner.errors import InputError


def sha256(path: Path) -> str:
    """SHA-256 of a file's bytes, hex."""
    try:
        with path.open("rb") as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError as error:
        raise InputError(
            f"cannot be read ({error.strerror})", source=path, remedy="check that the file exists and may be read"
        ) from error
