from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import Any

import pytest

from planner.study.cells import Asked, Cell, StudyMethod, paper_cells
from planner.study.claims import claims_words
from planner.study.safety import safety_costs
from planner.study.shortfalls import shortfalls
from planner.study.table import Table, tabulate
from planner.study.tallies import tallies

MakeRow = Callable[..., dict[str, Any]]

GOOD: Mapping[StudyMethod, Mapping[str, Any]] = {
    "random": {"mse": 0.30, "ssim": 0.30, "recognition": 0.10},
    "coverage": {"mse": 0.20, "ssim": 0.40, "recognition": 0.20},
    "field": {"mse": 0.21, "ssim": 0.39, "recognition": 0.20},
    "grid": {"mse": 0.22, "ssim": 0.38, "recognition": 0.20},
    "percept": {"mse": 0.105, "ssim": 0.60, "recognition": 0.80},
    "unsafe": {"mse": 0.10, "ssim": 0.61, "recognition": 0.81, "violations": 2, "threads_violating": 1},
    "coverage_unsafe": {"mse": 0.19, "ssim": 0.41, "recognition": 0.21, "violations": 4, "threads_violating": 3},
}


@pytest.fixture
def cells(asked: Asked) -> tuple[Cell, ...]:
    return paper_cells(replace(asked, tasks=("reading",), threads=(8,), seeds=2))


Rows = list[tuple[Cell, dict[str, Any]]]


def rows_of(cells: tuple[Cell, ...], make_row: MakeRow, **other: Mapping[str, Any]) -> Rows:
    return [(c, make_row(**GOOD[c.method]) | other.get(c.method, {})) for c in cells]


def table_of(cells: tuple[Cell, ...], make_row: MakeRow, **other: Mapping[str, Any]) -> Table:
    return tabulate(cells, rows_of(cells, make_row, **other))


def words_of(cells: tuple[Cell, ...], make_row: MakeRow, **other: Mapping[str, Any]) -> tuple[str, ...]:
    return claims_words(table_of(cells, make_row, **other), rows_of(cells, make_row, **other))


ALL_HOLD = "Every claim holds at every place of the table."


def test_a_table_that_shows_everything_has_no_shortfall(cells: tuple[Cell, ...], make_row: MakeRow) -> None:
    assert shortfalls(table_of(cells, make_row)) == ()
    assert words_of(cells, make_row)[-1] == ALL_HOLD


def test_nothing_is_claimed_of_a_table_without_plans(cells: tuple[Cell, ...]) -> None:
    nothing = ("Nothing was measured, so that nothing can be claimed.",)
    assert claims_words(tabulate((), []), []) == claims_words(tabulate(cells, []), []) == nothing
    assert tallies(tabulate((), []), []) == ()


def test_the_cost_of_safety_is_judged_by_the_smaller_gain_over_coverage(
    cells: tuple[Cell, ...], make_row: MakeRow
) -> None:
    (cost,) = safety_costs(table_of(cells, make_row))
    assert cost.of_gain_without == pytest.approx((0.105 - 0.10) / (0.20 - 0.10))
    assert cost.of_gain == pytest.approx((0.105 - 0.10) / (0.20 - 0.105))
    assert cost.share == cost.of_gain
    # 1 / 10.5 of the gain without vessels is allowed, 1 / 9.5 of that with them is not
    other = {"percept": {"mse": 0.105}, "unsafe": {"mse": 0.095}}
    (cost,) = safety_costs(table_of(cells, make_row, **other))
    assert (cost.of_gain_without or 1) < 0.1 < (cost.of_gain or 0)
    assert [found.claim for found in shortfalls(table_of(cells, make_row, **other))] == ["cost of safety"]


def test_without_a_gain_there_is_no_cost_and_not_every_claim_is_said_to_hold(
    cells: tuple[Cell, ...], make_row: MakeRow
) -> None:
    other = {"unsafe": {"mse": 0.25}}
    (cost,) = safety_costs(table_of(cells, make_row, **other))
    assert (cost.share, cost.of_gain_without) == (None, None)
    assert shortfalls(table_of(cells, make_row, **other)) == ()
    *_, said, last = words_of(cells, make_row, **other)
    assert said.endswith("cannot be judged; it is no cost.")
    assert last == "Every claim that can be judged holds at every place of the table."


def test_the_cost_of_safety_is_told_as_the_mean_over_places_too(asked: Asked, make_row: MakeRow) -> None:
    cells = paper_cells(replace(asked, tasks=("reading",), threads=(8, 16), seeds=2))
    rows = rows_of(cells, make_row)
    for cell, row in rows:
        row["threads"] = cell.threads
        if cell.threads == 16 and cell.method == "percept":
            row["mse"] = 0.10  # no cost
    words = claims_words(tabulate(cells, rows), rows)
    assert words[-1] == ALL_HOLD
    assert words[-2] == (  # halves of 5 % and of 5.3 %
        "On average over 2 places keeping off vessels costs +2.5% and +2.6% of the gain over coverage without and with "
        "them: no more than the 10% allowed."
    )


