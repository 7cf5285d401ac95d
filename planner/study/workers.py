"""Workers of a cluster that others started: which of them can be given cells."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from distributed import Client

from planner.errors import InputError
from planner.study.cells import StudyCase
from planner.study.program import program

WORKERS_S: Final = 30.0  # that a scheduler's first worker has to come
ASK_S: Final = 10.0  # between looks at whether workers are left

ContentOf = Callable[[StudyCase], str]
"""Hash of what a worker finds where a case was found; see `planner.study.measure.case_content`."""


class Crew:
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


def await_workers(client: Client, scheduler: str, seconds: float) -> None:
    """Wait until a scheduler has a worker.

    Raises
    ------
    InputError
        Where there is none after so many seconds.
    """
    try:
        client.wait_for_workers(1, timeout=seconds)
    except TimeoutError as error:
        raise InputError(
            f"has no workers after {seconds:g} s", source=scheduler, remedy=f"start some: dask worker {scheduler}"
        ) from error


def unfit_workers(
    client: Client, asked: str, cases: Sequence[StudyCase] = (), content_of: ContentOf | None = None
) -> tuple[list[str], Mapping[str, str]]:
    """Ask all workers for their program and for what they find where the cases were found.

    Parameters
    ----------
    client : Client
    asked : str
        The program that cells are measured with; see `planner.study.program`.
    cases : sequence of StudyCase
    content_of : callable, optional
        Known by its name to every worker; None to ask for the program only.

    Returns
    -------
    good : list of str
        Addresses of workers that can be given cells, sorted.
    unfit : mapping of str to str
        Addresses of the others, with what is wrong in a few words.
    """
    unfit: dict[str, str] = {}
    found = client.run(_program_here, on_error="return")
    for address, answer in found.items():
        if isinstance(answer, BaseException):
            unfit[address] = f"cannot say its program ({_line(answer)})"
        elif answer != asked:
            unfit[address] = f"has another program ({answer})"
    good = sorted(found.keys() - unfit.keys())
    for case in cases if content_of is not None else ():
        answers = client.run(content_of, case, workers=good, on_error="return") if good else {}
        for address, answer in answers.items():
            if isinstance(answer, BaseException):
                unfit[address] = f"cannot load {case.name} ({_line(answer)})"
            elif answer != case.content:
                unfit[address] = f"has another {case.name}"
        good = [address for address in good if address not in unfit]
    return good, dict(sorted(unfit.items()))


def _program_here() -> str:
    return program()


def _line(error: BaseException) -> str:
    return next(iter(str(error).splitlines()), "") or type(error).__name__
