from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from planner.study.cells import METHODS, Asked, paper_cells, robust_cells
from planner.study.figures import COLOURS, MARKERS, draw_curves
from planner.study.table import Table, tabulate

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
    cells = robust_cells(replace(asked, seeds=1))
    full = tabulate(cells, [(cell, make_row(mse=0.1 + cell.localisation_mm)) for cell in cells])
    draw_curves(full, "demo", "localisation_mm", "Robust", tmp_path / "robust.png")
    draw_curves(tabulate(cells, []), "demo", "localisation_mm", "Nothing yet", tmp_path / "empty.png")
    assert len(inks(tmp_path / "robust.png")) > len(inks(tmp_path / "empty.png")) > 1
