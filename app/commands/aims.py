"""Commands about what a plan is for and what it has to keep to, and the panels where that is chosen."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QFileDialog, QInputDialog

from app import aims
from app.commands.group import Group, Menus
from app.views.drawing_dialog import DrawingDialog
from app.views.seeing_bar import DRAWING, FILE
from app.views.seeing_dialog import SeeingDialog
from app.words import sentence
from planner.errors import InputError

if TYPE_CHECKING:
    from app.window import MainWindow

_REGIONS = "FreeSurfer labels and annotations (*.label *.annot)"
_PICTURES = "Pictures (*.png *.jpg *.jpeg *.tif *.tiff *.bmp *.webp *.gif)"


class AimCommands(Group):
    """Task, model and limits."""

    about = "Plan"

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        session = self.session
        self._dialog: SeeingDialog | None = None
        self._drawing: DrawingDialog | None = None
        self.seeing = self.make(
            "&What is seen…",
            self._show_seeing,
            tip="Settings of the task, the model, the currents and what varies over patients",
        )
        self.draw = self.make(
            "&Draw what should be seen…", self._show_drawing, tip="Draw the picture that should be seen with the mouse"
        )
        self.limits = self.make("&Limits…", self._show_limits, tip="Every limit that the plan has to keep to")
        editor = window.limits
        editor.limit_requested.connect(lambda name, value: aims.set_limit(session, name, value))
        editor.profile_requested.connect(lambda name: aims.set_profile(session, name))
        editor.access_requested.connect(lambda preset: aims.set_access(session, preset))
        editor.forbidden.forbid_requested.connect(self._choose_region)
        editor.forbidden.allow_requested.connect(lambda place: aims.allow(session, place))
        window.optimiser.goal_requested.connect(lambda goal, field: aims.set_goal(session, goal, field))
        bar = window.percept.bar
        bar.task_requested.connect(lambda task: aims.set_task(session, task))
        bar.seeing_requested.connect(lambda seeing: aims.set_seeing(session, seeing))
        bar.pictures_requested.connect(self._choose_pictures)
        bar.settings_requested.connect(self._show_seeing)

    def fill(self, menus: Menus) -> None:
        """At the end of the menu Plan."""
        menu = menus("&Plan")
        menu.addSeparator()
        menu.addActions([self.seeing, self.draw, self.limits])

    def enable(self) -> None:
        """There must be a plan."""
        self.seeing.setEnabled(self.session.plan is not None)
        self.draw.setEnabled(self.session.editable)

    def _show_limits(self) -> None:
        window = self.window
        window.tabs.setCurrentWidget(window.limits)
        for dock in window.docks:
            if dock.isAncestorOf(window.limits):
                dock.show()

    def _choose_region(self) -> None:
        chosen, _ = QFileDialog.getOpenFileName(self.window, "Cortex that no shaft may touch", "", _REGIONS)
        if not chosen:
            return
        path, parcel = Path(chosen), ""
        if path.suffix == ".annot":
            try:
                names = aims.parcels_of(self.session, path)
            except InputError as error:
                self.session.refused.emit(sentence(error))
                return
            parcel, wanted = QInputDialog.getItem(self.window, path.name, "Parcel", names, 0, False)
            if not wanted:
                return
        aims.forbid(self.session, path, parcel)

    def _show_seeing(self) -> None:
        if self._dialog is None:
            session = self.session
            self._dialog = SeeingDialog(self.window, session)
            self._dialog.task_requested.connect(
                lambda task, field: aims.set_task(session, task, f"Task: {field.replace('_', ' ')}", field)
            )
            self._dialog.seeing_requested.connect(
                lambda seeing, field: aims.set_seeing(session, seeing, f"Settings of the {field}", field)
            )
            self._dialog.usual_requested.connect(lambda: aims.set_usual(session))
        self._dialog.show()
        self._dialog.raise_()

    def _show_drawing(self) -> None:
        if self._drawing is None:
            self._drawing = DrawingDialog(self.window, self.session)
            self._drawing.task_requested.connect(lambda task, words: aims.set_task(self.session, task, words))
        self._drawing.show()
        self._drawing.raise_()
        self._drawing.canvas.setFocus()

    def _choose_pictures(self, kind: str) -> None:
        if kind == DRAWING:
            self._show_drawing()
            return
        if kind == FILE:
            chosen, _ = QFileDialog.getOpenFileName(self.window, "A picture to be seen", "", _PICTURES)
            if chosen:
                aims.set_pictures(self.session, Path(chosen).parent, Path(chosen).name)
            return
        chosen = QFileDialog.getExistingDirectory(self.window, "A folder of pictures to be seen")
        if chosen:
            aims.set_pictures(self.session, Path(chosen))
