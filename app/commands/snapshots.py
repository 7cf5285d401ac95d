"""Commands about named copies of the plan."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import Qt
from PySide6.QtGui import QAction

from app import dialogs
from app.commands.group import Group, Menus
from app.views.compare_dialog import CompareDialog
from planner.errors import PlannerError

if TYPE_CHECKING:
    from app.window import MainWindow


class SnapshotCommands(Group):
    """Take and compare."""

    about = "Plan"

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.take = self.make(
            "Take &snapshot…", self._take, keys="Ctrl+T", tip="Keep the plan as it is now under a name (Ctrl+T)"
        )
        self.compare = self.make(
            "Compare and &restore snapshots…",
            self._compare,
            keys="Ctrl+Shift+T",
            tip="See two plans side by side, and go back to one (Ctrl+Shift+T)",
        )

    def fill(self, menus: Menus) -> None:
        """The end of the menu Plan."""
        menu = menus("&Plan")
        menu.addSeparator()
        menu.addActions([self.take, self.compare])

    def keyed(self) -> Sequence[QAction]:
        """All with a key."""
        return self.take, self.compare

    def enable(self) -> None:
        """A plan that may only be looked at has nothing to keep."""
        plan = self.session.plan is not None
        self.take.setEnabled(plan and not self.session.read_only)
        self.compare.setEnabled(plan)

    def _take(self) -> None:
        name = dialogs.ask_name(self.window, "Take snapshot", "Name", self.window.snapshots.free_name())
        if name is not None:
            try:
                self.window.snapshots.take(name)
            except PlannerError as error:
                self.window.show_error(error)

    def _compare(self) -> None:
        dialog = CompareDialog(self.window, self.session, self.window.snapshots)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.open()
