"""Commands that tell of the program."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction

from app import dialogs
from app.commands.group import Group, Menus

if TYPE_CHECKING:
    from app.window import MainWindow


class HelpCommands(Group):
    """Keys and About."""

    about = "Program"

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.keys = self.make("&Keys and mouse", self._show_keys, keys="F1")
        self.about_program = self.make("&About Calcarine", partial(dialogs.about, window))

    def _show_keys(self) -> None:
        dialogs.show_keys(self.window, self.window.commands.keys_of())

    def fill(self, menus: Menus) -> None:
        """The menu Help."""
        menus("&Help").addActions([self.keys, self.about_program])

    def keyed(self) -> Sequence[QAction]:
        """All with a key."""
        return (self.keys,)
