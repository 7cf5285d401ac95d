"""What ``calcarine study`` writes and says of a study made of cells; see `planner.cli.study`, which runs it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

from planner.cli.output import print_json, print_lines, warn

if TYPE_CHECKING:
    from planner.study.cells import Cell
    from planner.study.figures import Varied
    from planner.study.ledger import Failure, Row
    from planner.study.table import Table

SHOWN_ERROR: Final = 400  # characters of a failure's first line that are printed


def report_cells(
    arguments: argparse.Namespace,
    out: Path,
    cells: Sequence[Cell],
    rows: Sequence[tuple[Cell, Row]],
    failures: Mapping[Cell, Failure],
) -> int:
    """Write table, times and figures; print the table, what of the claims holds, and what failed."""
    from planner.cli import DONE, INFEASIBLE
    from planner.study.claims import claims_words
    from planner.study.markdown import to_markdown
    from planner.study.safety import safety_costs
    from planner.study.shortfalls import shortfalls
    from planner.study.table import notice, tabulate, times
    from planner.study.tallies import tallies

    name = arguments.study
    table = tabulate(cells, rows)
    claims = claims_words(table, rows) if name == "paper" else ()
    files = _written(name, out, cells, rows, table, claims)
    for cell, failure in failures.items():
        tried = "once" if failure.attempts == 1 else f"{failure.attempts} times"
        warn(f"Failed {tried}: {cell.words}: {failure.error.splitlines()[0][:SHOWN_ERROR]}")
    if failures:
        warn("What failed is not tried again unless --retry is given.")
    if arguments.json:
        print_json(
            {
                "study": name,
                "lines": table.lines,
                "missing": table.missing,
                "shortfalls": [asdict(found) for found in shortfalls(table)] if name == "paper" else None,
                "claims": [asdict(found) for found in tallies(table, rows)] if name == "paper" else None,
                "safety_costs": [asdict(found) | {"share": found.share} for found in safety_costs(table)]
                if name == "paper"
                else None,
                "failures": [{"cell": cell.words, **asdict(failure)} for cell, failure in failures.items()],
                "files": [str(file) for file in files],
                "notice": notice(table),
            }
        )
    else:
        print(to_markdown(table, times(cells, rows)))
        print_lines(claims)
        print(notice(table))
        print_lines(str(file) for file in files)
    return INFEASIBLE if failures else DONE


def _written(
    name: str,
    out: Path,
    cells: Sequence[Cell],
    rows: Sequence[tuple[Cell, Row]],
    table: Table,
    claims: Sequence[str],
) -> list[Path]:
    """Write the study's files into its folder, all at once."""
    from planner.plan.atomic import staged_folder
    from planner.study.figures import draw_curves, draw_times
    from planner.study.ledger import LEDGER
    from planner.study.markdown import to_markdown
    from planner.study.program import program
    from planner.study.shift_figure import draw_shifts
    from planner.study.table import notice, times, to_csv, to_json

    seconds = times(cells, rows)
    devices = {cell.device.name: cell.device for cell in cells}
    said = "".join(f"- {sentence}\n" for sentence in claims)
    texts = {
        f"{name}.csv": to_csv(table.lines),
        f"{name}.json": to_json(table, {"study": name, "program": program(), "notice": notice(table)}),
        f"{name}.md": "\n".join(filter(None, (to_markdown(table), said, notice(table) + "\n"))),
        f"{name}-times.csv": to_csv(seconds),
    }
    varied: Varied = "localisation_mm" if name == "robust" else "threads"
    with staged_folder(out) as stage:
        for file, text in texts.items():
            (stage / file).write_text(text, encoding="utf-8", newline="\n")
        for number, case in enumerate(dict.fromkeys(line["case"] for line in table.lines), start=1):
            label = Path(case).resolve().name  # also of a folder that is given as a dot
            title = f"{TITLES[name]}: {label}"
            draw_curves(table, case, varied, title, stage / f"{name}-{number}-{label}.png", devices)
            took = stage / f"{name}-times-{number}-{label}.png"
            draw_times(seconds, table, case, varied, f"Time of the search: {label}", took, devices)
            if name == "robust":
                draw_shifts(
                    table, case, f"Where vessels have moved: {label}", stage / f"robust-shifts-{number}-{label}.png"
                )
        return [out / file.name for file in sorted(stage.iterdir())] + [out / LEDGER]


TITLES: Final = {
    "paper": "Quality of plans by method",
    "budget": "Quality against insertions",
    "robust": "Quality against the localisation error planned for",
}
