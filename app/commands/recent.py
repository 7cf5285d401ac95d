"""Commands that open again what was open before."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtWidgets import QMenu

from app.commands.group import Group, Menus
from planner.anatomy.request import CaseRequest

if TYPE_CHECKING:
    from app.window import MainWindow


class RecentCommands(Group):
    """Recent plans and cases, listed anew whenever their menu opens."""

    about = "Program"

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.menu = QMenu("Open &recent", window)
        self.menu.setToolTipsVisible(True)
        self.menu.aboutToShow.connect(self.list_anew)

    def fill(self, menus: Menus) -> None:
        """Into the menu File, below what opens other files."""
        menu = menus("&File")
        first = next((action for action in menu.actions() if action.isSeparator()), None)
        menu.insertMenu(first, self.menu) if first is not None else menu.addMenu(self.menu)

    def list_anew(self) -> None:
        """What was open, the last one first; a plan that is gone is listed, and cannot be chosen."""
        menu, desk, settings = self.menu, self.window.desk, self.window.settings
        menu.clear()
        plans, cases = settings.recent_plans, settings.recent_cases
        for path in plans:
            entry = menu.addAction(_literal(path.name), partial(desk.open_plan, path))
            entry.setToolTip(str(path))
            entry.setEnabled(path.is_file())
        if plans and cases:
            menu.addSeparator()
        for request in cases:
            entry = menu.addAction(_literal(_case_words(request)), partial(desk.open_case, request))
            entry.setToolTip(
                "\n".join((request.source, *(v.file for v in request.vessels), request.retinotopy)).strip()
            )
            entry.setEnabled(Path(request.source).is_dir())
        if plans or cases:
            menu.addSeparator()
            menu.addAction("&Forget these", settings.forget_recent)
        else:
            menu.addAction("Nothing yet").setEnabled(False)


def _case_words(request: CaseRequest) -> str:
    count = len(request.vessels)
    vessels = f", with {count} vessel file{'s' if count > 1 else ''}" if count else ""
    return f"Case {Path(request.source).name}{vessels}"


def _literal(text: str) -> str:
    return text.replace("&", "&&")
