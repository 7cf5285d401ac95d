"""What limits are called and measured in, and how errors are said, wherever the window speaks of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from planner.design.limits import UNITS, ConstraintName
from planner.errors import InputError, PlannerError

CONSTRAINT_WORDS: Final[Mapping[ConstraintName, str]] = {
    "vessel": "Vessel clearance",
    "gray": "Gray matter",
    "path": "Pial crossing",
    "spacing": "Spacing",
    "depth": "Depth",
    "hemisphere": "Hemisphere",
    "angle": "Insertion angle",
    "access": "Access window",
    "approach": "Approach",
    "reach": "Reach",
    "region": "Forbidden regions",
    "current": "Current",
}
_VERBS: Final = (
    "is",
    "has",
    "holds",
    "does",
    "may",
    "cannot",
    "claims",
    "declares",
    "defines",
    "marks",
    "encloses",
    "needs",
)
_DECIMALS: Final = {"°": 1, "µA": 0}


def amount(constraint: str, value: float, sign: str = "+") -> str:
    """A margin in its constraint's own unit, e.g. ``+0.12 mm``, ``-3.5°`` or ``+20 µA``; `sign` as in a format."""
    unit = UNITS.get(constraint, "mm")
    return f"{value:{sign}.{_DECIMALS.get(unit, 2)}f}{'' if unit == '°' else ' '}{unit}"


def sentence(error: PlannerError) -> str:
    """What an error says, as a sentence: its file is the subject where what is wrong has none."""
    text = str(error)
    source = str(error.source) if isinstance(error, InputError) and error.source is not None else ""
    if source and text.removeprefix(f"{source}: ").split(" ", 1)[0] in _VERBS:
        return text.replace(f"{source}: ", f"{source} ", 1)
    return text if source else text[:1].upper() + text[1:]
