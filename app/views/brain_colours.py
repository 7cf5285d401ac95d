"""Which colours the cortex has in the 3D view: the overlay that is chosen, its range, and what has to be measured."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np
from PySide6.QtCore import QObject, Signal

from app.cortex import SurfacePoint
from app.session import Session
from app.settings import Settings
from app.tasks import Job
from app.views.brain_legend import Legend
from app.views.overlays import Colours, Overlay, Range, Scale, colours, scale_of, usual_distances, value_words
from planner.anatomy.hemisphere import Hemisphere
from planner.frames import HemisphereName

if TYPE_CHECKING:  # torch comes with it
    from planner.design.nearness import Nearness


class BrainColours(QObject):
    """Colours a session's cortex; what takes time to measure is measured in the worker, once a case.

    Signals
    -------
    changed()
        The cortex has other colours now.
    unmeasured(overlay)
        What the overlay shows was not measured, since that was cancelled.
    """

    changed = Signal()
    unmeasured = Signal(str)

    def __init__(self, session: Session, settings: Settings | None, parent: QObject) -> None:
        super().__init__(parent)
        self._session, self._settings = session, settings
        self.overlay: Overlay = "none"
        self._ranges: dict[Overlay, Range | None] = {}
        self._near: dict[HemisphereName, Nearness] = {}
        self._distances: Range | None = None  # to vessels, that are usual in this case
        self._job: Job | None = None
        session.case_changed.connect(self._forget)

    @property
    def scale(self) -> Scale | None:
        """The scale of the overlay's colours in this case; None of one that has no numbers."""
        case = self._session.case
        scale = scale_of(self.overlay, () if case is None else tuple(case.anatomy.hemispheres.values()))
        if scale is not None and self.overlay == "vessel distance" and self._distances is not None:
            return replace(scale, usual=self._distances)
        return scale

    @property
    def shown(self) -> Range | None:
        """The range that the user has chosen for the overlay; None for the usual one."""
        if self.overlay not in self._ranges:
            self._ranges[self.overlay] = (
                self._settings.overlay_range(self.overlay) if self._settings is not None else None
            )
        chosen, scale = self._ranges[self.overlay], self.scale
        return chosen if scale is not None and _fits(chosen, scale) else None

    def choose(self, overlay: Overlay) -> None:
        """Show another overlay."""
        self.overlay = overlay
        self._measure()
        self.changed.emit()

    def set_range(self, shown: Range | None) -> None:
        """Give the overlay's colours another range, with None the usual one; it is remembered."""
        if self.scale is None or shown == self.shown:
            return
        self._ranges[self.overlay] = shown
        if self._settings is not None:
            self._settings.keep_overlay_range(self.overlay, shown)
        self.changed.emit()

    def of(self, hemisphere: Hemisphere) -> Colours:
        """The colours of a hemisphere's vertices ``(V, 3)``."""
        shown = self.shown or (self.scale.usual if self.scale is not None else None)
        return colours(hemisphere, self.overlay, shown, self._near.get(hemisphere.name))

    def words(self, at: SurfacePoint | None) -> str:
        """What the colour of a point of the cortex stands for; empty where it stands for nothing."""
        case = self._session.case
        if at is None or case is None:
            return ""
        if at.field_deg and self.overlay in ("eccentricity", "polar angle"):
            return ""  # the read-out says both, of the point itself and not of its nearest vertex
        hemisphere = case.anatomy.hemispheres[at.hemisphere]
        return value_words(hemisphere, self.overlay, self.scale, at.vertex, self._near.get(at.hemisphere))

    def legend(self, hemispheres: Iterable[Hemisphere]) -> Legend:
        """What the colours of these hemispheres mean."""
        shown = list(hemispheres)
        areas = sorted(frozenset[int]().union(*map(_areas, shown)))
        away = self.overlay == "vessel distance"
        unknown = away and any(not self._near[h.name].known.all() for h in shown if h.name in self._near)
        waiting = away and any(h.name not in self._near for h in shown)
        note = "Measuring the distance to vessels…" if waiting else ""
        return Legend(self.overlay, self.scale, self.shown, tuple(areas), unknown, note)

    def _forget(self) -> None:
        self._near.clear()
        self._distances = None
        if self._job is not None:
            self._job.abandon()
            self._job = None
        self._measure()

    def _measure(self) -> None:
        case = self._session.case
        if self.overlay != "vessel distance" or case is None or self._near or self._job is not None:
            return

        def measure(job: Job) -> dict[HemisphereName, Nearness]:
            from planner.design.nearness import vessel_nearness

            names = tuple(case.anatomy.hemispheres)
            found = {}
            for number, name in enumerate(names):

                def tell(done: int, of: int, before: int = number) -> None:
                    job.progress(done + before * of, of * len(names))

                found[name] = vessel_nearness(case.site, name, tell)
            return found

        def show(found: dict[HemisphereName, Nearness]) -> None:
            self._job = None
            if self._session.case is case:
                self._near, self._distances = found, usual_distances(found.values())
                self.changed.emit()

        def give_up() -> None:
            self._job = None
            self.unmeasured.emit("vessel distance")

        self._job = self._session.worker.submit(
            "Measuring the distance to vessels", measure, show, failed=give_up, cancelled=give_up, aside=True
        )


def _fits(shown: Range | None, scale: Scale) -> bool:
    """Whether what was kept is a range of a scale."""
    return shown is not None and scale.bounds[0] <= shown[0] < shown[1] <= scale.bounds[1]


@lru_cache(maxsize=2)
def _areas(hemisphere: Hemisphere) -> frozenset[int]:
    """The visual areas that a hemisphere has; asked for with every frame."""
    return frozenset(int(area) for area in np.unique(hemisphere.retinotopy.area) if area > 0)
