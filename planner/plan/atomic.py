"""Writing so that a reader finds the old files or the new ones, complete, and never a part."""

from __future__ import annotations

import errno
import glob
import os
import secrets
import shutil
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

from planner.errors import InputError

NO_ROOM: Final = tuple(getattr(errno, name) for name in ("ENOSPC", "EFBIG", "EDQUOT", "EIO") if hasattr(errno, name))
"""What systems say of a disk that takes no more."""
ABANDONED_S: Final = 24 * 3600.0  # a stage this old belongs to no program that is still at work


def write_file(path: Path, content: bytes, check: Callable[[Path], None]) -> None:
    """Write a file beside its place, check it, then move it there in one step.

    Parameters
    ----------
    path : Path
        A link is followed: the file that it names is replaced, the link stays.
    content : bytes
    check : callable
        Given the new file before it takes its place; whatever it raises keeps the old file.

    Raises
    ------
    InputError
        Where the folder or the disk refuses.
    """
    target = Path(os.path.expanduser(path)).resolve()
    temporary = target.with_name(f".{target.name}.{secrets.token_hex(4)}.tmp")
    with _written(path):
        if target.is_dir():
            raise InputError("is a folder", source=path, remedy="name a file")
        try:
            with temporary.open("xb") as file:
                file.write(content)
                file.flush()
                os.fsync(file.fileno())
            check(temporary)
            temporary.replace(target)
            _sync_folder(target.parent)
        finally:
            temporary.unlink(missing_ok=True)


@contextmanager
def staged_folder(folder: Path) -> Iterator[Path]:
    """A temporary folder whose files move into `folder` when the block ends well, and vanish when it does not.

    A folder that exists keeps its other files. A new one appears in a single step. Files may lie in folders of the
    stage; these are made where they are missing.

    Yields
    ------
    Path
        An empty folder on the same file system.

    Raises
    ------
    InputError
        Where `folder` is a file or cannot be made or written, or its disk is full while the block writes.
    """
    target = Path(os.path.expanduser(folder)).resolve()
    if target.exists() and not target.is_dir():
        raise InputError("is a file, not a folder", source=folder, remedy="name another folder")
    home = next(parent for parent in (target, *target.parents) if parent.exists())
    stage = home / f".{target.name}.{secrets.token_hex(4)}.tmp"
    with _written(folder):
        _sweep(home, target.name)
        stage.mkdir()
    try:
        try:
            yield stage
        except KeyboardInterrupt as interrupted:
            interrupted.add_note("nothing was written")
            raise
        except OSError as error:
            if not _of_stage(error, stage):
                raise
            raise _unwritable(folder, error) from error
        with _written(folder):
            _move_in(stage, target)
    finally:
        shutil.rmtree(stage, ignore_errors=True)


def _sweep(home: Path, name: str) -> None:
    """Clear away what killed programs left of stages for the same folder."""
    for left in home.glob(f".{glob.escape(name)}.{'[0-9a-f]' * 8}.tmp"):
        if left.is_dir() and time.time() - left.stat().st_mtime > ABANDONED_S:
            shutil.rmtree(left, ignore_errors=True)


def _move_in(stage: Path, target: Path) -> None:
    files = sorted(path for path in stage.rglob("*") if path.is_file())
    for file in files:
        with file.open("rb") as opened:
            os.fsync(opened.fileno())
    if target.exists():
        places = [target / file.relative_to(stage) for file in files]
        for place in places:
            if place.is_dir():
                raise InputError("is a folder", source=place, remedy="move it away or name another folder")
        for file, place in zip(files, places, strict=True):
            place.parent.mkdir(parents=True, exist_ok=True)
            file.replace(place)
    else:
        target.parent.mkdir(parents=True, exist_ok=True)
        stage.rename(target)
    _sync_folder(target)


def _sync_folder(folder: Path) -> None:
    if os.name == "posix":  # elsewhere a folder cannot be opened
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def _of_stage(error: OSError, stage: Path) -> bool:
    """Whether it was the stage that could not be written; a write to an open file that finds no room names no file."""
    if isinstance(error.filename, str | os.PathLike):
        return Path(error.filename).is_relative_to(stage)
    return error.errno in NO_ROOM


@contextmanager
def _written(place: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise _unwritable(place, error) from error


def _unwritable(place: Path, error: OSError) -> InputError:
    return InputError(
        f"cannot be written ({error.strerror or error})",
        source=place,
        remedy="choose a place that exists, has room and that you may write to",
    )
