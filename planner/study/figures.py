"""Figures of a study: what plans are worth against what was varied, a line for each method."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any, Final, Literal

import numpy as np
from matplotlib.axes import Axes
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from matplotlib.lines import Line2D
from matplotlib.ticker import FixedLocator, FuncFormatter, MaxNLocator

from planner.implant.device import Device
from planner.study.cells import METHOD_WORDS, METHODS
from planner.study.table import Line, Table, notice
from planner.tasks.make import make_task
from planner.tasks.recogniser import LETTERS
from planner.tasks.recognition import CHANCE
from planner.tasks.record import TaskRecord

Varied = Literal["threads", "localisation_mm"]

DPI: Final = 150
COLOURS: Final[Mapping[str, str]] = {
    "random": "#999999",
    "coverage": "#E69F00",
    "field": "#56B4E9",
    "grid": "#009E73",
    "percept": "#0072B2",
    "unsafe": "#D55E00",
    "coverage_unsafe": "#000000",
}
"""Okabe & Ito's palette, which people with any colour vision tell apart; markers differ as well."""
MARKERS: Final[Mapping[str, str]] = dict(zip(METHODS, "xsD^ovP", strict=True))

_AXES: Final[Mapping[Varied, str]] = {
    "threads": "threads inserted",
    "localisation_mm": "localisation error planned for (mm)",
}
_BAND: Final = 0.15
_LEAST_SHARE: Final = 10.0  # per cent that an axis of violations shows at least, so that none looks like none
_APART: Final = 0.09  # between methods of a figure with one place only, which otherwise hide each other
_NO_ROOM: Final = "no room in some or all seeds"


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
    _Panel("coverage", "field covered (%)"),
    _Panel("violating", "threads breaking a limit (%)", "0 is safe"),
)
_TIME: Final = (_Panel("seconds", "time of the search (s)", "lower is better"),)


def draw_curves(
    table: Table, case: str, varied: Varied, title: str, file: Path, devices: Mapping[str, Device] | None = None
) -> None:
    """Write a PNG of a case: a row of panels for each task, mean over seeds with a band of one standard deviation.

    A dotted line is the error of a black picture, a dashed one chance among the letters. A cross at the bottom: the
    budget had no room under the limits.

    Parameters
    ----------
    table : Table
    case : str
        Its name in the table.
    varied : "threads" or "localisation_mm"
        What runs along the horizontal axis; where the table varies the other one as well, the first of it is drawn.
    title : str
    file : Path
    devices : mapping of str to Device, optional
        By their names in the table: the caption says how many contacts they have, and their clearance.
    """
    _draw(table.lines, _PANELS, case, varied, title, file, caption_of(table.lines, notice(table), devices or {}))


def draw_times(
    times: Sequence[Line],
    table: Table,
    case: str,
    varied: Varied,
    title: str,
    file: Path,
    devices: Mapping[str, Device] | None = None,
) -> None:
    """Write a PNG of how long the searches of a case took; apart, because it never comes out the same.

    Parameters
    ----------
    times : sequence of mapping
        Of `planner.study.table.times`.
    table : Table
        The same study's.
    case, varied, title, file, devices
        As of `draw_curves`.
    """
    _draw(times, _TIME, case, varied, title, file, caption_of(times, notice(table), devices or {}))


