"""Garbage goes between two events of the window's thread, and at no other moment."""

from __future__ import annotations

import gc
import os
import sys
import weakref
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.collecting import Collecting, give_back
from app.tasks import Worker


class Knot:
    """Garbage that only the collector finds."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def collecting(qtbot) -> Iterator[Collecting]:
    worker = Worker()
    found = Collecting(worker)
    yield found
    found.stop()
    worker.shutdown()
    assert gc.isenabled()


def heaped(count: int) -> weakref.ref[Knot]:
    """So many of them, and a way to see whether one of them is there yet."""
    knots = [Knot() for _ in range(count)]
    return weakref.ref(knots[0])


def test_garbage_stays_until_the_windows_thread_is_between_two_events(qtbot, collecting: Collecting) -> None:
    knot = heaped(5000)
    assert knot() is not None
    qtbot.waitUntil(lambda: knot() is None, timeout=10_000)


def test_a_little_garbage_is_not_looked_for(collecting: Collecting) -> None:
    gc.collect()
    knot = heaped(3)
    collecting.collect()
    assert knot() is not None


@pytest.mark.skipif(sys.platform != "linux", reason="glibc's alone is made to give back")
def test_memory_that_is_free_goes_back_to_the_system() -> None:
    pieces = [b"x" * 60_000 for _ in range(3000)]  # 180 MB in pieces too small for a map of their own
    kept = pieces[::150]
    full = resident_mb()
    del pieces
    give_back()
    assert resident_mb() < full - 100
    assert len(kept) == 20


def resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
