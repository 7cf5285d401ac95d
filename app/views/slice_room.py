"""The room that the selected thread's shafts need to any vessel, and where it is not free, in slices."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from PySide6.QtGui import QPainterPath

from app import theme
from app.actions import thread_of
from app.slicing import Plane
from app.views.shaft_lines import needed_mm
from app.views.slice_layers import Shape, closed
from app.views.thread_look import ThreadLook
from app.volume import Tubes
from planner.plan.plan import Plan

CLEARANCE: Final = ("clearance", theme.IMAGE_TEXT)  # as legends have it
LEAST_PX: Final = 7.0  # ours: less would be a few dashes at the rim of the selected shaft as it is drawn


@dataclass(frozen=True, eq=False)
class Room:
    """Room around shafts: all that has to be free of vessels, and that along stretches which are too near to some."""

    needed: Tubes
    broken: Tubes

    def shapes(self, plane: Plane, px_mm: float) -> list[Shape]:
        """Where a plane cuts it: pale dashes, which are read on dark and on bright tissue, and alarming ones."""
        if not self.seen(plane, px_mm):
            return []
        return [
            shape
            for tubes, colour, width in ((self.needed, CLEARANCE[1], 1.2), (self.broken, theme.MARK_UNSAFE, 1.6))
            for path in (_outlines(tubes, plane),)
            for shape in (
                Shape(path, theme.IMAGE_RIM, width + 1.0, opacity=0.5),
                Shape(path, colour, width, dashed=True),
            )
        ]

    def seen(self, plane: Plane, px_mm: float) -> bool:
        """Whether a plane cuts it, and a pixel is not so many mm that the shaft as it is drawn would cover it."""
        height = plane.height(np.stack([self.needed.start_mm, self.needed.end_mm]))
        wide = self.needed.start_radius_mm
        met = (height.min(axis=0) < wide) & (height.max(axis=0) > -wide)
        return bool((met & (wide > LEAST_PX * px_mm)).any())


def room_of(plan: Plan, look: ThreadLook, selection: str) -> Room | None:
    """What the shafts of the selected thread need: as to the kind of vessel that asks for most."""
    thread = thread_of(plan, selection)
    device = plan.implant.device_of(thread) if thread is not None else None
    if thread is None or device is None or not device.penetrates:
        return None
    shafts, wide = plan.implant.shafts(), needed_mm(plan, device)
    number = plan.threads.index(thread)
    ours = shafts.thread == number
    points, line = (values[look.rings.thread == number] for values in (look.rings.points_mm, look.rings.line))
    first, last = np.flatnonzero(np.diff(line, prepend=-1)), np.flatnonzero(np.diff(line, append=-1))
    return Room(
        *(
            Tubes(start, end, np.full(len(start), wide), np.full(len(start), wide))
            for start, end in ((shafts.start_mm[ours], shafts.tip_mm[ours]), (points[first], points[last]))
        )
    )


def _outlines(tubes: Tubes, plane: Plane) -> QPainterPath:
    if len(tubes.start_mm) == 0:
        return QPainterPath()
    from planner.geometry.section import cut_tubes

    polygons, _ = cut_tubes(
        tubes.start_mm, tubes.end_mm, tubes.start_radius_mm, tubes.end_radius_mm, plane.origin_mm, plane.axes
    )
    return closed(polygons)
