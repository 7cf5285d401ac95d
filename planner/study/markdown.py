"""A study's table for a person to read: means ± standard deviations over seeds, and what has to be said with them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from planner.study.cells import METHOD_WORDS, shift_columns
from planner.study.table import ENDS, SETTINGS, Line, Table, shifted_mm

_SHOWN: Final = {"mse": "MSE", "ssim": "SSIM", "recognition": "recognition"}
_SHIFTED: Final = {"touching": "touch a vessel", "too_near": "are nearer than the clearance"}

Columns = Mapping[str, Callable[[Line], str]]
"""How a line's cell is written, by the column's heading."""


def to_markdown(table: Table, timed: Sequence[Line] = ()) -> str:
    """The table, what shifts of the vessels make of the plans where they were put to some, and notes.

    Parameters
    ----------
    table : Table
    timed : sequence of mapping
        Of `planner.study.table.times`, for a column of the searches' seconds, which never come out the same; none
        without.
    """
    shifted = [_shift_table(table, what, words) for what, words in _SHIFTED.items()]
    return "\n".join(filter(None, (_main_table(table, timed), *shifted, _notes(table))))


def _main_table(table: Table, timed: Sequence[Line]) -> str:
    seconds = {tuple(line[name] for name in SETTINGS): line for line in timed}
    columns = dict(_places(table))
    columns["N"] = lambda line: f"{line['n']}" + (f" ({line['no_room']} no room)" if line["no_room"] else "")
    for name, heading in _SHOWN.items():
        columns[_with_chance(table, name, heading)] = lambda line, name=name: _spread(line, name)  # type: ignore[misc]
    columns["field covered, %"] = lambda line: _spread(line, "coverage", 100.0, 1)
    columns["violations"] = lambda line: str(line["violations"]) if line["n"] else "–"
    columns["threads violating"] = lambda line: (
        f"{line['threads_violating']} of {line['threads_placed']}" if line["n"] else "–"
    )
    columns["search ended"] = _ended
    if timed:
        columns["time, s"] = lambda line: _spread(seconds[tuple(line[name] for name in SETTINGS)], "seconds", digits=1)
    return _written(columns, table.lines)


def _places(table: Table) -> Columns:
    """The columns that say what a line is of."""
    columns: dict[str, Callable[[Line], str]] = {
        name: lambda line, name=name: str(line[name])  # type: ignore[misc]
        for name in ("case", "task", "threads")
    }
    if len({line["localisation_mm"] for line in table.lines}) > 1:
        columns["localisation error planned for, mm"] = lambda line: f"{line['localisation_mm']:g}"
    columns["method"] = lambda line: METHOD_WORDS[line["method"]]
    return columns


def _with_chance(table: Table, name: str, heading: str) -> str:
    guessed = {line[f"{name}_by_guessing"] for line in table.lines if line.get(f"{name}_by_guessing") is not None}
    return f"{heading} (chance {max(guessed):.4f})" if guessed else heading


def _ended(line: Line) -> str:
    counts = {status: line[f"ended_{status}"] for status in ENDS}
    return ", ".join(f"{count} {status}" for status, count in counts.items() if count) or "–"


def _shift_table(table: Table, what: str, words: str) -> str:
    """Per cent of threads by the length of the shift; empty where the plans were put to none."""
    lines = [line for line in table.lines if shifted_mm(line)]
    if not lines:
        return ""
    columns = dict(_places(table))
    for length_mm in sorted({length_mm for line in lines for length_mm in shifted_mm(line)}):
        (name,) = shift_columns((length_mm,), (what,))
        columns[f"{length_mm:g} mm"] = lambda line, name=name: _spread(line, name, 100.0, 1)  # type: ignore[misc]
    return f"Threads that {words} where the vessels have moved so far, %:\n\n{_written(columns, lines)}"


def _notes(table: Table) -> str:
    vessels = dict.fromkeys((line["case"], line["vessels"]) for line in table.lines if line["vessels"])
    return "".join(f"Vessels of {case}: {words}.\n" for case, words in vessels)


def _written(columns: Columns, lines: Sequence[Line]) -> str:
    heads = [f"| {' | '.join(columns)} |", f"|{' --- |' * len(columns)}"]
    rows = [f"| {' | '.join(show(line) for show in columns.values())} |" for line in lines]
    return "\n".join(heads + rows) + "\n"


def _spread(line: Line, name: str, scale: float = 1.0, digits: int = 4) -> str:
    mean, spread = line[name], line[f"{name}_sd"]
    if mean is None:
        return "–"
    return f"{scale * mean:.{digits}f}" + ("" if spread is None else f" ± {scale * spread:.{digits}f}")
