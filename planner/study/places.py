"""The places of a study's table, each with its lines by method, and what percept-aware plans are held against there."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final, Literal

from planner.study.cells import BASELINES, METHOD_WORDS, StudyMethod
from planner.study.table import Line, Table

BETTER: Final[Mapping[str, int]] = {"mse": -1, "ssim": 1, "recognition": 1}
"""Measures that percept-aware plans must be better in than every rival, and the sign of better."""

Rival = StudyMethod | Literal["chance"]
RIVALS: Final[tuple[Rival, ...]] = (*BASELINES, "chance")
"""The baselines, and a random search that looked at as many choices of threads as the same plan's search."""
RIVAL_WORDS: Final[Mapping[Rival, str]] = {
    **{name: METHOD_WORDS[name] for name in BASELINES},
    "chance": "a random search of the same length",
}

Lines = Mapping[str, Line]
"""A place's lines by their methods."""


@dataclass(frozen=True)
class Place:
    """What lines of the table share that differ by their method only."""

    case: str
    task: str
    threads: int
    localisation_mm: float

    def __str__(self) -> str:
        """E.g. ``demo, reading, 32 threads``."""
        error = f", {self.localisation_mm:g} mm localisation error" if self.localisation_mm else ""
        return f"{self.case}, {self.task}, {self.threads} threads{error}"


def places_of(table: Table) -> list[tuple[Place, Lines]]:
    """The table's places in its order, with their lines."""
    places: dict[Place, dict[str, Line]] = defaultdict(dict)
    for line in table.lines:
        places[Place(line["case"], line["task"], line["threads"], line["localisation_mm"])][line["method"]] = line
    return list(places.items())


def value(lines: Lines, method: str, measure: str) -> float | None:
    """A method's mean of a measure; None where either is missing."""
    found: float | None = lines[method].get(measure) if method in lines else None
    return found


def rival_value(lines: Lines, rival: Rival, measure: str) -> float | None:
    """The same of a rival; what chance found stands in the percept-aware line."""
    return value(lines, "percept", f"chance_{measure}") if rival == "chance" else value(lines, rival, measure)


def asks(lines: Lines, measure: str) -> bool:
    """Whether a measure is one of the place's task: pictures are not read."""
    return measure != "recognition" or any(line["task"] == "reading" for line in lines.values())
