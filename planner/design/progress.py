"""What long work says while it goes on."""

from __future__ import annotations

from collections.abc import Callable

Progress = Callable[[str, int, int], None]
"""Called now and then with what is being done, how much of it is done, and of how many (0 where that is not known).

It may raise: that is how work nobody waits for any more is abandoned, between two steps of it.
"""


def silent(what: str, done: int, total: int) -> None:
    """Say nothing."""
