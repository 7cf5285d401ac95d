"""Everything that menus, the toolbar and keys offer, and when; one file a group."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from PySide6.QtCore import QObject, QSize, Qt
from PySide6.QtGui import QAction, QKeySequence
from PySide6.QtWidgets import QMenu, QToolBar, QToolButton

from app.commands.access import AccessCommands
from app.commands.aims import AimCommands
from app.commands.budget import BudgetCommands
from app.commands.edit import EditCommands
from app.commands.file import FileCommands
from app.commands.group import Group
from app.commands.help import HelpCommands
from app.commands.plan import PlanCommands
from app.commands.recent import RecentCommands
from app.commands.slices import SliceCommands
from app.commands.snapshots import SnapshotCommands
from app.commands.threads import ThreadCommands
from app.commands.view import ViewCommands

if TYPE_CHECKING:
    from app.window import MainWindow

_PARENTHESIS = re.compile(r"\s*\([^()]*\)$")  # a tip names its key once more
_ORDER = ("Threads", "View", "Plan", "Program")  # of what keys are about; others come between


class Commands(QObject):
    """The window's QActions, in its menus and its toolbar."""

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._window = window
        self.file = FileCommands(window)
        self.edit = EditCommands(window)
        self.threads = ThreadCommands(window, self.edit)
        self.plan = PlanCommands(window)
        self.aims = AimCommands(window)
        self.access = AccessCommands(window)
        self.budget = BudgetCommands(window)
        self.view = ViewCommands(window)
        self.slices = SliceCommands(window)
        self.help = HelpCommands(window)
        self.recent = RecentCommands(window)
        self.snapshots = SnapshotCommands(window)
        self._groups: tuple[Group, ...] = (
            self.file,
            self.edit,
            self.threads,
            self.plan,
            self.aims,
            self.access,
            self.budget,
            self.view,
            self.slices,
            self.help,
            self.recent,
            self.snapshots,
        )
        self._menus: dict[str, QMenu] = {}
        for group in self._groups:
            group.fill(self._menu)
        self._fill_toolbar()

    def keys_of(self) -> dict[str, list[tuple[str, str]]]:
        """Every key of a command, and what it does, by what it is about."""
        native = QKeySequence.SequenceFormat.NativeText
        named = {self.edit.undo: "Undo", self.edit.redo: "Redo"}  # theirs change with what was done
        found: dict[str, list[tuple[str, str]]] = {}
        for group in sorted(self._groups, key=lambda g: _ORDER.index(g.about) if g.about in _ORDER else 2):
            lines = found.setdefault(group.about, [])
            for action in group.keyed():
                words = named.get(action) or _PARENTHESIS.sub("", action.toolTip())
                lines.append((action.shortcut().toString(native), words))
        return found

    def enable(self) -> None:
        """Offer what can be done now."""
        for group in self._groups:
            group.enable()

    def _menu(self, title: str) -> QMenu:
        if title not in self._menus:
            self._menus[title] = self._window.menuBar().addMenu(title)
        return self._menus[title]

    def _fill_toolbar(self) -> None:
        bar = QToolBar("Main")
        bar.setObjectName("Main")
        bar.setMovable(False)
        bar.setIconSize(QSize(19, 19))
        for group in self._groups:
            if actions := group.tools():
                if bar.actions():
                    bar.addSeparator()
                bar.addActions(list(actions))
        wordless: tuple[QAction, ...] = (self.edit.undo, self.edit.redo, self.edit.delete, self.edit.lock)
        for action in bar.actions():
            button = bar.widgetForAction(action)
            if isinstance(button, QToolButton) and action not in wordless:
                button.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self._window.addToolBar(bar)
        self._window.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
