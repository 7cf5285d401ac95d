"""What limits are called and measured in, wherever the window speaks of them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

CONSTRAINT_WORDS: Final[Mapping[str, str]] = {
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
"""By constraint; some hold only where the plan's limits ask for them."""

_DEGREES: Final = frozenset({"angle", "approach"})
_MICROAMPERES: Final = frozenset({"current"})


def amount(constraint: str, value: float, sign: str = "+") -> str:
    """A margin in its constraint's own unit, e.g. ``+0.12 mm``, ``-3.5°`` or ``+20 µA``; `sign` as in a format."""
    if constraint in _DEGREES:
        return f"{value:{sign}.1f}°"
    if constraint in _MICROAMPERES:
        return f"{value:{sign}.0f} µA"
    return f"{value:{sign}.2f} mm"
