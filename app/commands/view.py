"""Commands about what is shown."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction

from app.commands.group import Group, Menus

if TYPE_CHECKING:
    from app.window import MainWindow


class ViewCommands(Group):
    """Cameras, surfaces, overlays and panels."""

    about = "View"

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        brain = window.brain
        self.presets = brain.bar.preset_actions.actions()
        self.reset = self.make(
            "&Return to view",
            lambda: brain.look_from(brain.bar.preset),
            keys="R",
            tip="Return to the last view in 3D, and to the whole head in slices (R)",
        )
        window.addActions(self.presets)

    def fill(self, menus: Menus) -> None:
        """The menu View."""
        menu = menus("&View")
        menu.addActions([*self.presets, self.reset])
        for group in self.window.brain.bar.menu_actions:
            menu.addSeparator()
            menu.addActions(group)
        menu.addSeparator()
        menu.addActions([dock.toggleViewAction() for dock in self.window.docks])

    def keyed(self) -> Sequence[QAction]:
        """All with a key."""
        return *self.presets, self.reset
