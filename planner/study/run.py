"""Cells on many processes, here or on a cluster, and their rows into the ledger as they come.

A task is a pure function of its cell, so it may run twice; what a lost worker had in hand runs again elsewhere. Results
come to this process, which alone writes the ledger.
"""

from __future__ import annotations

import socket
import time
import traceback
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from distributed import CancelledError, Client, Future, as_completed
from distributed.comm.core import CommClosedError

from planner.errors import InputError, PlannerError
from planner.study.cells import Cell
from planner.study.cluster import client_of, cores
from planner.study.ledger import Failure, Kept, Ledger, Row
from planner.study.program import program
from planner.study.workers import ContentOf, Crew, unfit_workers

Measure = Callable[[Cell], Row]
Told = Callable[[int, int, int], None]
"""Called with how many cells are done, of how many, and how many failed for good."""

ATTEMPTS: Final = 3
LOOK_S: Final = 0.02  # between looks at what has finished


class StaleWorkerError(InputError):
    """A worker that came later and has another program: the cell is given to another one, and was not tried."""


def run_cells(
    cells: Sequence[Cell],
    measure: Measure,
    ledger: Ledger,
    *,
    workers: int | None = None,
    scheduler: str = "",
    content_of: ContentOf | None = None,
    retry: bool = False,
    told: Told = lambda done, total, failed: None,
    warn: Callable[[str], None] = lambda sentence: None,
) -> None:
    """Measure every cell that the ledger has no row of; what fails is tried `ATTEMPTS` times and kept as a failure.

    Parameters
    ----------
    cells : sequence of Cell
    measure : callable
        Known by its name to every worker; see `planner.study.measure.measure`.
    ledger : Ledger
        Every row and failure is in it when this ends, however it ends.
    workers : int, optional
        Processes on this machine, one for each core by default.
    scheduler : str
        Address of a dask scheduler to use instead, such as ``tcp://node1:8786``. Workers with another program, or
        another content of a case, are given nothing.
    content_of : callable, optional
        What a scheduler's workers say what they find of a case by.
    retry : bool
        Try again what failed for good before.
    told : callable
    warn : callable
        Given a sentence for each worker that cannot be used.

    Raises
    ------
    InputError
        Where the scheduler cannot be reached, is lost, or has no worker that can be used, or the ledger cannot be
        written.
    """
    keys = {cell.key(program()): cell for cell in cells}
    before = {} if retry else ledger.failures
    given_up = {key for key in keys if key not in ledger.rows and key in before and _for_good(before[key])}
    waiting = [key for key in keys if key not in ledger.rows and key not in given_up]
    told(len(keys) - len(waiting) - len(given_up), len(keys), len(given_up))
    if not waiting:
        return
    with client_of(min(workers or cores(), len(waiting)), scheduler) as client:
        cases = tuple(dict.fromkeys(keys[key].case for key in waiting))
        crew = Crew(client, scheduler, lambda: unfit_workers(client, program(), cases, content_of), warn)
        try:
            crew.ask()
            _run(client, crew, keys, waiting, given_up, before, measure, ledger, told)
        except (CancelledError, CommClosedError) as gone:
            raise InputError(
                "the scheduler was lost", source=scheduler or None, remedy="run it again to go on"
            ) from gone


def _run(
    client: Client,
    crew: Crew,
    keys: Mapping[str, Cell],
    waiting: Sequence[str],
    given_up: set[str],
    before: Mapping[str, Failure],
    measure: Measure,
    ledger: Ledger,
    told: Told,
) -> None:
    """Submit what waits, and keep what comes, until all of it has come."""
    order = {key: -place for place, key in enumerate(waiting)}
    tried = {key: before[key].attempts if key in before else 0 for key in waiting}
    submitted: Counter[str] = Counter()

    def submit(key: str) -> Future[Row]:
        name = f"calcarine-{key}-{submitted[key]}"
        submitted[key] += 1
        return client.submit(
            _measured, measure, keys[key], program(), key=name, priority=order[key], workers=crew.addresses
        )

    under_way = {future.key: (key, future) for key in waiting for future in [submit(key)]}
    finished = as_completed([future for _, future in under_way.values()], loop=client.loop)
    while under_way:
        batch = finished.next_batch(block=False)
        if not batch:
            crew.check()
            time.sleep(LOOK_S)
        for future in batch:
            if future.status == "lost":  # its worker went before it was fetched: it is computed again
                finished.add(future)
                continue
            key, _ = under_way.pop(future.key)
            error = future.exception()
            if error is None:
                ledger.add_row(key, future.result(), _settings(keys[key]))
            elif isinstance(error, StaleWorkerError):
                crew.ask()
            else:
                tried[key] += 1
                failure = Failure(_told_of(error, future), tried[key], isinstance(error, PlannerError))
                ledger.add_failure(key, failure, _settings(keys[key]))
                if _for_good(failure):
                    given_up.add(key)
            if error is not None and key not in given_up:
                again = submit(key)
                under_way[again.key] = (key, again)
                finished.add(again)
            told(len(keys) - len(under_way) - len(given_up), len(keys), len(given_up))


def _for_good(failure: Failure) -> bool:
    return failure.final or failure.attempts >= ATTEMPTS


def _settings(cell: Cell) -> dict[str, object]:
    return {"program": program(), **cell.settings}


def failures_of(cells: Sequence[Cell], ledger: Ledger | Kept) -> Mapping[Cell, Failure]:
    """The cells that have failed and have no row."""
    found = {cell: ledger.failures.get(cell.key(program())) for cell in cells}
    return {cell: failure for cell, failure in found.items() if failure is not None}


def rows_of(cells: Sequence[Cell], ledger: Ledger | Kept) -> list[tuple[Cell, Row]]:
    """The cells that have a row, with it, in the cells' order."""
    found = [(cell, ledger.rows.get(cell.key(program()))) for cell in cells]
    return [(cell, row) for cell, row in found if row is not None]


def _measured(measure: Measure, cell: Cell, asked: str) -> Row:
    """What a worker does."""
    if program() != asked:
        raise StaleWorkerError(
            f"this worker has another program ({program()})",
            source=socket.gethostname(),
            remedy=f"give it {asked}",
        )
    return measure(cell)


def _told_of(error: BaseException, future: Future[Row]) -> str:
    """An error for a person to read: its sentence, or what it is in a line and then its traceback on the worker."""
    if isinstance(error, PlannerError):
        return str(error)
    lines = traceback.format_exception(type(error), error, future.traceback())
    (what, *_) = traceback.format_exception_only(type(error), error)[0].splitlines()
    return f"{what}\n{''.join(lines).rstrip()}"
