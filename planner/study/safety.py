"""Whether plans keep off vessels, and what that costs by what is seen."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import fsum
from typing import Final

from planner.study.cells import METHOD_WORDS
from planner.study.places import Lines, Place, places_of, value
from planner.study.table import Line, Table

MOST_SAFETY_COST: Final = 0.1  # of the gain over coverage


@dataclass(frozen=True)
class SafetyCost:
    """What keeping off vessels costs at a place, by MSE, as a share of the gain over coverage.

    Attributes
    ----------
    place : Place
    of_gain_without : float, optional
        (percept-aware − without vessels) / (coverage − without vessels); None where ignoring vessels is no better than
        coverage.
    of_gain : float, optional
        (percept-aware − without vessels) / (coverage − percept-aware); None where percept-aware is no better than
        coverage.
    """

    place: Place
    of_gain_without: float | None
    of_gain: float | None

    @property
    def share(self) -> float | None:
        """The greater of the two, by which it is judged; None where ignoring vessels gains nothing over coverage."""
        if self.of_gain_without is None:
            return None
        return self.of_gain_without if self.of_gain is None else max(self.of_gain_without, self.of_gain)

    def __str__(self) -> str:
        """A sentence with both shares."""
        if self.of_gain_without is None:
            return (
                f"{self.place}: without vessels nothing is gained over coverage, so that what keeping off vessels "
                "costs cannot be judged; it is no cost."
            )
        other = "there is no gain with them" if self.of_gain is None else f"{self.of_gain:+.1%} of the gain with them"
        return (
            f"{self.place}: keeping off vessels costs {self.of_gain_without:+.1%} of the gain over coverage without "
            f"them ({other})."
        )


def safety_cost(place: Place, lines: Lines) -> SafetyCost | None:
    """The cost at a place; None where one of the methods that it is worked out from is missing."""
    percept, unsafe, coverage = (value(lines, name, "mse") for name in ("percept", "unsafe", "coverage"))
    if percept is None or unsafe is None or coverage is None:
        return None
    lost = percept - unsafe
    return SafetyCost(
        place,
        lost / (coverage - unsafe) if coverage > unsafe else None,
        lost / (coverage - percept) if coverage > percept else None,
    )


def safety_costs(table: Table) -> tuple[SafetyCost, ...]:
    """What keeping off vessels costs at each place where it can be said."""
    found = (safety_cost(place, lines) for place, lines in places_of(table))
    return tuple(cost for cost in found if cost is not None)


def mean_words(costs: Sequence[SafetyCost]) -> list[str]:
    """A sentence of the means of both shares over the places where they can be judged, of more than one."""
    judged = [cost for cost in costs if cost.share is not None]
    if len(judged) < 2:
        return []
    shares = [[cost.of_gain_without for cost in judged], [cost.of_gain for cost in judged]]
    means = [fsum(known) / len(known) for found in shares if (known := [share for share in found if share is not None])]
    words = " and ".join(f"{mean:+.1%}" for mean in means)
    kept = "no more" if max(means) <= MOST_SAFETY_COST else "more"
    return [
        f"On average over {len(judged)} places keeping off vessels costs {words} of the gain over coverage without and "
        f"with them: {kept} than the {MOST_SAFETY_COST:.0%} allowed."
    ]


def unsafe_words(line: Line) -> list[str]:
    """Why a line's plans are not all safe, in a few words; empty where every one passed the exact check."""
    name = METHOD_WORDS[line["method"]]
    if line["violations"]:
        return [f"{name} has {line['violations']} violations"]
    failed = line["n"] - line["feasible"]
    return [f"{name}: {failed} of {line['n']} plans did not pass the exact check"] if failed else []
