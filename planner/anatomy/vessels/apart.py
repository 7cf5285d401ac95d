"""A process apart for readers that may crash: VTK's do on some damaged files, and would take the program with them."""

from __future__ import annotations

import contextlib
import multiprocessing
import sys
import threading
from collections.abc import Callable
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any, TypeVar

from planner.errors import InputError, PlannerError

T = TypeVar("T")

PATIENCE_S = 120.0
MOST_BYTES = 6 * 2**30


class Apart:
    """One child process, started when it is first needed and again after a crash; it ends with the program."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._process: BaseProcess | None = None
        self._pipe: Connection | None = None

    def read(self, reader: Callable[[Path], T], path: Path) -> T:
        """What `reader`, a function of a module, returns for a file.

        Raises
        ------
        PlannerError
            Whatever the reader raised of it, or an `InputError` where it crashed or came to no end.
        """
        with self._lock:
            try:
                kind, answer = self._asked(reader, path)
            except BaseException:  # crashed, stuck or interrupted: the next file begins with a new process
                self.end()
                raise
        if kind == "error":
            raise answer
        result: T = answer
        return result

    def end(self) -> None:
        """Stop the child, if there is one."""
        if self._pipe is not None:
            self._pipe.close()
        if self._process is not None:
            self._process.terminate()
            self._process.join()
        self._pipe = self._process = None

    def _started(self) -> Connection:
        if self._pipe is None or self._process is None or not self._process.is_alive():
            self.end()
            context = multiprocessing.get_context("spawn")
            self._pipe, theirs = context.Pipe()
            self._process = context.Process(target=_serve, args=(theirs,), daemon=True, name="calcarine-reader")
            self._process.start()
            theirs.close()
        return self._pipe

    def _asked(self, reader: Callable[[Path], T], path: Path) -> tuple[str, Any]:
        pipe = self._started()
        assert self._process is not None
        try:
            pipe.send((reader, path))
            if not pipe.poll(PATIENCE_S):
                raise InputError("VTK comes to no end with it", source=path, remedy="it is damaged; export it again")
            kind, answer = pipe.recv()
        except (EOFError, OSError) as error:
            self._process.join(PATIENCE_S)
            if self._process.exitcode == 1:
                raise RuntimeError(
                    "the process that reads VTK files could not begin; a script that loads such files must do so "
                    'under `if __name__ == "__main__":`'
                ) from error
            raise InputError("VTK crashes on it", source=path, remedy="it is damaged; export it again") from error
        return kind, answer


APART = Apart()


def _serve(pipe: Connection) -> None:
    """Read files as they are asked for, until nobody asks any more."""
    _bound_memory()
    while True:
        try:
            reader, path = pipe.recv()
        except EOFError:
            return
        try:
            answer: tuple[str, Any] = ("data", reader(path))
        except PlannerError as error:
            answer = ("error", error)
        except MemoryError:
            answer = (
                "error",
                InputError("needs more memory than any vessel file", source=path, remedy="export it again"),
            )
        except Exception as error:  # noqa: BLE001 - a bug: it goes on in the program's own process
            answer = ("error", error)
        pipe.send(answer)


def _bound_memory() -> None:
    if sys.platform != "win32":
        import resource

        with contextlib.suppress(ValueError, OSError):  # a stricter limit is in force
            resource.setrlimit(resource.RLIMIT_AS, (MOST_BYTES, MOST_BYTES))
