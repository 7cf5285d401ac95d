"""What C's allocator keeps of memory that is free, in glibc; other C libraries are left as they are.

glibc gives each thread a heap of its own, up to eight for each core. Arrays of a case are made in one thread and freed
in another, so that each heap comes to keep, in pieces that lie scattered, what once was in it: 100 openings of a case
left 130 MB more in the process, of which nothing was in use.
"""

from __future__ import annotations

import ctypes
import sys
from typing import Any, Final

_M_ARENA_MAX: Final = -8  # glibc's malloc.h


def share_one_heap() -> None:
    """Let all threads take their memory from one heap; before a second one asks for any."""
    if (limit := _of_c("mallopt")) is not None:
        limit(_M_ARENA_MAX, 1)


def give_back() -> None:
    """Let the system have the memory that is free; glibc would keep hundreds of megabytes for times to come."""
    if (trim := _of_c("malloc_trim")) is not None:
        trim(0)


def _of_c(name: str) -> Any:
    return getattr(ctypes.CDLL(None), name, None) if sys.platform == "linux" else None
