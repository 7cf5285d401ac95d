"""The searches of vimplant's objective as a table: means and spread over seeds, and what they may be compared with."""

from __future__ import annotations

import json
from collections.abc import Sequence
from statistics import mean, stdev
from typing import Any, Final

from planner import RESEARCH_NOTICE
from planner.design.rigid_grid import PARAMETERS
from planner.study.ledger import Row
from planner.study.table import Line, to_csv
from planner.study.vimplant import METHODS, SearchCell

CAVEAT: Final = (
    "The objective is rebuilt from a summary of van Hoof et al. 2025; its weights are remembered and not checked. "
    "Losses are not to be compared with the paper's."
)
TERMS: Final = ("loss", "dice", "grid_yield", "hellinger")
"""Averaged over seeds."""

COLUMNS: Final = (
    *("hemisphere", "method", "evaluations", "N", "loss", "by seed"),
    *("Dice", "yield", "Hellinger", "seconds", "ended on a bound"),
)

Rows = Sequence[tuple[SearchCell, Row]]


def search_lines(cells: Sequence[SearchCell], rows: Rows) -> tuple[Line, ...]:
    """A line for each hemisphere and method, in the order of `METHODS`; seconds are not in it.

    Returns
    -------
    tuple of mapping
        ``hemisphere``, ``region``, ``method``; ``wanted``, searches asked for, and ``n``, those done; ``evaluations``,
        the most of any; each of `TERMS` with its standard deviation over seeds ``…_sd`` (of a sample; None of one);
        ``loss_by_seed``; ``on_bounds``, how often each parameter ended on a bound. None where nothing is done.
    """
    kinds = sorted({_kind(cell) for cell in cells}, key=lambda kind: (kind[0], tuple(METHODS).index(kind[2])))
    lines = []
    for kind in kinds:
        found = _found(kind, rows)
        line: dict[str, Any] = dict(zip(("hemisphere", "region", "method"), kind, strict=True))
        line |= {"wanted": sum(_kind(cell) == kind for cell in cells), "n": len(found)}
        line["evaluations"] = max((row["evaluations"] for row in found), default=None)
        for term in TERMS:
            line |= _averaged(term, found)
        line["loss_by_seed"] = [row["loss"] for row in found]
        line["on_bounds"] = {name: sum(name in row["on_bounds"] for row in found) for name in PARAMETERS}
        lines.append(line)
    return tuple(lines)


def search_times(lines: Sequence[Line], rows: Rows) -> tuple[Line, ...]:
    """How long the searches took, seconds: apart from the table, because it never comes out the same."""
    return tuple(
        {**dict(zip(("hemisphere", "region", "method"), kind, strict=True)), **_averaged("seconds", _found(kind, rows))}
        for kind in ((line["hemisphere"], line["region"], line["method"]) for line in lines)
    )


def searches_csv(rows: Rows) -> str:
    """One search a line, as comma-separated values."""
    return to_csv(
        [
            {
                **{name: getattr(cell, name) for name in ("hemisphere", "region", "method", "seed")},
                **{name: value for name, value in row.items() if name not in ("pose", "on_bounds", "seconds")},
                **dict(zip(PARAMETERS, row["pose"], strict=True)),
                "on_bounds": " ".join(row["on_bounds"]),
            }
            for cell, row in sorted(rows, key=lambda pair: _place(pair[0]))
        ]
    )


def searches_record(
    case: str, program: str, cells: Sequence[SearchCell], lines: Sequence[Line], rows: Rows
) -> dict[str, Any]:
    """All there is to say, as one JSON value."""
    return {
        "study": "vimplant",
        "program": program,
        "sources": sorted({cell.sources for cell in cells}),
        "case": case,
        "notice": searches_notice(rows),
        "caveat": CAVEAT,
        "missing": len(cells) - len(rows),
        "lines": lines,
    }


def searches_json(record: dict[str, Any]) -> str:
    """A record as text."""
    return json.dumps(record, indent=1, allow_nan=False) + "\n"


def searches_markdown(lines: Sequence[Line], times: Sequence[Line], rows: Rows) -> str:
    """The table for a person to read: mean ± standard deviation over seeds, then what it may be taken for."""
    text = [f"| {' | '.join(COLUMNS)} |", f"|{' --- |' * len(COLUMNS)}"]
    for line, time in zip(lines, times, strict=True):
        cells = [
            line["hemisphere"],
            line["method"],
            "–" if line["evaluations"] is None else str(line["evaluations"]),
            str(line["n"]),
            _words(line, "loss", 3),
            " ".join(f"{loss:.3f}" for loss in line["loss_by_seed"]) or "–",
            *(_words(line, term, 3) for term in TERMS[1:]),
            _words(time, "seconds", 1),
            _bounds(line),
        ]
        text.append(f"| {' | '.join(cells)} |")
    return "\n".join(text) + f"\n\nMeans ± standard deviation over seeds. {CAVEAT}\n\n{searches_notice(rows)}\n"


def searches_notice(rows: Rows) -> str:
    """What the study may be used for; vessels play no part in it, so neither do synthetic ones."""
    synthetic = any(row["synthetic"] for _, row in rows)
    words = " Vessels play no part here; this case's are synthetic." if synthetic else " Vessels play no part here."
    return f"{RESEARCH_NOTICE}{words}"


def _kind(cell: SearchCell) -> tuple[str, str, str]:
    return cell.hemisphere, cell.region, cell.method


def _place(cell: SearchCell) -> tuple[str, int, int]:
    return cell.hemisphere, tuple(METHODS).index(cell.method), cell.seed


def _found(kind: tuple[str, str, str], rows: Rows) -> list[Row]:
    """The rows of one kind, in the seeds' order."""
    return [row for cell, row in sorted(rows, key=lambda pair: pair[0].seed) if _kind(cell) == kind]


def _averaged(name: str, rows: Sequence[Row]) -> dict[str, float | None]:
    values = [float(row[name]) for row in rows]
    spread = stdev(values) if len(values) > 1 else None
    return {name: mean(values) if values else None, f"{name}_sd": spread}


def _words(line: Line, name: str, digits: int) -> str:
    middle, spread = line[name], line[f"{name}_sd"]
    if middle is None:
        return "–"
    return f"{middle:.{digits}f}" + ("" if spread is None else f" ± {spread:.{digits}f}")


def _bounds(line: Line) -> str:
    """Which parameters ended on a bound, and how often."""
    return ", ".join(f"{name} {count} of {line['n']}" for name, count in line["on_bounds"].items() if count) or "none"
