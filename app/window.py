"""The window: builds docks and menus, and wires what views ask for to actions."""

from __future__ import annotations

from PySide6.QtCore import QChildEvent, QEvent, QEventLoop, QSize, Qt
from PySide6.QtGui import QCloseEvent, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import (
    QAbstractSpinBox,
    QApplication,
    QDialog,
    QDockWidget,
    QLineEdit,
    QMainWindow,
    QTabWidget,
    QVBoxLayout,
    QWidget,
)

from app import actions, aims, dialogs, editing, files, looking, optimising, placing, positions
from app.commands import Commands
from app.cortex import SurfacePoint
from app.desk import Desk
from app.dropping import Dropping
from app.following import DragFollower
from app.guarding import AnatomyGuard
from app.keeping import Keeper
from app.session import Run, Session
from app.settings import Settings
from app.snapshots import Snapshots
from app.views.banner import Banner
from app.views.brain_view import BrainView
from app.views.budget_panel import BudgetPanel
from app.views.checks_panel import ChecksPanel
from app.views.field_manners import teach
from app.views.field_map import FieldMap
from app.views.four_up import FourUp
from app.views.limits_editor import LimitsEditor
from app.views.optimise_panel import OptimisePanel
from app.views.percept_view import PerceptView
from app.views.profile_view import ProfileView
from app.views.status_line import StatusLine
from app.views.thread_inspector import ThreadInspector
from app.views.thread_search import ThreadSearch
from app.views.thread_table import ThreadTable
from app.views.tooltips import wrap_tooltips
from app.views.typed_line import put_back

TABS_PX = 326  # what a result to decide on needs


WANTED = QSize(1440, 900)
FRAME = QSize(2, 32)  # what a window manager adds around the window, about


def opening_size(available: QSize) -> QSize:
    """How large the window opens: as it is meant to be seen, where the screen has room for it and its frame."""
    return WANTED.boundedTo(available - FRAME)


def _reachable(widget: QWidget) -> bool:
    """Whether keys can be given to a widget."""
    return bool(widget.focusPolicy() & Qt.FocusPolicy.TabFocus) and widget.isVisible() and widget.isEnabled()


