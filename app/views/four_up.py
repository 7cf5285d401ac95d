"""The middle of the window: three slices and the 3D view, arranged as one likes, with one crosshair."""

from __future__ import annotations

from typing import Final, Literal

import numpy as np
from PySide6.QtCore import Signal
from PySide6.QtGui import QResizeEvent, QShowEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QVBoxLayout, QWidget

from app import theme
from app.actions import thread_of
from app.session import Session
from app.slicing import AXIS, Plane, SliceName, along_thread, probes_eye, standard
from app.views.brain_view import BrainView
from app.views.readout import Readout
from app.views.slice_access import SliceAccess
from app.views.slice_marks import SliceMarks
from app.views.slice_pane import COLOURS, SlicePane, TitleBar, Where
from app.views.slice_state import SliceState
from app.views.thread_look import thread_look
from app.volume import Tubes, VolumeStore
from planner.anatomy.vessels.tree import VesselKind
from planner.frames import FloatArray
from planner.implant.thread import Thread, vector
from planner.plan.plan import Plan

Layout = Literal["four-up", "3D", "3D and a slice"]
LAYOUTS: Final[tuple[Layout, ...]] = ("four-up", "3D", "3D and a slice")
ROOMY: Final = (900, 520)  # what four panes need; with less there are two, until the user says otherwise
TURN_DEG: Final = 10.0  # a step about a thread
STEP_MM: Final = 1.0
OBLIQUE_MM: Final = 16.0  # of tissue that a thread's own planes show at first
_CROSSED: Final[dict[str, tuple[SliceName, SliceName]]] = {
    # the slices that a pane's horizontal and vertical line stand for
    "axial": ("coronal", "sagittal"),
    "coronal": ("axial", "sagittal"),
    "sagittal": ("axial", "coronal"),
}


