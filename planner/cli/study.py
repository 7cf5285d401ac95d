"""``calcarine study``: many plans on many processes, as a table and figures that can be checked."""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, TypeVar

from planner.cli.numbers import real, whole
from planner.study.cells import METHODS, STUDIES, TASKS

if TYPE_CHECKING:
    from planner.implant.device import Device
    from planner.study.cells import Cell, StudyCase
    from planner.study.ledger import Failure, Row

HELP: Final = "compare methods over many plans: a table, figures, and what of the claims holds"
DETAILS: Final = (
    "paper: tasks × threads × methods × seeds × cases. budget: quality against insertions. robust: against the "
    "localisation error that is planned for. vimplant: its objective put to a Gaussian process, to chance and to ours. "
    "Run again with the same --out it goes on where it was, whatever ended it. "
    "Exits with 1, everything written, where some plan could not be made after three attempts."
)


Value = TypeVar("Value")


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    add = parser.add_argument
    add("study", choices=list(RUNS), metavar="STUDY", help=", ".join(RUNS))
    add("--out", type=Path, metavar="DIR", help="folder for results and tables (default: calcarine-study)")
    add("--seeds", type=whole(1, 10_000), default=5, metavar="N", help="plans of each kind (default 5)")
    add("--threads", type=_listed(whole(1, 1024)), metavar="T,…", help="budgets (paper: 8,16,32,64)")
    add("--tasks", type=_listed(_one_of(TASKS)), metavar="TASK,…", help=f"of {', '.join(TASKS)}")
    add("--methods", type=_listed(_one_of(METHODS)), metavar="METHOD,…", help=f"of {', '.join(METHODS)}")
    add("--cases", nargs="+", default=["demo"], metavar="CASE", help="demo (default), names of cases or folders")
    add(
        "--localisation",
        type=_listed(real(0, 100, "mm")),
        metavar="MM,…",
        help="localisation errors to add to the clearance (robust: 0 to 1 mm)",
    )
    add("--device", default="long-thread", metavar="NAME", help="see calcarine devices (default long-thread)")
    add("--steps", type=whole(0, 100_000), metavar="N", help="gradient steps at most")
    add("--workers", type=whole(1, 1024), metavar="N", help="processes on this machine (default: one for each core)")
    add("--scheduler", default="", metavar="ADDRESS", help="of a dask scheduler to use instead, e.g. tcp://node1:8786")
    add("--retry", action="store_true", help="try again what failed for good before")


def run(arguments: argparse.Namespace) -> int:
    """Run the study that is named."""
    return RUNS[arguments.study](arguments)


def run_cells_study(arguments: argparse.Namespace) -> int:
    """Measure the study's cells that are not done, then write and print what all of them say."""
    from planner.cli.output import say, warn
    from planner.cli.study_report import report_cells
    from planner.implant.catalogue import load_device
    from planner.study.cells import StudyCase
    from planner.study.cluster import check_scheduler
    from planner.study.ledger import LEDGER, open_ledger, read_ledger
    from planner.study.measure import case_content, measure, study_case
    from planner.study.run import failures_of, rows_of, run_cells

    device = load_device(arguments.device)  # what is no device is refused before any work
    _cells(arguments, tuple(StudyCase(name, "") for name in arguments.cases), device)  # so is what is given twice
    if arguments.scheduler:
        check_scheduler(arguments.scheduler)
    out: Path = (arguments.out or Path("calcarine-study")).expanduser()
    with open_ledger(out / LEDGER) as ledger:
        say("Loading the cases")
        cases = tuple(study_case(name) for name in arguments.cases)
        cells = _cells(arguments, cases, device)
        try:
            with _Bar(arguments.study) as bar:
                run_cells(
                    cells,
                    measure,
                    ledger,
                    workers=arguments.workers,
                    scheduler=arguments.scheduler,
                    content_of=case_content,
                    retry=arguments.retry,
                    told=bar,
                    warn=warn,
                )
        except KeyboardInterrupt as interrupted:
            done = len(rows_of(cells, read_ledger(out / LEDGER)))
            interrupted.add_note(f"{done} of {len(cells)} plans are kept: run the same again to go on")
            raise
        rows, failures = rows_of(cells, ledger), failures_of(cells, ledger)
    return report_cells(arguments, out, cells, rows, failures)


