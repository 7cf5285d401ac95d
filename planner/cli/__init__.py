"""The command line: one file a verb, which imports what it needs only when it runs.

Exit codes: 0 done (of ``verify``: feasible), 1 infeasible, 2 something given cannot be used, 3 a bug (with its
traceback), 130 interrupted, 141 nobody read the answer.
"""

from __future__ import annotations

import io
import os
import signal
import sys
import threading
import traceback
from collections.abc import Sequence

from planner.errors import InfeasibleError, PlannerError

DONE, INFEASIBLE, UNUSABLE, BUG, INTERRUPTED, UNREAD = 0, 1, 2, 3, 130, 141


def main(argv: Sequence[str] | None = None) -> int:
    """Run ``calcarine`` with the arguments given (default: the process's) and return its exit code."""
    from planner.cli.parser import build_parser

    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors="backslashreplace")  # a name that the terminal cannot spell is no reason to fail
    if threading.current_thread() is threading.main_thread():
        signal.signal(signal.SIGTERM, _interrupt)  # so that what was half made is cleared away
    try:
        arguments = build_parser().parse_args(argv)
        code: int = arguments.run(arguments)
        sys.stdout.flush()
        return code
    except PlannerError as error:
        print(f"calcarine: {error}", file=sys.stderr)
        return INFEASIBLE if isinstance(error, InfeasibleError) else UNUSABLE
    except KeyboardInterrupt:
        print("calcarine: interrupted, nothing was written.", file=sys.stderr)
        return INTERRUPTED
    except BrokenPipeError:  # the reader, such as head, has seen enough; what it missed was not said to be feasible
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return UNREAD
    except Exception:  # noqa: BLE001 - a bug keeps its traceback, but must not exit with 1, which says infeasible
        traceback.print_exc()
        return BUG


def _interrupt(_signal: int, _frame: object) -> None:
    raise KeyboardInterrupt
