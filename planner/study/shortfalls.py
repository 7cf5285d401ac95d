"""Where a table does not show what is claimed of the method, place by place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from planner.study.cells import BASELINES, CONSTRAINED, IGNORING, METHOD_WORDS, METHODS
from planner.study.places import BETTER, RIVAL_WORDS, RIVALS, Lines, Place, asks, places_of, rival_value, value
from planner.study.safety import MOST_SAFETY_COST, safety_cost, unsafe_words
from planner.study.table import Table

LEAST_PLANS: Final = 2  # of each kind; one plan says nothing of chance


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


def shortfalls(table: Table) -> tuple[Shortfall, ...]:
    """Where the table does not show what is claimed, place by place; empty where all of it holds.

    Percept-aware plans are better than every baseline, and than a random search of the same length, in each of
    `BETTER`, by their means (equal is not better). Whatever keeps off vessels passes the exact check. Plans that ignore
    vessels do not. Keeping off vessels costs at most a tenth of the gain over coverage, by either gain. Methods,
    measures and plans that are missing, plans with fewer threads than the budget, and fewer than `LEAST_PLANS` of a
    kind prove nothing and are told, too.
    """
    found: list[Shortfall] = []
    for place, lines in places_of(table):
        told = [("complete", words) for words in _incomplete(lines)]
        told += [("budget", words) for words in _short_of_threads(place, lines)]
        told += [("better", words) for words in _not_better(lines)]
        told += [("safe", words) for method in CONSTRAINED if method in lines for words in unsafe_words(lines[method])]
        for method in IGNORING:
            if method in lines and lines[method]["n"] and not lines[method]["violations"]:
                told.append(("unsafe shows", f"{METHOD_WORDS[method]} has no violation either"))
        cost = safety_cost(place, lines)
        if cost is not None and cost.share is not None and cost.share > MOST_SAFETY_COST:
            told.append(("cost of safety", f"keeping off vessels costs {cost.share:.1%} of the gain over coverage"))
        found += [Shortfall(place, claim, words) for claim, words in told]
    return tuple(found)


def _incomplete(lines: Lines) -> list[str]:
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
        if name in lines and lines[name]["n"] and asks(lines, measure) and lines[name][measure] is None
    ]
    return told + unmeasured


def _short_of_threads(place: Place, lines: Lines) -> list[str]:
    return [
        f"{METHOD_WORDS[line['method']]} placed {line['threads_placed']} of {line['n'] * place.threads} threads"
        for line in lines.values()
        if line["threads_placed"] < line["n"] * place.threads
    ]


def _not_better(lines: Lines) -> list[str]:
    told = []
    for measure, sign in BETTER.items():
        ours = value(lines, "percept", measure)
        for rival in RIVALS:
            theirs = rival_value(lines, rival, measure)
            if ours is not None and theirs is not None and not sign * (ours - theirs) > 0:
                words = f"percept-aware is not better than {RIVAL_WORDS[rival]} in {measure}"
                told.append(f"{words} ({ours:.4f}, {theirs:.4f})")
    return told
