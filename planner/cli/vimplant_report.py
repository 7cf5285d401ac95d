"""What ``calcarine study vimplant`` takes and says; see `planner.cli.study`, which runs it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from planner.cli.output import print_json, print_lines, warn
from planner.errors import InputError

if TYPE_CHECKING:
    from planner.study.ledger import Failure
    from planner.study.vimplant import SearchCell
    from planner.study.vimplant_table import Rows

UNUSED: Final[Mapping[str, tuple[Any, ...]]] = {
    **dict.fromkeys(("threads", "tasks", "methods", "steps", "localisation"), (None,)),
    "device": (None, "long-thread"),
}
"""Options that say nothing here, with what they hold where they were not given."""
SHOWN_ERROR: Final = 400  # characters of a failure's first line that are printed


def refuse_unused(arguments: argparse.Namespace) -> None:
    """Refuse options that would be without effect.

    Raises
    ------
    InputError
        For the first of them, and for more than one case.
    """
    for name, unset in UNUSED.items():
        if getattr(arguments, name) not in unset:
            raise InputError(f"vimplant's study has no use for --{name}", remedy="leave it out")
    if len(arguments.cases) != 1:
        raise InputError("vimplant's objective is put to one case", remedy="give one to --cases")


def report_searches(
    arguments: argparse.Namespace,
    out: Path,
    cells: Sequence[SearchCell],
    rows: Rows,
    failures: Mapping[SearchCell, Failure],
) -> int:
    """Write the tables and the figure; print the table, or everything as one JSON value, and what failed."""
    from planner.cli import DONE, INFEASIBLE
    from planner.plan.atomic import staged_folder
    from planner.study.ledger import LEDGER
    from planner.study.program import program
    from planner.study.table import to_csv
    from planner.study.vimplant_figure import draw_losses
    from planner.study.vimplant_table import (
        search_lines,
        search_times,
        searches_csv,
        searches_json,
        searches_markdown,
        searches_record,
    )

    case = Path(arguments.cases[0]).resolve().name
    lines = search_lines(cells, rows)
    times = search_times(lines, rows)
    markdown = searches_markdown(lines, times, rows)
    record = searches_record(case, program(), cells, lines, rows)
    texts = {
        "vimplant.csv": searches_csv(rows),
        "vimplant.json": searches_json(record),
        "vimplant.md": markdown,
        "vimplant-times.csv": to_csv(times),
    }
    with staged_folder(out) as stage:
        for name, text in texts.items():
            (stage / name).write_text(text, encoding="utf-8", newline="\n")
        draw_losses(lines, rows, case, stage / "vimplant.png")
        files = [str(out / file.name) for file in sorted(stage.iterdir())] + [str(out / LEDGER)]
    for cell, failure in failures.items():
        warn(f"Failed {failure.attempts} times: {cell.words}: {failure.error.splitlines()[0][:SHOWN_ERROR]}")
    if arguments.json:
        failed = [{"cell": cell.words, **asdict(failure)} for cell, failure in failures.items()]
        print_json(record | {"seconds": times, "failures": failed, "files": files})
    else:
        print(markdown)
        print_lines(files)
    return INFEASIBLE if failures else DONE