def test_each_claim_is_counted_over_places_and_pairs_of_seeds(asked: Asked, make_row: MakeRow) -> None:
    cells = paper_cells(replace(asked, tasks=("reading",), threads=(8, 16), seeds=3))
    rows = rows_of(cells, make_row)
    for cell, row in rows:
        row["threads"] = cell.threads
        if cell.threads == 16 and cell.method == "grid":
            row["mse"] = (0.0, 0.1, 0.2)[cell.seed]  # mean 0.1; percept-aware has 0.105 and wins one of three
    table = tabulate(cells, rows)
    by_claim = {tally.claim: tally for tally in tallies(table, rows)}
    found = by_claim["Percept-aware has a better mse than grid"]
    assert (found.places, found.holding, found.n, found.seeds, found.won) == (2, 1, 3, 6, 4)
    assert found.margin == pytest.approx(0.1 - 0.105)
    assert (
        "Percept-aware has a better mse than grid at 1 of 2 places "
        "(N ≥ 3, least margin -0.0050, in 4 of 6 pairs of the same seed)." in claims_words(table, rows)
    )
    safe = by_claim["Whatever keeps off vessels passes the exact check"]
    assert (safe.places, safe.holding, safe.n) == (2, 2, 3)


def test_a_random_search_of_the_same_length_is_a_baseline_too(cells: tuple[Cell, ...], make_row: MakeRow) -> None:
    def rows_with(chance: tuple[float, float]) -> Rows:
        rows = rows_of(cells, make_row)
        return [
            (cell, row | {"chance_mse": chance[cell.seed] if cell.method == "percept" else None}) for cell, row in rows
        ]

    rows = rows_with((0.1, 0.3))  # mean 0.2 against 0.105, and one of both seeds won
    (found,) = [tally for tally in tallies(tabulate(cells, rows), rows) if "random search" in tally.claim]
    assert (found.places, found.holding, found.seeds, found.won) == (1, 1, 2, 1)
    assert found.margin == pytest.approx(0.095)
    assert shortfalls(tabulate(cells, rows)) == ()
    (short,) = shortfalls(tabulate(cells, rows_with((0.1, 0.1))))
    assert short.words == (
        "percept-aware is not better than a random search of the same length in mse (0.1050, 0.1000)"
    )


def test_one_plan_of_a_kind_says_nothing_of_chance(asked: Asked, make_row: MakeRow) -> None:
    cells = paper_cells(replace(asked, tasks=("reading",), threads=(8,), seeds=1))
    (found,) = shortfalls(table_of(cells, make_row))
    assert found.claim == "complete"
    assert found.words.startswith("one plan says nothing of chance (random, ")
    assert words_of(cells, make_row)[-1] != ALL_HOLD


def test_a_method_that_one_place_lacks_does_not_hold_there(asked: Asked, make_row: MakeRow) -> None:
    cells = paper_cells(replace(asked, tasks=("reading",), threads=(8, 16), seeds=2))
    cells = tuple(cell for cell in cells if (cell.threads, cell.method) != (16, "grid"))
    rows = [(cell, row | {"threads": cell.threads}) for cell, row in rows_of(cells, make_row)]
    table = tabulate(cells, rows)
    assert [(found.place.threads, found.words) for found in shortfalls(table)] == [(16, "grid was not asked for")]
    (found,) = [tally for tally in tallies(table, rows) if tally.claim.endswith("mse than grid")]
    assert (found.places, found.holding, found.n) == (2, 1, 0)


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
        ({"coverage": {"violations": 3}}, "safe", "coverage of cortex has 6 violations"),
        ({"percept": {"violations": 1}}, "safe", "percept-aware has 2 violations"),
        ({"field": {"feasible": False}}, "safe", "coverage of field: 2 of 2 plans did not pass the exact check"),
        ({"random": {"threads": 7}}, "budget", "random placed 14 of 16 threads"),
        ({"percept": {"ssim": None}}, "complete", "percept-aware has no ssim"),
        ({"unsafe": {"violations": 0}}, "unsafe shows", "percept-aware without vessels has no violation either"),
        (
            {"coverage_unsafe": {"violations": 0}},
            "unsafe shows",
            "coverage of cortex without vessels has no violation either",
        ),
        ({"unsafe": {"mse": 0.09}}, "cost of safety", "keeping off vessels costs 15.8% of the gain over coverage"),
        ({"grid": {"plan": None, "mse": None, "ssim": None, "recognition": None}}, "complete", "grid has 0 of 2 plans"),
    ],
)
def test_each_claim_that_does_not_hold_is_told_with_its_place(
    cells: tuple[Cell, ...], make_row: MakeRow, other: Mapping[str, Any], claim: str, words: str
) -> None:
    (found,) = shortfalls(table_of(cells, make_row, **other))
    assert (found.claim, found.words) == (claim, words)
    assert f"demo, reading, 8 threads: {words}." in words_of(cells, make_row, **other)


def test_methods_and_plans_that_are_missing_prove_nothing(cells: tuple[Cell, ...], make_row: MakeRow) -> None:
    rows = [(cell, make_row(**GOOD[cell.method])) for cell in cells if cell.method != "grid"]
    assert [found.words for found in shortfalls(tabulate(cells, rows))] == ["grid has 0 of 2 plans"]
    fewer = tuple(cell for cell in cells if cell.method != "grid")
    assert [found.words for found in shortfalls(tabulate(fewer, rows))] == ["grid was not asked for"]
