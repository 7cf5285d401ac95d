"""Some of the window's commands: what they are, in which menus, on which keys, and when they can be given.

To add commands to the program, write a group in a file of its own and make it in `app.commands.Commands`.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import qtawesome as qta
from PySide6.QtCore import QObject
from PySide6.QtGui import QAction, QIcon, QKeySequence
from PySide6.QtWidgets import QMenu

from app import theme

if TYPE_CHECKING:
    from app.window import MainWindow

Menus = Callable[[str], QMenu]
"""Gives one of the window's menus by its title; a new one where there is none."""


class Group(QObject):
    """Commands that are about one thing.

    Attributes
    ----------
    about : str
        Heads its keys in the list that F1 shows; groups of one name are listed together.
    """

    about = ""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.window, self.session = window, window.session

    def fill(self, menus: Menus) -> None:
        """Put the commands into menus."""

    def tools(self) -> Sequence[QAction]:
        """Those that stand on the toolbar, as one of its groups."""
        return ()

    def keyed(self) -> Sequence[QAction]:
        """Those that have a key, as they are listed."""
        return ()

    def enable(self) -> None:
        """Offer what can be done now; called whenever document, selection, run or case have changed."""

    def make(
        self,
        text: str,
        slot: Callable[[], object],
        symbol: str = "",
        keys: str = "",
        tip: str = "",
        enters: bool = True,
    ) -> QAction:
        """A command of the window's; what is typed in a field is entered first, unless it is about that itself."""
        action = QAction(text, self.window)
        if symbol:
            action.setIcon(icon(symbol))
        if keys:
            action.setShortcut(QKeySequence(keys))
        if tip:
            action.setToolTip(tip)
        if enters:
            action.triggered.connect(self.window.commit)
        action.triggered.connect(lambda _=False: slot())
        self.window.addAction(action)
        return action


def icon(name: str) -> QIcon:
    """An icon of the program's."""
    found: QIcon = qta.icon(name, color=theme.TEXT, color_disabled=theme.DISABLED)
    return found
