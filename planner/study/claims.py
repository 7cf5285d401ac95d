"""What a table must show for the method's claims to hold, and where it does not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from planner.study.cells import BASELINES, CONSTRAINED, METHOD_WORDS, METHODS
from planner.study.table import Line, Table

BETTER: Final[Mapping[str, int]] = {"mse": -1, "ssim": 1, "recognition": 1}
"""Measures that percept-aware plans must be better in than every baseline, and the sign of better."""
MOST_SAFETY_COST: Final = 0.1  # of the gain over coverage


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


@dataclass(frozen=True)
class Shortfall:
    """A place of the table where a claim does not hold.

    Attributes
    ----------
    place : Place
    claim : "better", "safe", "unsafe shows", "cost of safety" or "complete"
    words : str
        What is there instead.
    """

    place: Place
    claim: str
    words: str


@dataclass(frozen=True)
class SafetyCost:
    """Share of the gain over coverage that keeping off vessels costs, by MSE; None where there is no gain."""

    place: Place
    share: float | None


def shortfalls(table: Table) -> tuple[Shortfall, ...]:
    """Where the table does not show what is claimed, place by place; empty where all of it holds.

    Percept-aware plans are better than every baseline in each of `BETTER`, by their means (equal is not better).
    Whatever keeps off vessels has no violation. Plans that ignore vessels have some. Keeping off vessels costs at most
    a tenth of the gain over coverage. Methods, measures and plans that are missing prove nothing and are told, too.
    """
    found: list[Shortfall] = []
    for place, lines in _places(table):
        told = [("complete", words) for words in _incomplete(lines)]
        told += [("better", words) for words in _not_better(lines)]
        for method in CONSTRAINED:
            if method in lines and (broken := lines[method]["violations"]):
                told.append(("safe", f"{METHOD_WORDS[method]} has {broken} violations"))
        if "unsafe" in lines:
            if lines["unsafe"]["n"] and not lines["unsafe"]["violations"]:
                told.append(("unsafe shows", f"{METHOD_WORDS['unsafe']} has no violation either"))
            share = _cost(lines)
            if share is not None and share > MOST_SAFETY_COST:
                told.append(("cost of safety", f"keeping off vessels costs {share:.1%} of the gain over coverage"))
        found += [Shortfall(place, claim, words) for claim, words in told]
    return tuple(found)


def safety_costs(table: Table) -> tuple[SafetyCost, ...]:
    """(MSE percept-aware − MSE without vessels) / (MSE coverage − MSE without vessels), at each place that has all."""
    return tuple(
        SafetyCost(place, _cost(lines))
        for place, lines in _places(table)
        if {"percept", "unsafe", "coverage"} <= set(lines)
    )


def _places(table: Table) -> list[tuple[Place, dict[str, Line]]]:
    places: dict[Place, dict[str, Line]] = defaultdict(dict)
    for line in table.lines:
        places[Place(line["case"], line["task"], line["threads"], line["localisation_mm"])][line["method"]] = line
    return list(places.items())


def _incomplete(lines: Mapping[str, Line]) -> list[str]:
    """What there is to compare with is missing, or plans are."""
    missing = [METHOD_WORDS[name] for name in METHODS if name not in lines]
    told = [f"{name} was not asked for" for name in missing]
    short = [line for line in lines.values() if line["n"] < line["wanted"]]
    return told + [f"{METHOD_WORDS[line['method']]} has {line['n']} of {line['wanted']} plans" for line in short]


def _not_better(lines: Mapping[str, Line]) -> list[str]:
    if "percept" not in lines:
        return []
    own, told = lines["percept"], []
    for method in (name for name in BASELINES if name in lines):
        for measure, sign in BETTER.items():
            ours, theirs = own[measure], lines[method][measure]
            if ours is not None and theirs is not None and not sign * (ours - theirs) > 0:
                told.append(
                    f"percept-aware is not better than {METHOD_WORDS[method]} in {measure} ({ours:.4f}, {theirs:.4f})"
                )
    return told


def _cost(lines: Mapping[str, Line]) -> float | None:
    percept, unsafe, coverage = (_mse(lines, name) for name in ("percept", "unsafe", "coverage"))
    if percept is None or unsafe is None or coverage is None:
        return None
    return (percept - unsafe) / (coverage - unsafe) if coverage > unsafe else None


def _mse(lines: Mapping[str, Line], method: str) -> float | None:
    value: float | None = lines[method]["mse"] if method in lines else None
    return value


def claims_words(table: Table) -> tuple[str, ...]:
    """Sentences for a person: what safety costs at each place, then every shortfall."""
    costs = [
        f"{cost.place}: keeping off vessels costs {cost.share:+.1%} of the gain over coverage."
        for cost in safety_costs(table)
        if cost.share is not None
    ]
    return (
        *costs,
        *(
            [f"{found.place}: {found.words}." for found in shortfalls(table)]
            or ["Every claim holds at every place of the table."]
        ),
    )
