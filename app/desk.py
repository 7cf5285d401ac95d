"""The window's files: asks which, asks before anything is lost, and hands on to `app.files`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QFileDialog, QMessageBox

from app import dialogs, files, importing, optimising
from app.keeping import left_behind
from app.settings import Settings
from app.views.case_report import CaseReport
from app.views.case_wizard import CaseWizard
from app.views.import_dialog import FILES as LINES
from app.views.import_dialog import ImportDialog
from app.views.recovery_dialog import RecoveryDialog
from app.views.vessel_dialog import FILES, VesselDialog
from app.words import sentence
from planner.anatomy.looking import Look, look_at_case
from planner.anatomy.request import CaseRequest
from planner.errors import PlannerError
from planner.implant.catalogue import device_names, load_device
from planner.implant.device import Device
from planner.plan.plan import Plan

if TYPE_CHECKING:
    from app.window import MainWindow


class Desk(QObject):
    """What is opened, saved and exported from the window, with the questions that belong to it."""

    def __init__(self, window: MainWindow, settings: Settings) -> None:
        super().__init__(window)
        self._window, self._session, self._settings = window, window.session, settings
        self._wizard: CaseWizard | None = None
        self._session.opened.connect(self._remember)

    # --- saving ----------------------------------------------------------------------------------

    def save(self) -> bool:
        """Write the plan to its file, asking for one only where it has none; whether it was written."""
        if self._session.path is None:
            return self.save_as()
        return self._guarded(lambda: files.save(self._session))

    def save_as(self) -> bool:
        """Write the plan to a file of the user's choice; whether it was written."""
        start = self._session.path or self._settings.folder("plan") / "plan.json"
        path = dialogs.choose_plan_file(self._window, start)
        if path is None:
            return False
        self._settings.keep_folder("plan", path.parent)
        snapshots = self._window.snapshots
        before = snapshots.folder

        def write() -> None:
            files.save(self._session, path)
            snapshots.follow(before)

        return self._guarded(write)

    def save_if_decided(self, save: Callable[[], bool]) -> None:
        """Save by one of the ways above, unless there is a result to accept or discard first; then say so."""
        if self._session.run is None:
            save()
        else:
            self._session.refused.emit("Not saved: accept or discard the optimisation first")

    def _guarded(self, write: Callable[[], None]) -> bool:
        self._window.guard.look_again(at_once=True)
        try:
            write()
        except PlannerError as error:
            self._window.show_error(error)
            return False
        if self._session.path is not None:
            self._settings.keep_plan(self._session.path)
        return True

    # --- opening ---------------------------------------------------------------------------------

    def choose_plan(self) -> None:
        """Open a plan of the user's choice."""
        folder = str(self._settings.folder("plan"))
        chosen, _ = QFileDialog.getOpenFileName(self._window, "Open plan", folder, dialogs.PLAN_FILES)
        if chosen:
            self.open_plan(Path(chosen))

    def open_plan(self, path: Path) -> None:
        """Open a plan, once nothing is lost by it."""
        self._settings.keep_folder("plan", path.parent)
        self.after_saving(lambda: files.open_plan(self._session, path))

    def offer_recovery(self) -> None:
        """Ask about plans that crashed sessions have left, if there are any."""
        lefts = left_behind()
        if lefts:
            dialog = RecoveryDialog(self._window, lefts)
            dialog.recover_requested.connect(lambda left: files.recover(self._session, left, self._window.keeper))
            dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            dialog.open()

    def choose_subject(self) -> None:
        """Open a subject folder of the user's choice."""
        folder = str(self._settings.folder("subject"))
        chosen = QFileDialog.getExistingDirectory(self._window, "Open FreeSurfer subject folder", folder)
        if chosen:
            self._settings.keep_folder("subject", Path(chosen).parent)
            self.open_case(CaseRequest(chosen))

    def open_case(self, request: CaseRequest) -> None:
        """Begin a plan on a case, once nothing is lost by it."""
        self.after_saving(lambda: files.open_case(self._session, request))

    def new_case(self, source: str = "") -> None:
        """Ask for all of a new case on one page, and begin a plan on it, once nothing is lost by it.

        The page is as it was left the last time, whether a case was loaded from it or not.
        """
        session = self._session

        def look(source: str, maps: str, hear: Callable[[Look | PlannerError], None]) -> None:
            session.worker.submit("", lambda job: _looked(source, maps), hear, key="look", aside=True)

        if self._wizard is None:
            wizard = self._wizard = CaseWizard(self._window, self._settings, look)

            def load() -> None:
                if self.may_lose():
                    files.begin_case(session, wizard.wanted(), lambda error: wizard.complain(sentence(error)))
                else:
                    wizard.open()  # back to what was filled in

            wizard.accepted.connect(load)
        if source:
            self._wizard.choose_source(source)
        self._wizard.open()

    def choose_vessels(self) -> None:
        """Add a vessel file of the user's choice to the case, once it is said how it is to be read."""
        folder = str(self._settings.folder("vessels"))
        chosen, _ = QFileDialog.getOpenFileName(self._window, "Add vessels", folder, FILES)
        if chosen:
            self.add_vessels(Path(chosen))

    def add_vessels(self, file: Path, others: Sequence[Path] = ()) -> None:
        """Ask how a vessel file is to be read, and add it to the case; then the others, one after the other."""
        self._settings.keep_folder("vessels", file.parent)
        dialog = VesselDialog(self._window, file)

        def go_on() -> None:
            if others:
                self.add_vessels(others[0], others[1:])

        def add() -> None:
            before = self._window.snapshots.folder

            def added() -> None:
                self._window.snapshots.follow(before)
                go_on()

            files.add_vessels(self._session, dialog.wanted(), lambda error: dialog.complain(sentence(error)), added)

        dialog.accepted.connect(add)
        dialog.rejected.connect(go_on)
        dialog.open()

    def choose_trajectories(self) -> None:
        """Import a file of lines of the user's choice into the plan."""
        folder = str(self._settings.folder("lines"))
        chosen, _ = QFileDialog.getOpenFileName(self._window, "Import trajectories", folder, LINES)
        if chosen:
            self.import_trajectories(Path(chosen))

    def import_trajectories(self, file: Path, others: Sequence[Path] = ()) -> None:
        """Show what a file's lines would become, and take them over if that is wanted; then the other files'."""
        self._settings.keep_folder("lines", file.parent)
        session, plan = self._session, self._session.plan
        if plan is None:
            return

        def look(wanted: importing.Wanted, hear: Callable[[importing.Found | PlannerError], None]) -> None:
            importing.look(session, wanted, hear)

        dialog = ImportDialog(self._window, file, plan, _lined(plan), look, sentence)

        def end(answer: int) -> None:
            if answer and dialog.found is not None:
                importing.take_over(session, dialog.found, file.name)
            if others:
                self.import_trajectories(others[0], others[1:])

        dialog.finished.connect(end)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()

    def show_case(self) -> None:
        """What was found of the case, used and missing."""
        if self._session.case is not None:
            report = CaseReport(self._window, self._session.case.anatomy)
            report.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            report.open()

    def _remember(self) -> None:
        """What was opened is found again under the recent ones; the demo has an entry of its own."""
        case, path = self._session.case, self._session.path
        if path is not None:
            self._settings.keep_plan(path)
        if case is not None and Path(case.anatomy.request.source).is_absolute():
            self._settings.keep_case(case.anatomy.request)

    # --- exporting -------------------------------------------------------------------------------

    def export(self, format: str) -> None:
        """Export to a folder of the user's choice."""
        start = str(self._settings.folder("export"))
        chosen = QFileDialog.getExistingDirectory(self._window, "Export to folder", start)
        if chosen:
            place = Path(chosen)
            self._settings.keep_folder("export", place)
            files.export(
                self._session,
                format,
                place,
                lambda names: dialogs.ask_to_replace(self._window, place, names),
                lambda violations: dialogs.ask_to_export(self._window, violations),
            )

    # --- starting again --------------------------------------------------------------------------

    def restart(self) -> None:
        """Close the window and start again with the plan as it is, saved or not; its undo history ends."""
        session = self._session
        if session.run is not None or session.loading is not None or session.plan is None:
            session.refused.emit("Not restarted: something is under way; accept, discard or cancel it first")
            return
        try:
            folder = self._window.keeper.hand_over()
        except PlannerError as error:
            self._window.show_error(error)
            return
        self._window.relaunch = ("--take-over", str(folder))
        self._window.close()

    # --- losing nothing --------------------------------------------------------------------------

    def after_saving(self, go_on: Callable[[], None]) -> None:
        """Do something that replaces the plan, once its changes are saved or given up.

        An optimisation ends only when the other plan has come: a file that cannot be read does not cost it.
        """
        if self.may_lose():
            go_on()

    def may_lose(self) -> bool:
        """Ask about all that would be lost: the optimisation first, then the plan's own changes and its snapshots."""
        kinds, session = QMessageBox.StandardButton, self._session
        if session.run is not None:
            answer = dialogs.ask_about_run(self._window, ended=not session.optimising)
            if answer == kinds.Save:
                optimising.accept(session)
                return self.save()
            if answer != kinds.Discard:
                return False
        snapshots = self._window.snapshots.at_risk
        if not session.modified and not snapshots:
            return True
        name = session.path.name if session.path else "the plan"
        answer = dialogs.ask_to_save(self._window, name, session.modified, snapshots)
        if answer == kinds.Save:
            return self.save()
        return answer == kinds.Discard


def _lined(plan: Plan) -> list[Device]:
    """Devices that lines can be imported as: the plan's own, then others of the catalogue that can be read."""
    devices = list(plan.devices)
    for name in device_names():
        try:
            device = load_device(name)
        except PlannerError:
            continue  # the menu of devices says why
        if name not in {own.name for own in plan.devices}:
            devices.append(device)
    return [device for device in devices if device.penetrates]


def _looked(source: str, maps: str) -> Look | PlannerError:
    try:
        return look_at_case(source, maps)
    except PlannerError as error:
        return error
