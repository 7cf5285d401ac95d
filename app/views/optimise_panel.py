"""The optimiser: what to ask of it, how it goes, and what came of it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pyqtgraph as pg
from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QProgressBar,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.optimising import Settings
from app.preview import same_design
from app.session import Run, Session
from app.views.status import verdict_words
from planner.plan.plan import Plan


class OptimisePanel(QWidget):
    """Settings, progress, and the comparison at the end.

    Signals
    -------
    start_requested(Settings), stop_requested(), accept_requested(), discard_requested()
    budget_requested(threads), clearance_requested(mm)
    """

    start_requested = Signal(object)
    stop_requested = Signal()
    accept_requested = Signal()
    discard_requested = Signal()
    budget_requested = Signal(int)
    clearance_requested = Signal(float)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._had_threads = False
        self._last: Run | None = None
        self.budget = QSpinBox(minimum=1, maximum=256, value=32)
        self.budget.setToolTip("Insertion budget: how many threads the plan may have")
        self.clearance = QDoubleSpinBox(minimum=0.0, maximum=5.0, singleStep=0.05, decimals=2, suffix=" mm")
        self.clearance.setToolTip("Distance to keep between every shaft and every vessel wall, mm")
        self.steps = QSpinBox(minimum=1, maximum=5000, value=150)
        self.steps.setToolTip("Gradient steps at most, after threads were exchanged across the cortex")
        self.seed = QSpinBox(minimum=0, maximum=2**31 - 1)
        self.seed.setToolTip("The same seed gives the same result")
        self.begin = QComboBox()
        self.begin.addItem("Coverage of V1", "coverage")
        self.begin.addItem("The plan's threads", "plan")
        self.begin.setToolTip("Where threads start; locked ones always stay where they are")
        self.avoid = QCheckBox("Avoid vessels")
        self.avoid.setChecked(True)
        self.avoid.setToolTip("Without this vessels are ignored while optimising; the exact check never ignores them")
        self.start = QPushButton("Optimise")
        self.start.setProperty("primary", True)
        self.stop = QPushButton("Stop")
        self.stop.setToolTip("End early; the threads are repaired and verified as they are")
        self.abandon = QPushButton("Discard")
        self.abandon.setToolTip("End the run at once and go back to the plan as it was")
        self.progress = QProgressBar(textVisible=False)
        self.message = QLabel(wordWrap=True)
        self.message.setProperty("role", "muted")

        self._form = QWidget()
        grid = QGridLayout(self._form)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(8)
        grid.setVerticalSpacing(5)
        for index, (title, field) in enumerate(
            (("Threads", self.budget), ("Clearance", self.clearance), ("Steps", self.steps), ("Seed", self.seed))
        ):
            label = QLabel(title)
            label.setProperty("role", "muted")
            grid.addWidget(label, index // 2, index % 2 * 2)
            grid.addWidget(field, index // 2, index % 2 * 2 + 1)
        label = QLabel("Start from")
        label.setProperty("role", "muted")
        grid.addWidget(label, 2, 0)
        grid.addWidget(self.begin, 2, 1)
        grid.addWidget(self.avoid, 2, 2, 1, 2)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)

        self.plot = pg.PlotWidget(background=theme.BASE, enableMenu=False)
        self.plot.setMinimumHeight(60)
        self.plot.setMouseEnabled(False, False)
        self.plot.hideButtons()
        self.plot.showGrid(y=True, alpha=0.15)
        for side in ("left", "bottom"):
            self.plot.getAxis(side).setTextPen(theme.MUTED)
            self.plot.getAxis(side).setPen(theme.LINE)
        self.plot.setLabel("left", "error", **{"color": theme.MUTED, "font-size": "8pt"})
        self.plot.setToolTip("The task's error as a share of a black percept's, step by step (1 = nothing seen)")
        self.plot.setYRange(0.0, 1.0)
        self._curve = self.plot.plot(pen=pg.mkPen(theme.ACCENT, width=2))
        self.outcome = _Outcome()
        self.outcome.accept.clicked.connect(self.accept_requested)
        self.outcome.discard.clicked.connect(self.discard_requested)

        row = QHBoxLayout()
        row.addWidget(self.start, 1)
        row.addWidget(self.stop, 1)
        row.addWidget(self.abandon, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 8)
        column.setSpacing(7)
        column.addWidget(self._form)
        column.addLayout(row)
        column.addWidget(self.progress)
        column.addWidget(self.message)
        column.addWidget(self.plot, 1)
        column.addWidget(self.outcome)
        column.addStretch(0)

        self.start.clicked.connect(self._ask)
        for field in (self.budget, self.clearance):
            field.setKeyboardTracking(False)
        self.stop.clicked.connect(self.stop_requested)
        self.abandon.clicked.connect(self.discard_requested)
        self.budget.valueChanged.connect(self.budget_requested)
        self.clearance.valueChanged.connect(self.clearance_requested)
        session.document_changed.connect(self._read_plan)
        session.opened.connect(self._read_settings)
        session.run_changed.connect(lambda old, new: self._draw(new))
        self._draw(None)

    def settings(self) -> Settings:
        """What is asked for."""
        return Settings(self.steps.value(), self.seed.value(), self.avoid.isChecked(), self.begin.currentData())

    def _ask(self) -> None:
        for field in (self.budget, self.clearance, self.steps, self.seed):
            field.interpretText()  # a button does not take the focus on every system
        self.start_requested.emit(self.settings())

    def _read_plan(self) -> None:
        plan = self._session.plan
        if plan is not None:
            with QSignalBlocker(self.budget), QSignalBlocker(self.clearance):
                self.budget.setValue(plan.limits.threads)
                self.clearance.setValue(plan.limits.clearance_mm)
            self._choose_start(bool(plan.threads))
            self._draw_curve()
        self._form.setEnabled(self._session.editable)
        self.start.setEnabled(self._session.editable)
        self.outcome.accept.setEnabled(self._session.loading is None)

    def _read_settings(self) -> None:
        """A plan that was opened brings the settings that it was made with."""
        plan = self._session.plan
        if plan is not None:
            self.seed.setValue(plan.seed)
            self.avoid.setChecked(plan.avoid_vessels)
            self.begin.setCurrentIndex(self.begin.findData("plan" if plan.threads else "coverage"))

    def _choose_start(self, threads: bool) -> None:
        """Threads that were placed are what one means to improve; with none there is but coverage. A choice stays."""
        if threads != self._had_threads:
            self._had_threads = threads
            self.begin.setCurrentIndex(self.begin.findData("plan" if threads else "coverage"))

    def _draw_curve(self) -> None:
        """Losses of the run under way, or of the one that gave the plan on screen."""
        plan, last = self._session.plan, self._last
        if self._session.run is None and not (plan and last and same_design(plan, last.candidate)):
            last = None
        losses = np.array(last.losses if last else ())
        self._curve.setData(np.arange(len(losses)), losses)
        self.plot.setVisible(len(losses) > 1)

    def _draw(self, run: Run | None) -> None:
        busy = run is not None and run.state != "ended"
        ended = run is not None and run.state == "ended"
        self._form.setEnabled(self._session.editable)
        self.start.setEnabled(self._session.editable)
        self._form.setVisible(not ended)
        self.start.setVisible(run is None)
        self.stop.setEnabled(run is not None and run.state == "running")
        self.stop.setVisible(busy)
        self.abandon.setVisible(busy)
        self.progress.setVisible(busy)
        self.outcome.setVisible(ended)
        if run is None:
            self._draw_curve()
            self.message.setText("Moves the threads so that the task is seen best, within every limit.")
            self.plot.setXRange(0, self.steps.value(), padding=0)
            return
        self.progress.setRange(0, run.of)
        self.progress.setValue(run.done)
        self.message.setText(run.message)
        self._last = run
        self._draw_curve()
        self.plot.setXRange(0, max(20, len(run.losses)), padding=0)
        if ended:
            self.outcome.show_run(run)


class _Outcome(QFrame):
    """Before and after, to accept or discard."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("role", "card")
        self.accept = QPushButton("Accept")
        self.accept.setProperty("primary", True)
        self.accept.setToolTip(
            "Make this the plan, as one step that can be undone; its threads are locked until you unlock them"
        )
        self.discard = QPushButton("Discard")
        self.discard.setToolTip("Go back to the plan as it was")
        self.verdict = QLabel()
        self.change = QLabel()
        self.change.setProperty("role", "muted")
        self._form = QGridLayout()
        self._form.setHorizontalSpacing(14)
        self._form.setVerticalSpacing(2)
        self.cells: dict[tuple[int, int], QLabel] = {}
        row = QHBoxLayout()
        row.addWidget(self.accept, 1)
        row.addWidget(self.discard)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        head = QHBoxLayout()
        head.addWidget(self.verdict)
        head.addStretch(1)
        head.addWidget(self.change)
        column.addLayout(head)
        column.addLayout(self._form)
        column.addLayout(row)

    def show_run(self, run: Run) -> None:
        """The verdict, what changed, and the table of measures."""
        after = run.candidate
        words, colour = verdict_words(after)
        broken = len(after.verdict.violations) if after.verdict is not None else 0
        self.verdict.setText(f"{'■' if broken else '●'} {words}")
        self.verdict.setStyleSheet(f"color: {colour}; font-weight: 600;")
        self.change.setText(change_words(run.before, after))
        self.accept.setText(f"Accept with {words}" if broken else "Accept")
        self.accept.setStyleSheet(f"background: {theme.BASE}; border: 2px solid {theme.UNSAFE};" if broken else "")
        columns = {"before": run.before, "coverage": run.covered, "after": after}
        compared = {head: plan for head, plan in columns.items() if plan is not None}
        self._fill((("", *compared), *comparison(*compared.values())))

    def _fill(self, lines: Sequence[Sequence[str]]) -> None:
        for cell in self.cells.values():
            cell.clear()
        for number, line in enumerate(lines):
            for place, text in enumerate(line):
                label = self.cells.get((number, place))
                if label is None:
                    label = self.cells[number, place] = QLabel()
                    self._form.addWidget(label, number, place)
                    label.setProperty("role", "muted" if number == 0 or place == 0 else "")
                    if place:
                        label.setAlignment(Qt.AlignmentFlag.AlignRight)
                label.setText(text)


def change_words(before: Plan, after: Plan) -> str:
    """How many threads of the plan are gone and how many are new; empty where it had none."""
    old, new = ({thread.name for thread in plan.threads} for plan in (before, after))
    if not old or old == new:
        return ""
    return f"{len(old - new)} dropped, {len(new - old)} added"


def comparison(*plans: Plan) -> tuple[tuple[str, ...], ...]:
    """What plans are worth, a line a measure and a column a plan."""

    def of(plan: Plan) -> tuple[str, ...]:
        if not plan.threads:
            return ("0", "–", "–", "–", "–")
        found = plan.measures or {}
        measures = (format(found[key], form) if key in found else "–" for key, form in _MEASURES.items())
        broken = "–" if plan.verdict is None else str(len(plan.verdict.violations))
        return (str(len(plan.threads)), *measures, broken)

    return tuple(zip(_TITLES, *map(of, plans), strict=True))


_TITLES = ("Threads", "MSE", "SSIM", "Field covered", "Violations")
_MEASURES = {"mse": ".4f", "ssim": ".3f", "coverage": ".0%"}
