"""Content hashes of input files, the identity of a case."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable
from functools import lru_cache
from pathlib import Path

from planner.anatomy.report import Finding
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


def changed_since(findings: Iterable[Finding]) -> str:
    """What of a case's files is not as it was when they were read, in words that name the first; empty where all is.

    A file whose time, size and place on the disk are those of the last look is not read again.

    Parameters
    ----------
    findings : iterable of Finding
        The case's loading report; those with a file and a hash count.
    """
    for finding in findings:
        if not finding.file or not finding.sha256:
            continue
        try:
            about = os.stat(finding.file)
            now = _looked_at(finding.file, about.st_mtime_ns, about.st_size, about.st_ino)
        except (OSError, InputError):
            return f"{finding.file} is missing or cannot be read any more"
        if now != finding.sha256:
            return f"{finding.file} has changed since the case was loaded"
    return ""


@lru_cache(maxsize=1024)
def _looked_at(file: str, changed_ns: int, size: int, inode: int) -> str:
    return sha256(Path(file))
