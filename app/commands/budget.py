"""The command for the budget curve, and what its panel asks for."""

from __future__ import annotations

from typing import TYPE_CHECKING

from app import thinning
from app.commands.group import Group, Menus
from app.preview import same_design
from planner.plan.plan import Plan

if TYPE_CHECKING:
    from app.window import MainWindow


class BudgetCommands(Group):
    """What fewer threads would be worth."""

    about = "Plan"

    def __init__(self, window: MainWindow) -> None:
        super().__init__(window)
        self._asked: Plan | None = None
        self.curve = self.make(
            "Budget c&urve", self._compute, tip="What this plan would be worth with fewer and fewer of its threads"
        )
        panel = window.budget
        panel.compute_requested.connect(self._compute)
        panel.stop_requested.connect(self._stop)
        panel.keep_requested.connect(lambda curve, stage: thinning.keep(self.session, curve, stage))
        self.session.document_changed.connect(self._drop_outdated)

    def fill(self, menus: Menus) -> None:
        """In the menu Plan."""
        menus("&Plan").addAction(self.curve)

    def enable(self) -> None:
        """There must be threads to leave out."""
        plan = self.session.plan
        self.curve.setEnabled(self.session.editable and plan is not None and len(plan.threads) > 1)

    def _compute(self) -> None:
        panel, window = self.window.budget, self.window
        window.tabs.setCurrentWidget(panel)
        window.docks[1].show()
        if panel.job is None:
            self._asked = self.session.plan
            panel.begin(thinning.compute(self.session, panel.show_curve, panel.give_up))

    def _stop(self) -> None:
        if self.window.budget.job is not None:
            self.window.budget.job.stop()

    def _drop_outdated(self) -> None:
        """Nobody waits for the curve of a plan that is no more: what is to be seen of the present one goes first."""
        panel, plan = self.window.budget, self.session.plan
        if panel.job is not None and (plan is None or self._asked is None or not same_design(plan, self._asked)):
            self.session.worker.cancel(panel.job)
