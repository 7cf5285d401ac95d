"""Pictures of a plan: what is seen, beside what should be seen."""

from __future__ import annotations

import warnings
from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from textwrap import wrap
from typing import Any, Final

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from planner.design.limits import counted
from planner.plan.make import Examined, task_of
from planner.plan.plan import Plan, TaskRecord
from planner.plan.stamp import INSERTIONS, limits_words, notice, seen_words, verdict_words

COLUMNS = 13  # at most; two blocks of letters, each a row of targets over a row of percepts
DPI = 150

_WIDTH, _LEFT, _RIGHT, _TOP, _BOTTOM = 13.0, 0.72, 0.2, 0.75, 0.15  # inches
_LARGEST, _GAP, _LINE = 2.4, 0.05, 0.16  # inches: side of a picture, between two, height of a line of label
_CHARACTERS = 15.0  # of a label in an inch
_TITLE = 0.0086  # inches that a bold character takes for each point of its size, with some room
FOOTER = 170  # characters of a line below all pictures


@dataclass(frozen=True)
class _Layout:
    """Blocks of columns, each a row of labels, of targets and of percepts; inches from the upper left corner.

    Attributes
    ----------
    count : int
        Of pictures.
    lines : int
        Of a label.
    footer : int
        Lines of text below all.
    """

    count: int
    lines: int
    footer: int

    @property
    def blocks(self) -> int:
        return -(-self.count // COLUMNS)

    @property
    def columns(self) -> int:
        return -(-self.count // self.blocks)

    @property
    def side(self) -> float:
        return min(_LARGEST, (_WIDTH - _LEFT - _RIGHT) / self.columns - _GAP)

    @property
    def height(self) -> float:
        return _TOP + self.blocks * self._block + _BOTTOM + self.footer * _LINE

    @property
    def _block(self) -> float:
        return self.lines * _LINE + 2 * self.side + 3 * _GAP

    def box(self, index: int, row: int) -> tuple[float, float, float, float]:
        """Left, bottom, width and height of a picture, as shares of the figure."""
        block, column = divmod(index, self.columns)
        left = _LEFT + column * (self.side + _GAP)
        top = _TOP + block * self._block + self.lines * _LINE + row * (self.side + _GAP)
        low = self.height - top - self.side
        return left / _WIDTH, low / self.height, self.side / _WIDTH, self.side / self.height


def percepts_picture(examined: Examined, file: Path) -> None:
    """Write a PNG of every target with its percept below, in one gray scale, with the measures in the title.

    Parameters
    ----------
    examined : Examined
    file : Path
        Ends in ``.png``.
    """
    figure = percepts_figure(examined)
    with any_script():
        figure.savefig(file, dpi=DPI)


@contextmanager
def any_script() -> Iterator[None]:
    """Draw a box for a letter that the font lacks, without a warning: a file's name may be in any script."""
    with warnings.catch_warnings():
        warnings.filterwarnings("ignore", message="Glyph")
        yield


def percepts_figure(examined: Examined) -> Figure:
    """The same as a figure."""
    plan = examined.plan
    task = task_of(plan)
    targets: NDArray[np.float32] = task.targets.numpy()
    percepts = examined.assessment.percept_images
    extent = plan.task.extent_deg
    explained = (
        f"Each picture is {extent:g}° × {extent:g}° of the visual field, centred on fixation; one gain for all, gray "
        f"scale 0 to 1, brighter is clipped. {limits_words(plan)} {seen_words(plan)}"
    )
    below, warned = "\n".join(wrap(explained, FOOTER)), notice_lines(plan, FOOTER)
    footer = 2 + below.count("\n") + warned.count("\n")
    side = _Layout(len(targets), 1, footer).side
    labels = [_wrapped(label, side) for label in task.labels]
    layout = _Layout(len(targets), 1 + max(label.count("\n") for label in labels), footer)
    figure = Figure(figsize=(_WIDTH, layout.height), facecolor="white")
    FigureCanvasAgg(figure)
    for index, (name, label) in enumerate(zip(task.labels, labels, strict=True)):
        for row, (images, kind) in enumerate([(targets, "target"), (percepts, "percept")]):
            axes = figure.add_axes(layout.box(index, row))
            axes.imshow(images[index], cmap="gray", vmin=0.0, vmax=1.0, interpolation="nearest")
            axes.set_xticks([])
            axes.set_yticks([])
            axes.set_gid(f"{kind} {name}")
            if index % layout.columns == 0:
                axes.set_ylabel(kind, fontsize=10)
            if row == 0:
                axes.set_title(label, fontsize=8, color="#333333", pad=2.5, parse_math=False)
    left = _LEFT / _WIDTH

    def write(text: str, inches_up: float, **style: Any) -> None:
        figure.text(left, inches_up / layout.height, text, **{"fontsize": 8.5, "color": "#333333", **style})

    words = title(plan)
    size = title_size(words, _WIDTH - _LEFT - _RIGHT, 14)
    write(words, layout.height - 0.33, fontsize=size, weight="bold", color="black")
    write(measures_line(plan), layout.height - 0.58, fontsize=10)
    write(below, 0.12 + _LINE * (1 + warned.count("\n")))
    write(warned, 0.09, color="#a01010")
    return figure


def title_size(words: str, inches: float, most: float) -> float:
    """The size in points, at most `most`, at which a bold title keeps to one line so many inches wide."""
    return min(most, inches / (_TITLE * len(words)))


def _wrapped(label: str, side: float) -> str:
    """A label in at most two lines over a picture of this side, inches."""
    return "\n".join(wrap(label, int(side * _CHARACTERS), max_lines=2, placeholder="…"))


METHODS: Final[Mapping[str, str]] = {
    "percept": "percept-aware",
    "coverage": "coverage of cortex",
    "field": "coverage of the visual field",
    "grid": "regular grid",
    "random": "random",
    "manual": "placed by hand",
}


def title(plan: Plan) -> str:
    """What the pictures show and how it was found, e.g. ``Reading, 32 threads × 16 contacts, percept-aware``."""
    ignoring = "" if plan.avoid_vessels else ", vessels ignored"
    budget = plan.limits.threads
    few = f" of {budget} asked for" if 0 < len(plan.threads) < budget else ""
    return f"{_shown(plan.task)} with {_shape(plan)}{few}, {METHODS[plan.method]}{ignoring}: {verdict_words(plan)}"


def _shape(plan: Plan) -> str:
    """How many threads of how many contacts, device by device, e.g. ``32 threads × 16 contacts``."""
    counts = Counter(plan.implant.device_of(thread) for thread in plan.threads) or Counter({plan.device: 0})
    return " and ".join(
        f"{counted(count, INSERTIONS[d.kind])} × {counted(d.contact_count, 'contact')}" for d, count in counts.items()
    )


def _shown(task: TaskRecord) -> str:
    """What is to be seen, as a title begins."""
    if task.name == "symbols":
        return {"landolt-c": "Landolt rings", "tumbling-e": "Tumbling Es"}[task.symbol]
    return {"reading": "Reading", "words": "Reading words", "images": "Edges of images" if task.edges else "Images"}[
        task.name
    ]


def notice_lines(plan: Plan, characters: int) -> str:
    """The notice in lines of so many characters."""
    return "\n".join(wrap(notice(plan), characters))


def measures_line(plan: Plan) -> str:
    """A plan's measures in one line."""
    return measures_words(plan.measures or {})


def measures_words(found: Mapping[str, float]) -> str:
    """Measures in one line."""
    words = {
        "mse": ("MSE {:.4f}", 1.0),
        "mse_mean": ("MSE {:.4f} over patients", 1.0),
        "mse_worst": ("{:.4f} in the worst", 1.0),
        "ssim": ("SSIM {:.3f}", 1.0),
        "psnr": ("PSNR {:.1f} dB", 1.0),
        "recognition": ("{:.0f} % of letters read", 100.0),
        "acuity_logmar": ("acuity {:.2f} logMAR", 1.0),
        "acuity_logmar_at_most": ("acuity {:.2f} logMAR or better", 1.0),
        "acuity_logmar_above": ("acuity worse than {:.2f} logMAR", 1.0),
        "gain": ("gain {:.3g}", 1.0),
        "coverage": ("{:.0f} % of the field covered", 100.0),
        "usable_contacts": ("{:.0f} % of contacts usable", 100.0),
    }

    def said(name: str, text: str, scale: float) -> str:
        if scale == 100.0 and 0.0 < found[name] < 0.01:  # what is not nothing does not read as nothing
            return text.replace("{:.0f}", "<1")
        return text.format(found[name] * scale)

    return "   ".join(said(name, text, scale) for name, (text, scale) in words.items() if name in found)
