"""The middle of the window: three slices and the 3D view, arranged as one likes, with one crosshair."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QShowEvent

from app import theme
from app.actions import any_thread_of
from app.session import Session
from app.slicing import AXIS, Plane, SliceName, along_thread, probes_eye, standard
from app.views.brain_view import BrainView
from app.views.pane_grid import PaneGrid
from app.views.readout import Readout
from app.views.slice_access import SliceAccess
from app.views.slice_layers import vessel_lines
from app.views.slice_marks import SliceMarks
from app.views.slice_pane import COLOURS, SlicePane, Where
from app.views.slice_room import room_of
from app.views.slice_state import SliceState
from app.views.thread_look import ThreadLook, thread_look
from app.volume import Matter, VolumeStore
from planner.anatomy.hemisphere import V1
from planner.frames import FloatArray
from planner.implant.thread import Thread, vector
from planner.plan.plan import Plan

TURN_DEG: Final = 10.0  # a step about a thread
STEP_MM: Final = 1.0
OBLIQUE_MM: Final = 16.0  # of tissue that a thread's own planes show at first
AROUND_MM: Final = 12.0  # ours: of tissue around V1 that slices show at first
NEAR_MM: Final = 40.0  # ours: of tissue around what is looked for
CULPRIT_MM: Final = 16.0  # ours: around what breaks a limit or comes nearest to it; tenths of a mm are to be seen
FAR: Final = 1.1  # ours: a slice is far where it shows so many times what is wanted; a fit leaves a margin
_CROSSED: Final[dict[str, tuple[SliceName, SliceName]]] = {
    # the slices that a pane's horizontal and vertical line stand for
    "axial": ("coronal", "sagittal"),
    "coronal": ("axial", "sagittal"),
    "sagittal": ("axial", "coronal"),
}


class FourUp(PaneGrid):
    """Shows the session in slices, beside the 3D view.

    Signals
    -------
    looked_at(Vector)
        Where the crosshair is wanted.
    contact_hovered(row or None), contact_clicked(row)
    """

    looked_at = Signal(object)
    contact_hovered = Signal(object)
    contact_clicked = Signal(int)

    def __init__(self, session: Session, brain: BrainView) -> None:
        state = SliceState()
        super().__init__({name: SlicePane(name, state) for name in AXIS}, brain)
        self._session, self.state = session, state
        state.setParent(self)  # parents, so that none of Qt's objects ends where Python happens to collect
        self.store = VolumeStore(session, self)
        self.access = SliceAccess(session, brain.access, self)
        self.readout = Readout(session)
        self.foot.addWidget(self.readout)
        self._fitted = self._whole = self._clicked = False
        for name, pane in self.panes.items():
            self._wire(name, pane)
        self.arranged.connect(self._want)
        self.state.changed.connect(self._replace)
        self.store.changed.connect(self._rematter)
        self.access.changed.connect(self._show_access)
        session.case_changed.connect(self._case_changed)
        session.cross_changed.connect(self._replace)
        session.hovered_changed.connect(self._mark_contact)
        session.selected_changed.connect(self._rethread)
        session.selection_changed.connect(self._reselect)
        for changed in (session.shown_changed, session.preview_changed):
            changed.connect(self._rethread)
        session.shown_changed.connect(self._replace)
        self._replace()

    def reset(self, whole: bool = False) -> None:
        """Show V1, or the whole head, in every slice again, and turn the thread's planes back."""
        self._whole = whole
        for pane in self.panes.values():
            pane.turn_deg = 0.0
        self._replace()
        self._fit()

    def framed(self) -> Callable[[], None]:
        """What has every slice show again what it shows of its plane now; one of a thread's own planes, the thread."""
        framings = {name: pane.view.framing for name, pane in self.panes.items()}
        selection = self._session.selection

        def frame() -> None:
            for name, pane in self.panes.items():
                if pane.oblique and self._session.selection != selection:
                    self._look_close(pane)
                else:
                    pane.view.frame(*framings[name])

        return frame

    def come_near(self, culprit: bool = False) -> None:
        """Have `NEAR_MM` round the crosshair in slices that show V1 as they did at first.

        Those that the user has zoomed, or that show the whole head, stay so; but of a `culprit` no slice shows more
        than `CULPRIT_MM`.
        """
        wide_mm = CULPRIT_MM if culprit else NEAR_MM
        for pane in self.panes.values():
            view, half_mm = pane.view, np.full(3, wide_mm / 2)
            far = view.px_mm * min(view.width(), view.height()) > FAR * wide_mm
            comes = far if culprit else view.fitted and not self._whole
            if comes and not pane.oblique and not self._clicked:
                view.fit(self._cross() - half_mm, self._cross() + half_mm)

    def showEvent(self, event: QShowEvent) -> None:
        """Now there is something to load the volume for."""
        self._want()

    def _want(self) -> None:
        """Load the volume, once a slice is to be seen."""
        if self.isVisible() and any(pane.isVisibleTo(self) for pane in self.panes.values()):
            self.store.want()

    # --- what is shown ---------------------------------------------------------------------------

    def _wire(self, name: SliceName, pane: SlicePane) -> None:
        view = pane.view
        view.pointed.connect(lambda point: self.looked_at.emit(vector(point)))
        view.hovered.connect(self.contact_hovered)
        view.contact_clicked.connect(self._click_contact)
        view.stepped.connect(lambda steps: self._step(pane, steps))
        view.zoomed.connect(lambda px_mm: self._zoom_others(pane, px_mm))
        pane.moved.connect(lambda value: self._move_to(pane, value))
        pane.cut_chosen.connect(lambda: self._recut(pane))
        pane.maximise_requested.connect(lambda: self.maximise(name))

    def _click_contact(self, row: int) -> None:
        """What is clicked on is selected, and stays under the mouse."""
        self._clicked = True
        self.contact_clicked.emit(row)
        self._clicked = False

    def _thread(self) -> Thread | None:
        return any_thread_of(self._session.shown, self._session.selection)

    def _cross(self) -> FloatArray:
        return np.asarray(self._session.cross_mm or (0.0, 0.0, 0.0), dtype=np.float64)

    def _plane(self, pane: SlicePane) -> Plane | None:
        thread = self._thread()
        if pane.cut == "along":
            return along_thread(thread, pane.turn_deg, self.state.radiological) if thread else None
        if pane.cut == "probe":
            return probes_eye(thread, self._cross()) if thread else None
        return standard(pane.name, self._cross(), self.state.radiological)

    def _replace(self) -> None:
        """Put every pane's plane where the crosshair is."""
        thread, cross = self._thread(), self._session.cross_mm
        for pane in self.panes.values():
            pane.view.show_plane(self._plane(pane) if self._session.case else None)
            across, upright = _CROSSED[pane.name]
            pane.view.lines = (theme.SELECTED, theme.SELECTED) if pane.oblique else (COLOURS[across], COLOURS[upright])
            pane.view.show_cross(None if cross is None else np.array(cross))
            pane.show_where(self._where(pane, thread))
            self._write(pane)

    def _where(self, pane: SlicePane, thread: Thread | None) -> Where | None:
        if self._session.case is None or (pane.oblique and thread is None):
            return None
        if pane.cut == "along":
            return Where(pane.turn_deg, -180.0, 180.0, "°", tip="How far the plane is turned about the thread, degrees")
        if pane.cut == "probe":
            assert thread is not None
            value = float((self._cross() - thread.entry_mm) @ np.array(thread.direction))
            tip = "How deep below the entry the plane is, mm along the thread"
            return Where(value, min(-5.0, value), max(thread.depth_mm + 5.0, value), tip=tip)
        return pane.place(self.store.matter, self._cross())

    def _write(self, pane: SlicePane) -> None:
        plane, matter = pane.view.plane, self.store.matter
        if plane is None:
            hint = f"Select a thread to see {pane.choice.text()[:-2].lower()}" if pane.oblique else ""
            pane.view.show_marks(SliceMarks(hint=hint))
            return
        manner = (
            "radiological: patient's left at the right" if self.state.radiological else "neurological: left is left"
        )
        if pane.cut == "sagittal":
            manner = "seen from the left"
        elif pane.oblique:
            manner = f"{self._session.selection}, " + ("the way it goes in" if pane.cut == "probe" else "entry above")
        warning = ""
        if matter is not None and matter.volume.schematic:
            from planner.anatomy.volumes import SCHEMATIC_WORDS

            warning = SCHEMATIC_WORDS
        elif matter is None:
            warning = "The volume cannot be shown" if self.store.failed else "Loading the volume…"
        behind = matter.volume.name if matter is not None else ""
        pane.view.show_marks(
            SliceMarks(
                plane.edge_letters(),
                manner,
                warning,
                behind=behind,
                drawn=self.access.legend(),
                vessels=vessel_lines(matter) if matter is not None else (),
            )
        )

    def _case_changed(self) -> None:
        self._fitted = self._whole = False
        self._want()

    def _rematter(self) -> None:
        for pane in self.panes.values():
            pane.view.show_matter(self.store.matter)
        self._replace()
        if not self._fitted and self.store.matter is not None:
            self._fitted = True
            self._fit()

    def _fit(self) -> None:
        for pane in self.panes.values():
            self._fit_pane(pane)

    def _fit_pane(self, pane: SlicePane) -> None:
        if pane.oblique:
            self._look_close(pane)
        elif self.store.matter is not None:
            pane.view.fit(*self._box(self.store.matter))

    def _box(self, matter: Matter) -> tuple[FloatArray, FloatArray]:
        """What slices show of a case: V1 with some room around, or the whole of it."""
        case = self._session.case
        hemispheres = () if case is None else case.anatomy.hemispheres.values()
        points = [h.pial_mm[h.retinotopy.area == V1] for h in hemispheres]
        v1 = np.concatenate([np.zeros((0, 3)), *points])
        if self._whole or len(v1) == 0:
            return matter.low_mm, matter.high_mm
        return v1.min(axis=0) - AROUND_MM, v1.max(axis=0) + AROUND_MM

    def _look_close(self, pane: SlicePane) -> None:
        """Have the thread in the middle of one of its own planes."""
        thread = self._thread()
        if thread is not None:
            pane.view.zoom(OBLIQUE_MM / max(1, min(pane.view.width(), pane.view.height())))
            pane.view.centre_on((np.array(thread.entry_mm) + thread.tip_mm) / 2)

    def _recut(self, pane: SlicePane) -> None:
        self._replace()
        self._fit_pane(pane)

    def _reselect(self) -> None:
        self._rethread()
        self._replace()
        for pane in self.panes.values():
            if pane.oblique:
                self._look_close(pane)

    def _rethread(self) -> None:
        plan = self._session.shown
        look = None if plan is None else self._look(plan)
        room = None if plan is None or look is None else room_of(plan, look, self._session.selection)
        for pane in self.panes.values():
            pane.view.show_threads(look, room)

    def _look(self, plan: Plan) -> ThreadLook:
        session = self._session
        return thread_look(plan, session.preview, session.selection, session.selected, bool(session.read_only))

    def _show_access(self) -> None:
        for pane in self.panes.values():
            pane.view.show_access(self.access.shapes)
            self._write(pane)

    def _mark_contact(self) -> None:
        for pane in self.panes.values():
            pane.view.show_contact(self._session.hovered)

    # --- moving ----------------------------------------------------------------------------------

    def _step(self, pane: SlicePane, steps: float) -> None:
        if pane.view.plane is None or self._session.case is None:
            return
        if pane.cut == "along":
            self._move_to(pane, (pane.turn_deg + TURN_DEG * steps + 180.0) % 360.0 - 180.0)
        else:
            self.looked_at.emit(vector(self._cross() + STEP_MM * steps * pane.view.plane.along))

    def _move_to(self, pane: SlicePane, value: float) -> None:
        thread, point = self._thread(), self._cross()
        if pane.cut == "along":
            pane.turn_deg = value
            self._replace()
        elif pane.cut == "probe" and thread is not None:
            self.looked_at.emit(vector(np.array(thread.entry_mm) + value * np.array(thread.direction)))
        elif not pane.oblique:
            point[AXIS[pane.name]] = value
            self.looked_at.emit(vector(point))

    def _zoom_others(self, pane: SlicePane, px_mm: float) -> None:
        """The other slices of the same kind come as near, and go to the crosshair."""
        for other in self.panes.values():
            if other is not pane and not pane.oblique and not other.oblique:
                other.view.zoom(px_mm)
                other.view.centre_on(self._cross())