def _draw(
    lines: Sequence[Line],
    panels: Sequence[_Panel],
    case: str,
    varied: Varied,
    title: str,
    file: Path,
    caption: str,
) -> None:
    lines = _drawn([line for line in lines if line["case"] == case], varied)
    tasks = list(dict.fromkeys(line["task"] for line in lines))
    panels = [panel for panel in panels if any(_value(line, panel.measure) is not None for line in lines)]
    rows, columns = max(len(tasks), 1), max(len(panels), 1)
    width, below = max(3.1 * columns + 0.4, 9.0), 1.25
    figure = Figure(figsize=(width, 2.75 * rows + below + 0.5), dpi=DPI)
    FigureCanvasAgg(figure)
    drawn = figure.subplots(rows, columns, squeeze=False)
    for row, task in zip(drawn, tasks, strict=False):
        for axes, panel in zip(row, panels, strict=False):
            _draw_panel(axes, [line for line in lines if line["task"] == task], panel, varied)
        row[0].set_title(task, loc="left", fontweight="bold", fontsize=10)
    handles = {
        text: handle for axes in drawn.flat for handle, text in zip(*axes.get_legend_handles_labels(), strict=True)
    }
    words = [*METHOD_WORDS.values(), *(text for text in handles if text not in METHOD_WORDS.values())]
    names = [text for text in words if text in handles]
    figure.suptitle(title, fontsize=12, fontweight="bold", x=0.01, ha="left")
    inch = 1.0 / figure.get_figheight()
    ncols = max(1, int(width / 2.2))
    figure.legend(
        [handles[name] for name in names],
        names,
        loc="lower center",
        bbox_to_anchor=(0.5, 0.55 * inch),
        ncols=ncols,
        frameon=False,
        fontsize=9,
    )
    figure.text(0.01, 0.08 * inch, caption, fontsize=8, color="#444444", linespacing=1.35)
    legend = 0.19 * -(-len(names) // ncols)
    figure.tight_layout(rect=(0.0, (0.65 + legend) * inch, 1.0, 1.0 - 0.05 * inch))
    figure.savefig(file, metadata={"Software": "calcarine"})


def _drawn(lines: Sequence[Line], varied: Varied) -> list[Line]:
    other: Varied = "localisation_mm" if varied == "threads" else "threads"
    first = min((line[other] for line in lines), default=None)
    return [line for line in lines if line[other] == first]


def caption_of(lines: Sequence[Line], told: str, devices: Mapping[str, Device]) -> str:
    """What was planned how often, on three lines."""
    most = max((line["n"] for line in lines), default=0)
    least = min((line["n"] for line in lines if line["n"]), default=0)
    means = (
        ""
        if most < 2
        else (
            " Means; bands are ± one standard deviation over seeds (candidates and starts drawn anew; same brain, same "
            "vessels)."
        )
    )
    planned = []
    for name in dict.fromkeys(line["device"] for line in lines):
        device = devices.get(name)
        planned.append(
            name
            if device is None
            else f"{name} ({device.contact_count} contacts, {device.clearance_mm:g} mm clearance from vessels)"
        )
    steps = {line["steps"] for line in lines}
    often = f"N = {most} {'seed' if most == 1 else 'seeds'}" if least == most else f"N = {least} to {most} seeds"
    searched = ", ".join("the optimiser's own number of steps" if n is None else f"{n} steps at most" for n in steps)
    return f"{often}.{means}\nDevice: {', '.join(planned) or '–'}; {searched or '–'}.\n{told}"


def _draw_panel(axes: Axes, lines: Sequence[Line], panel: _Panel, varied: Varied) -> None:
    places = sorted({line[varied] for line in lines})
    shown = [method for method in METHODS if any(line["method"] == method for line in lines)]
    alone = len(places) == 1
    any_value = False
    for method in shown:
        # With one place the axis has no scale, and methods stand side by side.
        shift = _APART * (shown.index(method) - (len(shown) - 1) / 2)
        full = [line[varied] for line in lines if line["method"] == method and line.get("no_room")]
        if full:
            across = [shift] if alone else full
            cross: dict[str, Any] = {"color": COLOURS[method], "marker": "X", "markersize": 6, "linestyle": "none"}
            bottom = axes.get_xaxis_transform()
            axes.plot(across, [0.03] * len(full), transform=bottom, zorder=4, **cross)
        own = [line for line in lines if line["method"] == method and _value(line, panel.measure) is not None]
        if not own:
            continue
        any_value = True
        x = np.array([shift if alone else line[varied] for line in own], dtype=np.float64)
        mean = np.array([_value(line, panel.measure) for line in own], dtype=np.float64)
        scale = 100.0 if panel.measure == "coverage" else 1.0
        spread = np.array([scale * (line.get(f"{panel.measure}_sd") or 0.0) for line in own], dtype=np.float64)
        style: dict[str, Any] = {"color": COLOURS[method], "marker": MARKERS[method], "markersize": 4.5}
        front = method in ("percept", "unsafe")
        style |= {"linewidth": 2.0 if front else 1.2, "zorder": 3 if front else 2, "clip_on": varied == "threads"}
        style["linestyle"] = "--" if method == "unsafe" else "-"
        axes.plot(x, mean, label=METHOD_WORDS[method], **style)
        if alone:
            x, mean, spread = np.array([x[0] - 0.03, x[0] + 0.03]), np.repeat(mean, 2), np.repeat(spread, 2)
        axes.fill_between(x, mean - spread, mean + spread, color=COLOURS[method], alpha=_BAND, linewidth=0)
    axes.set_visible(any_value)
    if any(line.get("no_room") for line in lines):
        axes.add_line(Line2D([], [], color="#444444", marker="X", linestyle="none", label=_NO_ROOM))
    _mark_reference(axes, lines, panel)
    _set_across(axes, places, varied)
    if panel.measure == "violating":
        axes.set_ylim(-0.04 * (most := max(_LEAST_SHARE, axes.get_ylim()[1])), most)
    axes.yaxis.set_major_locator(MaxNLocator(5))
    axes.set_xlabel(_AXES[varied], fontsize=9)
    axes.set_ylabel(panel.words, fontsize=9)
    axes.annotate(
        panel.better, (1.0, 1.02), xycoords="axes fraction", ha="right", va="bottom", fontsize=7.5, color="#555555"
    )
    axes.tick_params(labelsize=8)
    axes.grid(alpha=0.25, linewidth=0.6)
    axes.spines[["top", "right"]].set_visible(False)


def _mark_reference(axes: Axes, lines: Sequence[Line], panel: _Panel) -> None:
    """A line for what nothing at all is worth: a black picture's error, and chance among the letters."""
    style: dict[str, Any] = {"color": "#222222", "linewidth": 1.0, "linestyle": ":", "zorder": 1}
    if panel.measure == "mse" and lines:
        axes.axhline(_black_error(lines[0]["task"]), label="black picture (error)", **style)
    elif panel.measure == "recognition":
        axes.axhline(CHANCE, label=f"chance, 1/{len(LETTERS)} (letters)", **style | {"linestyle": "--"})


@cache
def _black_error(task: str) -> float:
    """Mean squared error of a black picture against all of a task's targets."""
    targets = make_task(TaskRecord(task)).targets  # type: ignore[arg-type]  # a study's tasks are among them
    return float(targets.double().square().mean())


def _set_across(axes: Axes, places: Sequence[float], varied: Varied) -> None:
    """The horizontal axis over all places, also those without a value; errors are never shown below zero."""
    if len(places) == 1:
        axes.set_xlim(-0.6, 0.6)
        axes.set_xticks([0.0], [f"{places[0]:g}"])
        return
    if varied == "threads" and places:
        axes.set_xscale("log", base=2)
        axes.set_xlim(places[0] / 1.15, places[-1] * 1.15)
        axes.xaxis.set_major_locator(FixedLocator(places))
        axes.xaxis.set_minor_locator(FixedLocator([]))
        axes.xaxis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:g}"))
    elif places:
        axes.set_xlim(max(places[0] - 0.02, 0.0), places[-1] * 1.02)


def _value(line: Line, measure: str) -> float | None:
    if measure == "violating":
        return 100.0 * line["threads_violating"] / line["threads_placed"] if line["threads_placed"] else None
    value: float | None = line[measure]
    return 100.0 * value if value is not None and measure == "coverage" else value
