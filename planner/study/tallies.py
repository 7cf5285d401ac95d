"""Each claim over all places of a table: where it holds, by how much, and in how many seeds."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace

from planner.study.cells import CONSTRAINED, IGNORING, METHOD_WORDS, Cell
from planner.study.ledger import Row
from planner.study.places import BETTER, RIVAL_WORDS, RIVALS, Lines, Rival, asks, places_of, rival_value, value
from planner.study.safety import MOST_SAFETY_COST, safety_costs, unsafe_words
from planner.study.table import Table


@dataclass(frozen=True)
class Tally:
    """A claim over all places of a table.

    Attributes
    ----------
    claim : str
        In words.
    places, holding : int
        Places where it can be asked, and those of them where it holds.
    n : int
        Least number of plans that a side of it has at any place.
    margin : float, optional
        The least by which it holds at any place, in the measure's unit; negative where it does not hold.
    seeds, won : int
        Pairs of plans that differ by their method only, and those of them in which the percept-aware one is better.
    """

    claim: str
    places: int
    holding: int
    n: int
    margin: float | None = None
    seeds: int = 0
    won: int = 0

    def __str__(self) -> str:
        """E.g. ``Percept-aware has a better ssim than grid at 3 of 4 places (N ≥ 5, …)``."""
        margin = "" if self.margin is None else f", least margin {self.margin:+.4f}"
        won = f", in {self.won} of {self.seeds} pairs of the same seed" if self.seeds else ""
        return f"{self.claim} at {self.holding} of {self.places} places (N ≥ {self.n}{margin}{won})"


def tallies(table: Table, rows: Sequence[tuple[Cell, Row]]) -> tuple[Tally, ...]:
    """Each claim over all places, with its least margin and the seeds in which it holds.

    Parameters
    ----------
    table : Table
    rows : sequence of (Cell, Row)
        Those that the table is of.
    """
    if not table.lines:
        return ()
    places = [lines for _, lines in places_of(table)]
    better = [_tally_better(places, rows, rival, measure) for rival in RIVALS for measure in BETTER]
    shares = [cost.share for cost in safety_costs(table) if cost.share is not None]
    return (
        *(tally for tally in better if tally.places),
        Tally(
            "Whatever keeps off vessels passes the exact check",
            len(places),
            sum(all(_safe(lines, name) for name in CONSTRAINED) for lines in places),
            _least(places, CONSTRAINED),
        ),
        *(
            Tally(
                f"{METHOD_WORDS[name].capitalize()} violates limits",
                len(places),
                sum(name in lines and bool(lines[name]["violations"]) for lines in places),
                _least(places, (name,)),
            )
            for name in IGNORING
        ),
        Tally(
            f"Keeping off vessels costs at most {MOST_SAFETY_COST:.0%} of the gain over coverage",
            len(places),
            sum(share <= MOST_SAFETY_COST for share in shares),
            _least(places, ("percept", "unsafe", "coverage")),
            min((MOST_SAFETY_COST - share for share in shares), default=None),
        ),
    )


def _tally_better(places: Sequence[Lines], rows: Sequence[tuple[Cell, Row]], rival: Rival, measure: str) -> Tally:
    sign = BETTER[measure]
    asked = [lines for lines in places if _asked(lines, rival, measure)]
    margins = [
        sign * (ours - theirs)
        for lines in asked
        if (ours := value(lines, "percept", measure)) is not None
        and (theirs := rival_value(lines, rival, measure)) is not None
    ]
    gains = [sign * (ours - theirs) for ours, theirs in _pairs(rows, rival, measure)]
    return Tally(
        f"Percept-aware has a better {measure} than {RIVAL_WORDS[rival]}",
        len(asked),
        sum(margin > 0 for margin in margins),
        _least(asked, ("percept",) if rival == "chance" else ("percept", rival)),
        min(margins, default=None),
        len(gains),
        sum(gain > 0 for gain in gains),
    )


def _asked(lines: Lines, rival: Rival, measure: str) -> bool:
    """A baseline that is missing does not hold; what chance found is not asked where nobody searched."""
    return rival_value(lines, rival, measure) is not None if rival == "chance" else asks(lines, measure)


def _pairs(rows: Sequence[tuple[Cell, Row]], rival: Rival, measure: str) -> list[tuple[float, float]]:
    """The measure of percept-aware plans and of the rival's that differ by their method only."""
    found: dict[Cell, dict[str, float | None]] = defaultdict(dict)
    for cell, row in rows:
        pair = found[replace(cell, method="percept")]
        if cell.method == "percept":
            pair["ours"] = row[measure]
        if rival == cell.method:
            pair["theirs"] = row[measure]
        elif rival == "chance" and cell.method == "percept":
            pair["theirs"] = row.get(f"chance_{measure}")
    both = ((pair.get("ours"), pair.get("theirs")) for pair in found.values())
    return [(ours, theirs) for ours, theirs in both if ours is not None and theirs is not None]


def _safe(lines: Lines, method: str) -> bool:
    return method in lines and bool(lines[method]["n"]) and not unsafe_words(lines[method])


def _least(places: Sequence[Lines], methods: Sequence[str]) -> int:
    return min((lines[name]["n"] if name in lines else 0 for lines in places for name in methods), default=0)
