"""What an optimisation is about to do: what is not known, what is kept to and what not, what moves, what is lowered."""

from __future__ import annotations

from typing import Final

from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QVBoxLayout

from app import theme
from app.optimising import Settings
from app.views.status import errors_counted, known_kinds
from app.words import CONSTRAINT_WORDS
from planner.anatomy.vessels.kinds import missing_words
from planner.design.limits import CONSTRAINTS, counted
from planner.percept.parameters import model_name
from planner.plan.plan import Plan
from planner.plan.stamp import CURRENTS, limits_words, way_in_words
from planner.tasks.record import TaskName

TASK_WORDS: Final[dict[TaskName, str]] = {
    "reading": "letters",
    "words": "words",
    "symbols": "symbols",
    "images": "images",
    "drawing": "the drawing",
}
_LOSSES = {"mse": "squared error", "ssim": "unlikeness (1 − SSIM)", "recognition": "illegibility"}


class PreflightCard(QFrame):
    """The lines above, before a run: what is not known or not limited first, where no small screen cuts it off."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.lines = {name: QLabel(wordWrap=True) for name in ("unknown", "open", "keeps", "moves", "lowers")}
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 6, 10, 6)
        column.setSpacing(2)
        for name, line in self.lines.items():
            line.setStyleSheet("font-size: 8.5pt;" + (f" color: {theme.WARNING};" if name == "unknown" else ""))
            column.addWidget(line)
        column.addStretch(1)  # or lines would drift apart where there is more room
        self.lines["open"].setProperty("role", "muted")

    def show_plan(self, plan: Plan, settings: Settings) -> None:
        """What a run of this plan with these settings would do."""
        words = {
            "moves": moves_words(plan, settings),
            "lowers": lowers_words(plan),
            "keeps": f"Keeps to: {_names(plan, True)}.",
            "open": f"Not limited: {_names(plan, False)}.",
            "unknown": unknown_words(plan, settings),
        }
        for name, line in self.lines.items():
            line.setText(words[name])
            line.setVisible(bool(words[name]))
        self.lines["open"].setVisible(bool(_names(plan, False)))
        self.lines["keeps"].setToolTip(limits_words(plan))
        self._claim_height()

    def resizeEvent(self, event: QResizeEvent) -> None:
        """Other widths, other numbers of lines."""
        super().resizeEvent(event)
        self._claim_height()

    def _claim_height(self) -> None:
        """Ask for the room that all lines need, wrapped: Qt itself would squeeze them over each other."""
        layout = self.layout()
        if layout is not None:
            self.setMinimumHeight(max(0, layout.totalHeightForWidth(self.width())))


def moves_words(plan: Plan, settings: Settings) -> str:
    """How many threads stay, move, may be exchanged or are new."""
    locked = sum(thread.locked for thread in plan.threads)
    free = len(plan.threads) - locked
    kept = len(plan.threads) if settings.start != "coverage" else locked
    new = 0 if settings.start == "refine" else max(plan.limits.threads - kept, 0)
    over = 0 if settings.start == "refine" else max(kept - plan.limits.threads, 0)
    moved = {"coverage": "replaced", "plan": "moved or exchanged", "refine": "moved a little"}[settings.start]
    parts = [f"{locked} locked {'stays' if locked == 1 else 'stay'}"] if locked else []
    parts += [f"{free} free {'is' if free == 1 else 'are'} {moved}"] if free else []
    parts += [f"{new} new"] if new else []
    parts += [f"{over} over the budget"] if over else []
    parts += [f"{len(plan.aside)} not used {'stays' if len(plan.aside) == 1 else 'stay'} so"] if plan.aside else []
    return f"Threads: {', '.join(parts) or 'none'}."


def lowers_words(plan: Plan) -> str:
    """The losses with their weights, the task and how it is seen."""
    goal = {name: getattr(plan.goal, name) for name in _LOSSES}
    used = [f"{weight:g} × {_LOSSES[name]}" for name, weight in goal.items() if weight]
    alone = goal == {"mse": 1.0, "ssim": 0.0, "recognition": 0.0}
    what = _LOSSES["mse"] if alone else f"sum {' + '.join(used)}"
    patients = f" over {plan.seeing.variation.draws} patients drawn" if plan.seeing.variation.varies else ""
    currents = CURRENTS[plan.seeing.stimulus.encoder]
    model = model_name(plan.seeing.model)
    return f"Lowers the {what} of {TASK_WORDS[plan.task.name]} ({model}, {currents} currents){patients}."


def unknown_words(plan: Plan, settings: Settings) -> str:
    """What a run cannot know or is told to ignore; empty for nothing."""
    kinds = known_kinds(plan)
    found = []
    if not kinds:
        found.append("no vessels are known in this case")
    elif missing := missing_words(kinds):
        found.append(missing)
    if kinds and not errors_counted(plan):
        found.append("no localisation error is counted")
    found += [f"{sentence[:1].lower()}{sentence[1:].rstrip('.')}" for sentence in way_in_words(plan.limits)]
    if kinds and not settings.avoid_vessels:
        found.append("vessels are ignored")
    return f"Unknown: {'; '.join(found)}." if found else ""


def _names(plan: Plan, in_force: bool) -> str:
    held = plan.limits.in_force
    names = [CONSTRAINT_WORDS[name].lower() for name in CONSTRAINTS if (name in held) is in_force]
    number = [counted(plan.limits.threads, "thread")] if in_force else []
    return ", ".join([*number, *names])
