"""Commands about the plan as a whole: its device, where its threads go, and whether it holds."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu

from app import actions
from app.commands.group import Group, Menus
from planner.errors import InputError
from planner.implant.catalogue import device_names, load_device

if TYPE_CHECKING:
    from app.window import MainWindow


class PlanCommands(Group):
    """Device, cover, optimise and verify."""

    about = "Plan"

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self.cover = self.make(
            "&Cover V1",
            partial(actions.cover, self.session),
            "mdi6.dots-hexagon",
            tip="Fill the budget with threads spread evenly over V1",
        )
        self.optimise = self.make(
            "&Optimise",
            window.optimiser.start.click,
            "mdi6.chart-bell-curve-cumulative",
            "Ctrl+R",
            "Move the threads so that the task is seen best (Ctrl+R; settings at the right)",
        )
        self.verify = self.make(
            "&Verify",
            partial(actions.verify_plan, self.session),
            "mdi6.shield-check-outline",
            "F5",
            "Check every limit exactly and measure the percept (F5)",
        )
        self.devices = [self._offer(name) for name in device_names()]

    def fill(self, menus: Menus) -> None:
        """The menu Plan."""
        menu = menus("&Plan")
        device = QMenu("D&evice", menu)
        device.addActions(self.devices)
        device.setToolTipsVisible(True)
        menu.addMenu(device)
        menu.addSeparator()
        menu.addActions([self.cover, self.optimise, self.verify])

    def tools(self) -> Sequence[QAction]:
        """Cover, optimise and verify."""
        return self.cover, self.optimise, self.verify

    def keyed(self) -> Sequence[QAction]:
        """All with a key."""
        return self.optimise, self.verify

    def enable(self) -> None:
        """There must be a plan that may be edited, and threads to verify."""
        plan, editable = self.session.plan, self.session.editable
        for action in (self.cover, self.optimise):
            action.setEnabled(editable)
        self.verify.setEnabled(editable and plan is not None and bool(plan.threads))
        for action in self.devices:
            action.setEnabled(editable and bool(action.data()))
            action.setChecked(plan is not None and action.data() == plan.device.name)

    def _offer(self, name: str) -> QAction:
        """A device of the catalogue; one of the user's own that cannot be read is listed with why."""
        try:
            device = load_device(name)
        except InputError as error:
            unusable = self.make(f"{name}: cannot be used", lambda: None, tip=str(error))
            unusable.setEnabled(False)
            return unusable
        action = self.make(device.title, partial(actions.set_device, self.session, device), tip=device.source)
        action.setCheckable(True)
        action.setData(name)
        return action
