"""Results as they come, in a file that only grows: whatever kills the program takes at most the task at hand.

A line is one finished task, as JSON. It is written at once and flushed to the disk. A line that a kill left unfinished
is no result; it is closed when the file is opened again, so that nothing is ever appended to it.
"""

from __future__ import annotations

import errno
import json
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from planner.errors import InputError

Row = Mapping[str, Any]
"""One result: a flat record of JSON values."""

LEDGER: Final = "results.jsonl"
"""What the file is called in a study's folder."""

_OTHERS: Final = (errno.EACCES, errno.EAGAIN, errno.EDEADLK)  # what systems say of a file that another one has locked


@dataclass(frozen=True)
class Failure:
    """A task that failed.

    Attributes
    ----------
    error : str
        Of its last attempt: a sentence, and after it the traceback of a bug.
    attempts : int
        How often it was tried.
    final : bool
        Whether it is known that another attempt would fail as well.
    """

    error: str
    attempts: int
    final: bool = False


@dataclass(frozen=True)
class Kept:
    """What a ledger holds, by the tasks' keys.

    Attributes
    ----------
    rows : mapping of str to Row
    failures : mapping of str to Failure
        Of tasks that have no result.
    torn : int
        Lines that hold none: what a kill left of them.
    """

    rows: Mapping[str, Row]
    failures: Mapping[str, Failure]
    torn: int


def read_ledger(path: Path) -> Kept:
    """What is in a ledger; nothing where there is no file. The first result of a task counts.

    Raises
    ------
    InputError
        Where it cannot be read.
    """
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        content = b""
    except OSError as error:
        raise _unusable(path, "read", error) from error
    rows: dict[str, Row] = {}
    failures: dict[str, Failure] = {}
    torn = 0
    for line in content.splitlines():
        entry = _entry(line)
        if entry is None:
            torn += bool(line)
        elif "row" in entry:
            rows.setdefault(entry["key"], entry["row"])
        else:
            failures[entry["key"]] = Failure(entry["error"], entry["attempts"], entry.get("final") is True)
    return Kept(rows, {key: failure for key, failure in failures.items() if key not in rows}, torn)


def _entry(line: bytes) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except ValueError:
        return None
    if not isinstance(entry, dict) or not isinstance(entry.get("key"), str):
        return None
    done = isinstance(entry.get("row"), dict)
    failed = isinstance(entry.get("error"), str) and isinstance(entry.get("attempts"), int)
    return entry if done or failed else None


def _told(settings: Row | None) -> dict[str, Any]:
    return {} if settings is None else {"settings": dict(settings)}


class Ledger:
    """An open ledger, which this process alone writes; see `open_ledger`."""

    def __init__(self, path: Path, handle: int) -> None:
        self._path, self._handle = path, handle
        kept = read_ledger(path)
        self.rows: dict[str, Row] = dict(kept.rows)
        self.failures: dict[str, Failure] = dict(kept.failures)

    def add_row(self, key: str, row: Row, settings: Row | None = None) -> None:
        """Keep a result, with what it is of, for whoever audits it; it is on the disk when this returns."""
        self._append({"key": key, **_told(settings), "row": dict(row)})
        self.rows.setdefault(key, row)
        self.failures.pop(key, None)

    def add_failure(self, key: str, failure: Failure, settings: Row | None = None) -> None:
        """Keep a failed attempt, with what it is of."""
        self._append({"key": key, **_told(settings), **asdict(failure)})
        self.failures[key] = failure

    def close_line(self) -> None:
        """End a line that a kill left unfinished."""
        size = os.fstat(self._handle).st_size
        with self._path.open("rb") as file:
            file.seek(max(size - 1, 0))
            if file.read() not in (b"", b"\n"):
                self._write(b"\n")

    def _append(self, entry: Mapping[str, Any]) -> None:
        self._write(json.dumps(entry, allow_nan=False).encode() + b"\n")

    def _write(self, content: bytes) -> None:
        try:
            written = os.write(self._handle, content)
            os.fsync(self._handle)
        except OSError as error:
            raise _unusable(self._path, "written", error) from error
        if written != len(content):  # the disk is full; the part is closed when the file is opened again
            raise InputError("cannot be written (no room)", source=self._path, remedy="make room and run it again")


@contextmanager
def open_ledger(path: Path) -> Iterator[Ledger]:
    """Open a ledger, made with its folder where there is none, for this process alone.

    The lock is the system's, on a file beside it, and ends with the process, however that ends.

    Raises
    ------
    InputError
        Where another process has it, or the place cannot be written.
    """
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0)
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        lock = os.open(path.with_name(f"{path.name}.lock"), os.O_RDWR | os.O_CREAT)
    except OSError as error:
        raise _unusable(path, "written", error) from error
    try:
        _lock(lock, path)
        try:
            handle = os.open(path, flags, 0o666)
        except OSError as error:
            raise _unusable(path, "written", error) from error
        try:
            ledger = Ledger(path, handle)
            ledger.close_line()
            yield ledger
        finally:
            os.close(handle)
    finally:
        os.close(lock)


def _lock(handle: int, path: Path) -> None:
    try:
        if sys.platform == "win32":
            import msvcrt

            msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)
        else:
            import fcntl

            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError as error:
        if error.errno not in _OTHERS:
            raise _unusable(path, "locked", error) from error
        raise InputError(
            "is being written by another study", source=path, remedy="wait for it, or name another --out"
        ) from error


def _unusable(path: Path, what: str, error: OSError) -> InputError:
    return InputError(
        f"cannot be {what} ({error.strerror or error})",
        source=path,
        remedy="choose a folder that exists, has room and that you may write to",
    )
