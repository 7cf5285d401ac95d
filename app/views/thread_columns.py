"""The columns of the table of threads: what each is called, what it says of a row, and what it is sorted by."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from math import inf, isfinite, isnan
from typing import Any, Final

from app.views.status import State, millimetres, percent
from app.views.thread_rows import NOT_KNOWN, UNKNOWN, Row
from planner.design.limits import ConstraintName

_ALARM: Final[tuple[State, ...]] = ("unsafe", "unknown", "blind", "safe", "aside")
NONE: Final = "–"
UNUSED: Final = (
    "One that is not stays in the plan, drawn pale and dotted, and counts for nothing: percept, budget, limits, "
    "baselines and exports leave it out"
)


@dataclass(frozen=True)
class Column:
    """One column.

    Attributes
    ----------
    key : str
        By which settings know it.
    name : str
        In the menu of columns.
    title : str
        Over the column, with its unit.
    tip : str
    text, order : row to str, row to whatever can be compared
    number : bool
        Numbers stand to the right.
    margin : ConstraintName or None
        Which limit's it is.
    """

    key: str
    name: str
    title: str
    tip: str
    text: Callable[[Row], str] = lambda row: ""
    order: Callable[[Row], Any] | None = None
    number: bool = False
    margin: ConstraintName | None = None

    def sorted_by(self, row: Row) -> Any:
        """What rows are sorted by."""
        return self.text(row) if self.order is None else self.order(row)


def _margin(name: ConstraintName, row: Row) -> str:
    if not row.used:
        return NONE
    if row.margins is None:
        return UNKNOWN
    margin = row.margin(name)
    nothing = margin == inf and name == "vessel" and row.device.penetrates
    return NOT_KNOWN if nothing else millimetres(margin)


def _least(name: ConstraintName, row: Row) -> float:
    margin = row.margin(name)
    return inf if margin is None else margin


def _of(key: str, name: str, constraint: ConstraintName, title: str, tip: str) -> Column:
    text, order = partial(_margin, constraint), partial(_least, constraint)
    return Column(key, name, f"{title}\nmargin, mm", tip, text, order, True, constraint)


def _unless(row: Row, known: bool, words: str) -> str:
    """The words where they are known, a dash where there is nothing to know."""
    if not row.used or not row.device.penetrates:
        return NONE
    return words if known else UNKNOWN


def _eccentricity(row: Row) -> str:
    if not row.used:
        return NONE
    if row.reached is None:
        return "outside V1" if row.seen else UNKNOWN
    left = f" · {row.reached.outside} out" if row.reached.outside else ""
    return f"{row.reached.eccentricity_deg:.1f}°{left}"


def _polar(row: Row) -> str:
    if row.reached is None:
        return UNKNOWN if row.used and not row.seen else NONE
    angle = row.reached.polar_deg
    return f"{abs(angle):.0f}° {'right' if angle >= 0 else 'left'}"


def _nearest(row: Row) -> str:
    if not row.used:
        return NONE
    if row.margins is None:
        return UNKNOWN
    return f"{row.margins.nearest_thread} {row.gap_mm:.2f}" if isfinite(row.gap_mm) else NONE


def _or_last(value: float) -> float:
    return inf if isnan(value) else value


COLUMNS: Final[tuple[Column, ...]] = (
    Column(
        "state",
        "State",
        "",
        "Ball: no limit broken, filled once that is verified; square: a limit is broken; "
        "triangle: most contacts outside V1, so little is seen; "
        "gray diamond: not known; bar: not used (shapes as in the 3D view)",
        order=lambda row: _ALARM.index(row.state),
    ),
    Column("name", "Name", "Thread", "Name; double-click or F2 to change it", lambda row: row.thread.name),
    Column(
        "lock",
        "Lock",
        "",
        "Locked threads are never moved, by hand or by the optimiser; click to lock or unlock",
        order=lambda row: row.thread.locked,
    ),
    Column("side", "Side", "Side", "Hemisphere", lambda row: "left" if row.thread.hemisphere == "lh" else "right"),
    Column(
        "depth",
        "Depth",
        "Depth\nmm",
        "From the entry on pial to the tip, mm; double-click to change it",
        lambda row: f"{row.thread.depth_mm:.2f}" if row.device.penetrates else NONE,
        lambda row: row.thread.depth_mm,
        True,
    ),
    _of(
        "vessel",
        "Vessel margin",
        "vessel",
        "Vessel",
        "Margin of the whole shaft to the nearest vessel wall beyond the clearance, mm; positive is safe",
    ),
    Column(
        "near_vessel",
        "Nearest vessel",
        "Nearest vessel",
        "The vessel that is nearest",
        lambda row: row.margins.nearest_vessel if row.margins is not None else "",
    ),
    _of(
        "gray",
        "Gray margin",
        "gray",
        "Gray",
        "Margin of the contacts to pial and white beyond the required one, mm; negative is outside gray matter",
    ),
    _of(
        "path",
        "Crossing margin",
        "path",
        "Crossing",
        "Single pial crossing: depth below pial along the contacts, mm; negative where the shaft leaves through pial "
        "again",
    ),
    _of(
        "spacing",
        "Spacing margin",
        "spacing",
        "Spacing",
        "Margin to the nearest other shaft beyond the required spacing, mm",
    ),
    Column(
        "eccentricity",
        "Eccentricity",
        "Eccentricity\n° of field",
        "Median eccentricity of the contacts in V1, degrees of visual angle, and how many contacts are out of it",
        _eccentricity,
        lambda row: inf if row.reached is None else row.reached.eccentricity_deg,
        True,
    ),
    Column(
        "status",
        "Status",
        "Status",
        "What is known of its safety (… while it is computed); only Verify gives the exact answer",
        lambda row: row.words,
    ),
    Column(
        "device",
        "Device",
        "Device",
        "What it is: a thread, an array that moves as one, or discs on the surface",
        lambda row: row.device.name,
    ),
    Column(
        "use",
        "Use",
        "",
        f"Whether it is used. {UNUSED}; click to change it",
        order=lambda row: not row.used,
    ),
    Column(
        "group",
        "Group",
        "Group",
        "The group that it was put into (Edit > Group); exports carry it",
        lambda row: row.thread.group,
    ),
    Column(
        "angle",
        "Angle",
        "Angle\n°",
        "Between the thread and pial's inward normal where it goes in, degrees",
        lambda row: _unless(row, not isnan(row.angle_deg), f"{row.angle_deg:.0f}"),
        lambda row: _or_last(row.angle_deg),
        True,
    ),
    Column(
        "gray_share",
        "Share in gray matter",
        "In gray\n%",
        "Share of its contacts that lie between pial and white, in V1 or elsewhere, per cent",
        lambda row: _unless(row, not isnan(row.gray_share), percent(row.gray_share).rstrip("%")),
        lambda row: _or_last(row.gray_share),
        True,
    ),
    Column(
        "near_thread",
        "Nearest thread",
        "Nearest\nthread, mm",
        "The nearest other thread, and how far its surface is away, mm; threads that are not used count for nothing",
        _nearest,
        lambda row: _or_last(row.gap_mm),
        True,
    ),
    Column(
        "polar",
        "Polar angle",
        "Polar\n° of field",
        "Median polar angle of the contacts in V1, degrees from the upper vertical meridian (0° up, 180° down), and "
        "which half of the field",
        _polar,
        lambda row: inf if row.reached is None else abs(row.reached.polar_deg),
    ),
)
INDEX: Final = {column.key: number for number, column in enumerate(COLUMNS)}
SHOWN: Final = (
    *("state", "name", "status", "group", "device", "lock", "use", "side", "depth", "vessel", "near_vessel", "angle"),
    *("gray", "gray_share", "path", "spacing", "near_thread", "eccentricity", "polar"),
)
"""In this order from left to right."""
ALWAYS: Final = ("state", "name", "status")
"""Never hidden."""
AT_FIRST_HIDDEN: Final = ("gray", "path", "spacing")
"""Until the user chooses: what they break is the status; device and group are shown where there are several or any."""
NARROW_HIDDEN: Final = ("polar",)
"""Beside them, where there is no room for all."""
