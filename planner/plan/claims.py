"""What a plan's file says of itself, held against what was found; sentences where the two differ."""

from __future__ import annotations

import math
from typing import Final

from planner.design.limits import CONSTRAINTS, UNITS, ConstraintName, Verdict, counted, margin_words
from planner.plan.plan import Plan

SAME_MM: Final = 1e-6  # margins no farther apart are the same: last digits differ between processors
SAME_SHARE: Final = 1e-3  # ours, of a measure: single precision adds up differently between processors
MOST: Final = 3  # margins of one constraint that are told one by one


def false_margins(given: Verdict | None, found: Verdict) -> list[str]:
    """Where a file's own verdict is not what the exact check finds; many margins of one constraint in one sentence."""
    if given is None:
        return []
    sentences = []
    if given.feasible != found.feasible:
        word = "feasible" if given.feasible else "not feasible"
        sentences.append(f"The file calls the plan {word}, which does not hold.")
    for name in CONSTRAINTS:
        pairs = [
            (thread, said, is_)
            for thread, margins in found.margins.items()
            if not _same(said := given.margins[thread].margins[name], is_ := margins.margins[name])
        ]
        if len(pairs) <= MOST:
            sentences += [
                f"The file gives thread {thread} a {name} margin of {_length(name, said)}; it is {_length(name, is_)}."
                for thread, said, is_ in pairs
            ]
        else:
            thread, said, is_ = max(pairs, key=lambda pair: abs(pair[1] - pair[2]))
            sentences.append(
                f"The file gives {counted(len(pairs), 'thread')} another {name} margin than they have; farthest off is "
                f"{thread} with {_length(name, said)}, which is {_length(name, is_)}."
            )
    return sentences


def false_measures(given: Plan, found: Plan) -> list[str]:
    """Where a file's own measures are not those that were taken anew."""
    said, measured = given.measures or {}, found.measures or {}
    return [
        f"The file gives {name} as {said[name]:.6g}; it is {measured[name]:.6g}."
        for name in measured
        if name in said and not math.isclose(said[name], measured[name], rel_tol=SAME_SHARE, abs_tol=SAME_MM)
    ]


def false_claims(given: Plan, found: Plan) -> list[str]:
    """All that a file says of itself and that an examination does not bear out."""
    margins = false_margins(given.verdict, found.verdict) if found.verdict is not None else []
    return margins + false_measures(given, found)


def _same(said: float, is_: float) -> bool:
    return said == is_ or abs(said - is_) <= SAME_MM


def _length(name: ConstraintName, margin_mm: float) -> str:
    words = margin_words(name, margin_mm)
    return words if margin_mm == math.inf else f"{words} {UNITS.get(name, 'mm')}"
