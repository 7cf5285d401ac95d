"""The command line: one file a verb, which imports what it needs only when it runs.

Exit codes: 0 done (of ``verify``: feasible), 1 infeasible, 2 something given cannot be used, 3 a bug (with its
traceback), 130 interrupted, 141 nobody read the answer.
"""

from __future__ import annotations

import errno
import io
import os
import signal
import sys
import threading
import traceback
from collections.abc import Sequence
from typing import TextIO

from planner.errors import InfeasibleError, InputError, PlannerError

DONE, INFEASIBLE, UNUSABLE, BUG, INTERRUPTED, UNREAD = 0, 1, 2, 3, 130, 141
_FULL = (errno.ENOSPC, errno.EFBIG, errno.EDQUOT, errno.EIO)  # without a file's name: of standard output
_UNWRITABLE = "standard output cannot be written ({}); send it to a place that has room."


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``calcarine`` with the arguments given (default: the process's) and return its exit code."""
    try:
        return _answered(argv)
    except PlannerError as error:
        _tell(f"calcarine: {error}")
        return INFEASIBLE if isinstance(error, InfeasibleError) else UNUSABLE
    except KeyboardInterrupt as error:
        _tell(f"calcarine: {', '.join(['interrupted', *getattr(error, '__notes__', ())])}.")
        return INTERRUPTED
    except BrokenPipeError:  # the reader, such as head, has seen enough; what it missed was not said to be feasible
        _drop(sys.stdout)
        return UNREAD
    except Exception as error:  # noqa: BLE001 - a bug keeps its traceback, but must not exit with 1, which says infeasible
        if isinstance(error, OSError) and error.filename is None and error.errno in _FULL:
            _drop(sys.stdout)
            _tell(f"calcarine: {_UNWRITABLE.format(error.strerror)}")
            return UNUSABLE
        _tell(traceback.format_exc().rstrip())
        return BUG


def _answered(argv: Sequence[str] | None) -> int:
    """Run a verb; its whole answer has left the program when this returns."""
    if sys.stderr is None:  # closed by the caller: nobody is to be told anything
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115 - until the process ends
    if sys.stdout is None:
        raise InputError("standard output is closed", remedy="leave it open, or send it to a file")
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name that the terminal cannot spell is no reason to fail
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _interrupt)  # so that what was half made is cleared away
    from planner.cli.parser import build_parser

    try:
        arguments = build_parser().parse_args(argv)
        try:
            code: int = arguments.run(arguments)
        except PlannerError as error:
            if getattr(arguments, "json", False):
                _print_error(error)
            raise
    finally:
        sys.stdout.flush()  # here, where it can still be told that there was no room; after help too
    return code


def _print_error(error: PlannerError) -> None:
    """The one JSON value of a verb that came to nothing."""
    from planner.cli.output import print_json

    print_json({"status": "infeasible" if isinstance(error, InfeasibleError) else "unusable", "message": str(error)})


def _tell(text: str) -> None:
    """Say it on standard error; where that has no room the exit code says enough, and must not become another."""
    try:
        print(text, file=sys.stderr, flush=True)
    except OSError:
        _drop(sys.stderr)


def _drop(stream: TextIO) -> None:
    """Let what waits to be printed go nowhere, so that the interpreter does not fail over it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt
