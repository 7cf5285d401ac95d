"""The optimiser: what to ask of it, how it goes, and what came of it."""

from __future__ import annotations

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
from app.session import Run, Session
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

        self.plot = pg.PlotWidget(background=theme.BASE)
        self.plot.setMinimumHeight(80)
        self.plot.setMenuEnabled(False)
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
        row.addWidget(self.stop)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 8)
        column.setSpacing(7)
        column.addWidget(self._form)
        column.addLayout(row)
        column.addWidget(self.progress)
        column.addWidget(self.message)
        column.addWidget(self.plot, 1)
        column.addWidget(self.outcome)

        self.start.clicked.connect(self._ask)
        for field in (self.budget, self.clearance):
            field.setKeyboardTracking(False)
        self.stop.clicked.connect(self.stop_requested)
        self.budget.valueChanged.connect(self.budget_requested)
        self.clearance.valueChanged.connect(self.clearance_requested)
        session.document_changed.connect(self._read_plan)
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
        self._form.setEnabled(self._session.editable)
        self.start.setEnabled(self._session.editable)

    def _draw(self, run: Run | None) -> None:
        busy = run is not None and run.state != "ended"
        ended = run is not None and run.state == "ended"
        self._form.setEnabled(self._session.editable)
        self.start.setEnabled(self._session.editable)
        self.start.setVisible(not ended)
        self.stop.setEnabled(run is not None and run.state == "running")
        self.stop.setVisible(not ended)
        self.progress.setVisible(busy)
        self.outcome.setVisible(ended)
        if run is None:
            self.message.setText("Moves the threads so that letters are seen best, within every limit.")
            self.plot.setXRange(0, self.steps.value(), padding=0)
            return
        self.progress.setRange(0, run.total if run.step else 0)
        self.progress.setValue(run.step)
        self.message.setText(run.message)
        losses = np.array(run.losses)
        self._curve.setData(np.arange(len(losses)), losses)
        self.plot.setXRange(0, max(20, len(losses)), padding=0)
        if ended:
            self.outcome.show_comparison(run.before, run.candidate)


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
        self._form = QGridLayout()
        self._form.setHorizontalSpacing(14)
        self._form.setVerticalSpacing(2)
        self.cells: dict[tuple[int, int], QLabel] = {}
        row = QHBoxLayout()
        row.addWidget(self.accept, 1)
        row.addWidget(self.discard)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.addLayout(self._form)
        column.addLayout(row)

    def show_comparison(self, before: Plan, after: Plan) -> None:
        """Fill the table of measures."""
        for number, line in enumerate((("", "before", "after"), *comparison(before, after))):
            for place, text in enumerate(line):
                label = self.cells.get((number, place))
                if label is None:
                    label = self.cells[number, place] = QLabel()
                    self._form.addWidget(label, number, place)
                    label.setProperty("role", "muted" if number == 0 or place == 0 else "")
                    if place:
                        label.setAlignment(Qt.AlignmentFlag.AlignRight)
                label.setText(text)


def comparison(before: Plan, after: Plan) -> tuple[tuple[str, str, str], ...]:
    """What a plan was and is now worth, a line a measure."""

    def of(plan: Plan) -> tuple[str, ...]:
        if not plan.threads:
            return ("0", "–", "–", "–", "–")
        found = plan.measures or {}
        measures = (format(found[key], form) if key in found else "–" for key, form in _MEASURES.items())
        broken = "–" if plan.verdict is None else str(len(plan.verdict.violations))
        return (str(len(plan.threads)), *measures, broken)

    return tuple(zip(_TITLES, of(before), of(after), strict=True))


_TITLES = ("Threads", "MSE", "SSIM", "Field covered", "Violations")
_MEASURES = {"mse": ".4f", "ssim": ".3f", "coverage": ".0%"}
