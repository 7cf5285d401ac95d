from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from planner.study.cells import Asked, StudyCase, paper_cells, robust_cells, shift_columns
from planner.study.markdown import to_markdown
from planner.study.table import tabulate

MakeRow = Callable[..., dict[str, Any]]


def cells_by_heading(table: str) -> list[dict[str, str]]:
    """The rows of the first table of a text."""
    head, _, *rows = (line.strip("| ").split(" | ") for line in table.split("\n\n")[0].splitlines())
    return [dict(zip(head, row, strict=True)) for row in rows]


def test_chance_stands_in_the_heading_where_letters_are_read(asked: Asked, make_row: MakeRow) -> None:
    for task, heading in (("reading", "recognition (chance 0.0385)"), ("images", "recognition")):
        cells = paper_cells(replace(asked, tasks=(task,), threads=(8,), seeds=1))  # type: ignore[arg-type]
        row, *_ = cells_by_heading(to_markdown(tabulate(cells, [(cell, make_row()) for cell in cells])))
        assert heading in row


def test_a_line_says_how_its_searches_ended(asked: Asked, make_row: MakeRow) -> None:
    cells = paper_cells(replace(asked, tasks=("reading",), threads=(8,), methods=("grid", "percept"), seeds=3))
    rows = [(cell, make_row(status=("stopped", "converged", "stopped")[cell.seed])) for cell in cells]
    grid, percept = (row["search ended"] for row in cells_by_heading(to_markdown(tabulate(cells, rows))))
    assert (grid, percept) == ("–", "1 converged, 2 stopped")


def test_the_vessels_of_each_case_are_said(make_row: MakeRow) -> None:
    cases = (StudyCase("demo", "a", vessels="synthetic, grown from seed 0"), StudyCase("mine", "b", vessels="none"))
    cells = paper_cells(Asked(cases, threads=(8,), seeds=1))
    text = to_markdown(tabulate(cells, [(cell, make_row()) for cell in cells]))
    assert text.endswith("\nVessels of demo: synthetic, grown from seed 0.\nVessels of mine: none.\n")


def test_shifts_have_tables_of_their_own_where_there_were_any(asked: Asked, make_row: MakeRow) -> None:
    cells = robust_cells(replace(asked, methods=("coverage",), localisation_mm=(0.25,), seeds=1))
    shares = dict.fromkeys(shift_columns(cells[0].actual_mm), 0.0) | {"too_near_at_0.5_mm": 0.125}
    _, _, touching, _, near = to_markdown(tabulate(cells, [(c, make_row(**shares)) for c in cells])).split("\n\n")
    (row,) = cells_by_heading(near)
    assert (row["0.3 mm"], row["0.5 mm"]) == ("0.0", "12.5")
    assert cells_by_heading(touching)[0]["0.5 mm"] == "0.0"
    paper = paper_cells(replace(asked, threads=(8,), seeds=1))
    assert "moved" not in to_markdown(tabulate(paper, [(cell, make_row()) for cell in paper]))
