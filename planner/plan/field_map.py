"""A picture of the visual field with the phosphenes in it."""

from __future__ import annotations

from typing import BinaryIO, Final

import numpy as np
from matplotlib.backends.backend_agg import FigureCanvasAgg
from matplotlib.collections import EllipseCollection
from matplotlib.figure import Figure

from planner.plan.contacts import Contact, contacts_of
from planner.plan.make import Examined
from planner.plan.pictures import DPI, title
from planner.plan.stamp import notice

COLOURS: Final = {"lh": "#0072B2", "rh": "#D55E00"}  # Okabe & Ito 2008: told apart by everyone
SIDES: Final = {"lh": "left hemisphere", "rh": "right hemisphere"}
RINGS_DEG: Final = (1, 2, 5, 10, 20, 40, 80)
LEAST_DEG: Final = 2.0
USABLE: Final = 0.5  # as planner.design.assess counts them


def field_map(examined: Examined, file: BinaryIO) -> None:
    """Write a PNG of the phosphenes' places and sizes, out to the outermost one, with the task's field as a square.

    A phosphene is a disc of its diameter, and its centre a dot so that none is too small to be seen; contacts of little
    use are hollow.

    Parameters
    ----------
    examined : Examined
    file : binary file
    """
    field_figure(examined).savefig(file, dpi=DPI, format="png")


def field_figure(examined: Examined) -> Figure:
    """The same as a figure."""
    contacts, plan = contacts_of(examined), examined.plan
    half = plan.task.extent_deg / 2
    # Phosphenes of no use may lie anywhere: they do not widen the map.
    reach = max([LEAST_DEG, 1.15 * half, *(1.05 * c.eccentricity_deg for c in contacts if c.usable >= USABLE)])
    figure = Figure(figsize=(9.0, 9.6), facecolor="white")
    FigureCanvasAgg(figure)
    axes = figure.add_axes((0.09, 0.13, 0.86, 0.76))
    axes.set_aspect("equal")
    axes.set_xlim(-reach, reach)
    axes.set_ylim(-reach, reach)
    for ring in (r for r in RINGS_DEG if r <= reach):
        axes.add_patch(_circle(ring))
        axes.text(ring * np.sqrt(0.5), ring * np.sqrt(0.5), f"{ring}°", fontsize=8, color="#888888")
    axes.axhline(0.0, color="#cccccc", lw=0.8, zorder=0)
    axes.axvline(0.0, color="#cccccc", lw=0.8, zorder=0)
    axes.plot([-half, half, half, -half, -half], [-half, -half, half, half, -half], "--", color="#666666", lw=1.0)
    axes.text(-half, half, f" the task's {plan.task.extent_deg:g}° field", fontsize=8, color="#666666", va="bottom")
    for name, colour in COLOURS.items():
        _draw(axes, [c for c in contacts if c.hemisphere == name], colour, SIDES[name])
    axes.set_xlabel("left visual field   x, degrees   right visual field")
    axes.set_ylabel("lower visual field   y, degrees   upper visual field")
    if contacts:
        axes.legend(loc="upper right", fontsize=9, framealpha=0.9)
    figure.suptitle(title(plan), x=0.09, y=0.975, ha="left", fontsize=13, weight="bold", wrap=True)
    used = sum(c.usable >= USABLE for c in contacts)
    figure.text(
        0.09,
        0.915,
        f"{len(contacts)} contacts, {used} of them usable; discs are as large as the phosphenes at "
        f"{' or '.join(dict.fromkeys(f'{d.working_current_ua:g}' for d in plan.devices))} µA.",
        fontsize=9.5,
        color="#333333",
    )
    figure.text(0.09, 0.015, notice(plan), fontsize=8, color="#a01010", wrap=True, va="bottom")
    return figure


def _draw(axes, contacts: list[Contact], colour: str, label: str) -> None:  # type: ignore[no-untyped-def]  # matplotlib's
    if not contacts:
        return
    usable = np.array([c.usable >= USABLE for c in contacts])
    place = np.array([c.field_deg for c in contacts])
    size = np.array([c.size_deg for c in contacts])
    for some, filled in ((usable, True), (~usable, False)):
        discs = EllipseCollection(
            size[some],
            size[some],
            0.0,
            units="x",
            offsets=place[some],
            offset_transform=axes.transData,
            facecolor=colour if filled else "none",
            edgecolor=colour,
            alpha=0.35 if filled else 0.5,
            lw=0.5,
        )
        axes.add_collection(discs)
    axes.plot(*place[usable].T, ".", color=colour, ms=2.5, label=f"{label}: {int(usable.sum())}")


def _circle(radius: float):  # type: ignore[no-untyped-def]  # matplotlib's
    from matplotlib.patches import Circle

    return Circle((0.0, 0.0), radius, fill=False, color="#dddddd", lw=0.8, zorder=0)
