from __future__ import annotations

import csv
import io
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from planner import RESEARCH_NOTICE
from planner.study.cells import StudyCase
from planner.study.vimplant import SearchCell, search_cells
from planner.study.vimplant_figure import draw_losses
from planner.study.vimplant_table import (
    CAVEAT,
    search_lines,
    search_times,
    searches_csv,
    searches_json,
    searches_markdown,
    searches_record,
)

Searched = list[tuple[SearchCell, dict[str, Any]]]


@pytest.fixture
def cells() -> tuple[SearchCell, ...]:
    return search_cells(StudyCase("demo", "c0ffee"), 3, methods=("random", "ours"))


@pytest.fixture
def rows(cells: tuple[SearchCell, ...]) -> Searched:
    """Losses 0.25, 0.5, 0.75 by seed; of ours a quarter of them."""
    usual: dict[str, Any] = {
        **{"pose": [-90, 3, 4, 40], "dice": 0.5, "grid_yield": 0.25, "hellinger": 0.125, "outside_mm": -1.0},
        **{"on_bounds": ["azimuth_deg", "length_mm"], "evaluations": 150, "seconds": 2.0, "synthetic": True},
    }
    share = {"random": 1.0, "ours": 0.25}
    return [(cell, usual | {"loss": 0.25 * (cell.seed + 1) * share[cell.method]}) for cell in cells]


def test_means_and_spreads_are_those_worked_out_by_hand(cells: tuple[SearchCell, ...], rows: Searched) -> None:
    lines = search_lines(cells, rows[::-1])
    assert [(line["hemisphere"], line["method"]) for line in lines] == [
        (side, method) for side in ("lh", "rh") for method in ("random", "ours")
    ]
    assert (lines[0]["loss"], lines[0]["loss_sd"], lines[0]["n"]) == (0.5, 0.25, 3)
    assert lines[0]["loss_by_seed"] == [0.25, 0.5, 0.75]
    markdown = searches_markdown(lines, search_times(lines, rows), rows)
    assert "| lh | random | 150 | 3 | 0.500 ± 0.250 | 0.250 0.500 0.750 | 0.500 ± 0.000 |" in markdown
    assert "azimuth_deg 3 of 3, length_mm 3 of 3" in markdown
    assert CAVEAT in markdown
    assert RESEARCH_NOTICE in markdown


def test_what_is_not_done_is_missing_and_one_seed_has_no_spread(cells: tuple[SearchCell, ...], rows: Searched) -> None:
    done = [(cell, row) for cell, row in rows if cell.method == "random" and cell.seed == 0]
    lines = search_lines(cells, done)
    assert [(line["n"], line["wanted"], line["loss_sd"]) for line in lines] == [(1, 3, None), (0, 3, None)] * 2
    assert "| lh | ours | – | 0 | – |" in searches_markdown(lines, search_times(lines, done), done)
    assert searches_record("demo", "program", cells, lines, done)["missing"] == len(cells) - 2


def test_json_and_csv_hold_the_rows_the_caveat_and_no_seconds(cells: tuple[SearchCell, ...], rows: Searched) -> None:
    text = searches_json(searches_record("demo", "program", cells, search_lines(cells, rows), rows))
    value = json.loads(text)
    assert value["caveat"] == CAVEAT
    assert value["notice"].startswith(RESEARCH_NOTICE)
    table = searches_csv(rows)
    assert "seconds" not in text + table
    read = list(csv.DictReader(io.StringIO(table)))
    assert [float(line["loss"]) for line in read[:3]] == [0.25, 0.5, 0.75]
    assert (read[0]["azimuth_deg"], read[0]["on_bounds"]) == ("-90", "azimuth_deg length_mm")
    assert len(read) == len(rows)


def test_the_figure_shows_each_seed_and_comes_out_the_same(
    cells: tuple[SearchCell, ...], rows: Searched, tmp_path: Path
) -> None:
    def drawn(name: str, some: Searched) -> bytes:
        draw_losses(search_lines(cells, some), some, "demo", tmp_path / name)
        return (tmp_path / name).read_bytes()

    assert drawn("one.png", rows) == drawn("two.png", rows)
    drawn("fewer.png", [(cell, row) for cell, row in rows if cell.seed < 2])
    drawn("none.png", [])

    def ink(name: str) -> int:
        with Image.open(tmp_path / name) as picture:
            top = np.asarray(picture.convert("L"))[: int(0.8 * picture.height)]
        return int((top < 200).sum())

    assert ink("one.png") > ink("fewer.png") > ink("none.png")
