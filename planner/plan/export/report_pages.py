"""The report's pages of text: what stands on them, line by line, and how a page is drawn."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from textwrap import wrap
from typing import Any, Final, Literal

from matplotlib.backends.backend_pdf import FigureCanvasPdf
from matplotlib.figure import Figure

from planner.design.limits import NO_WINDOW, ConstraintName, ThreadMargins, counted, margin_words, unit_of
from planner.plan.make import Examined
from planner.plan.pictures import METHODS, title

WIDTH, HEIGHT, EDGE = 11.69, 8.27, 0.6  # inches: A4 across
LINE: Final = 0.155  # inches
PROSE, ROW = 150, 155  # characters of a line of prose and of a table
NOTICE = 170  # characters of a line of the notice
FOOT: Final = 0.45  # inches below the notice
SIZES: Final = {"title": 14.0, "heading": 11.0, "prose": 9.0, "row": 8.0}

Style = Literal["title", "heading", "prose", "row"]
Json = dict[str, Any]


@dataclass(frozen=True)
class Line:
    """One line of a page and how it is set."""

    text: str
    style: Style = "prose"


Section = list[Line]


def sections(examined: Examined, summary: Json) -> list[Section]:
    """What is said of a plan: the verdict first, then threads, margins and provenance."""
    return [
        _verdict(examined, summary),
        _threads(summary),
        _margins(examined),
        _provenance(summary),
    ]


def paged(parts: Sequence[Section], notice: str) -> list[list[Line]]:
    """Each section's lines on pages of their own, as many as leave room for the notice."""
    room = int((HEIGHT - EDGE - FOOT) / LINE) - len(wrap(notice, NOTICE)) - 1
    return [part[start : start + room] for part in parts for start in range(0, len(part), room)]


def page_figure(lines: Sequence[Line], notice: str, footer: str) -> Figure:
    """One page, with the notice in red below and a footer."""
    figure = Figure(figsize=(WIDTH, HEIGHT), facecolor="white")
    FigureCanvasPdf(figure)
    for number, line in enumerate(lines):
        figure.text(
            EDGE / WIDTH,
            1 - (EDGE + number * LINE) / HEIGHT,
            line.text,
            fontsize=SIZES[line.style],
            weight="bold" if line.style in ("title", "heading") else "normal",
            family="monospace" if line.style == "row" else "sans-serif",
            va="top",
            parse_math=False,
        )
    for number, words in enumerate(reversed(wrap(notice, NOTICE))):
        figure.text(EDGE / WIDTH, (FOOT + number * LINE) / HEIGHT, words, fontsize=7.5, color="#a01010")
    figure.text(1 - EDGE / WIDTH, 0.2 / HEIGHT, footer, fontsize=7.5, ha="right", color="#333333")
    return figure


def table(rows: Sequence[Sequence[str]]) -> Iterator[Line]:
    """Rows in aligned columns, the first one to the left; a row too long for the page is cut with an ellipsis."""
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for first, *others in rows:
        cells = [first.ljust(widths[0]), *(c.rjust(w) for c, w in zip(others, widths[1:], strict=True))]
        yield Line(_cut("  ".join(cells).rstrip()), "row")


def _cut(text: str) -> str:
    return text if len(text) <= ROW else f"{text[: ROW - 3]}..."


def _prose(text: str) -> Iterator[Line]:
    return (Line(part) for part in wrap(text, PROSE))


def _verdict(examined: Examined, summary: Json) -> Section:
    plan = examined.plan
    lines = [Line(part, "title") for part in wrap(title(plan), 90)]
    lines += [Line(""), Line(f"Case {summary['case']['name']}: {summary['verdict_words']}", "heading")]
    lines += [*_prose(f"{counted(len(plan.threads), 'thread')} checked exactly on {summary['created']}.")]
    lines += _prose(summary["limits_words"])
    lines += [*_prose(summary["seen_words"]), *_prose(f"Retinotopy: {summary['case']['retinotopy']}.")]
    lines += [Line(""), Line("Measures beside baselines of as many threads under the same limits", "heading")]
    violations = plan.verdict.violations if plan.verdict else ()
    own = {**summary["measures"], **({"violations": len(violations)} if plan.verdict and summary["baselines"] else {})}
    lines += table(_measured({f"this plan, {METHODS[plan.method]}": own, **_named(summary["baselines"])}))
    if not summary["baselines"]:
        lines.append(Line("No baselines were measured."))
    lines += [Line(""), Line("Least margins", "heading")]
    lines += table(
        [["limit", "thread", "margin"]]
        + [[name, found["thread"], _margin(name, found["margin"])] for name, found in summary["worst_margins"].items()]
    )
    if violations:
        lines += [Line(""), Line(counted(len(violations), "violation"), "heading")]
        lines += [line for violation in violations for line in _prose(violation.message)]
    return lines


