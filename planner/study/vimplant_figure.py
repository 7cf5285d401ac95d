"""The searches of vimplant's objective as a figure: loss by method, a point for each seed."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from planner.study.table import Line
from planner.study.vimplant_table import CAVEAT, Rows, searches_notice

DPI: Final = 150
OURS: Final = "#0072B2"
OTHERS: Final = "#777777"
HALF_WIDTH: Final = 0.22  # of a method's row, over which its seeds are spread so that equal losses are seen


def draw_losses(lines: Sequence[Line], rows: Rows, case: str, file: Path) -> None:
    """Write a PNG: a panel for each hemisphere, a row for each method, points by seed and a bar at their mean.

    Parameters
    ----------
    lines : sequence of mapping
        Of `planner.study.vimplant_table.search_lines`.
    rows : sequence of (SearchCell, Row)
        Only for the notice.
    case : str
    file : Path
    """
    hemispheres = list(dict.fromkeys(line["hemisphere"] for line in lines))
    methods = list(dict.fromkeys(line["method"] for line in lines))
    figure = Figure(figsize=(10.0, 0.42 * len(methods) + 2.1), dpi=DPI)
    FigureCanvasAgg(figure)
    panels = figure.subplots(1, max(len(hemispheres), 1), sharey=True, sharex=True, squeeze=False)[0]
    for axes, hemisphere in zip(panels, hemispheres, strict=False):
        for line in (line for line in lines if line["hemisphere"] == hemisphere and line["n"]):
            place, losses = methods.index(line["method"]), line["loss_by_seed"]
            colour = OURS if line["method"].startswith("ours") else OTHERS
            spread = np.linspace(-HALF_WIDTH, HALF_WIDTH, len(losses)) if len(losses) > 1 else np.zeros(1)
            axes.scatter(losses, place + spread, s=22, color=colour, alpha=0.75, linewidths=0, zorder=3)
            axes.vlines(line["loss"], place - 0.36, place + 0.36, color=colour, linewidth=2.0, zorder=2)
        axes.set_title(hemisphere, loc="left", fontweight="bold", fontsize=10)
        axes.set_xlabel("loss (lower is better)", fontsize=9)
        axes.tick_params(labelsize=8.5)
        axes.grid(axis="x", alpha=0.25, linewidth=0.6)
        axes.spines[["top", "right"]].set_visible(False)
    panels[0].set_yticks(range(len(methods)), [_label(method, lines) for method in methods])
    panels[0].set_ylim(len(methods) - 0.4, -0.6)
    figure.suptitle(f"vimplant's objective, rebuilt: {case}", fontsize=12, fontweight="bold", x=0.01, ha="left")
    inch = 1.0 / figure.get_figheight()
    seeds = max((line["n"] for line in lines), default=0)
    said = f"Points are seeds (N = {seeds}), bars their means. {searches_notice(rows)}\n{CAVEAT}"
    figure.text(0.01, 0.08 * inch, said, fontsize=8, color="#444444", linespacing=1.35)
    figure.tight_layout(rect=(0.0, 0.45 * inch, 1.0, 1.0 - 0.02 * inch))
    figure.savefig(file, metadata={"Software": "calcarine"})


def _label(method: str, lines: Sequence[Line]) -> str:
    """A method with its evaluations, where its name does not say them."""
    most = max((line["evaluations"] or 0 for line in lines if line["method"] == method), default=0)
    return method if not most or str(most) in method else f"{method}, {most}"
