"""Commands about what is shown."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING, Final

from PySide6.QtGui import QAction, QActionGroup
from PySide6.QtWidgets import QApplication

from app import dialogs
from app import theme as looks
from app.commands.group import Group, Menus
from app.settings import THEMES, Theme

if TYPE_CHECKING:
    from app.window import MainWindow


_WORDS: Final[dict[Theme, str]] = {"dark": "&Dark", "light": "&Light", "system": "&As the system"}


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
            tip="Return to the last view in 3D, and to V1 in slices (R)",
        )
        self.next = self.make("Ne&xt panel", partial(window.go_round, 1), keys="F6", tip="To the next panel (F6)")
        self.former = self.make(
            "&Former panel", partial(window.go_round, -1), keys="Shift+F6", tip="To the panel before (Shift+F6)"
        )
        self.arrange = self.make("Arrange panels &anew", window.arrange_anew, tip="Every panel where it is at first")
        self.themes = QActionGroup(window)
        for theme in THEMES:
            action = self.make(_WORDS[theme], partial(self._choose, theme), tip="Comes with a start of the program")
            action.setCheckable(True)
            action.setChecked(theme == window.settings.theme)
            self.themes.addAction(action)
        window.addActions(self.presets)

    def _choose(self, theme: Theme) -> None:
        self.window.settings.theme = theme
        self.window.settings.sync()
        application = QApplication.instance()
        assert isinstance(application, QApplication)
        if looks.look_of(theme, application) == looks.in_use():
            self.session.said.emit(f"The {theme} theme is in use")
        elif dialogs.ask_to_restart(self.window, theme):
            self.window.desk.restart()
        else:
            self.session.said.emit(f"The {theme} theme comes with the next start")

    def fill(self, menus: Menus) -> None:
        """The menu View."""
        menu = menus("&View")
        within = menu.addMenu("&Look from")
        within.setToolTipsVisible(True)
        within.addActions(self.presets)
        menu.addAction(self.reset)
        menu.addSeparator()
        for title, group in self.window.brain.bar.menu_actions.items():
            within = menu.addMenu(title) if title else menu
            within.setToolTipsVisible(True)
            within.addActions(group)
        menu.addSeparator()
        menu.addMenu("&Panels").addActions([dock.toggleViewAction() for dock in self.window.docks])
        menu.addActions([self.next, self.former, self.arrange])
        menu.addMenu("&Columns of the table").addActions(self.window.threads.column_actions)
        menu.addSeparator()
        menu.addMenu("T&heme").addActions(self.themes.actions())

    def keyed(self) -> Sequence[QAction]:
        """All with a key."""
        return *self.presets, self.reset, self.next, self.former
