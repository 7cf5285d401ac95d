from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from matplotlib.axes import Axes
from matplotlib.figure import Figure
from PIL import Image

from planner.study.cells import METHODS, Asked, paper_cells, robust_cells
from planner.study.figures import COLOURS, MARKERS, draw_curves, draw_times
from planner.study.table import Table, tabulate, times
from planner.tasks.make import make_task
from planner.tasks.record import TaskRecord

MakeRow = Callable[..., dict[str, Any]]


@pytest.fixture
def table(asked: Asked, make_row: MakeRow) -> Table:
    cells = paper_cells(replace(asked, seeds=2))
    rows = [(c, make_row(mse=METHODS.index(c.method) / c.threads + 0.01 * c.seed)) for c in cells]
    rows = [(c, row if c.task == "reading" else row | {"recognition": None}) for c, row in rows]
    return tabulate(cells, rows)


def inks(file: Path) -> set[tuple[int, ...]]:
    with Image.open(file) as picture:
        pixels = np.asarray(picture.convert("RGB")).reshape(-1, 3)
    return set(map(tuple, np.unique(pixels, axis=0).tolist()))


def test_every_method_has_its_own_colour_and_marker_in_the_figure(table: Table, tmp_path: Path) -> None:
    draw_curves(table, "demo", "threads", "Quality of plans", tmp_path / "paper.png")
    drawn = inks(tmp_path / "paper.png")
    for method in METHODS:
        colour = COLOURS[method]
        assert tuple(int(colour[i : i + 2], 16) for i in (1, 3, 5)) in drawn
    assert len(set(COLOURS.values())) == len(set(MARKERS.values())) == len(METHODS)


def test_colours_stay_apart_for_every_kind_of_colour_vision() -> None:
    """Brettel's simplification by Viénot et al. 1999 for protan and deutan eyes, in linear light."""
    srgb = np.array([[int(c[i : i + 2], 16) / 255 for i in (1, 3, 5)] for c in COLOURS.values()])
    linear = np.where(srgb <= 0.04045, srgb / 12.92, ((srgb + 0.055) / 1.055) ** 2.4)
    protan = np.array([[0.11238, 0.88762, 0.0], [0.11238, 0.88762, 0.0], [0.00401, -0.00401, 1.0]])
    deutan = np.array([[0.29275, 0.70725, 0.0], [0.29275, 0.70725, 0.0], [-0.02234, 0.02234, 1.0]])
    for seen in (linear, linear @ protan.T, linear @ deutan.T):
        code = np.clip(seen, 0, 1) ** (1 / 2.2)
        apart = np.linalg.norm(code[:, None] - code[None], axis=-1)[np.triu_indices(len(code), 1)]
        assert apart.min() > 0.1


def test_the_same_table_gives_the_same_figure_to_the_byte(table: Table, tmp_path: Path) -> None:
    for name in ("one.png", "two.png"):
        draw_curves(table, "demo", "threads", "Quality of plans", tmp_path / name)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


def test_localisation_errors_and_an_empty_table_are_drawn(asked: Asked, make_row: MakeRow, tmp_path: Path) -> None:
    cells = [replace(cell, actual_mm=()) for cell in robust_cells(replace(asked, seeds=1))]
    full = tabulate(cells, [(cell, make_row(mse=0.1 + cell.localisation_mm)) for cell in cells])
    draw_curves(full, "demo", "localisation_mm", "Robust", tmp_path / "robust.png")
    draw_curves(tabulate(cells, []), "demo", "localisation_mm", "Nothing yet", tmp_path / "empty.png")
    assert len(inks(tmp_path / "robust.png")) > len(inks(tmp_path / "empty.png")) > 1


@pytest.fixture
def figures(monkeypatch: pytest.MonkeyPatch) -> list[Figure]:
    """The figures that are saved."""
    saved: list[Figure] = []
    monkeypatch.setattr(Figure, "savefig", lambda figure, *_, **__: saved.append(figure))
    return saved


