"""Where a study's cells are measured: processes that this one starts here, or a cluster that others started."""

from __future__ import annotations

import asyncio
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Final

import dask
from distributed import Client, LocalCluster
from distributed.core import rpc

from planner.errors import InputError

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


def cores() -> int:
    """How many processors this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


@contextmanager
def client_of(workers: int, scheduler: str) -> Iterator[Client]:
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
