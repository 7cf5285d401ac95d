"""Figures of a study: what plans are worth against what was varied, a line for each method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from planner.study.cells import METHOD_WORDS, METHODS
from planner.study.table import Line, Table, notice

Varied = Literal["threads", "localisation_mm"]

DPI: Final = 150
COLOURS: Final[Mapping[str, str]] = {
    "random": "#999999",
    "coverage": "#E69F00",
    "field": "#56B4E9",
    "grid": "#009E73",
    "percept": "#0072B2",
    "unsafe": "#D55E00",
    "coverage_unsafe": "#CC79A7",
}
"""Okabe & Ito's palette, which people with any colour vision tell apart; markers differ as well."""
MARKERS: Final[Mapping[str, str]] = dict(zip(METHODS, "xsD^ovP", strict=True))

_AXES: Final[Mapping[Varied, str]] = {"threads": "threads inserted", "localisation_mm": "localisation error (mm)"}
_BAND: Final = 0.15
_BANDS: Final = "Means over seeds; bands are one standard deviation."
_LEAST_SHARE: Final = 10.0  # per cent that an axis of violations shows at least, so that none looks like none


@dataclass(frozen=True)
class _Panel:
    """What one panel shows: a measure, its axis' words, and which way is better."""

    measure: str
    words: str
    better: str = ""


_PANELS: Final = (
    _Panel("mse", "mean squared error", "lower is better"),
    _Panel("ssim", "structural similarity (SSIM)", "higher is better"),
    _Panel("recognition", "letters read right (share)", "higher is better"),
    _Panel("coverage", "visual field covered (share)"),
    _Panel("violating", "threads breaking a limit (%)", "0 is safe"),
)


def draw_curves(table: Table, case: str, varied: Varied, title: str, file: Path) -> None:
    """Write a PNG of a case: a row of panels for each task, mean over seeds with a band of one standard deviation.

    Parameters
    ----------
    table : Table
    case : str
        Its name in the table.
    varied : "threads" or "localisation_mm"
        What runs along the horizontal axis; where the table varies the other one as well, the first of it is drawn.
    title : str
    file : Path
    """
    lines = _drawn([line for line in table.lines if line["case"] == case and line["n"]], varied)
    tasks = list(dict.fromkeys(line["task"] for line in lines))
    panels = [panel for panel in _PANELS if any(_value(line, panel.measure) is not None for line in lines)]
    rows, columns = max(len(tasks), 1), max(len(panels), 1)
    figure = Figure(figsize=(3.1 * columns + 0.4, 2.75 * rows + 1.35), dpi=DPI)
    FigureCanvasAgg(figure)
    drawn = figure.subplots(rows, columns, squeeze=False)
    for row, task in zip(drawn, tasks, strict=False):
        for axes, panel in zip(row, panels, strict=True):
            _draw_panel(axes, [line for line in lines if line["task"] == task], panel, varied)
        row[0].set_title(task, loc="left", fontweight="bold", fontsize=10)
    shown = [method for method in METHODS if any(line["method"] == method for line in lines)]
    handles = {
        text: handle for axes in drawn.flat for handle, text in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    names = [METHOD_WORDS[method] for method in shown if METHOD_WORDS[method] in handles]
    figure.suptitle(title, fontsize=12, fontweight="bold", x=0.01, ha="left")
    inch = 1.0 / figure.get_figheight()
    figure.legend(
        [handles[name] for name in names],
        names,
        loc="lower center",
        bbox_to_anchor=(0.5, 0.22 * inch),
        ncols=6,
        frameon=False,
        fontsize=9,
    )
    figure.text(0.01, 0.06 * inch, f"{_BANDS} {notice(table)}", fontsize=6.5, color="#555555")
    figure.tight_layout(rect=(0.0, 0.55 * inch, 1.0, 1.0 - 0.05 * inch))
    figure.savefig(file, metadata={"Software": "calcarine"})


def _drawn(lines: Sequence[Line], varied: Varied) -> list[Line]:
    other: Varied = "localisation_mm" if varied == "threads" else "threads"
    first = min((line[other] for line in lines), default=None)
    return [line for line in lines if line[other] == first]


def _draw_panel(axes: Axes, lines: Sequence[Line], panel: _Panel, varied: Varied) -> None:
    places = sorted({line[varied] for line in lines})
    any_value = False
    for method in METHODS:
        own = [line for line in lines if line["method"] == method and _value(line, panel.measure) is not None]
        if not own:
            continue
        any_value = True
        x = np.array([line[varied] for line in own], dtype=np.float64)
        mean = np.array([_value(line, panel.measure) for line in own], dtype=np.float64)
        spread = np.array([line.get(f"{panel.measure}_sd") or 0.0 for line in own], dtype=np.float64)
        style: dict[str, Any] = {"color": COLOURS[method], "marker": MARKERS[method], "markersize": 4.5}
        front = method in ("percept", "unsafe")
        style |= {"linewidth": 2.0 if front else 1.2, "zorder": 3 if front else 2}
        style["linestyle"] = "--" if method == "unsafe" else "-"
        axes.plot(x, mean, label=METHOD_WORDS[method], **style)
        axes.fill_between(x, mean - spread, mean + spread, color=COLOURS[method], alpha=_BAND, linewidth=0)
    axes.set_visible(any_value)
    if varied == "threads" and len(places) > 1:
        axes.set_xscale("log", base=2)
    if varied == "threads":
        axes.xaxis.set_major_locator(FixedLocator(places))
        axes.xaxis.set_minor_locator(FixedLocator([]))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    if panel.measure == "violating":
        axes.set_ylim(-0.04 * (most := max(_LEAST_SHARE, axes.get_ylim()[1])), most)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.set_xlabel(_AXES[varied], fontsize=9)
    axes.set_ylabel(panel.words, fontsize=9)
    axes.annotate(
        panel.better, (1.0, 1.02), xycoords="axes fraction", ha="right", va="bottom", fontsize=7, color="#555555"
    )
    axes.tick_params(labelsize=8)
    axes.grid(alpha=0.25, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)


def _value(line: Line, measure: str) -> float | None:
    if measure == "violating":
        return 100.0 * line["threads_violating"] / line["threads_placed"] if line["threads_placed"] else None
    value: float | None = line[measure]
    return value
