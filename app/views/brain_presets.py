"""Looking from a preset in the 3D view: which hemispheres are shown then, and where the camera goes."""

from __future__ import annotations

from collections.abc import Collection
from math import dist
from typing import Any, Final

import numpy as np

from app.actions import thread_of
from app.session import Session
from app.views.brain_access import BrainAccess
from app.views.brain_bar import BrainBar
from app.views.brain_camera import APPROACH, VIEWS, aim, aim_along, aim_flat
from app.views.brain_clip import Clip
from app.views.brain_stage import Stage
from planner.frames import HemisphereName
from planner.implant.thread import Vector

NO_AXIS: Final = "Select a thread to look along it, or set approach windows under Limits"
NO_PLACE: Final = "An unfolded surface has no approach axis: choose the pial or white one"


HIDES_MM: Final = 3.0  # ours: cortex so far in front of what one comes in to hides it


class BrainPresets:
    """Turns a plotter's camera."""

    def __init__(self, session: Session, stage: Stage, bar: BrainBar, access: BrainAccess, plotter: Any) -> None:
        self._session, self._stage, self._bar, self._access, self._plotter = session, stage, bar, access, plotter
        self._before: Clip | None = None  # how the cortex was cut before it was opened towards a target

    def look_from(self, preset: str) -> str:
        """Turn the camera to V1, showing the hemispheres that belong to the view; what hinders it, in a sentence."""
        self._close()
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
        camera = self._plotter.camera
        aim_along(camera, point_mm, axis)
        self._stage.follow_camera(camera)
        met = self._stage.hit(np.array(camera.position), np.array(point_mm))
        if met is not None and dist(met.pial_mm, point_mm) > HIDES_MM:
            self._before = self._bar.clip
            self._bar.cut("facing")
            self._stage.set_clip("facing", point_mm)

    def _close(self) -> None:
        """Cut the cortex as it was before it was opened towards a target, unless it is cut otherwise by now."""
        before, self._before = self._before, None
        if before is not None and self._bar.clip == "facing":
            self._bar.cut(before)
            self._stage.set_clip(before)

    def _show(self, preset: str, names: Collection[HemisphereName]) -> None:
        self._bar.preset = preset
        self._stage.show_hemispheres(names)
        self._bar.set_hemispheres({name: name in self._stage.visible for name in self._stage.cortices})
