"""What limits are called and measured in, wherever the window speaks of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from planner.design.limits import UNITS, ConstraintName

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
_DECIMALS: Final = {"°": 1, "µA": 0}


def amount(constraint: str, value: float, sign: str = "+") -> str:
    """A margin in its constraint's own unit, e.g. ``+0.12 mm``, ``-3.5°`` or ``+20 µA``; `sign` as in a format."""
    unit = UNITS.get(constraint, "mm")
    return f"{value:{sign}.{_DECIMALS.get(unit, 2)}f}{'' if unit == '°' else ' '}{unit}"
