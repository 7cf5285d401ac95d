"""The window: builds docks and menus, and wires what views ask for to actions."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from PySide6.QtCore import QEventLoop, QSize, Qt
from PySide6.QtGui import QCloseEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QDockWidget,
    QFileDialog,
    QLineEdit,
    QMainWindow,
    QMessageBox,
    QTabWidget,
    QWidget,
)

from app import actions, dialogs, editing, files, optimising, placing
from app.commands import Commands
from app.cortex import SurfacePoint
from app.session import Run, Session
from app.views.brain_view import BrainView
from app.views.case_report import CaseReport
from app.views.checks_panel import ChecksPanel
from app.views.limits_editor import LimitsEditor
from app.views.optimise_panel import OptimisePanel
from app.views.percept_view import PerceptView
from app.views.status_line import StatusLine
from app.views.thread_table import ThreadTable
from app.views.vessel_dialog import FILES, VesselDialog
from planner.anatomy.request import CaseRequest
from planner.errors import PlannerError

TABS_PX = 340  # what a result to decide on needs


WANTED = QSize(1440, 900)
FRAME = QSize(2, 32)  # what a window manager adds around the window, about


def opening_size(available: QSize) -> QSize:
    """How large the window opens: as it is meant to be seen, where the screen has room for it and its frame."""
    return WANTED.boundedTo(available - FRAME)


class MainWindow(QMainWindow):
    """Everything that the user sees."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self.session = session
        self._done = self._closing = False
        self._folder = Path.cwd()  # where files were last chosen
        self.brain = BrainView(session)
        self.percept = PerceptView(session)
        self.threads = ThreadTable(session)
        self.checks = ChecksPanel(session)
        self.limits = LimitsEditor(session)
        self.optimiser = OptimisePanel(session)
        self.status = StatusLine(session)
        self.setStatusBar(self.status)
        self.setCentralWidget(self.brain)
        self._build_docks()
        self.commands = Commands(self)
        self._wire()
        self.resize(opening_size(self.screen().availableSize()))
        self._refresh()

    # --- building --------------------------------------------------------------------------------

    def _build_docks(self) -> None:
        self.setDockOptions(QMainWindow.DockOption.AnimatedDocks | QMainWindow.DockOption.AllowTabbedDocks)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        self.tabs.addTab(self.optimiser, "Optimise")
        self.tabs.addTab(self.limits, "Limits")
        self.tabs.addTab(self.checks, "Checks")
        right, bottom = Qt.DockWidgetArea.RightDockWidgetArea, Qt.DockWidgetArea.BottomDockWidgetArea
        docks = [
            self._dock("Percept", "Percept pa&nel", self.percept, right),
            self._dock("Plan", "Optimiser and &checks", self.tabs, right),
            self._dock("Threads", "&Table of threads", self.threads, bottom),
        ]
        self.tabs.setMinimumHeight(TABS_PX)  # whatever they show, so that the split stays where it is
        self.resizeDocks([docks[0], docks[1]], [550, 450], Qt.Orientation.Vertical)
        self.resizeDocks([docks[0]], [430], Qt.Orientation.Horizontal)
        self.resizeDocks([docks[2]], [200], Qt.Orientation.Vertical)
        self.docks = docks

    def _dock(self, title: str, words: str, widget: QWidget, area: Qt.DockWidgetArea) -> QDockWidget:
        dock = QDockWidget(title)
        dock.toggleViewAction().setText(words)
        dock.setObjectName(title)
        dock.setWidget(widget)
        dock.setFeatures(
            QDockWidget.DockWidgetFeature.DockWidgetMovable | QDockWidget.DockWidgetFeature.DockWidgetClosable
        )
        self.addDockWidget(area, dock)
        return dock

    # --- wiring ----------------------------------------------------------------------------------

    def _wire(self) -> None:
        session, tools = self.session, self.brain.tools
        tools.add_requested.connect(lambda at: placing.add_thread(session, at.hemisphere, at.pial_mm))
        tools.thread_clicked.connect(session.select)
        tools.dragged.connect(self._drag)
        tools.dropped.connect(lambda name: placing.drop_thread(session, name))
        tools.drag_cancelled.connect(lambda name: placing.cancel_drag(session))
        self.brain.pointed.connect(self.status.read_out)
        self.threads.threads_selected.connect(session.select)
        self.threads.delete_requested.connect(lambda: editing.delete_selected(session))
        self.threads.threads.name_requested.connect(lambda name, wished: editing.rename(session, name, wished))
        self.threads.threads.lock_requested.connect(lambda name, on: actions.set_lock(session, name, on))
        self.threads.threads.depth_requested.connect(lambda name, depth: actions.set_depth(session, name, depth))
        self.checks.thread_selected.connect(session.select)
        self.checks.verify_requested.connect(self.commands.plan.verify.trigger)
        panel = self.optimiser
        panel.start_requested.connect(self._optimise)
        panel.stop_requested.connect(lambda: optimising.stop(session))
        panel.pause_requested.connect(lambda: optimising.pause(session))
        panel.resume_requested.connect(lambda: optimising.resume(session))
        panel.compare_requested.connect(lambda: optimising.compare(session))
        panel.accept_requested.connect(lambda: optimising.accept(session))
        panel.discard_requested.connect(lambda: optimising.discard(session))
        panel.budget_requested.connect(lambda threads: actions.set_budget(session, threads))
        panel.clearance_requested.connect(lambda clearance: actions.set_clearance(session, clearance))
        session.shown_changed.connect(lambda: actions.refresh_preview(session))
        session.worker.failed.connect(self.show_error)
        session.refused.connect(lambda text: self.brain.say(text, alarm=True))
        session.run_changed.connect(self._bring_forward)
        for changed in (session.document_changed, session.selection_changed, session.run_changed, session.case_changed):
            changed.connect(self._refresh)

    def _optimise(self, settings: optimising.Settings) -> None:
        """Begin, and offer to unlock where every thread is locked: an accepted result leaves the plan like that."""
        plan = self.session.plan
        if plan is not None and self.session.editable and optimising.nothing_moves(plan, settings):
            if not dialogs.ask_to_unlock(self):
                return
            actions.set_all_locks(self.session, False)
        optimising.start(self.session, settings)

    def _bring_forward(self, old: Run | None, new: Run | None) -> None:
        """Where a run can be watched and decided on must be in sight as it begins and as it ends."""
        if new is not None and (old is None or old.state != new.state == "ended"):
            self.tabs.setCurrentWidget(self.optimiser)
            self.docks[1].show()

    def show_error(self, error: BaseException) -> None:
        """Show any exception in a dialog."""
        dialogs.show_error(self, error, self.save_plan_as)

    def _drag(self, name: str, at: SurfacePoint) -> None:
        self.session.select(name)
        placing.drag_thread(self.session, name, at.pial_mm)
        self.status.read_out(at)

    def commit(self) -> None:
        """Take over what is typed but not yet entered: keys and toolbar buttons do not move the focus."""
        focused = self.focusWidget()
        if isinstance(focused, QAbstractSpinBox | QLineEdit):
            focused.clearFocus()

    def leave(self) -> None:
        """Esc: out of a drag, else of what is being loaded, else of the Add tool, else of the selection."""
        if self.brain.tools.dragging:
            self.brain.tools.cancel()
        elif self.session.loading is not None:
            files.cancel_loading(self.session)
        elif self.brain.bar.adding:
            self.brain.bar.add_action.setChecked(False)
        else:
            self.session.select("")

    def _refresh(self) -> None:
        session, plan = self.session, self.session.plan
        name = session.path.name if session.path else "Untitled plan"
        case = session.case.anatomy if session.case else None
        self.setWindowTitle(f"{name}[*] – {case.name + ' – ' if case else ''}Calcarine")
        self.setWindowModified(session.modified)
        self.commands.enable()
        unlocked = (t.name for t in plan.threads if not t.locked) if plan and session.editable else ()
        self.brain.tools.movable = frozenset(unlocked)
        self.threads.threads.editable = session.editable

    # --- files -----------------------------------------------------------------------------------

    def save_plan(self) -> bool:
        """Write the plan to its file, asking for one only where it has none; whether it was written."""
        if self.session.path is None:
            return self.save_plan_as()
        return self._guarded(lambda: files.save(self.session))

    def save_plan_as(self) -> bool:
        """Write the plan to a file of the user's choice; whether it was written."""
        path = dialogs.choose_plan_file(self, self.session.path or self._folder / "plan.json")
        if path is None:
            return False
        self._folder = path.parent
        return self._guarded(lambda: files.save(self.session, path))

    def choose_plan(self) -> None:
        """Open a plan of the user's choice."""
        chosen, _ = QFileDialog.getOpenFileName(self, "Open plan", str(self._folder), dialogs.PLAN_FILES)
        if chosen:
            self._folder = Path(chosen).parent
            self.after_saving(lambda: files.open_plan(self.session, Path(chosen)))

    def choose_subject(self) -> None:
        """Open a subject folder of the user's choice."""
        chosen = QFileDialog.getExistingDirectory(self, "Open FreeSurfer subject folder", str(self._folder))
        if chosen:
            self._folder = Path(chosen).parent
            self.after_saving(lambda: files.open_case(self.session, CaseRequest(chosen)))

    def choose_vessels(self) -> None:
        """Add a vessel file of the user's choice to the case, once it is said how it is to be read."""
        chosen, _ = QFileDialog.getOpenFileName(self, "Add vessels", str(self._folder), FILES)
        if not chosen:
            return
        self._folder = Path(chosen).parent
        dialog = VesselDialog(self, Path(chosen))
        dialog.accepted.connect(
            lambda: files.add_vessels(
                self.session, dialog.wanted(), lambda error: dialog.complain(dialogs.sentence(error))
            )
        )
        dialog.open()

    def show_case(self) -> None:
        """What was found of the case, used and missing."""
        if self.session.case is not None:
            report = CaseReport(self, self.session.case.anatomy)
            report.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            report.open()

    def export(self, format: str) -> None:
        """Export to a folder of the user's choice."""
        folder = QFileDialog.getExistingDirectory(self, "Export to folder", str(self._folder))
        if folder:
            place = self._folder = Path(folder)
            files.export(
                self.session,
                format,
                place,
                lambda names: dialogs.ask_to_replace(self, place, names),
                lambda violations: dialogs.ask_to_export(self, violations),
            )

    def _guarded(self, write: Callable[[], None]) -> bool:
        try:
            write()
        except PlannerError as error:
            self.show_error(error)
            return False
        return True

    def save_if_decided(self, save: Callable[[], bool]) -> None:
        """Save by one of the ways above, unless there is a result to accept or discard first; then say so."""
        if self.session.run is None:
            save()
        else:
            self.session.refused.emit("Not saved: accept or discard the optimisation first")

    def after_saving(self, go_on: Callable[[], None]) -> None:
        """Do something that replaces the plan, once its changes are saved or given up.

        An optimisation ends only when the other plan has come: a file that cannot be read does not cost it.
        """
        if self._may_lose():
            go_on()

    def _may_lose(self) -> bool:
        """Ask about all that would be lost: the optimisation first, then the plan's own changes."""
        kinds = QMessageBox.StandardButton
        if self.session.run is not None:
            answer = dialogs.ask_about_run(self, ended=not self.session.optimising)
            if answer == kinds.Save:
                optimising.accept(self.session)
                return self.save_plan()
            if answer != kinds.Discard:
                return False
        if not self.session.modified:
            return True
        name = self.session.path.name if self.session.path else "the plan"
        answer = dialogs.ask_to_save(self, name)
        if answer == kinds.Save:
            return self.save_plan()
        return answer == kinds.Discard

    def closeEvent(self, event: QCloseEvent) -> None:
        """Guard unsaved changes; then end the worker, the 3D scene and the window, in this order."""
        if self._closing:
            event.setAccepted(self._done)
            return
        self.commit()
        if not self._may_lose():
            event.ignore()
            return
        self._closing = True
        self._end_work()
        self.hide()
        self.session.worker.shutdown()
        self.brain.close_scene()
        self._done = True
        event.accept()

    def _end_work(self) -> None:
        """Wait for what runs; the window stays until then and says so, and nothing lingers without one."""
        worker = self.session.worker
        worker.close()
        self.status.showMessage("Closing, once what is running has ended…")
        flags = QEventLoop.ProcessEventsFlag
        while worker.busy:
            QApplication.processEvents(flags.ExcludeUserInputEvents | flags.WaitForMoreEvents)
