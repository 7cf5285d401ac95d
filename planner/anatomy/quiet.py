"""What the libraries that read files would print, collected instead: to be said in a report, or not at all."""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager


class _Keeper(logging.Handler):
    def __init__(self, said: list[str]) -> None:
        super().__init__(logging.WARNING)
        self._said = said

    def emit(self, record: logging.LogRecord) -> None:
        self._said.append(record.getMessage().splitlines()[0])


@contextmanager
def collected(logger: str) -> Iterator[list[str]]:
    """Keep the warnings of a logger and its children from the terminal while a file is read, in the list given."""
    said: list[str] = []
    named = logging.getLogger(logger)
    handlers, propagate = named.handlers, named.propagate
    named.handlers, named.propagate = [_Keeper(said)], False
    try:
        yield said
    finally:
        named.handlers, named.propagate = handlers, propagate
