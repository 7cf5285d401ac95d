"""Commands that change threads, and undo."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction, QKeySequence

from app import actions, editing
from app.actions import thread_of
from app.commands.group import Group, Menus, icon

if TYPE_CHECKING:
    from app.window import MainWindow


class EditCommands(Group):
    """Undo, add, delete and lock."""

    about = "Threads"

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        session = self.session
        self.undo, self.redo = QAction(window), QAction(window)  # the stack's own know nothing of what may be edited
        self.undo.triggered.connect(session.history.undo)
        self.redo.triggered.connect(session.history.redo)
        session.history.indexChanged.connect(self._offer_steps)
        for action, symbol, keys in ((self.undo, "mdi6.undo", "Ctrl+Z"), (self.redo, "mdi6.redo", "Ctrl+Shift+Z")):
            action.setIcon(icon(symbol))
            action.setShortcut(QKeySequence(keys))
        self.add = window.brain.bar.add_action
        self.delete = self.make(
            "&Delete thread",
            partial(editing.delete_selected, session),
            "mdi6.trash-can-outline",
            "Delete",
            "Delete the selected threads (Delete)",
        )
        self.lock = self.make(
            "&Lock or unlock thread",
            partial(editing.toggle_locks, session),
            "mdi6.lock-outline",
            "L",
            "Lock or unlock the selected threads (L)",
        )
        self.duplicate = self.make(
            "Du&plicate thread",
            lambda: editing.duplicate(session, session.selection),
            keys="Ctrl+D",
            tip="Add a thread beside the selected one (Ctrl+D)",
        )
        self.mirror = self.make(
            "&Mirror thread",
            lambda: editing.mirror(session, session.selection),
            keys="Ctrl+M",
            tip="Add a thread to the other hemisphere that lights the mirrored place of the field (Ctrl+M)",
        )
        self.rename = self.make(
            "Re&name thread", window.threads.rename, keys="F2", tip="Give the selected thread another name (F2)"
        )
        self.select_all = self.make(
            "&Select all threads", self._select_all, keys="Ctrl+A", tip="Select all threads (Ctrl+A)"
        )
        self.lock_all = self.make("Loc&k all", partial(actions.set_all_locks, session, True))
        self.unlock_all = self.make("U&nlock all", partial(actions.set_all_locks, session, False))
        self.leave = self.make(
            "Leave",
            window.leave,
            keys="Esc",
            tip="Put back what is typed or dragged, stop loading, leave a tool, or select nothing",
            enters=False,
        )
        window.addActions([self.undo, self.redo, self.add])

    def fill(self, menus: Menus) -> None:
        """The menu Edit."""
        menu = menus("&Edit")
        menu.addActions([self.undo, self.redo])
        menu.addSeparator()
        menu.addActions([self.add, self.duplicate, self.mirror, self.rename, self.delete])
        menu.addSeparator()
        menu.addActions([self.select_all, self.lock, self.lock_all, self.unlock_all])

    def tools(self) -> Sequence[QAction]:
        """What is done to threads most often."""
        return self.undo, self.redo, self.add, self.delete, self.lock

    def keyed(self) -> Sequence[QAction]:
        """All with a key."""
        selected = (self.duplicate, self.mirror, self.rename, self.delete, self.lock)
        return self.add, *selected, self.select_all, self.leave, self.undo, self.redo

    def enable(self) -> None:
        """Only what can be edited is, and only what is selected is deleted."""
        session = self.session
        threads = session.plan is not None and bool(session.plan.everyone.threads)
        self.add.setEnabled(session.editable)
        if not session.editable:
            self.add.setChecked(False)
        for action in (self.rename, self.delete, self.lock):
            action.setEnabled(session.editable and bool(session.selection))
        used = thread_of(session.plan, session.selection) is not None
        for action in (self.duplicate, self.mirror):
            action.setEnabled(session.editable and used)
        self.select_all.setEnabled(threads)
        for action in (self.lock_all, self.unlock_all):
            action.setEnabled(session.editable and threads)
        self._offer_steps()

    def _offer_steps(self, *_: int) -> None:
        """Which step could be taken back or done again, by its name."""
        session, history = self.session, self.session.history
        for action, word, what, can in (
            (self.undo, "&Undo", history.undoText(), history.canUndo()),
            (self.redo, "&Redo", history.redoText(), history.canRedo()),
        ):
            action.setText(f"{word} {what}".rstrip())
            action.setEnabled(session.editable and can)

    def _select_all(self) -> None:
        """All, or those that are found where some are looked for."""
        session, names = self.session, self.window.threads.names_shown()
        if names:
            session.select(session.selection if session.selection in names else names[0], names)
