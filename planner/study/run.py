"""Cells on many processes, here or on a cluster, and their rows into the ledger as they come.

A task is a pure function of its cell, so it may run twice; what a lost worker had in hand runs again elsewhere. Results
come to this process, which alone writes the ledger.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from typing import Final

import dask
from distributed import CancelledError, Client, Future, LocalCluster, as_completed
from distributed.comm.core import CommClosedError
from distributed.core import rpc

from planner.errors import InputError, PlannerError
from planner.study.cells import Cell
from planner.study.ledger import Failure, Kept, Ledger, Row
from planner.study.program import program

Measure = Callable[[Cell], Row]
Told = Callable[[int, int, int], None]
"""Called with how many cells are done, of how many, and how many failed for good."""

ATTEMPTS: Final = 3
TIMEOUT_S: Final = 10.0  # that a scheduler has to answer

_SILENT: Final = logging.CRITICAL + 1
_DEAF: Final = "import signal\nsignal.signal(signal.SIGINT, signal.SIG_IGN)"
"""What local workers begin with: Ctrl-C reaches them too, but it is for this process to end them, quietly."""

_QUIET: Final = {
    "distributed.logging": {"distributed": "critical", "bokeh": "critical", "tornado": "critical"},
    "distributed.worker.memory.terminate": False,  # a study ends no worker for what else runs on the machine
    "distributed.worker.memory.pause": False,
    "distributed.worker.memory.spill": False,
    "distributed.worker.memory.target": False,
    "distributed.comm.timeouts.connect": f"{TIMEOUT_S} s",
}


def run_cells(
    cells: Sequence[Cell],
    measure: Measure,
    ledger: Ledger,
    *,
    workers: int | None = None,
    scheduler: str = "",
    retry: bool = False,
    told: Told = lambda done, total, failed: None,
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
        Address of a dask scheduler to use instead, such as ``tcp://node1:8786``.
    retry : bool
        Try again what failed for good before.
    told : callable

    Raises
    ------
    InputError
        Where the scheduler cannot be reached or is lost, or the ledger cannot be written.
    """
    keys = {cell.key(program()): cell for cell in cells}
    tried = {key: 0 if retry else found.attempts for key, found in ledger.failures.items()}
    waiting = [key for key in keys if key not in ledger.rows and tried.get(key, 0) < ATTEMPTS]
    given_up = sum(key not in ledger.rows and tried.get(key, 0) >= ATTEMPTS for key in keys)
    done = len(keys) - len(waiting) - given_up
    told(done, len(keys), given_up)
    if not waiting:
        return
    with _client(min(workers or _cores(), len(waiting)), scheduler) as client:
        order = {key: -place for place, key in enumerate(waiting)}

        def submit(key: str) -> Future[Row]:
            name = f"calcarine-{key}-{tried.get(key, 0)}"
            return client.submit(_measured, measure, keys[key], program(), key=name, priority=order[key])

        under_way = {future.key: (key, future) for key in waiting for future in [submit(key)]}
        finished = as_completed([future for _, future in under_way.values()], loop=client.loop)
        for future in finished:
            if future.status == "lost":  # its worker went before it was fetched: it is computed again
                finished.add(future)
                continue
            key, _ = under_way.pop(future.key)
            try:
                error = future.exception()
                row = future.result() if error is None else None
            except (CancelledError, CommClosedError) as gone:
                raise InputError(
                    "the scheduler was lost", source=scheduler or None, remedy="run it again to go on"
                ) from gone
            if row is not None:
                ledger.add_row(key, row)
                done += 1
            elif error is not None:
                tried[key] = ATTEMPTS if isinstance(error, PlannerError) else tried.get(key, 0) + 1
                ledger.add_failure(key, Failure(_told_of(error, future), tried[key]))
                if tried[key] < ATTEMPTS:
                    again = submit(key)
                    under_way[again.key] = (key, again)
                    finished.add(again)
                else:
                    given_up += 1
            told(done, len(keys), given_up)


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
        raise InputError(
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


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _client(workers: int, scheduler: str) -> Iterator[Client]:
    """A client of the scheduler at an address, or of one with so many processes that end with this one."""
    if scheduler:
        _check_reached(scheduler)
    with dask.config.set(_QUIET), ExitStack() as stack:
        for name in ("distributed", "tornado.application"):
            logging.getLogger(name).setLevel(_SILENT)
        if not scheduler:
            # One thread each: more than one plan at a time in a process would share torch's settings.
            cluster = LocalCluster(
                n_workers=workers,
                threads_per_worker=1,
                processes=True,
                dashboard_address="127.0.0.1:0",  # it cannot be done without; so it is in nobody's way
                silence_logs=_SILENT,
                memory_limit=None,
                preload=[_DEAF],
            )
            stack.enter_context(cluster)
            yield stack.enter_context(Client(cluster, set_as_default=False))
        else:
            yield stack.enter_context(Client(scheduler, set_as_default=False))


def _check_reached(scheduler: str) -> None:
    """Refuse an address where no dask scheduler answers, before a client is made that would go on trying."""

    async def identity() -> Mapping[str, object]:
        async with rpc(scheduler, timeout=TIMEOUT_S) as remote:
            found: Mapping[str, object] = await asyncio.wait_for(remote.identity(), TIMEOUT_S)
            return found

    try:
        answered = asyncio.run(identity())
    except (OSError, ValueError, TypeError) as error:  # nobody there, no address, a transport that is not set up
        raise InputError(
            "no dask scheduler answers there" if isinstance(error, OSError) else f"is no scheduler's address ({error})",
            source=scheduler,
            remedy="give the address that dask scheduler prints, such as tcp://node1:8786",
        ) from error
    if answered.get("type") != "Scheduler":
        raise InputError(
            f"is a dask {str(answered.get('type', 'service')).lower()}, not its scheduler",
            source=scheduler,
            remedy="give the address that dask scheduler prints",
        )
