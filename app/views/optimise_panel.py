"""The optimiser: what to ask of it, how it goes, and what came of it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDoubleSpinBox,
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
from app.optimising import Settings, Start
from app.preview import same_design
from app.session import Run, Session
from app.views.loss_curve import LossCurve
from app.views.outcome_card import OutcomeCard

STARTS: Final[dict[Start, tuple[str, str]]] = {
    "coverage": (
        "Coverage of V1",
        "Threads are spread over V1 up to the budget, exchanged for better ones and then moved; only locked ones stay.",
    ),
    "plan": (
        "The plan's threads",
        "The budget is filled up; unlocked threads may be given up for better ones, and are then moved.",
    ),
    "refine": ("The plan's threads, kept", "Unlocked threads are moved a little; none is given up and none is added."),
}
IGNORING: Final = "Ignores vessels while optimising; expect violations."


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
        for place, (start, (title, tip)) in enumerate(STARTS.items()):
            self.begin.addItem(title, start)
            self.begin.setItemData(place, tip, Qt.ItemDataRole.ToolTipRole)
        self.begin.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.begin.setMinimumContentsLength(12)  # the dock keeps its width
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

        self.plot = LossCurve()
        self.outcome = OutcomeCard()
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
        self.avoid.toggled.connect(lambda _: self._draw(self._session.run))
        self.begin.currentIndexChanged.connect(lambda _: self._draw(self._session.run))
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
        self.plot.show_losses(last.losses if last else (), last.swaps if last else 0)

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
            self.message.setText(STARTS[self.settings().start][1] if self.avoid.isChecked() else IGNORING)
            self.message.setStyleSheet("" if self.avoid.isChecked() else f"color: {theme.WARNING};")
            return
        self.message.setStyleSheet("")
        self.progress.setRange(0, run.of)
        self.progress.setValue(run.done)
        self.message.setText(run.message)
        self._last = run
        self._draw_curve()
        if ended:
            self.outcome.show_run(run)