class MainWindow(QMainWindow):
    """Everything that the user sees."""

    def __init__(self, session: Session, settings: Settings | None = None) -> None:
        super().__init__()
        self.session = session
        self.settings = settings or Settings()
        self._done = self._closing = False
        self.relaunch: tuple[str, ...] | None = None  # arguments to start again with, once the window has closed
        self.percept = PerceptView(session)  # before all others, so that what is seen is shown first
        self.brain = BrainView(session, self.settings)
        self.field = FieldMap(session)
        self.threads = ThreadTable(session, self.settings)
        self.found = ThreadSearch(self.threads)
        self.checks = ChecksPanel(session)
        self.limits = LimitsEditor(session)
        self.optimiser = OptimisePanel(session)
        self.inspector = ThreadInspector(session)
        self.profile = ProfileView(session)
        self.budget = BudgetPanel(session)
        self.status = StatusLine(session)
        self.setStatusBar(self.status)
        self.slices = FourUp(session, self.brain)
        self.setCentralWidget(self.slices)
        self._build_docks()
        self.keeper = Keeper(session)
        self.snapshots = Snapshots(session, self.keeper.folder / "snapshots")
        self.keeper.watch(self.snapshots.changed, lambda: self.snapshots.at_risk)
        self.keeper.taken_over.connect(lambda left: self.snapshots.inherit(left.folder / "snapshots"))
        self.desk = Desk(self, self.settings)
        self.dropping = Dropping(self)
        self.guard = AnatomyGuard(session)
        self.status.follow(self.guard)
        self.commands = Commands(self)
        self.banner = Banner(session)
        self.addToolBarBreak()
        self.addToolBar(self.banner)
        self._wire()
        self._teach(self)
        self._place()
        self._refresh()

    # --- building --------------------------------------------------------------------------------

    def _build_docks(self) -> None:
        self.setDockOptions(QMainWindow.DockOption.AnimatedDocks | QMainWindow.DockOption.AllowTabbedDocks)
        self.setCorner(Qt.Corner.BottomRightCorner, Qt.DockWidgetArea.RightDockWidgetArea)
        self.tabs = QTabWidget()
        self.tabs.setDocumentMode(True)
        for panel, words in (
            (self.brain, "3D view"),
            (self.percept, "Target and percept"),
            (self.threads, "Table of threads"),
            (self.optimiser, "Optimiser"),
            (self.checks, "Checks"),
            (self.tabs, "Optimiser and checks"),
        ):
            panel.setAccessibleName(words)
        self.tabs.addTab(self.optimiser, "Optimise")
        self.tabs.addTab(self.limits, "Limits")
        self.tabs.addTab(self.checks, "Checks")
        self.seen = QTabWidget()
        self.seen.setDocumentMode(True)
        self.seen.addTab(self.percept, "Percept")
        self.seen.addTab(self.field, "Phosphenes")
        self.thread_tab = QWidget()
        column = QVBoxLayout(self.thread_tab)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.inspector)
        column.addWidget(self.profile, 1)
        self.tabs.addTab(self.thread_tab, "Thread")
        self.tabs.addTab(self.budget, "Budget")
        right, bottom = Qt.DockWidgetArea.RightDockWidgetArea, Qt.DockWidgetArea.BottomDockWidgetArea
        docks = [
            self._dock("Percept", "Percept pa&nel", self.seen, right),
            self._dock("Plan", "Optimiser and &checks", self.tabs, right),
            self._dock("Threads", "&Table of threads", self.found, bottom),
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

    def _place(self) -> None:
        """Where the window and its panels were the last time, or else as they are meant to be seen."""
        self.resize(opening_size(self.screen().availableSize()))
        self._as_built = self.saveState()
        if not self.settings.geometry.isEmpty():
            self.restoreGeometry(self.settings.geometry)
            self.restoreState(self.settings.arrangement)
        self.banner.follow()  # it is no matter of arrangement
        self.brain.plotter.setFocus()  # or the first button would show that the keys go to it

    def arrange_anew(self) -> None:
        """Put every panel back where it is at first."""
        self.restoreState(self._as_built)
        self.banner.follow()
        self.slices.arrange_anew()

    def go_round(self, step: int) -> None:
        """Give the keys to the next of the panels that are in sight, or with -1 to the one before."""
        panels = [panel for panel in (self.brain, self.threads, self.percept, self.tabs) if panel.isVisible()]
        here = next((i for i, panel in enumerate(panels) if panel.isAncestorOf(self.focusWidget() or self)), -1)
        panel = panels[(here + step) % len(panels) if here >= 0 else 0]
        first = next(w for w in [panel, *panel.findChildren(QWidget)] if _reachable(w))
        first.setFocus(Qt.FocusReason.TabFocusReason)

    # --- wiring ----------------------------------------------------------------------------------

    def _wire(self) -> None:
        session, tools = self.session, self.brain.tools
        tools.add_requested.connect(lambda at: placing.add_thread(session, at.hemisphere, at.pial_mm))
        tools.thread_clicked.connect(session.select)
        tools.thread_toggled.connect(session.toggle)
        tools.looked_at.connect(session.look_at)
        follower = DragFollower(session, self.slices, self.brain)  # before the drag selects: the crosshair goes there
        tools.dragged.connect(self._drag)
        tools.tip_dragged.connect(lambda name, tip: editing.point_tip(session, name, tip, dragging=True))
        tools.dropped.connect(
            lambda name, tip: placing.drop_thread(session, name, turning=not tip, snapping=self.settings.snap)
        )
        tools.drag_cancelled.connect(lambda name: session.cancel_drag())
        follower.end_too()
        self.brain.pointed.connect(lambda at: self.status.read_out(at, self.brain.colours.words(at)))
        self.threads.threads_selected.connect(session.select)
        self.threads.delete_requested.connect(lambda: editing.delete_selected(session))
        self.threads.threads.name_requested.connect(lambda name, wished: editing.rename(session, name, wished))
        looking.follow(session, self.slices, self.profile, self.checks)
        self.commands.view.reset.triggered.connect(lambda: self.slices.reset())
        for asking in (self.threads.threads, self.inspector):
            asking.lock_requested.connect(lambda name, on: actions.set_lock(session, name, on))
            asking.use_requested.connect(lambda name, on: editing.set_use(session, (name,), on))
            asking.depth_requested.connect(lambda name, depth: actions.set_depth(session, name, depth))
        self.threads.jump_requested.connect(lambda name: looking.jump(session, self.slices, name))
        self.inspector.entry_typed.connect(lambda name, text: positions.type_entry(session, name, text))
        self.inspector.tip_typed.connect(lambda name, text: positions.type_tip(session, name, text))
        self.checks.thread_selected.connect(session.select)
        self.field.wished.connect(lambda x, y: editing.add_at_field(session, (x, y)))
        self.field.clicked.connect(lambda row: looking.at_contact(session, row))
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
        panel.clearance_requested.connect(lambda clearance: aims.set_limit(session, "clearance_mm", clearance))
        session.shown_changed.connect(lambda: actions.refresh_preview(session))
        self.percept.asked_again.connect(lambda: actions.refresh_preview(session, again=True))
        self.status.progress.cancel_requested.connect(lambda job: files.cancel(session, job))
        session.worker.failed.connect(self.show_error)
        session.refused.connect(lambda text: self.brain.say(text, alarm=True))
        session.run_changed.connect(self._bring_forward)
        for changed in (session.document_changed, session.selected_changed, session.run_changed, session.case_changed):
            changed.connect(self._refresh)

    def _teach(self, widget: QWidget) -> None:
        """What all fields and words of the window keep to, and of every dialog over it."""
        teach(widget)
        wrap_tooltips(widget)

    def childEvent(self, event: QChildEvent) -> None:
        """A dialog is about to be shown."""
        super().childEvent(event)
        child = event.child()
        if event.polished() and isinstance(child, QDialog):
            self._teach(child)

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
        dialogs.show_error(self, error, self.desk.save_as)

    def greet(self) -> None:
        """What is said at a start: once what the program is for, and whether a crash has left something."""
        if not self.settings.notice_seen:
            dialogs.show_notice(self, self.settings)
        self.desk.offer_recovery()

    def _drag(self, name: str, at: SurfacePoint, whole: bool) -> None:
        self.session.select(name)
        placing.drag_thread(self.session, name, at.pial_mm, whole)
        self.status.read_out(at)

    def commit(self) -> None:
        """Take over what is typed but not yet entered: keys and toolbar buttons do not move the focus."""
        focused = self.focusWidget()
        if isinstance(focused, QAbstractSpinBox | QLineEdit):
            focused.clearFocus()

    def leave(self) -> None:
        """Esc: out of what is typed, a drag, what is being loaded, a tool, a search, or else the selection."""
        if put_back(self.focusWidget()):
            return
        if self.brain.tools.dragging:
            self.brain.tools.cancel()
        elif self.session.loading is not None:
            files.cancel_loading(self.session)
        elif self.brain.access.leave():
            return
        elif self.brain.bar.adding:
            self.brain.bar.add_action.setChecked(False)
        elif self.found.searching:
            self.found.end()
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

    # --- closing ---------------------------------------------------------------------------------

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        """Files may be dropped."""
        self.dropping.enter(event)

    def dropEvent(self, event: QDropEvent) -> None:
        """Open what is dropped."""
        self.dropping.drop(event)

    def changeEvent(self, event: QEvent) -> None:
        """Whoever comes back may have been at the files meanwhile."""
        super().changeEvent(event)
        if event.type() == QEvent.Type.ActivationChange and self.isActiveWindow() and not self._closing:
            self.guard.look_again()

    def closeEvent(self, event: QCloseEvent) -> None:
        """Guard unsaved changes; then end the worker, the 3D scene and the window, in this order."""
        if self._closing:
            event.setAccepted(self._done)
            return
        self.commit()
        if self.relaunch is None and not self.desk.may_lose():
            event.ignore()
            return
        self._closing = True
        self.settings.keep_window(self.saveGeometry(), self.saveState())
        self.settings.sync()
        self._end_work()
        self.hide()
        self.session.worker.shutdown()
        self.keeper.end()
        self.session.history.clear()  # now, while all who follow it are there; else with its own end
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
