"""Cells on many processes, here or on a cluster, and their rows into the ledger as they come.

A task is a pure function of its cell, so it may run twice; what a lost worker had in hand runs again elsewhere. Results
come to this process, which alone writes the ledger.
"""

from __future__ import annotations

import asyncio
import logging
import os
import socket
import time
import traceback
from collections import Counter
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
from planner.study.workers import ContentOf, await_workers, unfit_workers

Measure = Callable[[Cell], Row]
Told = Callable[[int, int, int], None]
"""Called with how many cells are done, of how many, and how many failed for good."""

ATTEMPTS: Final = 3
TIMEOUT_S: Final = 10.0  # that a scheduler has to answer
WORKERS_S: Final = 30.0  # that a scheduler's first worker has to come
LOOK_S: Final = 0.02  # between looks at what has finished
ASK_S: Final = 10.0  # between looks at whether workers are left


class StaleWorkerError(InputError):
    """A worker that came later and has another program: the cell is given to another one, and was not tried."""


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
    with _client(min(workers or _cores(), len(waiting)), scheduler) as client:
        cases = tuple(dict.fromkeys(keys[key].case for key in waiting))
        crew = _Crew(client, scheduler, lambda: unfit_workers(client, program(), cases, content_of), warn)
        try:
            crew.ask()
            _run(client, crew, keys, waiting, given_up, before, measure, ledger, told)
        except (CancelledError, CommClosedError) as gone:
            raise InputError(
                "the scheduler was lost", source=scheduler or None, remedy="run it again to go on"
            ) from gone


def _run(
    client: Client,
    crew: _Crew,
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


class _Crew:
    """A scheduler's workers that are given cells; here, the processes that this one started, all of them."""

    def __init__(
        self,
        client: Client,
        scheduler: str,
        asked: Callable[[], tuple[list[str], Mapping[str, str]]],
        warn: Callable[[str], None],
    ) -> None:
        self.addresses: list[str] | None = None  # None: any worker, also one that comes later
        self._client, self._scheduler, self._asked, self._warn = client, scheduler, asked, warn
        self._named: set[str] = set()
        self._next = time.monotonic() + ASK_S

    def ask(self) -> None:
        """Find out which workers can be used, and name each of the others once."""
        if not self._scheduler:
            return
        await_workers(self._client, self._scheduler, WORKERS_S)
        good, unfit = self._asked()
        for address in unfit.keys() - self._named:
            self._warn(f"{address}: {unfit[address]}; it is given nothing.")
        self._named |= unfit.keys()
        if not good:
            raise InputError(
                f"has no worker that can be used ({next(iter(unfit.values()), 'they went away')})",
                source=self._scheduler,
                remedy="give its workers the same program and the same files",
            )
        self.addresses = good if unfit else None

    def check(self) -> None:
        """Now and then: cells wait for their workers, so that they would wait for ever where none of these is left."""
        if not self._scheduler or time.monotonic() < self._next:
            return
        self._next = time.monotonic() + ASK_S
        here = self._client.scheduler_info(n_workers=-1)["workers"]
        if self.addresses is not None and not set(self.addresses) & here.keys():
            raise InputError(
                "the workers that could be used are gone", source=self._scheduler, remedy="start them and run it again"
            )


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


def _cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def _client(workers: int, scheduler: str) -> Iterator[Client]:
    """A client of the scheduler at an address, or of one with so many processes that end with this one."""
    if scheduler:
        check_scheduler(scheduler)
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


def check_scheduler(scheduler: str) -> None:
    """Refuse an address where no dask scheduler answers, before a client is made that would go on trying.

    Raises
    ------
    InputError
    """

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
