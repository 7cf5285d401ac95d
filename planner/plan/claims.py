"""What a plan's file says of itself, held against what was found; sentences where the two differ."""

from __future__ import annotations

import math
from typing import Final

from planner.design.limits import CONSTRAINTS, ConstraintName, Verdict, counted, margin_words
from planner.plan.plan import Plan

SAME: Final = 1e-6  # margins (mm, degrees) no farther apart are the same: last digits differ between processors
SAME_UA: Final = 0.1  # ours, of currents: they come of percepts in single precision
SAME_SHARE: Final = 1e-3  # ours, of a measure: single precision adds up differently between processors
MOST: Final = 3  # margins of one constraint that are told one by one


def false_margins(given: Verdict | None, found: Verdict) -> list[str]:
    """Where a file's own verdict is not what the exact check finds; many margins of one constraint in one sentence.

    Currents count only where both say something of them: they can be checked only where the task can be made.
    """
    if given is None:
        return []
    sentences = []
    if (said_feasible := given.feasible or _only_currents(given, found)) != found.feasible:
        word = "feasible" if said_feasible else "not feasible"
        sentences.append(f"The file calls the plan {word}, which does not hold.")
    for name in CONSTRAINTS:
        pairs = [
            (thread, said, is_)
            for thread, margins in found.margins.items()
            if not _same(name, said := given.margins[thread].margins[name], is_ := margins.margins[name])
        ]
        if len(pairs) <= MOST:
            sentences += [
                f"The file gives thread {thread} a {name} margin of {margin_words(name, said)}; "
                f"it is {margin_words(name, is_)}."
                for thread, said, is_ in pairs
            ]
        else:
            thread, said, is_ = max(pairs, key=lambda pair: abs(pair[1] - pair[2]))
            sentences.append(
                f"The file gives {counted(len(pairs), 'thread')} another {name} margin than they have; farthest off is "
                f"{thread} with {margin_words(name, said)}, which is {margin_words(name, is_)}."
            )
    return sentences


def false_measures(given: Plan, found: Plan) -> list[str]:
    """Where a file's own measures are not those that were taken anew."""
    said, measured = given.measures or {}, found.measures or {}
    return [
        f"The file gives {name} as {said[name]:.6g}; it is {measured[name]:.6g}."
        for name in measured
        if name in said and not math.isclose(said[name], measured[name], rel_tol=SAME_SHARE, abs_tol=SAME)
    ]


def false_claims(given: Plan, found: Plan) -> list[str]:
    """All that a file says of itself and that an examination does not bear out."""
    margins = false_margins(given.verdict, found.verdict) if found.verdict is not None else []
    return margins + false_measures(given, found)


def _same(name: ConstraintName, said: float, is_: float) -> bool:
    if name == "current":
        return math.inf in (said, is_) or abs(said - is_) <= SAME_UA
    return said == is_ or abs(said - is_) <= SAME


def _only_currents(given: Verdict, found: Verdict) -> bool:
    """Whether what a file says is broken are currents alone, which were not checked."""
    unchecked = all(margins.margins["current"] == math.inf for margins in found.margins.values())
    return unchecked and all(violation.constraint == "current" for violation in given.violations)
