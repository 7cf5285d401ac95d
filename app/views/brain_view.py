"""The 3D view: cortex, vessels and threads, with its camera and its switches."""

from __future__ import annotations

from dataclasses import replace
from math import dist
from time import perf_counter
from typing import Any, Final

import numpy as np
from PySide6.QtCore import QEvent, QLineF, QObject, QPointF, QTimer, Signal
from PySide6.QtWidgets import QVBoxLayout, QWidget
from pyvistaqt import QtInteractor
from vtkmodules.vtkRenderingCore import vtkRenderer

from app import theme
from app.cortex import Carrier, SurfaceName, SurfacePoint, surface_point
from app.session import Session
from app.views.brain_access import BrainAccess
from app.views.brain_bar import BrainBar
from app.views.brain_camera import PRESETS, VIEWS, aim, edge_letters
from app.views.brain_cross import CrossActor
from app.views.brain_marks import BrainMarks, Marks
from app.views.brain_scene import CortexActors, add_vessels, light_scene
from app.views.brain_screen import Screen
from app.views.brain_threads import ThreadActors
from app.views.brain_tools import BrainTools
from app.views.brain_words import hint_words, picture_notes
from app.views.overlays import colours
from app.views.thread_look import ThreadLook, samples_of, thread_look
from planner.anatomy.hemisphere import V1
from planner.frames import FloatArray, HemisphereName
from planner.implant.thread import Thread, Vector, vector
from planner.plan.plan import Plan

SLOW_FRAME_S: Final = 0.04  # a picture that takes longer is drawn with the light mesh while it moves
SETTLE_MS: Final = 250
TIP_PX: Final = 9.0
HINT_MS: Final = 4000


