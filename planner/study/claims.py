"""What a table must show for the method's claims to hold, and where it does not."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from math import fsum
from typing import Final

from planner.study.cells import BASELINES, CONSTRAINED, IGNORING, METHOD_WORDS, METHODS, Cell, StudyMethod
from planner.study.ledger import Row
from planner.study.table import Line, Table

BETTER: Final[Mapping[str, int]] = {"mse": -1, "ssim": 1, "recognition": 1}
"""Measures that percept-aware plans must be better in than every baseline, and the sign of better."""
MOST_SAFETY_COST: Final = 0.1  # of the gain over coverage
LEAST_PLANS: Final = 2  # of each kind; one plan says nothing of chance


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
    claim : "better", "safe", "unsafe shows", "cost of safety", "budget" or "complete"
    words : str
        What is there instead.
    """

    place: Place
    claim: str
    words: str


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


def shortfalls(table: Table) -> tuple[Shortfall, ...]:
    """Where the table does not show what is claimed, place by place; empty where all of it holds.

    Percept-aware plans are better than every baseline in each of `BETTER`, by their means (equal is not better).
    Whatever keeps off vessels passes the exact check. Plans that ignore vessels do not. Keeping off vessels costs at
    most a tenth of the gain over coverage, by either gain. Methods, measures and plans that are missing, plans with
    fewer threads than the budget, and fewer than `LEAST_PLANS` of a kind prove nothing and are told, too.
    """
    found: list[Shortfall] = []
    for place, lines in _places(table):
        told = [("complete", words) for words in _incomplete(lines)]
        told += [("budget", words) for words in _short_of_threads(place, lines)]
        told += [("better", words) for words in _not_better(lines)]
        told += [("safe", words) for method in CONSTRAINED if method in lines for words in _not_safe(lines[method])]
        for method in IGNORING:
            if method in lines and lines[method]["n"] and not lines[method]["violations"]:
                told.append(("unsafe shows", f"{METHOD_WORDS[method]} has no violation either"))
        cost = _cost(place, lines)
        if cost is not None and cost.share is not None and cost.share > MOST_SAFETY_COST:
            told.append(("cost of safety", f"keeping off vessels costs {cost.share:.1%} of the gain over coverage"))
        found += [Shortfall(place, claim, words) for claim, words in told]
    return tuple(found)


