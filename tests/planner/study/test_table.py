from __future__ import annotations

import csv
import io
import json
import random
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from planner.study.cells import Asked, Cell, paper_cells, shift_columns
from planner.study.markdown import to_markdown
from planner.study.table import Line, notice, shifted_mm, tabulate, times, to_csv, to_json

MakeRow = Callable[..., dict[str, Any]]


@pytest.fixture
def cells(asked: Asked) -> tuple[Cell, ...]:
    given = replace(asked, tasks=("reading", "images"), threads=(16, 8), methods=("percept", "coverage"), seeds=3)
    return paper_cells(given)


def line_of(lines: tuple[Line, ...], task: str, threads: int, method: str) -> Line:
    (found,) = [line for line in lines if (line["task"], line["threads"], line["method"]) == (task, threads, method)]
    return found


def test_means_and_spreads_are_those_worked_out_by_hand(cells: tuple[Cell, ...], make_row: MakeRow) -> None:
    values = {0: 0.25, 1: 0.5, 2: 0.75}  # mean 0.5, sample variance (0.0625 + 0 + 0.0625) / 2
    rows = [
        (cell, make_row(mse=values[cell.seed], violations=cell.seed, threads_violating=1, feasible=not cell.seed))
        for cell in cells
    ]
    line = line_of(tabulate(cells, rows).lines, "reading", 8, "percept")
    assert (line["mse"], line["mse_sd"]) == (0.5, 0.25)
    assert (line["ssim"], line["ssim_sd"]) == (0.5, 0.0)
    assert (line["wanted"], line["n"], line["no_room"], line["feasible"]) == (3, 3, 0, 1)
    assert (line["violations"], line["threads_violating"], line["threads_placed"]) == (3, 3, 24)


def test_what_chance_found_is_averaged_beside_what_was_planned(cells: tuple[Cell, ...], make_row: MakeRow) -> None:
    rows = [
        (cell, make_row(chance_mse=(0.25, 0.5, 0.75)[cell.seed] if cell.method == "percept" else None))
        for cell in cells
    ]
    lines = tabulate(cells, rows).lines
    line = line_of(lines, "reading", 8, "percept")
    assert (line["chance_mse"], line["chance_mse_sd"]) == (0.5, 0.25)
    assert line_of(lines, "reading", 8, "coverage")["chance_mse"] is None


def test_the_table_is_the_same_to_the_byte_whatever_order_rows_came_in(
    cells: tuple[Cell, ...], make_row: MakeRow
) -> None:
    draw = random.Random(0)
    rows = [(cell, make_row(mse=draw.random() * 10 ** draw.randint(-6, 6), seconds=draw.random())) for cell in cells]
    first = tabulate(cells, rows)
    for _ in range(20):
        draw.shuffle(rows)
        mixed = tabulate(tuple(draw.sample(cells, len(cells))), [(c, row | {"seconds": 9.0}) for c, row in rows])
        assert to_csv(mixed.lines) == to_csv(first.lines)
        assert to_markdown(mixed) == to_markdown(first)
        assert to_json(mixed, {}) == to_json(first, {})


def test_lines_stand_by_task_threads_and_method(cells: tuple[Cell, ...], make_row: MakeRow) -> None:
    lines = tabulate(cells, [(cell, make_row()) for cell in cells]).lines
    assert [(line["task"], line["threads"], line["method"]) for line in lines] == [
        (task, threads, method)
        for task in ("reading", "images")
        for threads in (8, 16)
        for method in ("coverage", "percept")
    ]


def test_a_budget_without_room_counts_as_such_and_not_in_the_means(cells: tuple[Cell, ...], make_row: MakeRow) -> None:
    empty = make_row(plan=None, mse=None, ssim=None, feasible=False, violations=None, threads_violating=None, threads=0)
    rows = [(cell, make_row(mse=0.5) if cell.seed else empty) for cell in cells]
    line = line_of(tabulate(cells, rows).lines, "images", 16, "coverage")
    assert (line["n"], line["no_room"], line["mse"], line["violations"]) == (2, 1, 0.5, 0)
    assert "2 (1 no room)" in to_markdown(tabulate(cells, rows))
    none = tabulate(cells, [(cell, empty) for cell in cells]).lines[0]
    assert (none["n"], none["mse"], none["mse_sd"]) == (0, None, None)


