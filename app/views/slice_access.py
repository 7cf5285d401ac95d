"""Approach windows and forbidden cortex in the slices: where a plane cuts them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np
from PySide6.QtCore import QObject, QPointF, Signal
from PySide6.QtGui import QPainterPath

from app import theme
from app.slicing import Plane
from app.views.region_shapes import SLICE_SPACING_MM, flat_hatching
from app.views.slice_layers import Shape, cut, lines
from app.views.window_shapes import cut_axis, cut_opening
from planner.anatomy.regions import Region

if TYPE_CHECKING:
    from app.session import Session
    from app.tasks import Job
    from app.views.brain_access import BrainAccess
    from planner.geometry.section import Sections

HATCHING_PX: Final = 5.0  # the least between lines that can be told apart
NAMES: Final = {"window": ("approach window", theme.IMAGE_OPENING), "region": ("forbidden", theme.IMAGE_FORBIDDEN)}


class SliceAccess(QObject):
    """Knows what the plan on screen says of access, with forbidden cortex as solids, which the worker makes.

    Signals
    -------
    changed()
        There is something else to be drawn.
    """

    changed = Signal()

    def __init__(self, session: Session, access: BrainAccess, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._access = session, access
        self._regions: tuple[Region, ...] = ()  # whose solids are asked for or there
        self._case: object = None
        self._solids: tuple[Sections, ...] = ()
        session.case_changed.connect(lambda old, new: self._follow())
        session.shown_changed.connect(lambda old, new: self._follow())
        access.switched.connect(self.changed)
        access.chosen_changed.connect(lambda place: self.changed.emit())

    def shapes(self, plane: Plane, px_mm: float) -> list[Shape]:
        """What there is in a plane: forbidden cortex hatched, openings dashed, axes as arrows."""
        return [*self._forbidden(plane, px_mm), *self._openings(plane)]

    def legend(self) -> tuple[tuple[str, str], ...]:
        """Names and colours of what may be seen."""
        plan = self._session.shown
        windows = plan is not None and plan.limits.access.windows and self._access.show_windows.isChecked()
        regions = plan is not None and plan.limits.regions and self._access.show_forbidden.isChecked()
        return tuple(NAMES[name] for name, there in (("window", windows), ("region", regions)) if there)

    def _openings(self, plane: Plane) -> list[Shape]:
        plan = self._session.shown
        if plan is None or not self._access.show_windows.isChecked():
            return []
        colour, found = NAMES["window"][1], []
        for place, window in enumerate(plan.limits.access.windows):
            wide = 1.5 if place == self._access.chosen else 1.0
            opening = QPainterPath()  # one line, so that its dashes go on
            opening.addPolygon([QPointF(*place_mm) for place_mm in plane.flat(cut_opening(window, plane))])
            found.append(Shape(opening, colour, 2.2 * wide, dashed=True))
            found.append(Shape(lines(plane.flat(cut_axis(window, plane))), colour, 1.6 * wide))
        return found

    def _forbidden(self, plane: Plane, px_mm: float) -> list[Shape]:
        if not self._access.show_forbidden.isChecked():
            return []
        colour, normal, found = NAMES["region"][1], np.cross(*plane.axes), []
        for solid in self._solids:
            outline = plane.flat(cut((solid,), plane, normal))
            filled = flat_hatching(outline, max(SLICE_SPACING_MM, HATCHING_PX * px_mm))
            found += [Shape(lines(outline), colour, 1.8), Shape(lines(filled), colour, 1.0)]
        return found

    def _follow(self) -> None:
        """Have solids made of other regions; until they are there the former are not shown for them."""
        plan, case = self._session.shown, self._session.case
        regions = plan.limits.regions if plan is not None and case is not None else ()
        if case is None or (regions == self._regions and case is self._case):
            self.changed.emit()
            return
        self._regions, self._case, self._solids = regions, case, ()
        self.changed.emit()
        if not regions:
            return

        def make(job: Job) -> tuple[Sections, ...]:
            from planner.anatomy.regions import region_solid
            from planner.geometry.section import Sections

            hemispheres = case.anatomy.hemispheres
            return tuple(
                Sections(*region_solid(hemispheres[region.hemisphere], region))
                for region in regions
                if region.hemisphere in hemispheres
            )

        def take(solids: tuple[Sections, ...]) -> None:
            if self._regions is regions and self._case is case:
                self._solids = solids
                self.changed.emit()

        self._session.worker.submit("", make, take, key="forbidden cortex", aside=True)
