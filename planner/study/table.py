"""Rows to a table: mean and spread over seeds, the same to the last byte whatever order the rows came in."""

from __future__ import annotations

import csv
import io
import json
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from math import fsum, sqrt
from typing import Any, Final, get_args

from planner import RESEARCH_NOTICE
from planner.design.step import Status
from planner.study.cells import METHODS, OPTIMISED, SHIFTED, Cell, shift_columns
from planner.study.ledger import Row
from planner.tasks.recognition import CHANCE

MEASURES: Final = ("mse", "ssim", "psnr", "recognition", "coverage", "usable_contacts", "vessel_mm")
"""Averaged over seeds."""
COUNTS: Final = ("violations", "threads_violating", "threads")
"""Added up over seeds."""
TIMES: Final = ("seconds", "seconds_check")
SETTINGS: Final = ("case", "task", "threads", "method", "localisation_mm", "device", "steps")
DIGITS: Final = 6  # significant ones that are written
ENDS: Final[tuple[Status, ...]] = tuple(status for status in get_args(Status) if status != "running")
"""How a search may end; counted over the plans of methods that search."""

Line = Mapping[str, Any]
"""A line of the table: its settings, ``n`` plans that were measured, and values by name; None where there is none."""


@dataclass(frozen=True)
class Table:
    """A study's table.

    Attributes
    ----------
    lines : tuple of mapping
        One for each kind of cell, by case, task, threads, localisation error and method. Settings by their names;
        ``wanted``, the plans asked for; ``n``, those measured; ``no_room``, those whose budget had no room;
        ``feasible``, those that the exact check passed; ``violations`` and ``threads_violating`` in all of them,
        ``violations_…`` by constraint, ``threads_placed``; each of `MEASURES` with its standard deviation over seeds,
        ``…_sd`` (of a sample; None of one plan); so are ``chance_…``, what a random search of the same length found,
        and `shift_columns`, how the plans stood shifts of the vessels. ``recognition_by_guessing`` is chance among the
        letters. ``ended_…`` are the plans whose search ended so, of methods that search. ``vessels``, the case's, in
        words.
    missing : int
        Cells that have no row.
    synthetic : bool
        Whether the vessels of any case are.
    """

    lines: tuple[Line, ...]
    missing: int
    synthetic: bool


def tabulate(cells: Sequence[Cell], rows: Sequence[tuple[Cell, Row]]) -> Table:
    """The table of a study's cells; rows may come in any order."""
    wanted = Counter(map(_kind, cells))
    return Table(
        tuple(_line(kind, wanted[kind], found) for kind, found in _by_kind(cells, rows)),
        len(cells) - len(rows),
        any(row.get("synthetic") for _, row in rows),
    )


def times(cells: Sequence[Cell], rows: Sequence[tuple[Cell, Row]]) -> tuple[Line, ...]:
    """How long each kind of cell took, seconds: apart from the table, because it never comes out the same."""
    lines = []
    for kind, found in _by_kind(cells, rows):
        averaged = {name: value for time in TIMES for name, value in _averaged(time, found).items()}
        lines.append({**_settings(kind), "n": len(found), **averaged})
    return tuple(lines)


def _by_kind(cells: Sequence[Cell], rows: Sequence[tuple[Cell, Row]]) -> list[tuple[Cell, list[Row]]]:
    """The rows of cells that differ by their seed only, in the seeds' order; kinds in the table's order."""
    kinds: dict[Cell, list[Row]] = {_kind(cell): [] for cell in cells}
    for cell, row in sorted(rows, key=lambda pair: pair[0].seed):
        kinds[_kind(cell)].append(row)
    return sorted(kinds.items(), key=lambda pair: _place(pair[0]))


def _kind(cell: Cell) -> Cell:
    return replace(cell, seed=0)


def _place(cell: Cell) -> tuple[Any, ...]:
    return (cell.case.name, cell.task != "reading", cell.threads, cell.localisation_mm, METHODS.index(cell.method))


def _settings(kind: Cell) -> dict[str, Any]:
    return {**{name: getattr(kind, name) for name in SETTINGS}, "case": kind.case.name, "device": kind.device.name}


def _line(kind: Cell, wanted: int, found: Sequence[Row]) -> Line:
    placed = [row for row in found if row["plan"] is not None]
    line = _settings(kind) | {"wanted": wanted, "n": len(placed), "no_room": len(found) - len(placed)}
    line["feasible"] = sum(bool(row["feasible"]) for row in placed)
    for name in COUNTS:
        line["threads_placed" if name == "threads" else name] = sum(row[name] for row in placed)
    for name in sorted({name for row in placed for name in row if name.startswith("violations_")}):
        line[name] = sum(row[name] for row in placed)
    chance = sorted({name for row in placed for name in row if name.startswith("chance_")})
    for name in (*MEASURES, *chance, *shift_columns(kind.actual_mm)):
        line |= _averaged(name, placed)
    line["recognition_by_guessing"] = _rounded(CHANCE) if kind.task == "reading" else None
    ended = Counter(row["status"] for row in placed) if kind.method in OPTIMISED else None
    line |= {f"ended_{status}": None if ended is None else ended[status] for status in ENDS}
    return line | {"vessels": kind.case.vessels}


def shifted_mm(line: Line) -> tuple[float, ...]:
    """Lengths of the shifts that a line's plans were put to, mm, as its columns say; see `shift_columns`."""
    begin, end = f"{SHIFTED[0]}_at_", "_mm"
    names = [name for name in line if name.startswith(begin) and name.endswith(end) and line[name] is not None]
    return tuple(float(name.removeprefix(begin).removesuffix(end)) for name in names)


def _averaged(name: str, rows: Sequence[Row]) -> dict[str, float | None]:
    values = [float(row[name]) for row in rows if row[name] is not None]
    if not values:
        return {name: None, f"{name}_sd": None}
    mean = fsum(values) / len(values)
    spread = sqrt(fsum((value - mean) ** 2 for value in values) / (len(values) - 1)) if len(values) > 1 else None
    return {name: _rounded(mean), f"{name}_sd": _rounded(spread)}


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.{DIGITS}g}")


def to_csv(lines: Sequence[Line]) -> str:
    """Comma-separated values with a heading; empty where there is none."""
    columns = list(dict.fromkeys(name for line in lines for name in line))
    text = io.StringIO()
    writer = csv.DictWriter(text, columns, restval="", lineterminator="\n")
    writer.writeheader()
    writer.writerows(lines)
    return text.getvalue()


def to_json(table: Table, more: Mapping[str, Any]) -> str:
    """One JSON value: `more`, which says what was asked for, and the table."""
    value = {**more, "missing": table.missing, "synthetic_vessels": table.synthetic, "lines": table.lines}
    return json.dumps(value, indent=1, allow_nan=False) + "\n"


def notice(table: Table) -> str:
    """What the study may be used for, and that its vessels are synthetic where they are."""
    synthetic = " The vessels are synthetic and belong to nobody." if table.synthetic else ""
    return f"{RESEARCH_NOTICE}{synthetic}"