def test_what_has_no_row_is_missing_and_one_plan_has_no_spread(cells: tuple[Cell, ...], make_row: MakeRow) -> None:
    rows = [(cell, make_row(recognition=None)) for cell in cells if cell.seed == 0]
    table = tabulate(cells, rows)
    assert table.missing == len(cells) - len(rows)
    assert (table.lines[0]["n"], table.lines[0]["mse_sd"], table.lines[0]["recognition"]) == (1, None, None)
    assert "| – |" in to_markdown(table)


def test_csv_and_json_hold_the_same_numbers(cells: tuple[Cell, ...], make_row: MakeRow) -> None:
    table = tabulate(cells, [(cell, make_row(mse=0.1 * (cell.seed + 1) / 3)) for cell in cells])
    read = list(csv.DictReader(io.StringIO(to_csv(table.lines))))
    lines = json.loads(to_json(table, {"study": "paper"}))["lines"]
    assert len(read) == len(lines) == len(table.lines)
    assert [float(line["mse"]) for line in read] == [line["mse"] for line in lines] == [0.0666667] * len(lines)


def test_seconds_are_in_a_table_of_their_own(cells: tuple[Cell, ...], make_row: MakeRow) -> None:
    rows = [(cell, make_row(seconds=float(cell.seed))) for cell in cells]
    assert "seconds" not in to_csv(tabulate(cells, rows).lines)
    assert [(line["seconds"], line["seconds_sd"]) for line in times(cells, rows)] == [(1.0, 1.0)] * 8


def test_the_field_is_in_per_cent_and_seconds_are_a_column_where_they_are_given(
    cells: tuple[Cell, ...], make_row: MakeRow
) -> None:
    rows = [(cell, make_row(coverage=0.125 + 0.125 * cell.seed, seconds=float(cell.seed))) for cell in cells]
    table = tabulate(cells, rows)
    head, _, first, *_ = to_markdown(table, times(cells, rows)).splitlines()
    shown = dict(zip(head.split(" | "), first.split(" | "), strict=True))
    assert shown["field covered, %"] == "25.0 ± 12.5"
    assert shown["time, s |"] == "1.0 ± 1.0 |"
    assert "time" not in to_markdown(table)


def test_synthetic_vessels_are_told(cells: tuple[Cell, ...], make_row: MakeRow) -> None:
    assert "synthetic" in notice(tabulate(cells, [(cells[0], make_row())]))
    assert "synthetic" not in notice(tabulate(cells, [(cells[0], make_row(synthetic=False))]))


def test_chance_is_that_of_a_guess_among_the_letters_and_pictures_have_none(
    cells: tuple[Cell, ...], make_row: MakeRow
) -> None:
    lines = tabulate(cells, [(cell, make_row()) for cell in cells]).lines
    assert line_of(lines, "reading", 8, "percept")["recognition_by_guessing"] == pytest.approx(1 / 26, rel=1e-5)
    assert line_of(lines, "images", 8, "percept")["recognition_by_guessing"] is None


def test_how_searches_ended_is_counted_where_there_was_a_search(cells: tuple[Cell, ...], make_row: MakeRow) -> None:
    ends = ("converged", "stopped", "converged")
    lines = tabulate(cells, [(cell, make_row(status=ends[cell.seed])) for cell in cells]).lines
    line = line_of(lines, "reading", 8, "percept")
    assert {name: line[name] for name in line if name.startswith("ended_")} == {
        "ended_converged": 2,
        "ended_stopped": 1,
        "ended_infeasible": 0,
        "ended_diverged": 0,
    }
    assert line_of(lines, "reading", 8, "coverage")["ended_converged"] is None


def test_shifts_are_averaged_over_seeds_and_known_by_their_columns(cells: tuple[Cell, ...], make_row: MakeRow) -> None:
    put = tuple(replace(cell, actual_mm=(0.0, 0.25)) for cell in cells)
    values = dict.fromkeys(shift_columns((0.0, 0.25)), 0.0)
    rows = [(cell, make_row(**values) | {"touching_at_0.25_mm": 0.25 * cell.seed}) for cell in put]
    line = tabulate(put, rows).lines[0]
    assert (line["touching_at_0.25_mm"], line["touching_at_0.25_mm_sd"]) == (0.25, 0.25)
    assert shifted_mm(line) == (0.0, 0.25)
    assert shifted_mm(tabulate(cells, [(cell, make_row()) for cell in cells]).lines[0]) == ()
