"""The 3D view: cortex, vessels and threads, with its camera and its switches."""

from __future__ import annotations

from math import dist
from time import perf_counter
from typing import Any, Final

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QObject, QPointF, QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pyvistaqt import QtInteractor
from vtkmodules.vtkRenderingCore import vtkRenderer

from app import theme
from app.actions import any_thread_of
from app.cortex import SURFACES, UNFOLDED, SurfaceName, SurfacePoint
from app.session import Session
from app.settings import Settings
from app.views.brain_access import BrainAccess
from app.views.brain_bar import BrainBar
from app.views.brain_camera import PRESETS, VIEWS
from app.views.brain_captions import BrainCaptions
from app.views.brain_colours import BrainColours
from app.views.brain_marks import BrainMarks
from app.views.brain_presets import BrainPresets
from app.views.brain_scene import light_scene
from app.views.brain_screen import Screen
from app.views.brain_stage import Stage
from app.views.brain_tools import BrainTools
from app.views.overlays import OVERLAYS, available
from app.views.thread_look import ThreadLook, samples_of
from planner.frames import FloatArray, HemisphereName
from planner.implant.thread import Thread, Vector, vector
from planner.plan.plan import Plan

SLOW_FRAME_S: Final = 0.04  # a picture that takes longer is drawn with the light mesh while it moves
SETTLE_MS: Final = 250
TIP_PX: Final = 9.0
OCCIPITAL: Final = PRESETS[0]  # what is looked from at first