def safety_costs(table: Table) -> tuple[SafetyCost, ...]:
    """What keeping off vessels costs at each place where it can be said."""
    found = (_cost(place, lines) for place, lines in _places(table))
    return tuple(cost for cost in found if cost is not None)


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
    places = [lines for _, lines in _places(table)]
    better = [
        _tally_better(places, rows, method, measure, sign) for method in BASELINES for measure, sign in BETTER.items()
    ]
    safe = [
        [name in lines and bool(lines[name]["n"]) and not _not_safe(lines[name]) for lines in places]
        for name in CONSTRAINED
    ]
    safe_at = sum(map(all, zip(*safe, strict=True)))
    costs = [_cost(place, lines) for place, lines in _places(table)]
    shares = [cost.share for cost in costs if cost is not None and cost.share is not None]
    return (
        *(tally for tally in better if tally.places),
        Tally("Whatever keeps off vessels passes the exact check", len(places), safe_at, _least(places, CONSTRAINED)),
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


def _tally_better(
    places: Sequence[Mapping[str, Line]], rows: Sequence[tuple[Cell, Row]], method: StudyMethod, measure: str, sign: int
) -> Tally:
    asked = [lines for lines in places if _asks(lines, measure)]
    margins = [
        sign * (lines["percept"][measure] - lines[method][measure])
        for lines in asked
        if _value(lines, "percept", measure) is not None and _value(lines, method, measure) is not None
    ]
    values: dict[tuple[Place, int], dict[str, float]] = defaultdict(dict)
    for cell, row in rows:
        if cell.method in ("percept", method) and row[measure] is not None:
            place = Place(cell.case.name, cell.task, cell.threads, cell.localisation_mm)
            values[place, cell.seed][cell.method] = row[measure]
    gains = [sign * (pair["percept"] - pair[method]) for pair in values.values() if len(pair) == 2]
    return Tally(
        f"Percept-aware has a better {measure} than {METHOD_WORDS[method]}",
        len(asked),
        sum(margin > 0 for margin in margins),
        _least(asked, ("percept", method)),
        min(margins, default=None),
        len(gains),
        sum(gain > 0 for gain in gains),
    )


def _asks(lines: Mapping[str, Line], measure: str) -> bool:
    """Whether a measure is one of the place's task: pictures are not read."""
    return measure != "recognition" or any(line["task"] == "reading" for line in lines.values())


def _least(places: Sequence[Mapping[str, Line]], methods: Sequence[str]) -> int:
    return min((lines[name]["n"] if name in lines else 0 for lines in places for name in methods), default=0)


def _places(table: Table) -> list[tuple[Place, dict[str, Line]]]:
    places: dict[Place, dict[str, Line]] = defaultdict(dict)
    for line in table.lines:
        places[Place(line["case"], line["task"], line["threads"], line["localisation_mm"])][line["method"]] = line
    return list(places.items())


def _incomplete(lines: Mapping[str, Line]) -> list[str]:
    """What there is to compare with is missing, or plans are, or there are too few of them."""
    missing = [METHOD_WORDS[name] for name in METHODS if name not in lines]
    told = [f"{name} was not asked for" for name in missing]
    short = [line for line in lines.values() if line["n"] < line["wanted"]]
    told += [f"{METHOD_WORDS[line['method']]} has {line['n']} of {line['wanted']} plans" for line in short]
    few = [METHOD_WORDS[line["method"]] for line in lines.values() if line["wanted"] < LEAST_PLANS]
    if few:
        told.append(f"one plan says nothing of chance ({', '.join(few)})")
    unmeasured = [
        f"{METHOD_WORDS[name]} has no {measure}"
        for name in ("percept", *BASELINES)
        for measure in BETTER
        if name in lines and lines[name]["n"] and _asks(lines, measure) and lines[name][measure] is None
    ]
    return told + unmeasured


def _short_of_threads(place: Place, lines: Mapping[str, Line]) -> list[str]:
    return [
        f"{METHOD_WORDS[line['method']]} placed {line['threads_placed']} of {line['n'] * place.threads} threads"
        for line in lines.values()
        if line["threads_placed"] < line["n"] * place.threads
    ]


def _not_safe(line: Line) -> list[str]:
    name = METHOD_WORDS[line["method"]]
    if line["violations"]:
        return [f"{name} has {line['violations']} violations"]
    failed = line["n"] - line["feasible"]
    return [f"{name}: {failed} of {line['n']} plans did not pass the exact check"] if failed else []


def _not_better(lines: Mapping[str, Line]) -> list[str]:
    told = []
    for method in BASELINES:
        for measure, sign in BETTER.items():
            ours, theirs = _value(lines, "percept", measure), _value(lines, method, measure)
            if ours is not None and theirs is not None and not sign * (ours - theirs) > 0:
                told.append(
                    f"percept-aware is not better than {METHOD_WORDS[method]} in {measure} ({ours:.4f}, {theirs:.4f})"
                )
    return told


def _cost(place: Place, lines: Mapping[str, Line]) -> SafetyCost | None:
    percept, unsafe, coverage = (_value(lines, name, "mse") for name in ("percept", "unsafe", "coverage"))
    if percept is None or unsafe is None or coverage is None:
        return None
    lost = percept - unsafe
    return SafetyCost(
        place,
        lost / (coverage - unsafe) if coverage > unsafe else None,
        lost / (coverage - percept) if coverage > percept else None,
    )


def _value(lines: Mapping[str, Line], method: str, measure: str) -> float | None:
    value: float | None = lines[method][measure] if method in lines else None
    return value


def claims_words(table: Table, rows: Sequence[tuple[Cell, Row]]) -> tuple[str, ...]:
    """Sentences for a person: each claim over all places, what safety costs, every shortfall, and what all comes to."""
    if not any(line["n"] for line in table.lines):
        return ("Nothing was measured, so that nothing can be claimed.",)
    costs = safety_costs(table)
    unjudged = [cost for cost in costs if cost.share is None]
    told = [f"{found.place}: {found.words}." for found in shortfalls(table)]
    if not told:
        told = (
            ["Every claim that can be judged holds at every place of the table."]
            if unjudged
            else ["Every claim holds at every place of the table."]
        )
    return (
        *(f"{tally}." for tally in tallies(table, rows)),
        *map(_cost_words, costs),
        *_mean_words(costs),
        *told,
    )


def _cost_words(cost: SafetyCost) -> str:
    if cost.of_gain_without is None:
        return (
            f"{cost.place}: without vessels nothing is gained over coverage, so that what keeping off vessels costs "
            "cannot be judged; it is no cost."
        )
    other = "there is no gain with them" if cost.of_gain is None else f"{cost.of_gain:+.1%} of the gain with them"
    return (
        f"{cost.place}: keeping off vessels costs {cost.of_gain_without:+.1%} of the gain over coverage without them "
        f"({other})."
    )


def _mean_words(costs: Sequence[SafetyCost]) -> list[str]:
    """The means of both shares over the places where they can be judged, of more than one."""
    judged = [cost for cost in costs if cost.share is not None]
    if len(judged) < LEAST_PLANS:
        return []
    shares = [[cost.of_gain_without for cost in judged], [cost.of_gain for cost in judged]]
    means = [fsum(known) / len(known) for found in shares if (known := [share for share in found if share is not None])]
    words = " and ".join(f"{mean:+.1%}" for mean in means)
    kept = "no more" if max(means) <= MOST_SAFETY_COST else "more"
    return [
        f"On average over {len(judged)} places keeping off vessels costs {words} of the gain over coverage without and "
        f"with them: {kept} than the {MOST_SAFETY_COST:.0%} allowed."
    ]
