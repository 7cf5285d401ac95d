from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from planner.study.cells import Asked, Cell, StudyMethod, paper_cells
from planner.study.claims import claims_words, safety_costs, shortfalls
from planner.study.table import Table, tabulate

MakeRow = Callable[..., dict[str, Any]]

GOOD: Mapping[StudyMethod, Mapping[str, Any]] = {
    "random": {"mse": 0.30, "ssim": 0.30, "recognition": 0.10},
    "coverage": {"mse": 0.20, "ssim": 0.40, "recognition": 0.20},
    "field": {"mse": 0.21, "ssim": 0.39, "recognition": 0.20},
    "grid": {"mse": 0.22, "ssim": 0.38, "recognition": 0.20},
    "percept": {"mse": 0.105, "ssim": 0.60, "recognition": 0.80},
    "unsafe": {"mse": 0.10, "ssim": 0.61, "recognition": 0.81, "violations": 2, "threads_violating": 1},
}


@pytest.fixture
def cells(asked: Asked) -> tuple[Cell, ...]:
    return paper_cells(replace(asked, tasks=("reading",), threads=(8,), seeds=1))


def table_of(cells: tuple[Cell, ...], make_row: MakeRow, **other: Mapping[str, Any]) -> Table:
    return tabulate(cells, [(c, make_row(**GOOD[c.method]) | other.get(c.method, {})) for c in cells])


def test_a_table_that_shows_everything_has_no_shortfall(cells: tuple[Cell, ...], make_row: MakeRow) -> None:
    table = table_of(cells, make_row)
    assert shortfalls(table) == ()
    assert claims_words(table)[-1] == "Every claim holds at every place of the table."


def test_the_cost_of_safety_is_a_share_of_the_gain_over_coverage(cells: tuple[Cell, ...], make_row: MakeRow) -> None:
    (cost,) = safety_costs(table_of(cells, make_row))
    assert cost.share == pytest.approx((0.105 - 0.10) / (0.20 - 0.10))
    (cost,) = safety_costs(table_of(cells, make_row, unsafe={"mse": 0.25}))
    assert cost.share is None


@pytest.mark.parametrize(
    ("other", "claim", "words"),
    [
        ({"grid": {"mse": 0.105}}, "better", "percept-aware is not better than grid in mse (0.1050, 0.1050)"),
        ({"random": {"ssim": 0.7}}, "better", "percept-aware is not better than random in ssim (0.6000, 0.7000)"),
        (
            {"field": {"recognition": 0.8}},
            "better",
            "percept-aware is not better than coverage of field in recognition (0.8000, 0.8000)",
        ),
        ({"coverage": {"violations": 3}}, "safe", "coverage of cortex has 3 violations"),
        ({"percept": {"violations": 1}}, "safe", "percept-aware has 1 violations"),
        ({"unsafe": {"violations": 0}}, "unsafe shows", "percept-aware without vessels has no violation either"),
        ({"unsafe": {"mse": 0.09}}, "cost of safety", "keeping off vessels costs 13.6% of the gain over coverage"),
        ({"grid": {"plan": None, "mse": None, "ssim": None, "recognition": None}}, "complete", "grid has 0 of 1 plans"),
    ],
)
def test_each_claim_that_does_not_hold_is_told_with_its_place(
    cells: tuple[Cell, ...], make_row: MakeRow, other: Mapping[str, Any], claim: str, words: str
) -> None:
    (found,) = shortfalls(table_of(cells, make_row, **other))
    assert (found.claim, found.words) == (claim, words)
    assert f"demo, reading, 8 threads: {words}." in claims_words(table_of(cells, make_row, **other))


def test_methods_and_plans_that_are_missing_prove_nothing(cells: tuple[Cell, ...], make_row: MakeRow) -> None:
    rows = [(cell, make_row(**GOOD[cell.method])) for cell in cells if cell.method != "grid"]
    assert [found.words for found in shortfalls(tabulate(cells, rows))] == ["grid has 0 of 1 plans"]
    fewer = tuple(cell for cell in cells if cell.method != "grid")
    assert [found.words for found in shortfalls(tabulate(fewer, rows))] == ["grid was not asked for"]
