"""The figure of what shifts of the vessels make of plans: against the actual error, a line for each one planned for."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import cycle
from pathlib import Path
from typing import Final

import matplotlib
import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure

from planner.study.cells import METHOD_WORDS, METHODS, SHIFTED, shift_columns
from planner.study.figures import DPI, caption_of
from planner.study.shifts import SHIFTS
from planner.study.table import Line, Table, notice, shifted_mm

WORDS: Final = {"touching": "threads touching a vessel (%)", "too_near": "threads nearer than the clearance (%)"}

_MARKERS: Final = "osD^vPX*<>"
_DARKEST, _LIGHTEST = 0.05, 0.85  # of the colour map, whose last colours are too light for paper
_BAND: Final = 0.12
_LEAST_SHARE: Final = 10.0  # per cent that an axis shows at least, so that none looks like none


def draw_shifts(table: Table, case: str, title: str, file: Path) -> None:
    """Write a PNG of a case: a column of panels for each method, a row for touching and one for the clearance.

    Mean over seeds with a band of one standard deviation; of the table's first task and budget. Nothing is written
    where no plan was put to a shift.

    Parameters
    ----------
    table : Table
    case : str
        Its name in the table.
    title : str
    file : Path
    """
    lines = [line for line in table.lines if line["case"] == case and shifted_mm(line)]
    lines = [line for line in lines if all(line[name] == lines[0][name] for name in ("task", "threads"))]
    methods = [method for method in METHODS if any(line["method"] == method for line in lines)]
    if not methods:
        return
    figure = Figure(figsize=(max(3.6 * len(methods) + 0.6, 10.5), 7.4), dpi=DPI)
    FigureCanvasAgg(figure)
    drawn = figure.subplots(len(SHIFTED), len(methods), squeeze=False, sharey="row", sharex=True)
    planned = sorted({line["localisation_mm"] for line in lines})
    shades = matplotlib.colormaps["viridis"](np.linspace(_DARKEST, _LIGHTEST, len(planned)))
    style = {mm: (shade, marker) for mm, shade, marker in zip(planned, shades, cycle(_MARKERS), strict=False)}
    for row, what in zip(drawn, SHIFTED, strict=True):
        for axes, method in zip(row, methods, strict=True):
            _draw_panel(axes, [line for line in lines if line["method"] == method], what, style)
        row[0].set_ylabel(WORDS[what], fontsize=9)
        row[0].set_ylim(-0.04 * (most := max(_LEAST_SHARE, row[0].get_ylim()[1])), most)
    for top, bottom, method in zip(drawn[0], drawn[-1], methods, strict=True):
        top.set_title(METHOD_WORDS[method], loc="left", fontweight="bold", fontsize=10)
        bottom.set_xlabel("actual error: how far the vessels have moved (mm)", fontsize=9)
    figure.suptitle(title, fontsize=12, fontweight="bold", x=0.01, ha="left")
    handles, names = drawn[0][0].get_legend_handles_labels()
    figure.legend(handles, names, loc="lower center", bbox_to_anchor=(0.5, 0.095), ncols=4, frameon=False, fontsize=9)
    said = f"{lines[0]['task'].capitalize()}, {lines[0]['threads']} threads; {SHIFTS} shifts of each length.\n"
    figure.text(0.01, 0.011, said + caption_of(lines, notice(table), {}), fontsize=8, color="#444444", linespacing=1.35)
    figure.tight_layout(rect=(0.0, 0.15, 1.0, 0.99))
    figure.savefig(file, metadata={"Software": "calcarine"})


def _draw_panel(axes: Axes, lines: Sequence[Line], what: str, style: dict[float, tuple[object, str]]) -> None:
    for line in lines:
        lengths = shifted_mm(line)
        names = shift_columns(lengths, (what,))
        mean = 100.0 * np.array([line[name] for name in names], dtype=np.float64)
        spread = 100.0 * np.array([line[f"{name}_sd"] or 0.0 for name in names], dtype=np.float64)
        colour, marker = style[line["localisation_mm"]]
        label = f"planned for {line['localisation_mm']:g} mm"
        axes.plot(lengths, mean, color=colour, marker=marker, markersize=4.5, linewidth=1.6, label=label, clip_on=False)
        axes.fill_between(lengths, mean - spread, mean + spread, color=colour, alpha=_BAND, linewidth=0)
    axes.tick_params(labelsize=8)
    axes.grid(alpha=0.25, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)
