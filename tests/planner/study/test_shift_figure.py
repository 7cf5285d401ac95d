from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from matplotlib.figure import Figure

from planner.study.cells import Asked, paper_cells, robust_cells, shift_columns
from planner.study.shift_figure import draw_shifts
from planner.study.table import tabulate

MakeRow = Callable[..., dict[str, Any]]


def test_there_is_a_line_for_each_error_planned_for(
    asked: Asked, make_row: MakeRow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    saved: list[Figure] = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, *_, **__: saved.append(figure))
    cells = robust_cells(replace(asked, localisation_mm=(0.0, 0.25), seeds=2))
    lengths = cells[0].actual_mm
    rows = []
    for cell in cells:
        share = [max(mm - cell.localisation_mm, 0.0) / 4 for mm in lengths]
        rows.append((cell, make_row(**dict(zip(shift_columns(lengths), share * 2, strict=True)))))
    draw_shifts(tabulate(cells, rows), "demo", "Moved", tmp_path / "a.png")
    (figure,) = saved
    assert len(figure.axes) == 2 * 2  # touching and the clearance, of two methods
    for axes in figure.axes:
        drawn = {line.get_label(): (list(line.get_xdata()), list(line.get_ydata())) for line in axes.lines}
        assert set(drawn) == {"planned for 0 mm", "planned for 0.25 mm"}
        across, up = drawn["planned for 0.25 mm"]
        assert across == list(lengths)
        assert up == pytest.approx([25 * max(mm - 0.25, 0.0) for mm in lengths], abs=1e-3)


def test_nothing_is_drawn_of_plans_that_were_put_to_nothing(asked: Asked, make_row: MakeRow, tmp_path: Path) -> None:
    cells = paper_cells(replace(asked, threads=(8,), seeds=1))
    draw_shifts(tabulate(cells, [(c, make_row()) for c in cells]), "demo", "Moved", tmp_path / "a.png")
    assert list(tmp_path.iterdir()) == []
