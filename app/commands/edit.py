"""Commands that change threads, and undo."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QKeySequence

from app import actions
from app.commands.group import Group, Menus, icon

if TYPE_CHECKING:
    from app.window import MainWindow


class EditCommands(Group):
    """Undo, add, delete and lock."""

    about = "Threads"

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        session = self.session
        self.undo = session.history.createUndoAction(window, "&Undo")
        self.redo = session.history.createRedoAction(window, "&Redo")
        for action, symbol, keys in ((self.undo, "mdi6.undo", "Ctrl+Z"), (self.redo, "mdi6.redo", "Ctrl+Shift+Z")):
            action.setIcon(icon(symbol))
            action.setShortcut(QKeySequence(keys))
        self.add = window.brain.bar.add_action
        self.delete = self.make(
            "&Delete thread",
            lambda: actions.delete_thread(session, session.selection),
            "mdi6.trash-can-outline",
            "Delete",
            "Delete the selected thread (Delete)",
        )
        self.lock = self.make(
            "&Lock or unlock thread",
            window.toggle_lock,
            "mdi6.lock-outline",
            "L",
            "Lock or unlock the selected thread (L)",
        )
        self.lock_all = self.make("Loc&k all", partial(actions.set_all_locks, session, True))
        self.unlock_all = self.make("U&nlock all", partial(actions.set_all_locks, session, False))
        self.leave = self.make(
            "Leave",
            window.leave,
            keys="Esc",
            tip="Put a dragged thread back, stop loading, leave Add threads, or select nothing",
        )
        window.addActions([self.undo, self.redo, self.add])

    def fill(self, menus: Menus) -> None:
        """The menu Edit."""
        menu = menus("&Edit")
        menu.addActions([self.undo, self.redo])
        menu.addSeparator()
        menu.addActions([self.add, self.delete, self.lock, self.lock_all, self.unlock_all])

    def tools(self) -> Sequence[QAction]:
        """What is done to threads most often."""
        return self.undo, self.redo, self.add, self.delete, self.lock

    def keyed(self) -> Sequence[QAction]:
        """All with a key."""
        return self.add, self.delete, self.lock, self.leave, self.undo, self.redo

    def enable(self) -> None:
        """Only what can be edited is, and only what is selected is deleted."""
        session = self.session
        threads = session.plan is not None and bool(session.plan.threads)
        self.add.setEnabled(session.editable)
        if not session.editable:
            self.add.setChecked(False)
        for action in (self.delete, self.lock):
            action.setEnabled(session.editable and bool(session.selection))
        for action in (self.lock_all, self.unlock_all):
            action.setEnabled(session.editable and threads)
        self.undo.setEnabled(session.editable and session.history.canUndo())
        self.redo.setEnabled(session.editable and session.history.canRedo())