class FourUp(QWidget):
    """Shows the session in slices, beside the 3D view.

    Signals
    -------
    looked_at(Vector)
        Where the crosshair is wanted.
    contact_hovered(row or None), contact_clicked(row)
    arranged()
        Another layout, or another pane with all the room.
    """

    looked_at = Signal(object)
    contact_hovered = Signal(object)
    contact_clicked = Signal(int)
    arranged = Signal()

    def __init__(self, session: Session, brain: BrainView) -> None:
        super().__init__()
        self._session = session
        self.state = SliceState(self)  # parents, so that none of Qt's objects ends where Python happens to collect
        self.store = VolumeStore(session, self)
        self.access = SliceAccess(session, brain.access, self)
        self.panes: dict[SliceName, SlicePane] = {name: SlicePane(name, self.state) for name in AXIS}
        self.brain = brain
        self.solid = QWidget()
        self.solid_title = TitleBar(COLOURS["3D"])
        self.solid_title.add(QLabel("3D"), 1)
        self.solid_title.finish("3D")
        self.readout = Readout(session)
        self._layout: Layout | None = None
        self._large = ""
        self._slice: SliceName = "axial"
        self._fitted = False

        solid = QVBoxLayout(self.solid)
        solid.addWidget(self.solid_title)
        solid.addWidget(brain, 1)
        strip = QHBoxLayout()
        strip.addWidget(brain.bar, 1)
        self._grid = QGridLayout()
        self._grid.setSpacing(3)
        column = QVBoxLayout(self)
        column.addLayout(strip)
        column.addLayout(self._grid, 1)
        column.addWidget(self.readout)
        for box in (solid, strip, column):
            box.setContentsMargins(0, 0, 0, 0)
            box.setSpacing(0)
        for name, pane in self.panes.items():
            self._wire(name, pane)
        self.solid_title.maximise.clicked.connect(lambda: self.maximise("3D"))
        self.state.changed.connect(self._replace)
        self.store.changed.connect(self._rematter)
        self.access.changed.connect(self._show_access)
        session.case_changed.connect(self._case_changed)
        session.cross_changed.connect(self._replace)
        session.hovered_changed.connect(self._mark_contact)
        session.selection_changed.connect(self._reselect)
        for changed in (session.shown_changed, session.preview_changed):
            changed.connect(self._rethread)
        session.shown_changed.connect(self._replace)
        self._arrange()
        self._replace()

    # --- arrangement -----------------------------------------------------------------------------

    @property
    def layout_name(self) -> Layout:
        """The layout: what the user chose, else what there is room for."""
        if self._layout is not None:
            return self._layout
        return "four-up" if self.width() >= ROOMY[0] and self.height() >= ROOMY[1] else "3D and a slice"

    def choose(self, layout: Layout) -> None:
        """Arrange the panes in another way; none has all the room any more."""
        self._layout, self._large = layout, ""
        self._arrange()

    def maximise(self, name: str) -> None:
        """Give one pane (a slice's name or ``3D``) all the room, or take it back."""
        self._large = "" if self._large == name else name
        self._slice = next((its for its in self.panes if its == name), self._slice)
        self._arrange()

    def maximise_focused(self) -> None:
        """The same of the pane that has the focus: else of the 3D view."""
        held = next((name for name, pane in self.panes.items() if pane.isAncestorOf(self.focusWidget() or self)), "3D")
        self.maximise(self._large or held)

    def reset(self) -> None:
        """Show the whole head in every slice again, and turn the thread's planes back."""
        for pane in self.panes.values():
            pane.turn_deg = 0.0
        self._replace()
        self._fit()

    def _arrange(self) -> None:
        layout = self.layout_name
        places: dict[str, tuple[int, int]] = {"axial": (0, 0), "3D": (0, 1), "coronal": (1, 0), "sagittal": (1, 1)}
        stretch = [1, 1], [1, 1]
        if self._large or layout == "3D":
            places, stretch = {self._large or "3D": (0, 0)}, ([1, 0], [1, 0])
        elif layout == "3D and a slice":
            places, stretch = {self._slice: (0, 0), "3D": (0, 1)}, ([1, 0], [2, 3])
        widgets: dict[str, QWidget] = {"3D": self.solid}
        widgets.update(self.panes.items())
        for widget in widgets.values():
            self._grid.removeWidget(widget)
        for name, widget in widgets.items():
            if name in places:
                self._grid.addWidget(widget, *places[name])
            widget.setVisible(name in places)
        for line in (0, 1):
            self._grid.setRowStretch(line, stretch[0][line])
            self._grid.setColumnStretch(line, stretch[1][line])
        for name, pane in self.panes.items():
            pane.title.show_large(self._large == name)
        self.solid_title.show_large(self._large == "3D")
        self._arranged_as = layout
        self._want()
        self.arranged.emit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Take the layout that there is room for, unless the user has chosen one."""
        if self.layout_name != self._arranged_as:
            self._arrange()

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
        view.contact_clicked.connect(self.contact_clicked)
        view.stepped.connect(lambda steps: self._step(pane, steps))
        view.zoomed.connect(lambda px_mm: self._zoom_others(pane, px_mm))
        pane.moved.connect(lambda value: self._move_to(pane, value))
        pane.cut_chosen.connect(lambda: self._recut(pane))
        pane.maximise_requested.connect(lambda: self.maximise(name))

    def _thread(self) -> Thread | None:
        return thread_of(self._session.shown, self._session.selection)

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
        marks = SliceMarks(plane.edge_letters(), manner, warning, drawn=self.access.legend())
        pane.view.show_marks(marks)

    def _case_changed(self) -> None:
        self._fitted = False
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
            if pane.oblique:
                self._look_close(pane)
            elif self.store.matter is not None:
                pane.view.fit(self.store.matter.low_mm, self.store.matter.high_mm)

    def _look_close(self, pane: SlicePane) -> None:
        """Have the thread in the middle of one of its own planes."""
        thread = self._thread()
        if thread is not None:
            pane.view.zoom(OBLIQUE_MM / max(1, min(pane.view.width(), pane.view.height())))
            pane.view.centre_on((np.array(thread.entry_mm) + thread.tip_mm) / 2)

    def _recut(self, pane: SlicePane) -> None:
        self._replace()
        if pane.oblique:
            self._look_close(pane)
        elif self.store.matter is not None:
            pane.view.fit(self.store.matter.low_mm, self.store.matter.high_mm)

    def _reselect(self) -> None:
        self._rethread()
        self._replace()
        for pane in self.panes.values():
            if pane.oblique:
                self._look_close(pane)

    def _rethread(self) -> None:
        plan = self._session.shown
        look = None if plan is None else thread_look(plan, self._session.preview, self._session.selection)
        needed = self._needed(plan) if plan is not None else None
        for pane in self.panes.values():
            pane.view.show_threads(look, needed)

    def _needed(self, plan: Plan) -> Tubes | None:
        """The room that the selected thread's shafts need to any vessel: as to the kind that asks for most."""
        thread = self._thread()
        device = plan.implant.device_of(thread) if thread is not None else None
        if thread is None or device is None or not device.penetrates:
            return None
        shafts = plan.implant.shafts()
        ours = shafts.thread == plan.threads.index(thread)
        kinds: tuple[VesselKind, ...] = ("artery", "vein", "vessel")
        wide = np.full(int(ours.sum()), max(plan.limits.required_mm(device, kind) for kind in kinds))
        return Tubes(shafts.start_mm[ours], shafts.tip_mm[ours], wide, wide)

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
