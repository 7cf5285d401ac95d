"""One percept beside its target, as a picture and as arrays."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.figure import Figure
from numpy.typing import NDArray

from planner.anatomy.hashing import sha256
from planner.design.assess import Assessment, assess
from planner.design.site import Site
from planner.errors import InputError
from planner.percept.parameters import model_name
from planner.plan.pictures import DPI, measures_words, title
from planner.plan.plan import Plan
from planner.plan.stamp import notice
from planner.tasks.make import make_task
from planner.tasks.record import TaskRecord, UsedFile


@dataclass(frozen=True, eq=False)
class Look:
    """What is seen of one target.

    Attributes
    ----------
    plan : Plan
        Its `seeing` is that of the look.
    label : str
        Of the target.
    target : (H, W) float32
    assessment : Assessment
    """

    plan: Plan
    label: str
    target: NDArray[np.float32]
    assessment: Assessment


def look(plan: Plan, site: Site, target: str, height_deg: float | None = None) -> Look:
    """What a plan shows of a target, in the field of its own task.

    Parameters
    ----------
    plan : Plan
    site : Site
    target : str
        A picture's file, or else a letter or word.
    height_deg : float, optional
        Of a letter or word; by default the task's, or for a long word as much less as suits it.

    Raises
    ------
    InputError
        Where the target can be neither, or does not fit the field.
    """
    task = make_task(_record(plan.task, target, height_deg))
    found = assess(site, plan.implant, task, plan.seeing)
    return Look(plan, task.labels[0], np.asarray(task.targets[0].numpy(), dtype=np.float32), found)


def _record(task: TaskRecord, target: str, height_deg: float | None) -> TaskRecord:
    path = Path(target).expanduser()
    alone = TaskRecord(extent_deg=task.extent_deg, pixels=task.pixels, polarity=task.polarity, font=task.font)
    if path.is_file():
        used = UsedFile(path.name, sha256(path))
        return replace(alone, name="images", font=TaskRecord().font, folder=str(path.resolve().parent), files=(used,))
    if path.suffix and len(target) > 1:
        raise InputError("is no file", source=target, remedy="give a picture's file, or a letter or word")
    usual = min(task.height_deg, 0.75 * task.extent_deg / len(target)) if len(target) > 1 else task.height_deg
    files = task.files if task.name in ("reading", "words") else ()
    return replace(alone, name="words", words=(target,), height_deg=height_deg or usual, files=files)


def percept_picture(seen: Look, file: Path) -> None:
    """Write a PNG of target and percept side by side, in one gray scale."""
    half = seen.plan.task.extent_deg / 2
    figure = Figure(figsize=(9.0, 5.6), facecolor="white")
    FigureCanvasAgg(figure)
    name = model_name(seen.plan.seeing.model)
    pairs = ((seen.target, f"Target: {seen.label}"), (seen.assessment.percept_images[0], f"Percept ({name})"))
    for index, (image, words) in enumerate(pairs):
        axes = figure.add_axes((0.07 + 0.48 * index, 0.19, 0.41, 0.66))
        axes.imshow(image, cmap="gray", vmin=0.0, vmax=1.0, interpolation="nearest", extent=(-half, half, -half, half))
        axes.set_title(words, fontsize=11)
        axes.set_xlabel("x, degrees (right is positive)", fontsize=8.5)
        axes.set_ylabel("y, degrees" if index == 0 else "", fontsize=8.5)
        axes.tick_params(labelsize=8)
    figure.text(0.07, 0.955, title(seen.plan), fontsize=10.5, weight="bold")
    figure.text(0.07, 0.915, measures_words(seen.assessment.measures), fontsize=9.5, color="#333333")
    figure.text(0.07, 0.015, notice(seen.plan), fontsize=7.5, color="#a01010", wrap=True, va="bottom")
    figure.savefig(file, dpi=DPI)


def percept_arrays(seen: Look, file: Path) -> None:
    """Write an ``.npz`` of what the picture shows and what it is made of.

    ``target`` and ``percept`` ``(H, W)``, row 0 the top, the percept at its best ``gain``; ``extent_deg`` their width;
    each contact's ``field_deg`` ``(N, 2)``, ``diameter_deg``, ``usable`` and ``current_ua`` ``(N,)``.
    """
    found = seen.assessment
    np.savez(
        file,
        target=seen.target,
        percept=found.percept_images[0],
        gain=found.measures["gain"],
        extent_deg=seen.plan.task.extent_deg,
        field_deg=found.phosphenes.field_deg.numpy(),
        diameter_deg=found.diameter_deg,
        usable=found.phosphenes.weight.numpy(),
        current_ua=found.current_ua[0],
    )
