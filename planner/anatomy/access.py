"""Approach windows: through which opening, from where and how far a surgeon may bring a thread in.

A window is a disc with an axis that points into the brain. One on the *hull*, the convex hull of both hemispheres' pial
vertices (ours: the dura is smoother than pial and rounder than a hull), stands for an opening of skull and dura: the
shaft's line must come through it, and no brain may lie on the way to the entry. One on *pial* stands for cortex laid
bare by retraction: the entry must be within it, and only its own hemisphere can be in the way, for a short way.
`planner.design.access` and `planner.design.exact_access` measure by it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from math import isfinite, sqrt
from typing import Final, Literal, get_args

from planner.anatomy.approaches import ANY
from planner.errors import InputError
from planner.frames import HEMISPHERES, HemisphereName

Surface = Literal["hull", "pial"]
Point = tuple[float, float, float]
AccessMargin = Literal["access", "approach", "reach"]
ACCESS_MARGINS: Final[tuple[AccessMargin, ...]] = get_args(AccessMargin)

START_MM: Final = 0.2
"""Ours: the way outwards is looked at from so far above the entry, which need lie on pial to 0.05 mm only."""
WAY_MM: Final = 10.0
"""Ours: so much of the way outwards must be free of brain at least, and is for a window on pial looked at at most."""
FARTHEST_MM: Final = 300.0
"""Ours: no way is longer; a head is not as large."""
LEAST_SLOPE: Final = 0.05
"""Ours: the cosine between shaft and axis is taken for no less, so that a shaft along the window's plane meets it far
away and not at infinity. At 87° it is well outside every cone that a window may have (`WIDEST_CONE_DEG`)."""
WIDEST_CONE_DEG: Final = 85.0
USUAL: Final[Mapping[Surface, tuple[float, float, float | None]]] = {
    "hull": (25.0, 60.0, 60.0),
    "pial": (25.0, 60.0, None),
}
"""Ours: radius (mm), cone (degrees) and reach (mm, None for any) of the presets' windows, and of one put by hand."""
CLOSED_MM: Final = 1000.0
"""Ours: what the optimiser takes a thread to lack whose hemisphere has no window though the other one has: finite, so
that sums are. Wherever margins are told it is `-inf`."""


@dataclass(frozen=True)
class Window:
    """One opening.

    Attributes
    ----------
    hemisphere : "lh" or "rh"
        Whose threads may come through it.
    surface : "hull" or "pial"
        What it lies on.
    centre_mm : (x, y, z)
        Scanner RAS.
    axis : (x, y, z)
        Unit vector into the brain.
    radius_mm : float
        Of the disc across the axis; on pial of the ball about the centre that entries lie in.
    cone_deg : float
        Largest angle between a shaft's direction and the axis, up to `WIDEST_CONE_DEG`.
    reach_mm : float or None
        Longest way to the tip along the shaft: from the window's plane on the hull, from the entry on pial; None for
        any.

    Raises
    ------
    InputError
    """

    hemisphere: HemisphereName
    surface: Surface
    centre_mm: Point
    axis: Point
    radius_mm: float
    cone_deg: float
    reach_mm: float | None = None

    def __post_init__(self) -> None:
        if self.hemisphere not in HEMISPHERES:
            raise InputError(f"a window is of lh or rh, not of {self.hemisphere!r}", remedy="name the hemisphere")
        if self.surface not in get_args(Surface):
            raise InputError(f"a window lies on hull or pial, not on {self.surface!r}", remedy="name the surface")
        if len(self.centre_mm) != 3 or not all(isfinite(x) for x in self.centre_mm):
            raise InputError("a window's centre is no point", remedy="give x, y and z in mm")
        if len(self.axis) != 3 or not abs(sqrt(sum(x * x for x in self.axis)) - 1.0) <= 1e-6:
            raise InputError("a window's axis is no unit vector", remedy="give x, y and z of length 1")
        if not 0.0 < self.radius_mm < float("inf"):
            raise InputError(f"a window of radius {self.radius_mm:g} mm lets nothing in", remedy="give more than 0 mm")
        if not 0.0 < self.cone_deg <= WIDEST_CONE_DEG:
            raise InputError(
                f"a window's cone of {self.cone_deg:g}° cannot be used",
                remedy=f"give more than 0° and at most {WIDEST_CONE_DEG:g}°",
            )
        if self.reach_mm is not None and not 0.0 < self.reach_mm < float("inf"):
            raise InputError(
                f"a window with a reach of {self.reach_mm:g} mm cannot be used", remedy="give more than 0 mm, or none"
            )

    @property
    def scale(self) -> tuple[float, float, float]:
        """What access (mm), approach (degrees) and reach (mm; 1 for any) allow: margins count as shares of it."""
        return self.radius_mm, self.cone_deg, self.reach_mm or 1.0


@dataclass(frozen=True)
class Access:
    """Every window of a plan. A thread must keep to at least one of its own hemisphere's.

    Of several windows the one counts whose least margin, as a share of what it allows, is the largest; then all three
    margins are positive exactly where some window lets the thread in.

    Attributes
    ----------
    name : str
        Of the preset, or the user's own.
    windows : tuple of Window
        None: unrestricted. A hemisphere without a window is closed where the other one has some.
    """

    name: str
    windows: tuple[Window, ...] = ()

    def of(self, hemisphere: HemisphereName) -> tuple[Window, ...]:
        """The windows of a hemisphere."""
        return tuple(window for window in self.windows if window.hemisphere == hemisphere)


UNRESTRICTED: Final = Access(ANY)
