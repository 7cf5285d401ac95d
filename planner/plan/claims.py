"""What a plan's file says of itself, held against what was found; sentences where the two differ."""

from __future__ import annotations

import math
from typing import Final

from planner.anatomy.access import Window
from planner.anatomy.approaches import PRESETS
from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.windows import access_preset
from planner.design.limits import CONSTRAINTS, ConstraintName, Limits, Verdict, counted, margin_words
from planner.errors import InputError
from planner.plan.plan import Plan

SAME: Final = 1e-6  # margins (mm, degrees) no farther apart are the same: last digits differ between processors
SAME_PLACE: Final = 1e-3  # ours, of a window's place: what it is made from is rounded to float32 in some files
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


def false_names(limits: Limits, anatomy: Anatomy) -> list[str]:
    """Where limits call their approach by a preset's name and its windows are not that preset's on this anatomy."""
    name, given = limits.access.name, limits.access.windows
    if name not in PRESETS:
        return []
    try:
        known = access_preset(name, anatomy).windows
    except InputError:
        known = ()
    if len(known) == len(given) and all(map(_same_window, known, given)):
        return []
    return [f"The approach is called {name}, and its windows are not those of this preset on this anatomy."]


def false_measures(given: Plan, found: Plan) -> list[str]:
    """Where a file's own measures are not those that were taken anew."""
    said, measured = given.measures or {}, found.measures or {}
    return [
        f"The file gives {name} as {said[name]:.6g}; it is {measured[name]:.6g}."
        for name in measured
        if name in said and not math.isclose(said[name], measured[name], rel_tol=SAME_SHARE, abs_tol=SAME)
    ]


def false_claims(given: Plan, found: Plan, anatomy: Anatomy) -> list[str]:
    """All that a file says of itself and that an examination on its anatomy does not bear out."""
    margins = false_margins(given.verdict, found.verdict) if found.verdict is not None else []
    return margins + false_names(given.limits, anatomy) + false_measures(given, found)


def _same_window(one: Window, other: Window) -> bool:
    if (one.hemisphere, one.surface) != (other.hemisphere, other.surface):
        return False
    numbers = [(*window.centre_mm, *window.axis, *window.scale) for window in (one, other)]
    return all(abs(a - b) <= SAME_PLACE for a, b in zip(*numbers, strict=True))


def _same(name: ConstraintName, said: float, is_: float) -> bool:
    if name == "current":
        return math.inf in (said, is_) or abs(said - is_) <= SAME_UA
    return said == is_ or abs(said - is_) <= SAME


def _only_currents(given: Verdict, found: Verdict) -> bool:
    """Whether what a file says is broken are currents alone, which were not checked."""
    unchecked = all(margins.margins["current"] == math.inf for margins in found.margins.values())
    return unchecked and all(violation.constraint == "current" for violation in given.violations)
