"""A vessel file's bytes, after `planner.anatomy.bounded` has looked at what it is and how long."""

from __future__ import annotations

from pathlib import Path

from planner.anatomy.bounded import LIMIT_BYTES, check_readable
from planner.errors import InputError


def read_bytes(path: str | Path, limit_bytes: int = LIMIT_BYTES) -> bytes:
    """All bytes of a regular file that is neither empty nor longer than the limit.

    Raises
    ------
    InputError
    """
    check_readable(path, limit_bytes)
    try:
        return Path(path).read_bytes()
    except OSError as error:
        raise InputError(f"cannot be read ({error.strerror})", source=path, remedy="check the disk") from error
