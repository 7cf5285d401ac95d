"""What limits are called, wherever the window speaks of them."""

from __future__ import annotations

from typing import Final

from planner.design.limits import ConstraintName

CONSTRAINT_WORDS: Final[dict[ConstraintName, str]] = {
    "vessel": "Vessel clearance",
    "gray": "Gray matter",
    "path": "Pial crossing",
    "spacing": "Spacing",
    "depth": "Depth",
    "hemisphere": "Hemisphere",
}
