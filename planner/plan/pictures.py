"""Pictures of a plan: what is seen, beside what should be seen."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from textwrap import wrap

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from planner.plan.make import Examined, task_of
from planner.plan.plan import Plan
from planner.plan.stamp import notice, verdict_words

COLUMNS = 13  # two blocks of letters, each a row of targets over a row of percepts
DPI = 150


def percepts_picture(examined: Examined, file: Path) -> None:
    """Write a PNG of every target with its percept below, in one gray scale, with the measures in the title.

    Parameters
    ----------
    examined : Examined
    file : Path
        Ends in ``.png``.
    """
    plan = examined.plan
    task = task_of(plan)
    targets: NDArray[np.float32] = task.targets.numpy()
    percepts = examined.assessment.percept_images
    blocks = -(-len(targets) // COLUMNS)
    figure = Figure(figsize=(13.0, 1.2 + 2.15 * blocks), facecolor="white")
    FigureCanvasAgg(figure)
    grid = figure.add_gridspec(
        blocks * 3 - 1,
        COLUMNS,
        height_ratios=([1.0, 1.0, 0.12] * blocks)[:-1],
        left=0.055,
        right=0.985,
        bottom=0.155,
        top=0.87,
        wspace=0.05,
        hspace=0.05,
    )
    for index, label in enumerate(task.labels):
        block, column = divmod(index, COLUMNS)
        for row, (images, name) in enumerate([(targets, "target"), (percepts, "percept")]):
            axes = figure.add_subplot(grid[block * 3 + row, column])
            axes.imshow(images[index], cmap="gray", vmin=0.0, vmax=1.0, interpolation="nearest")
            axes.set_xticks([])
            axes.set_yticks([])
            axes.set_gid(f"{name} {label}")
            if column == 0:
                axes.set_ylabel(name, fontsize=10)
    side = plan.task.extent_deg
    figure.suptitle(title(plan), x=0.055, y=0.975, ha="left", fontsize=14, weight="bold")
    figure.text(0.055, 0.895, measures_line(plan), fontsize=10, color="#333333")
    figure.text(
        0.055,
        0.115,
        f"Each picture is {side:g}° × {side:g}° of the visual field, centred on fixation; one gain for all, gray scale "
        "0 to 1, brighter is clipped.",
        fontsize=8.5,
        color="#333333",
    )
    figure.text(0.055, 0.012, notice_lines(plan, 175), fontsize=8.5, color="#a01010")
    figure.savefig(file, dpi=DPI)


def title(plan: Plan) -> str:
    """What the pictures show and how it was found, e.g. ``Reading, 32 threads × 16 contacts, percept-aware``."""
    methods: Mapping[str, str] = {
        "percept": "percept-aware",
        "coverage": "coverage of cortex",
        "random": "random",
        "manual": "placed by hand",
    }
    ignoring = "" if plan.avoid_vessels else ", vessels ignored"
    count = len(plan.threads)
    shape = f"{count} thread{'s' if count != 1 else ''} × {plan.device.contacts} contacts"
    return f"Reading with {shape}, {methods[plan.method]}{ignoring}: {verdict_words(plan)}"


def notice_lines(plan: Plan, characters: int) -> str:
    """The notice in lines of so many characters."""
    return "\n".join(wrap(notice(plan), characters))


def measures_line(plan: Plan) -> str:
    """The measures in one line."""
    found = plan.measures or {}
    words = {
        "mse": ("MSE {:.4f}", 1.0),
        "ssim": ("SSIM {:.3f}", 1.0),
        "gain": ("gain {:.3g}", 1.0),
        "coverage": ("{:.0f} % of the field covered", 100.0),
        "usable_contacts": ("{:.0f} % of contacts usable", 100.0),
    }
    return "   ".join(text.format(found[name] * scale) for name, (text, scale) in words.items() if name in found)
