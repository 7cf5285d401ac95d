"""Everything that menus, the toolbar and keys offer, and when."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import partial
from typing import TYPE_CHECKING

import qtawesome as qta
from PySide6.QtCore import QObject, QSize, Qt
from PySide6.QtGui import QAction, QIcon, QKeySequence
from PySide6.QtWidgets import QMenu, QToolBar, QToolButton

from app import actions, dialogs, files, theme
from app.session import Session
from planner.anatomy.request import CaseRequest
from planner.errors import InputError
from planner.implant.catalogue import device_names, load_device
from planner.plan.export import FORMATS

if TYPE_CHECKING:
    from app.window import MainWindow

_EXPORTS = {
    "csv": "Contacts as CSV…",
    "mrk.json": "3D Slicer markups…",
    "vtp": "VTK surfaces and threads…",
    "stl": "STL meshes…",
    "ply": "PLY meshes…",
    "bids": "BIDS iEEG electrodes…",
    "freeview": "FreeView point set…",
    "nii.gz": "NIfTI label map…",
    "pulse2percept": "pulse2percept implant (Python)…",
    "pdf": "Report (PDF and JSON)…",
}


_PARENTHESIS = re.compile(r"\s*\([^()]*\)$")  # a tip names its key once more


class Commands(QObject):
    """The window's QActions, in its menus and its toolbar."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        session = window.session
        self.demo = self._make(
            "&Demo case", lambda: window.after_saving(partial(files.open_case, session, CaseRequest()))
        )
        self.open_subject = self._make(
            "Open FreeSurfer &subject…",
            window.choose_subject,
            "mdi6.folder-open-outline",
            tip="Open a FreeSurfer subject folder",
        )
        self.open_plan = self._make(
            "&Open plan…", window.choose_plan, "mdi6.file-document-outline", "Ctrl+O", "Open a plan (Ctrl+O)"
        )
        self.add_vessels = self._make(
            "Add &vessels…",
            window.choose_vessels,
            tip="Add a vessel file: centrelines, walls or a volume",
        )
        self.case_report = self._make(
            "&Loading report…", window.show_case, tip="What was found of the case, used and missing, and in which space"
        )
        save, save_as = (partial(window.save_if_decided, how) for how in (window.save_plan, window.save_plan_as))
        self.save = self._make("&Save", save, "mdi6.content-save-outline", "Ctrl+S")
        self.save_as = self._make("Save &as…", save_as, keys="Ctrl+Shift+S")
        self.exports = {
            format: self._make(_EXPORTS.get(format, f"{format}…"), partial(window.export, format)) for format in FORMATS
        }
        self.quit = self._make("&Quit", window.close, keys="Ctrl+Q")

        self.undo = session.history.createUndoAction(window, "&Undo")
        self.redo = session.history.createRedoAction(window, "&Redo")
        for action, icon, keys in ((self.undo, "mdi6.undo", "Ctrl+Z"), (self.redo, "mdi6.redo", "Ctrl+Shift+Z")):
            action.setIcon(_icon(icon))
            action.setShortcut(QKeySequence(keys))
        self.add = window.brain.bar.add_action
        self.delete = self._make(
            "&Delete thread",
            lambda: actions.delete_thread(session, session.selection),
            "mdi6.trash-can-outline",
            "Delete",
            "Delete the selected thread (Delete)",
        )
        self.lock = self._make(
            "&Lock or unlock thread",
            window.toggle_lock,
            "mdi6.lock-outline",
            "L",
            "Lock or unlock the selected thread (L)",
        )
        self.lock_all = self._make("Loc&k all", partial(actions.set_all_locks, session, True))
        self.unlock_all = self._make("U&nlock all", partial(actions.set_all_locks, session, False))

        self.cover = self._make(
            "&Cover V1",
            partial(actions.cover, session),
            "mdi6.dots-hexagon",
            tip="Fill the budget with threads spread evenly over V1",
        )
        self.optimise = self._make(
            "&Optimise",
            window.optimiser.start.click,
            "mdi6.chart-bell-curve-cumulative",
            "Ctrl+R",
            "Move the threads so that the task is seen best (Ctrl+R; settings at the right)",
        )
        self.verify = self._make(
            "&Verify",
            partial(actions.verify_plan, session),
            "mdi6.shield-check-outline",
            "F5",
            "Check every limit exactly and measure the percept (F5)",
        )
        self.devices = [self._offer(name) for name in device_names()]

        self.presets = window.brain.bar.preset_actions.actions()
        self.reset_view = self._make(
            "&Return to view", lambda: window.brain.look_from(window.brain.bar.preset), keys="R"
        )
        self.leave = self._make(
            "Leave",
            window.leave,
            keys="Esc",
            tip="Put a dragged thread back, stop loading, leave Add threads, or select nothing",
        )
        self.keys = self._make("&Keys and mouse", lambda: dialogs.show_keys(window, self.keys_of()), keys="F1")
        self.about = self._make("&About Calcarine", partial(dialogs.about, window))
        window.addActions([self.undo, self.redo, self.add, *self.presets])
        self._fill_menus()
        self._fill_toolbar()

    def keys_of(self) -> dict[str, list[tuple[str, str]]]:
        """Every key of a command, and what it does, by what it is about."""
        groups = {
            "Threads": [self.add, self.delete, self.lock, self.leave, self.undo, self.redo],
            "View": [*self.presets, self.reset_view],
            "Plan": [self.optimise, self.verify],
            "Program": [self.open_plan, self.save, self.save_as, self.keys, self.quit],
        }
        native = QKeySequence.SequenceFormat.NativeText
        named = {self.undo: "Undo", self.redo: "Redo"}  # theirs change with what was done
        return {
            about: [
                (action.shortcut().toString(native), named.get(action) or _PARENTHESIS.sub("", action.toolTip()))
                for action in listed
            ]
            for about, listed in groups.items()
        }

    def enable(self, session: Session) -> None:
        """Offer what can be done now."""
        plan, editable = session.plan, session.editable
        threads = plan is not None and bool(plan.threads)
        for action in (self.add, self.add_vessels, self.cover, self.optimise):
            action.setEnabled(editable)
        self.case_report.setEnabled(session.case is not None)
        for action in (self.delete, self.lock):
            action.setEnabled(editable and bool(session.selection))
        for action in (self.verify, self.lock_all, self.unlock_all, *self.exports.values()):
            action.setEnabled(editable and threads)
        for action, tip in ((self.save, "Save the plan (Ctrl+S)"), (self.save_as, "Save the plan to another file")):
            action.setEnabled(plan is not None)
            action.setToolTip(tip if session.run is None else "Accept or discard the optimisation first, then save")
        self.undo.setEnabled(editable and session.history.canUndo())
        self.redo.setEnabled(editable and session.history.canRedo())
        for action in self.devices:
            action.setEnabled(editable and bool(action.data()))
            action.setChecked(plan is not None and action.data() == plan.device.name)
        if not editable:
            self.add.setChecked(False)

    def _offer(self, name: str) -> QAction:
        """A device of the catalogue; one of the user's own that cannot be read is listed with why."""
        try:
            device = load_device(name)
        except InputError as error:
            unusable = self._make(f"{name}: cannot be used", lambda: None, tip=str(error))
            unusable.setEnabled(False)
            return unusable
        action = self._make(device.title, partial(actions.set_device, self._window.session, device), tip=device.source)
        action.setCheckable(True)
        action.setData(name)
        return action

    def _make(self, text: str, slot: Callable[[], object], icon: str = "", keys: str = "", tip: str = "") -> QAction:
        action = QAction(text, self._window)
        if icon:
            action.setIcon(_icon(icon))
        if keys:
            action.setShortcut(QKeySequence(keys))
        if tip:
            action.setToolTip(tip)
        action.triggered.connect(self._window.commit)
        action.triggered.connect(lambda _=False: slot())
        self._window.addAction(action)
        return action

    def _fill_menus(self) -> None:
        bar = self._window.menuBar()
        file = bar.addMenu("&File")
        file.addActions([self.demo, self.open_subject, self.open_plan])
        file.addSeparator()
        file.addActions([self.add_vessels, self.case_report])
        file.addSeparator()
        file.addActions([self.save, self.save_as])
        export = QMenu("&Export", file)
        export.addActions(list(self.exports.values()))
        file.addMenu(export)
        file.addSeparator()
        file.addAction(self.quit)
        edit = bar.addMenu("&Edit")
        edit.addActions([self.undo, self.redo])
        edit.addSeparator()
        edit.addActions([self.add, self.delete, self.lock, self.lock_all, self.unlock_all])
        plan = bar.addMenu("&Plan")
        device = QMenu("D&evice", plan)
        device.addActions(self.devices)
        device.setToolTipsVisible(True)
        plan.addMenu(device)
        plan.addSeparator()
        plan.addActions([self.cover, self.optimise, self.verify])
        view = bar.addMenu("&View")
        view.addActions([*self.presets, self.reset_view])
        for group in self._window.brain.bar.menu_actions:
            view.addSeparator()
            view.addActions(group)
        view.addSeparator()
        for dock, title in zip(
            self._window.docks, ("Percept pa&nel", "Optimiser and &checks", "&Table of threads"), strict=True
        ):
            dock.toggleViewAction().setText(title)
            view.addAction(dock.toggleViewAction())
        bar.addMenu("&Help").addActions([self.keys, self.about])

    def _fill_toolbar(self) -> None:
        bar = QToolBar("Main")
        bar.setObjectName("Main")
        bar.setMovable(False)
        bar.setIconSize(QSize(19, 19))
        for group in (
            [self.open_subject, self.open_plan, self.save],
            [self.undo, self.redo],
            [self.add, self.delete, self.lock],
            [self.cover, self.optimise, self.verify],
        ):
            if bar.actions():
                bar.addSeparator()
            bar.addActions(group)
        for action, words in ((self.open_subject, "Open subject"), (self.open_plan, "Open plan"), (self.save, "Save")):
            action.setIconText(words)
        for action in (self.open_subject, self.open_plan, self.save, self.add, self.cover, self.optimise, self.verify):
            button = bar.widgetForAction(action)
            if isinstance(button, QToolButton):
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._window.addToolBar(bar)
        self._window.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)


def _icon(name: str) -> QIcon:
    icon: QIcon = qta.icon(name, color=theme.TEXT, color_disabled="#566070")
    return icon
