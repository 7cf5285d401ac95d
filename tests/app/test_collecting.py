"""Garbage goes between two events of the window's thread, and at no other moment."""

from __future__ import annotations

import gc
import weakref
from collections.abc import Iterator

import pytest

from app import collecting as its
from app.collecting import Collecting
from app.tasks import Worker


class Knot:
    """Garbage that only the collector finds."""

    def __init__(self) -> None:
        self.itself = self


@pytest.fixture
def collecting(qtbot, monkeypatch: pytest.MonkeyPatch) -> Iterator[Collecting]:
    monkeypatch.setattr(its, "REST_MS", 50)
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


def test_at_rest_after_an_opening_even_a_little_garbage_goes_and_memory_is_given_back(
    qtbot, collecting: Collecting, monkeypatch: pytest.MonkeyPatch
) -> None:
    gc.collect()
    knot = heaped(3)
    given: list[bool] = []
    monkeypatch.setattr(its, "give_back", lambda: given.append(knot() is None))
    collecting.opened()
    qtbot.waitUntil(lambda: len(given) > 0, timeout=10_000)
    assert given == [True]  # what it has left is free by then
