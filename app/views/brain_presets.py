"""Looking from a preset in the 3D view: which hemispheres are shown then, and where the camera goes."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any, Final

from app.actions import thread_of
from app.session import Session
from app.views.brain_access import BrainAccess
from app.views.brain_bar import BrainBar
from app.views.brain_camera import APPROACH, VIEWS, aim, aim_along, aim_flat
from app.views.brain_stage import Stage
from planner.frames import HemisphereName
from planner.implant.thread import Vector

NO_AXIS: Final = "Select a thread to look along it, or set approach windows under Limits"
NO_PLACE: Final = "An unfolded surface has no approach axis: choose the pial or white one"


class BrainPresets:
    """Turns a plotter's camera."""

    def __init__(self, session: Session, stage: Stage, bar: BrainBar, access: BrainAccess, plotter: Any) -> None:
        self._session, self._stage, self._bar, self._access, self._plotter = session, stage, bar, access, plotter

    def look_from(self, preset: str) -> str:
        """Turn the camera to V1, showing the hemispheres that belong to the view; what hinders it, in a sentence."""
        if preset == APPROACH:
            return self._look_in()
        stage, camera = self._stage, self._plotter.camera
        shown = [name for name in VIEWS[preset][0] if name in stage.cortices] or list(stage.cortices)
        self._show(preset, shown)
        aspect = self._plotter.width() / max(1, self._plotter.height())
        if stage.surface == "flat":
            aim_flat(camera, stage.all_points(shown), aspect)
        else:
            aim(camera, preset, stage.v1_points(shown), stage.all_points(shown), aspect)
        return ""

    def _look_in(self) -> str:
        """Look the way a surgeon comes in: along the selected thread, else along a window's axis.

        That is the chosen window, else the first of a hemisphere in sight.
        """
        plan, stage = self._session.shown, self._stage
        thread = thread_of(plan, self._session.selection)
        windows = plan.limits.access.windows if plan is not None else ()
        if not stage.placed:
            return NO_PLACE
        if thread is not None:
            self._look_along(thread.entry_mm, thread.direction, thread.hemisphere)
        elif windows:
            in_sight = (window for window in windows if window.hemisphere in stage.visible)
            chosen = self._access.chosen
            window = windows[chosen] if 0 <= chosen < len(windows) else next(in_sight, windows[0])
            self._look_along(window.centre_mm, window.axis, window.hemisphere)
        else:
            return NO_AXIS
        return ""

    def _look_along(self, point_mm: Vector, axis: Vector, side: HemisphereName) -> None:
        self._show(APPROACH, {*self._stage.visible, side})
        aim_along(self._plotter.camera, point_mm, axis)

    def _show(self, preset: str, names: Collection[HemisphereName]) -> None:
        self._bar.preset = preset
        self._stage.show_hemispheres(names)
        self._bar.set_hemispheres({name: name in self._stage.visible for name in self._stage.cortices})