def panel(figure: Figure, words: str) -> Axes:
    return next(axes for axes in figure.axes if words in axes.get_ylabel())


def no_room(make_row: MakeRow) -> dict[str, Any]:
    none = dict.fromkeys(("plan", "mse", "ssim", "recognition", "coverage", "violations", "threads_violating"))
    return make_row(**none, feasible=False, threads=0)


def test_a_budget_without_room_keeps_its_place_and_gets_a_cross(
    asked: Asked, make_row: MakeRow, figures: list[Figure], tmp_path: Path
) -> None:
    cells = paper_cells(replace(asked, tasks=("reading",), threads=(8, 64), methods=("coverage", "percept"), seeds=1))
    table = tabulate(cells, [(c, make_row() if c.threads == 8 else no_room(make_row)) for c in cells])
    draw_curves(table, "demo", "threads", "Quality", tmp_path / "a.png")
    axes = panel(figures[0], "squared error")
    low, high = axes.get_xlim()
    assert low < 8 < 64 < high
    crosses = [list(line.get_xdata()) for line in axes.lines if line.get_marker() == "X" and len(line.get_xdata())]
    assert crosses == [[64], [64]]


def test_a_black_picture_and_chance_are_drawn(
    asked: Asked, make_row: MakeRow, figures: list[Figure], tmp_path: Path
) -> None:
    cells = paper_cells(replace(asked, tasks=("reading",), threads=(8, 16), methods=("coverage",), seeds=1))
    draw_curves(tabulate(cells, [(c, make_row()) for c in cells]), "demo", "threads", "Quality", tmp_path / "a.png")
    targets = make_task(TaskRecord("reading")).targets.numpy().astype(np.float64)
    for words, level in (("squared error", (targets**2).mean()), ("letters", 1 / 26)):
        drawn = [list(line.get_ydata()) for line in panel(figures[0], words).lines]
        assert any(np.allclose(ys, level, rtol=1e-5) for ys in drawn)


def test_bands_are_spoken_of_only_where_there_are_several_seeds(
    asked: Asked, make_row: MakeRow, figures: list[Figure], tmp_path: Path
) -> None:
    for seeds in (1, 3):
        cells = paper_cells(replace(asked, threads=(8,), seeds=seeds, steps=40))
        rows = [(c, make_row()) for c in cells]
        draw_curves(tabulate(cells, rows), "demo", "threads", "Quality", tmp_path / "a.png")
    one, three = (" ".join(text.get_text() for text in figure.texts) for figure in figures)
    assert "N = 1 seed." in one
    assert "bands" not in one
    assert "N = 3 seeds. Means; bands are ± one standard deviation over seeds" in three
    assert "40 steps at most" in three


def test_methods_of_the_only_budget_do_not_hide_each_other(
    asked: Asked, make_row: MakeRow, figures: list[Figure], tmp_path: Path
) -> None:
    cells = paper_cells(replace(asked, tasks=("reading",), threads=(8,), seeds=1))
    rows = [(c, make_row()) for c in cells]
    draw_curves(tabulate(cells, rows), "demo", "threads", "Quality", tmp_path / "a.png")
    draw_times(times(cells, rows), tabulate(cells, rows), "demo", "threads", "Time", tmp_path / "b.png")
    for axes in (panel(figures[0], "SSIM"), panel(figures[1], "time of the search (s)")):
        assert len({line.get_xdata()[0] for line in axes.lines}) == len(METHODS)


def test_errors_are_never_shown_below_zero(
    asked: Asked, make_row: MakeRow, figures: list[Figure], tmp_path: Path
) -> None:
    cells = [replace(cell, actual_mm=()) for cell in robust_cells(replace(asked, seeds=1))]
    draw_curves(tabulate(cells, [(c, make_row()) for c in cells]), "demo", "localisation_mm", "R", tmp_path / "a.png")
    assert all(axes.get_xlim()[0] == 0 < 1 <= axes.get_xlim()[1] for axes in figures[0].axes)
