"""Free memory goes back to the system, and threads have no heaps of their own that would keep it."""

from __future__ import annotations

import os
import platform
import subprocess
import sys

import pytest

from app.memory import give_back
from tests.benchmarks.window_runs import resident_mb

pytestmark = pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="other C libraries are left as they are")


def test_memory_that_is_free_goes_back_to_the_system() -> None:
    pieces = [b"x" * 60_000 for _ in range(3000)]  # 180 MB in pieces too small for a map of their own
    kept = pieces[::150]
    full = resident_mb()
    del pieces
    give_back()
    assert resident_mb() < full - 100
    assert len(kept) == 20


@pytest.mark.parametrize("shared", [False, True])
def test_threads_take_their_memory_from_one_heap_once_it_is_shared(shared: bool) -> None:
    asks = (
        "import ctypes, threading\n"
        "from app.memory import share_one_heap\n"
        f"{'share_one_heap()' if shared else ''}\n"
        "held, together = [], threading.Barrier(4)\n"
        "def take():\n"
        "    held.append(bytearray(20_000))\n"
        "    together.wait()\n"
        "threads = [threading.Thread(target=take) for _ in range(4)]\n"
        "[thread.start() for thread in threads]\n"
        "[thread.join() for thread in threads]\n"
        "c = ctypes.CDLL(None)\n"
        "c.malloc_info(0, ctypes.c_void_p.in_dll(c, 'stdout'))\n"
        "c.fflush(None)"
    )
    env = {name: said for name, said in os.environ.items() if name not in ("MALLOC_ARENA_MAX", "GLIBC_TUNABLES")}
    done = subprocess.run([sys.executable, "-c", asks], capture_output=True, text=True, check=True, env=env)
    heaps = done.stdout.count("<heap nr=")
    assert heaps == 1 if shared else heaps > 1