class BrainView(QWidget):
    """Draws what the session shows.

    Signals
    -------
    pointed(SurfacePoint or None)
        What is under the mouse.

    Attributes
    ----------
    stage : Stage
    colours : BrainColours
    bar : BrainBar
    tools : BrainTools
    """

    pointed = Signal(object)

    def __init__(self, session: Session, settings: Settings | None = None, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._moving = self._closed = False
        self._frame_s = 0.0
        self._asked: float | None = None

        self.plotter = QtInteractor(self, auto_update=False, multi_samples=0, lighting="none")
        light_scene(self.plotter)
        self.plotter.setAcceptDrops(False)  # pyvistaqt would add any file that is dropped
        self._layer = vtkRenderer()
        self._layer.SetLayer(1)
        self._layer.InteractiveOff()
        self._layer.SetActiveCamera(self.plotter.camera)
        stage: Any = self.plotter  # pyvista's decorators hide its methods' types
        stage.set_background(theme.SCENE_BOTTOM, top=theme.SCENE_TOP)
        target = stage.render_window
        target.SetNumberOfLayers(2)
        target.AddRenderer(self._layer)
        self._of_frames = [
            target.AddObserver("StartEvent", self._before_frame),
            target.AddObserver("EndEvent", self._note_drawn),
        ]
        self._smooth(True)
        self.stage = Stage(self.plotter, self._layer)
        self.marks = BrainMarks(self.plotter)
        self.bar = BrainBar(PRESETS)
        self.colours = BrainColours(session, settings, self)
        self.colours.choose(self.bar.overlay)
        self.tools = BrainTools(self)
        self._screen = Screen(self.plotter)
        self.access = BrainAccess(self, session, self._layer, self._screen, self.stage)
        self._presets = BrainPresets(session, self.stage, self.bar, self.access, self.plotter)
        self._captions = BrainCaptions(
            session,
            self.stage,
            self.colours,
            self.bar,
            self.access,
            self.marks,
            lambda: self.plotter.camera,
            self._screen,
        )

        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.plotter, 1)

        self._draw = QTimer(self, singleShot=True)
        self._draw.timeout.connect(self._draw_now)
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._settle.timeout.connect(lambda: self.set_moving(False))
        self.plotter.frameSwapped.connect(self._note_frame)
        self.plotter.installEventFilter(self)

        self.bar.surface_chosen.connect(self._set_surface)
        self.bar.surface_chosen.connect(self.access.redraw)
        self.bar.overlay_chosen.connect(lambda: self.colours.choose(self.bar.overlay))
        self.bar.range.chosen.connect(self.colours.set_range)
        self.colours.changed.connect(self._recolour)
        self.colours.unmeasured.connect(self._without)
        self.bar.opacity_chosen.connect(self._set_opacity)
        self.bar.hemisphere_switched.connect(self._set_hemisphere)
        self.bar.vessels_switched.connect(self._update_vessels)
        self.bar.room_switched.connect(self._draw_threads)
        self.bar.clip_chosen.connect(self._set_clip)
        self.bar.preset_chosen.connect(self.look_from)
        session.case_changed.connect(self._rebuild)
        session.shown_changed.connect(self._draw_threads)
        session.selected_changed.connect(self._draw_threads)
        session.selection_changed.connect(self._show_selected)
        session.preview_changed.connect(self._draw_threads)
        session.cross_changed.connect(self._draw_cross)
        session.run_changed.connect(self._run_changed)

    @property
    def surface(self) -> SurfaceName:
        """The surface that is shown."""
        return self.bar.surface

    def look_from(self, preset: str) -> None:
        """Turn the camera to V1 from one of `PRESETS`, showing the hemispheres that belong to the view."""
        if not self.stage.cortices:
            return
        hindrance = self._presets.look_from(preset)
        if hindrance:
            self.say(hindrance)
            return
        self._update_vessels()
        self._draw_threads()
        self._recolour()

    def point_at(self, position: QPointF) -> SurfacePoint | None:
        """The point of the cortex under a position of the 3D widget."""
        self.stage.follow_camera(self.plotter.camera)
        return self.stage.hit(*self._screen.ray(position))

    def thread_at(self, position: QPointF, within_px: float = 8.0) -> str:
        """The thread nearest to a position, seen through the cortex too; empty where there is none."""
        plan = self._session.shown
        if plan is None or not plan.everyone.threads:
            return ""
        shown = self.stage.shown_threads(plan)
        samples, owner = samples_of(self._look(plan))
        gap = np.hypot(*(self._screen.positions(samples) - (position.x(), position.y())).T)
        gap[~shown[owner]] = np.inf
        nearest = int(gap.argmin())
        return plan.everyone.threads[owner[nearest]].name if gap[nearest] <= within_px else ""

    def entry_visible(self, name: str) -> bool:
        """Whether a thread's entry is in front of all cortex, so that it can be taken hold of."""
        thread = self._thread(name)
        if thread is None or not self.stage.placed:
            return False
        at = self.point_at(self.entry_position(name))
        return at is None or dist(at.pial_mm, thread.entry_mm) < 3.0

    def entry_position(self, name: str) -> QPointF:
        """Where a thread's entry is drawn in the 3D widget."""
        plan, thread = self._session.shown, self._thread(name)
        if plan is None or thread is None:
            return QPointF()
        return self._screen.position(self._look(plan).entry_mm[plan.everyone.threads.index(thread)])

    def entry_mm(self, name: str) -> Vector:
        """A thread's entry, scanner RAS."""
        thread = self._thread(name)
        if thread is None:
            raise KeyError(name)
        return thread.entry_mm

    def tip_position(self, name: str) -> QPointF:
        """Where a thread's tip is drawn in the 3D widget."""
        thread = self._thread(name)
        return QPointF() if thread is None else self._screen.position(np.array(thread.tip_mm))

    def tip_at(self, name: str, position: QPointF) -> bool:
        """Whether a position takes hold of a thread's tip, seen through cortex; of an entry in sight before that."""
        if self._thread(name) is None or not self.stage.placed:
            return False
        to_tip, to_entry = (QLineF(position, end(name)).length() for end in (self.tip_position, self.entry_position))
        return to_tip <= TIP_PX and to_tip < to_entry and (to_entry > TIP_PX or not self.entry_visible(name))

    def tip_under(self, name: str, position: QPointF) -> Vector:
        """The point under a position that is as far from the camera as a thread's tip."""
        thread = self._thread(name)
        if thread is None:
            raise KeyError(name)
        return vector(self._screen.level_with(np.array(thread.tip_mm), position))

    def why_fixed(self, name: str) -> str:
        """Why a thread on screen cannot be dragged, in a sentence; empty where nothing is to be said."""
        thread = self._thread(name)
        if thread is None or not self._session.editable:
            return ""
        if thread.locked:
            return f"{name} is locked: unlock it to move it"
        if not self.stage.placed:
            return f"Threads are moved on the pial or white surface; the {self.surface} one is for looking"
        return "" if self.entry_visible(name) else f"The entry of {name} is behind cortex: turn the view to move it"

    def widget_position(self, point_mm: FloatArray) -> QPointF:
        """Where a point (scanner RAS) appears in the 3D widget."""
        return self._screen.position(point_mm)

    def say(self, hint: str, alarm: bool = False) -> None:
        """Write a hint over the picture for a moment; with `alarm` so that it is not overlooked."""
        self._captions.say(hint, alarm)

    def set_moving(self, moving: bool) -> None:
        """The picture moves from now on, or has come to rest: choose the mesh accordingly."""
        light = moving and (self._frame_s > SLOW_FRAME_S or self._moving)
        self._settle.stop()
        if light != self._moving:
            self._moving = light
            self._smooth(not light)
            self.stage.set_light(light)
            self.draw_soon()

    def settle_soon(self) -> None:
        """The picture will have come to rest if nothing moves it for a moment."""
        self._settle.start()

    def hemisphere_of(self, name: str) -> HemisphereName | None:
        """The hemisphere of a thread on screen."""
        thread = self._thread(name)
        return thread.hemisphere if thread else None

    def draw_soon(self) -> None:
        """Draw when there is time: no more often than the machine can keep up with."""
        if not self._draw.isActive() and not self._closed:
            patience = 3.0 if self._session.optimising else 0.5  # the rest of the time is for mouse and keys
            self._draw.start(max(10, min(600, round(1000 * patience * self._frame_s))))

    def close_scene(self) -> None:
        """Let go of all graphics; the view is not used afterwards."""
        self._closed = True
        self._draw.stop()
        self._settle.stop()
        target: Any = self.plotter.render_window
        for observer in self._of_frames:
            target.RemoveObserver(observer)
        self.plotter.removeEventFilter(self)
        self.plotter.close()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        """Keep the marks over the picture, and give the window the keys that VTK would take for itself."""
        if event.type() == QEvent.Type.Resize:
            self.marks.setGeometry(self.plotter.rect())
        return False

    def _smooth(self, on: bool) -> None:
        for renderer in (self.plotter.renderer, self._layer):
            renderer.SetUseFXAA(on)  # costs a third of a picture drawn in software

    def _rebuild(self) -> None:
        case = self._session.case
        if case is None:
            return
        surfaces = [name for name in SURFACES if all(name in cortex.points for cortex in case.cortices.values())]
        overlays = [name for name in OVERLAYS if all(name in available(c.hemisphere) for c in case.cortices.values())]
        if self.surface not in surfaces:
            self.bar.choose(surface="pial")
        self.stage.set_case(case)
        self.bar.set_case(tuple(case.cortices), surfaces, overlays, bool(self.stage.vessels))
        self._set_opacity(self.bar.opacity)
        self.look_from(OCCIPITAL)

    def _set_surface(self) -> None:
        """Only unfolded surfaces lie elsewhere, so only to and from them the camera has to move."""
        elsewhere = self.surface in UNFOLDED or not self.stage.placed
        self.stage.set_surface(self.surface)
        if elsewhere:
            self.look_from(self.bar.preset if self.bar.preset in VIEWS else OCCIPITAL)
        self.draw_soon()

    def _without(self, overlay: str) -> None:
        """An overlay has nothing to show: it is not chosen any more, and choosing it again measures again."""
        if self.bar.overlay == overlay:
            self.bar.choose(overlay="none")

    def _recolour(self) -> None:
        self.bar.range.show_range(self.colours.scale, self.colours.shown)
        self.stage.paint(self.colours.of)
        self.draw_soon()

    def _set_opacity(self, opacity: float) -> None:
        self.stage.set_opacity(opacity)
        self.draw_soon()

    def _set_clip(self) -> None:
        self.stage.set_clip(self.bar.clip)
        self.draw_soon()

    def _set_hemisphere(self, name: HemisphereName, visible: bool) -> None:
        others = {other for other in self.stage.visible if other != name}
        self.stage.show_hemispheres(others | ({name} if visible else set()))
        self._update_vessels()
        self._draw_threads()

    def _update_vessels(self) -> None:
        self.stage.show_vessels(self.bar.vessels)
        self.draw_soon()

    def _run_changed(self) -> None:
        run = self._session.run
        self.set_moving(run is not None and run.state == "running")

    def _show_selected(self) -> None:
        """A thread that is selected is looked for: its hemisphere is shown."""
        side = self.hemisphere_of(self._session.selection)
        if side is not None and side in self.stage.cortices and side not in self.stage.visible:
            self.bar.set_hemispheres({side: True})
            self._set_hemisphere(side, True)
        else:
            self._draw_threads()

    def _draw_threads(self) -> None:
        plan = self._session.shown
        if plan is None or not self.stage.cortices:
            return
        self.stage.draw_threads(plan, self._look(plan), self.bar.room)
        self.access.redraw()
        self.draw_soon()

    def _draw_cross(self) -> None:
        self.stage.show_cross(self._session.cross_mm)
        self.draw_soon()

    def _look(self, plan: Plan) -> ThreadLook:
        session = self._session
        return self.stage.look(plan, session.preview, session.selection, session.selected, bool(session.read_only))

    def _before_frame(self, *_: object) -> None:
        if not self._closed:
            self.stage.follow_camera(self.plotter.camera)

    def _note_drawn(self, *_: object) -> None:
        if not self._closed:
            self._captions.note_drawn()

    def _draw_now(self) -> None:
        if self._closed:
            return
        self.plotter.renderer.ResetCameraClippingRange()
        self._asked = perf_counter()
        self.plotter.update()

    def _note_frame(self) -> None:
        if self._asked is not None:
            self._frame_s = perf_counter() - self._asked
            self._asked = None

    def _thread(self, name: str) -> Thread | None:
        return any_thread_of(self._session.shown, name)
