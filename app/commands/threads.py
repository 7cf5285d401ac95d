"""Commands on the selected threads: use, groups, the middle of the gray matter; and finding threads."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from app import dialogs, editing, positions
from app.commands.edit import EditCommands
from app.commands.group import Group, Menus

if TYPE_CHECKING:
    from app.window import MainWindow


class ThreadCommands(Group):
    """What is done to selected threads besides moving, locking and deleting them."""

    about = "Threads"

    def __init__(self, window: MainWindow, edit: EditCommands) -> None:
        super().__init__(window)
        self._edit, session = edit, self.session
        self.use = self.make(
            "&Use or set aside",
            partial(editing.toggle_use, session),
            keys="U",
            tip="Use the selected threads, or keep them without using them: they count for nothing then (U)",
        )
        self.centre = self.make(
            "&Centre contacts in gray matter",
            lambda: positions.centre(session, session.selection),
            keys="C",
            tip="Set the selected thread so deep, and turn it if need be, that its contacts lie around the middle of "
            "the gray matter (C)",
        )
        self.snap = self.make(
            "&Snap to mid gray",
            self._keep_snap,
            tip="Set the contacts of every thread that is dropped around the middle of the gray matter",
        )
        self.snap.setCheckable(True)
        self.snap.setChecked(window.settings.snap)
        self.group = self.make(
            "&Group…", self._ask_group, keys="Ctrl+G", tip="Put the selected threads into a group with a name (Ctrl+G)"
        )
        self.ungroup = self.make(
            "U&ngroup",
            partial(editing.set_group, session, ""),
            keys="Ctrl+Shift+G",
            tip="Take the selected threads out of their group (Ctrl+Shift+G)",
        )
        self.find = self.make(
            "&Find threads",
            window.found.begin,
            keys="Ctrl+F",
            tip="Show only threads with some words in their name, group, status or vessel (Ctrl+F, or / in the table)",
        )
        self.groups = QMenu("Select g&roup", window)
        self.groups.aboutToShow.connect(self._list_groups)

    def fill(self, menus: Menus) -> None:
        """More of the menu Edit, and what a right click in the table offers."""
        menu = menus("&Edit")
        menu.addSeparator()
        menu.addActions([self.use, self.centre, self.snap])
        menu.addSeparator()
        menu.addActions([self.group, self.ungroup])
        menu.addMenu(self.groups)
        menu.addAction(self.find)
        edit, table = self._edit, self.window.threads
        table.addActions([edit.lock, self.use, self.centre, self.group, self.ungroup, self.groups.menuAction()])
        table.addActions([edit.duplicate, edit.mirror, edit.rename, edit.delete])

    def keyed(self) -> Sequence[QAction]:
        """All with a key."""
        return self.use, self.centre, self.group, self.ungroup, self.find

    def enable(self) -> None:
        """Only what can be edited is."""
        session = self.session
        chosen = session.editable and bool(session.selection)
        for action in (self.use, self.centre, self.group):
            action.setEnabled(chosen)
        plan = session.plan
        in_groups = {thread.name for thread in plan.everyone.threads if thread.group} if plan is not None else set()
        self.ungroup.setEnabled(chosen and bool(in_groups & session.selected))
        self.groups.setEnabled(bool(in_groups))
        self.find.setEnabled(plan is not None)

    def _keep_snap(self) -> None:
        self.window.settings.snap = self.snap.isChecked()

    def _ask_group(self) -> None:
        plan, session = self.session.plan, self.session
        if plan is None or not session.selected:
            return
        its = next((t.group for t in plan.everyone.threads if t.name == session.selection), "")
        group = dialogs.ask_group(self.window, editing.groups_of(plan), its, len(session.selected))
        if group is not None:
            editing.set_group(session, group)

    def _list_groups(self) -> None:
        self.groups.clear()
        for group in editing.groups_of(self.session.plan):
            action = self.groups.addAction(group.replace("&", "&&"))
            action.triggered.connect(partial(self._select, group))

    def _select(self, group: str, _: bool = False) -> None:
        editing.select_group(self.session, group)