def run_vimplant_study(arguments: argparse.Namespace) -> int:
    """Put vimplant's objective to a Gaussian process, to chance and to ours, in both hemispheres of one case."""
    from planner.cli.output import say
    from planner.cli.vimplant_report import refuse_unused, report_searches
    from planner.study.ledger import LEDGER, open_ledger, read_ledger
    from planner.study.measure import study_case
    from planner.study.run import failures_of, rows_of, run_cells
    from planner.study.vimplant import search, search_cells

    refuse_unused(arguments)
    out: Path = (arguments.out or Path("calcarine-study")).expanduser()
    with open_ledger(out / LEDGER) as ledger:
        say("Loading the case")
        searches = search_cells(study_case(arguments.cases[0]), arguments.seeds)
        cells: Sequence[Any] = searches  # what is run needs a key and words, and a search has them as a plan has
        look: Callable[[Any], Row] = search
        try:
            with _Bar(arguments.study) as bar:
                run_cells(
                    cells,
                    look,
                    ledger,
                    workers=arguments.workers,
                    scheduler=arguments.scheduler,
                    retry=arguments.retry,
                    told=bar,
                )
        except KeyboardInterrupt as interrupted:
            done = len(rows_of(cells, read_ledger(out / LEDGER)))
            interrupted.add_note(f"{done} of {len(cells)} searches are kept: run the same again to go on")
            raise
        rows: list[tuple[Any, Row]] = [*rows_of(cells, ledger)]
        failures: Mapping[Any, Failure] = failures_of(cells, ledger)
    return report_searches(arguments, out, searches, rows, failures)


RUNS: Final[Mapping[str, Callable[[argparse.Namespace], int]]] = {
    **dict.fromkeys(STUDIES, run_cells_study),
    "vimplant": run_vimplant_study,
}
"""The studies by name; one that is not made of cells has a function of its own."""


def _cells(arguments: argparse.Namespace, cases: tuple[StudyCase, ...], device: Device) -> tuple[Cell, ...]:
    from planner.study.cells import Asked

    asked = Asked(
        cases,
        tasks=arguments.tasks,
        threads=arguments.threads,
        methods=arguments.methods,
        localisation_mm=arguments.localisation,
        seeds=arguments.seeds,
        device=device,
        steps=arguments.steps,
    )
    return STUDIES[arguments.study](asked)


class _Bar:
    """Tells how many plans are done and how long the others will take: a bar at a terminal, else a line now and then.

    Parameters
    ----------
    name : str
        Of the study.
    every_s : float
        Seconds between lines.
    clock : callable
        Seconds from any moment.
    """

    def __init__(self, name: str, every_s: float = 60.0, clock: Callable[[], float] = time.monotonic) -> None:
        from tqdm import tqdm

        self._name, self._every_s, self._clock = name, every_s, clock
        self._bar = tqdm(desc=name, unit="plan", disable=None, leave=False)
        self._said = self._began = clock()
        self._before: int | None = None

    def __enter__(self) -> _Bar:
        return self

    def __exit__(self, *_: object) -> None:
        self._bar.close()

    def __call__(self, done: int, total: int, failed: int) -> None:
        """Show where it stands; what an earlier run did does not count for the speed."""
        if self._before is None:
            self._before = done
        if self._bar.disable:
            self._say(done - self._before, done, total, failed)
            return
        if self._bar.total is None:
            self._bar.reset(total)
            self._bar.initial = done
        if failed:
            self._bar.set_postfix(failed=failed, refresh=False)
        self._bar.n = done
        self._bar.refresh()

    def _say(self, new: int, done: int, total: int, failed: int) -> None:
        from planner.cli.output import warn

        now = self._clock()
        if now - self._said < self._every_s:
            return
        self._said = now
        left_min = (total - done - failed) * (now - self._began) / new / 60 if new else None
        left = "" if left_min is None else f", about {left_min:.0f} min left"
        warn(f"{self._name}: {done} of {total} plans{f', {failed} failed' if failed else ''}{left}")


def _listed(convert: Callable[[str], Value]) -> Callable[[str], tuple[Value, ...]]:
    def listed(text: str) -> tuple[Value, ...]:
        return tuple(convert(part.strip()) for part in text.split(","))

    return listed


def _one_of(names: Sequence[str]) -> Callable[[str], str]:
    def convert(text: str) -> str:
        if text not in names:
            raise argparse.ArgumentTypeError(f"{text!r} is not one of {', '.join(names)}")
        return text

    return convert