class BrainView(QWidget):
    """Draws what the session shows.

    Signals
    -------
    pointed(SurfacePoint or None)
        What is under the mouse.
    """

    pointed = Signal(object)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._cortices: dict[HemisphereName, CortexActors] = {}
        self._carriers: dict[HemisphereName, Carrier] = {}
        self._vessels: list[tuple[Any, Any]] = []
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
        self._drawn = Marks()  # what there is to say of the frame that was drawn last
        self._end_of_frame = target.AddObserver("EndEvent", self._note_drawn)
        self._smooth(True)
        self._threads = ThreadActors(self.plotter.renderer, self._layer)
        self._cross = CrossActor(self._layer)
        self.marks = BrainMarks(self.plotter)
        self.bar = BrainBar(PRESETS)
        self.tools = BrainTools(self)
        self._screen = Screen(self.plotter)
        self.access = BrainAccess(self, session, self._layer, self._screen, lambda: self._cortices)

        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        column.addWidget(self.plotter, 1)

        self._draw = QTimer(self, singleShot=True)
        self._draw.timeout.connect(self._draw_now)
        self._settle = QTimer(self, singleShot=True, interval=SETTLE_MS)
        self._hint, self._alarm = "", False
        self._hush = QTimer(self, singleShot=True, interval=HINT_MS)
        self._hush.timeout.connect(lambda: self.say(""))
        self._settle.timeout.connect(lambda: self.set_moving(False))
        self.plotter.frameSwapped.connect(self._note_frame)
        self.plotter.installEventFilter(self)

        self.bar.surface_chosen.connect(self._set_surface)
        self.bar.overlay_chosen.connect(self._recolour)
        self.bar.opacity_chosen.connect(self._set_opacity)
        self.bar.hemisphere_switched.connect(self._set_hemisphere)
        self.bar.vessels_switched.connect(self._update_vessels)
        self.bar.preset_chosen.connect(self.look_from)
        self.bar.adding_switched.connect(self._write_marks)
        session.case_changed.connect(self._rebuild)
        session.shown_changed.connect(self._draw_threads)
        session.selection_changed.connect(self._show_selected)
        session.preview_changed.connect(self._draw_threads)
        session.cross_changed.connect(self._draw_cross)
        session.run_changed.connect(self._run_changed)
        session.worker.busy_changed.connect(self._write_marks)
        session.document_changed.connect(self._write_marks)
        self._write_marks()

    @property
    def surface(self) -> SurfaceName:
        """The surface that is shown."""
        return self.bar.surface

    def look_from(self, preset: str) -> None:
        """Turn the camera to V1 from one of `PRESETS`, showing the hemispheres that belong to the view."""
        if not self._cortices:
            return
        self.bar.preset = preset
        shown = [name for name in VIEWS[preset][0] if name in self._cortices] or list(self._cortices)
        for name, actors in self._cortices.items():
            actors.set_visible(name in shown)
        self.bar.set_hemispheres({name: actors.visible for name, actors in self._cortices.items()})
        aim(self.plotter.camera, preset, np.concatenate([self._v1_points(name) for name in shown]))
        self._update_vessels()
        self._draw_threads()
        self._recolour()

    def point_at(self, position: QPointF) -> SurfacePoint | None:
        """The point of the cortex under a position of the 3D widget."""
        near, far = self._screen.ray(position)
        found: tuple[float, SurfacePoint] | None = None
        for actors in self._cortices.values():
            hit = actors.hit(near, far) if actors.visible else None
            if hit is not None and (found is None or hit[0] < found[0]):
                found = hit[0], surface_point(actors.cortex, actors.surface, hit[2], hit[1])
        return found[1] if found else None

    def thread_at(self, position: QPointF, within_px: float = 8.0) -> str:
        """The thread nearest to a position, seen through the cortex too; empty where there is none."""
        plan = self._session.shown
        if plan is None or not plan.threads:
            return ""
        shown = self._shown_threads(plan)
        samples, owner = samples_of(self._look(plan))
        gap = np.hypot(*(self._screen.positions(samples) - (position.x(), position.y())).T)
        gap[~shown[owner]] = np.inf
        nearest = int(gap.argmin())
        return plan.threads[owner[nearest]].name if gap[nearest] <= within_px else ""

    def entry_visible(self, name: str) -> bool:
        """Whether a thread's entry is in front of all cortex, so that it can be taken hold of."""
        thread = self._thread(name)
        if thread is None or self.surface == "inflated":
            return False
        at = self.point_at(self.entry_position(name))
        return at is None or dist(at.pial_mm, thread.entry_mm) < 3.0

    def entry_position(self, name: str) -> QPointF:
        """Where a thread's entry is drawn in the 3D widget."""
        plan, thread = self._session.shown, self._thread(name)
        if plan is None or thread is None:
            return QPointF()
        return self._screen.position(self._look(plan).entry_mm[plan.threads.index(thread)])

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
        if self._thread(name) is None or self.surface == "inflated":
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
        if self.surface == "inflated":
            return "Threads are moved on the pial or white surface; the inflated one is for looking"
        return "" if self.entry_visible(name) else f"The entry of {name} is behind cortex: turn the view to move it"

    def widget_position(self, point_mm: FloatArray) -> QPointF:
        """Where a point (scanner RAS) appears in the 3D widget."""
        return self._screen.position(point_mm)

    def say(self, hint: str, alarm: bool = False) -> None:
        """Write a hint over the picture for a moment; with `alarm` so that it is not overlooked."""
        self._hint, self._alarm = hint, alarm
        self._hush.start()
        self._write_marks()

    def set_moving(self, moving: bool) -> None:
        """The picture moves from now on, or has come to rest: choose the mesh accordingly."""
        light = moving and (self._frame_s > SLOW_FRAME_S or self._moving)
        self._settle.stop()
        if light != self._moving:
            self._moving = light
            self._smooth(not light)
            for actors in self._cortices.values():
                actors.set_light(light)
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
        target.RemoveObserver(self._end_of_frame)
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
        for actors in self._cortices.values():
            actors.remove(self.plotter)
        for _, actor in self._vessels:
            self.plotter.remove_actor(actor, reset_camera=False, render=False)
        self._carriers.clear()
        self._cortices = {name: CortexActors(self.plotter, cortex) for name, cortex in case.cortices.items()}
        self._vessels = add_vessels(self.plotter, case.anatomy.vessels)
        self.bar.set_case(
            tuple(case.cortices),
            inflated=all("inflated" in cortex.points for cortex in case.cortices.values()),
            vessels=bool(self._vessels),
        )
        self._set_opacity(self.bar.opacity)
        self.look_from("occipital")

    def _set_surface(self) -> None:
        """Only the inflated surface lies elsewhere, so only to and from it the camera has to move."""
        elsewhere = self.surface == "inflated" or any(a.surface == "inflated" for a in self._cortices.values())
        for actors in self._cortices.values():
            actors.set_surface(self.surface)
        self._draw_cross()
        if elsewhere:
            self.look_from(self.bar.preset)
        self.draw_soon()

    def _recolour(self) -> None:
        for actors in self._cortices.values():
            actors.set_colours(colours(actors.cortex.hemisphere, self.bar.overlay))
        self.draw_soon()

    def _set_opacity(self, opacity: float) -> None:
        for actors in self._cortices.values():
            actors.set_opacity(opacity)
        self.draw_soon()

    def _set_hemisphere(self, name: HemisphereName, visible: bool) -> None:
        if name in self._cortices:
            self._cortices[name].set_visible(visible)
            self._update_vessels()
            self._draw_threads()

    def _update_vessels(self) -> None:
        for tree, actor in self._vessels:
            side = tree.name[:2]
            sided = side in self._cortices and not self._cortices[side].visible
            actor.visibility = self.bar.vessels and self.surface != "inflated" and not sided
        self.draw_soon()

    def _run_changed(self) -> None:
        run = self._session.run
        self.set_moving(run is not None and run.state == "running")
        self._write_marks()

    def _show_selected(self) -> None:
        """A thread that is selected is looked for: its hemisphere is shown."""
        side = self.hemisphere_of(self._session.selection)
        if side in self._cortices and not self._cortices[side].visible:
            self.bar.set_hemispheres({side: True})
            self._set_hemisphere(side, True)
        else:
            self._draw_threads()

    def _draw_threads(self) -> None:
        plan = self._session.shown
        if plan is None or not self._cortices:
            return
        self._threads.draw(self._look(plan).of(self._shown_threads(plan)))
        self.access.redraw()
        self.draw_soon()

    def _draw_cross(self) -> None:
        """The crosshair is of the scanner, where the inflated surface has no place."""
        self._cross.show(self._session.cross_mm if self.surface != "inflated" else None)
        self.draw_soon()

    def _look(self, plan: Plan) -> ThreadLook:
        look = thread_look(plan, self._session.preview, self._session.selection)
        if self.surface != "inflated":
            return look
        return look.carried({name: self._carrier(name) for name in {t.hemisphere for t in plan.threads}})

    def _shown_threads(self, plan: Plan) -> Any:
        visible = {name for name, actors in self._cortices.items() if actors.visible}
        return np.array([t.hemisphere in visible for t in plan.threads], dtype=bool)

    def _carrier(self, name: HemisphereName) -> Carrier:
        if name not in self._carriers:
            self._carriers[name] = Carrier(self._cortices[name].cortex)
        return self._carriers[name]

    def _v1_points(self, name: HemisphereName) -> FloatArray:
        cortex = self._cortices[name].cortex
        return np.asarray(cortex.points[self.surface][cortex.hemisphere.retinotopy.area == V1], dtype=np.float64)

    def _note_drawn(self, *_: object) -> None:
        """A frame has been drawn: letters, legend and note are of this one, not of a camera still to be drawn from."""
        if self._closed:
            return
        self._drawn = self._of_frame() if self._session.case is not None else Marks()
        self._write_marks()

    def _of_frame(self) -> Marks:
        case = self._session.case
        assert case is not None  # or no frame would have anything to say
        drawn = [vessel for vessel, actor in self._vessels if actor.visibility]
        note = picture_notes(case.anatomy, drawn, self.surface == "inflated")
        return Marks(*edge_letters(self.plotter.camera), self.bar.overlay, note, drawn=self.access.legend())

    def _write_marks(self) -> None:
        hint = self._hint or self.access.hint() or hint_words(self._session, self.bar.adding)
        veiled = self._session.loading is not None and self._session.case is not None
        self.marks.write(replace(self._drawn, hint=hint, alarm=self._alarm and bool(self._hint), veiled=veiled))

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
        plan = self._session.shown
        return next((t for t in plan.threads if t.name == name), None) if plan else None