def _named(baselines: Json) -> Json:
    return {METHODS[method]: measures for method, measures in baselines.items()}


def _measured(plans: Json) -> list[list[str]]:
    """A row for each plan, a column for each measure that one of them has."""
    names = list(dict.fromkeys(name for measures in plans.values() for name in measures))
    rows = [
        [method, *(f"{measures[name]:.4g}" if name in measures else "" for name in names)]
        for method, measures in plans.items()
    ]
    return [["measure", *names], *rows]


def _threads(summary: Json) -> Section:
    rows = [["thread", "side", "device", "entry x", "y", "z", "tip x", "y", "z", "depth", "locked", "usable", "reach"]]
    for thread in summary["threads"]:
        places = [f"{x:.2f}" for x in (*thread["entry_mm"], *thread["tip_mm"], thread["depth_mm"])]
        near, far = thread["eccentricity_deg"]
        usable = f"{thread['usable_contacts']}/{thread['contacts']}"
        locked = "yes" if thread["locked"] else "no"
        shown = f"{near:.1f}-{far:.1f} deg"
        rows.append([thread["name"], thread["hemisphere"], thread["device"], *places, locked, usable, shown])
    about = (
        "Millimetres in scanner RAS (x right, y front, z up); usable contacts of all, and the eccentricity they reach."
    )
    return [Line("Threads", "heading"), Line(about), *table(rows)]


def _margins(examined: Examined) -> Section:
    plan = examined.plan
    if plan.verdict is None:
        return [Line("Margins", "heading"), Line("The plan was not verified.")]
    names = plan.limits.in_force
    rows = [["thread", *(f"{name} {unit_of(name).replace('µ', 'u').replace('°', 'deg')}" for name in names), "vessel"]]
    rows[0][-1] = "nearest vessel"
    for thread in plan.threads:
        margins = plan.verdict.margins[thread.name]
        rows.append([thread.name, *(_cell(margins, name) for name in names), margins.nearest_vessel or "none known"])
    about = (
        "Signed, positive is safe. Unknown: vessels are not known there, which is not safe. None: nothing can break it."
    )
    return [Line("Margins by the exact check", "heading"), Line(about), *table(rows)]


def _cell(margins: ThreadMargins, name: ConstraintName) -> str:
    words = margins.words(name)
    return "no window" if words == NO_WINDOW else words.split(" ")[0].rstrip("°")


def _margin(name: ConstraintName, margin: float | str | None) -> str:
    if margin is None:
        return "unknown" if name == "vessel" else "none"
    return margin_words(name, -math.inf) if isinstance(margin, str) else f"{margin:+.3f} {unit_of(name)}"


def _provenance(summary: Json) -> Section:
    case = summary["case"]
    lines = [Line("Where it comes from", "heading"), *_prose(f"{summary['program']}, case {case['source']}")]
    versions = ", ".join(f"{name} {version}" for name, version in summary["versions"].items())
    lines += [*_prose(versions), Line(f"Method {summary['method']}, seed {summary['seed']}")]
    for name in ("task", "goal", "seeing"):
        lines += _prose(f"{name.capitalize()}: {_settings(summary[name])}")
    lines += [Line(""), Line("Files of the case, SHA-256", "heading")]
    lines += table([["file", "SHA-256"], *([name, digest] for name, digest in case["hashes"].items())])
    lines += [Line(""), Line("Vessels", "heading")]
    vessels = [
        [v["name"], v["kind"], "synthetic" if v["synthetic"] else "given", f"{v['error_mm']:.2f} mm", v["source"]]
        for v in case["vessels"]
    ]
    lines += table([["name", "kind", "origin", "error", "source"], *vessels]) if vessels else [Line("None is known.")]
    for device in summary["devices"]:
        lines += [Line(""), Line(f"Device {device['name']}", "heading")]
        lines += _prose(f"{device['title']}: {counted(device['contacts'], 'contact')} a shank. {device['source']}")
    return lines


def _settings(values: Json) -> str:
    """Nested settings in one line; what is empty is left out."""
    said = []
    for name, value in values.items():
        if isinstance(value, dict):
            said.append(f"{name} ({_settings(value)})")
        elif value not in (None, "", []):
            said.append(f"{name} {value}")
    return ", ".join(said)
