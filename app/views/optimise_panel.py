"""The optimiser: what to ask of it, how it goes, and what came of it."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QFrame,
    QGridLayout,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from app import theme
from app.optimising import Settings
from app.preview import same_design
from app.session import Run, Session
from app.views.exact_field import MOST_DECIMALS, ExactCount, ExactField
from app.views.loss_curve import LossCurve
from app.views.outcome_card import OutcomeCard
from app.views.preflight import PreflightCard
from app.views.progress import ProgressLine
from app.views.term_curves import TermCurves
from app.views.tooltips import wrapped
from planner.plan.starts import Start
from planner.tasks.goal import Goal

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
NARROW_PX: Final = 88  # what a number with its unit needs
IGNORING: Final = "Ignores vessels while optimising; expect violations."

LOSSES: Final = {
    "mse": ("error ", "Weight of the mean squared error at the best gain, without a unit"),
    "ssim": ("SSIM ", "Weight of 1 − SSIM, how unlike in structure percepts are to their targets, without a unit"),
    "recognition": (
        "legibility ",
        "Weight of the letter recogniser's cross-entropy, without a unit; for letters alone",
    ),
}


class OptimisePanel(QWidget):
    """Settings, progress, and the comparison at the end.

    Signals
    -------
    start_requested(Settings), stop_requested(), accept_requested(), discard_requested()
    pause_requested(), resume_requested(), compare_requested()
    budget_requested(threads), clearance_requested(mm), goal_requested(Goal, name)
    """

    start_requested = Signal(object)
    stop_requested = Signal()
    pause_requested = Signal()
    resume_requested = Signal()
    compare_requested = Signal()
    goal_requested = Signal(object, str)
    accept_requested = Signal()
    discard_requested = Signal()
    budget_requested = Signal(int)
    clearance_requested = Signal(float)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._had_threads = False
        self._last: Run | None = None
        self.budget = ExactCount(1, 256, 32)
        self.budget.setToolTip("Insertion budget: how many threads the plan may have")
        self.clearance = ExactField(0.0, 5.0, 0.05, 2, suffix=" mm")
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
        self.avoid = QCheckBox("Avoid vessels")
        self.avoid.setChecked(True)
        self.avoid.setToolTip("Without this vessels are ignored while optimising; the exact check never ignores them")
        self.weights = {name: _weight(prefix, tip) for name, (prefix, tip) in LOSSES.items()}
        self.start = QPushButton("Optimise")
        self.start.setToolTip("Look for better threads; the plan stays as it is until you accept what was found")
        self.start.setProperty("primary", True)
        self.stop = QPushButton("Stop")
        self.stop.setToolTip("End early; the threads are repaired and verified as they are")
        self.pause = QPushButton("Pause")
        self.pause.setToolTip("Wait after the step that is being done; nothing is lost")
        self.abandon = QPushButton("Discard")
        self.abandon.setToolTip("End the run at once and go back to the plan as it was")
        self.progress = ProgressLine()
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
            field.setMinimumWidth(NARROW_PX)  # Qt asks for room for the longest number there can be
            label = QLabel(title)
            label.setProperty("role", "muted")
            grid.addWidget(label, index // 2, index % 2 * 2)
            grid.addWidget(field, index // 2, index % 2 * 2 + 1)
        label = QLabel("Start from")
        label.setProperty("role", "muted")
        grid.addWidget(label, 2, 0)
        grid.addWidget(self.begin, 2, 1)
        grid.addWidget(self.avoid, 2, 2, 1, 2)
        label = QLabel("Weights")
        label.setProperty("role", "muted")
        weights = QHBoxLayout()
        weights.setSpacing(4)
        for spin in self.weights.values():
            spin.setMinimumWidth(NARROW_PX)
            weights.addWidget(spin, 1)
        grid.addWidget(label, 3, 0)
        grid.addLayout(weights, 3, 1, 1, 3)
        grid.setColumnStretch(1, 1)
        grid.setColumnStretch(3, 1)

        self.preflight = PreflightCard()
        self.ahead = QScrollArea(widgetResizable=True)  # where there is no room for all of its lines
        self.ahead.setFrameShape(QFrame.Shape.NoFrame)
        self.ahead.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.ahead.setMinimumHeight(60)
        self.ahead.setWidget(self.preflight)
        self.plot, self.terms = LossCurve(), TermCurves()
        self.outcome = OutcomeCard()
        self.outcome.accept.clicked.connect(self.accept_requested)
        self.outcome.discard.clicked.connect(self.discard_requested)
        self.outcome.compare.clicked.connect(self.compare_requested)

        row = QHBoxLayout()
        row.addWidget(self.start, 1)
        row.addWidget(self.pause, 1)
        row.addWidget(self.stop, 1)
        row.addWidget(self.abandon, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 8, 10, 8)
        column.setSpacing(6)
        column.addWidget(self._form)
        column.addLayout(row)
        column.addWidget(self.progress)
        column.addWidget(self.message)
        column.addWidget(self.ahead, 4)
        column.addWidget(self.plot, 3)
        column.addWidget(self.terms, 5)  # with the axis of both, and which curve is which
        column.addWidget(self.outcome)
        column.addStretch(0)

        self.start.clicked.connect(self._ask)
        for field in (self.steps, self.seed):
            field.setKeyboardTracking(False)  # a number half typed is none
        for name, spin in self.weights.items():
            spin.valueChanged.connect(self._asking(name))
        self.avoid.toggled.connect(lambda _: self._draw(self._session.run))
        self.begin.currentIndexChanged.connect(lambda _: self._draw(self._session.run))
        self.stop.clicked.connect(self.stop_requested)
        self.pause.clicked.connect(self._ask_to_wait)
        self.abandon.clicked.connect(self.discard_requested)
        self.budget.valueChanged.connect(self.budget_requested)
        self.clearance.valueChanged.connect(self.clearance_requested)
        session.document_changed.connect(self._read_plan)
        session.document_changed.connect(self._tell_outcome)
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

    def _asking(self, name: str) -> Callable[[float], None]:
        """Asks for one weight of the goal; all of them 0 would leave nothing to lower."""

        def ask(value: float) -> None:
            plan = self._session.plan
            if plan is None:
                return
            weights = {**asdict(plan.goal), name: round(value, MOST_DECIMALS)}
            if any(weights.values()):
                self.goal_requested.emit(Goal(**weights), name)
            else:
                self._read_plan()

        return ask

    def _ask_to_wait(self) -> None:
        run = self._session.run
        paused = run is not None and run.state == "paused"
        (self.resume_requested if paused else self.pause_requested).emit()

    def _read_plan(self) -> None:
        plan = self._session.plan
        if plan is not None:
            self.budget.show_value(plan.limits.threads)
            self.clearance.show_value(plan.limits.clearance_mm)
            for name, spin in self.weights.items():
                spin.show_value(getattr(plan.goal, name))
            self.weights["recognition"].setVisible(plan.task.name == "reading")
            self._choose_start(bool(plan.threads))
            self._draw_curve()
            self.preflight.show_plan(plan, self.settings())
        self._form.setEnabled(self._session.editable)
        self.start.setEnabled(self._session.editable)
        self.outcome.accept.setEnabled(self._session.loading is None and not self._session.read_only)

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
        self.plot.show_losses(*((last.losses, last.at, last.total) if last else ((), (), 0)))
        run = self._session.run
        if run is not None and run.candidate.baselines is not None:  # their table needs the room
            self.plot.hide()
        going = run is not None and run.state != "ended"
        self.terms.show_terms(*((run.terms, run.at, run.total) if run is not None and going else ((), (), 0)))
        # One axis below both.
        self.plot.showAxis("bottom", not (self.terms.curves and not self.plot.isHidden()))

    def _draw(self, run: Run | None) -> None:
        busy = run is not None and run.state != "ended"
        ended = run is not None and run.state == "ended"
        self._form.setEnabled(self._session.editable)
        self.start.setEnabled(self._session.editable)
        self._form.setVisible(run is None)
        self.ahead.setVisible(run is None)
        if run is None and self._session.plan is not None:
            self.preflight.show_plan(self._session.plan, self.settings())
        self.start.setVisible(run is None)
        self.stop.setEnabled(run is not None and run.state in ("running", "paused"))
        self.pause.setEnabled(run is not None and run.state in ("running", "paused"))
        self.pause.setText("Resume" if run is not None and run.state == "paused" else "Pause")
        self.pause.setVisible(busy)
        self.stop.setVisible(busy)
        self.abandon.setVisible(busy)
        self.progress.setVisible(busy)
        self.outcome.setVisible(ended)
        if run is None:
            self._draw_curve()
            self.begin.setToolTip(wrapped(STARTS[self.settings().start][1]))
            self.message.setText(IGNORING)
            self.message.setVisible(not self.avoid.isChecked())
            self.message.setStyleSheet(f"color: {theme.WARNING};")
            return
        self.message.setStyleSheet("")
        self.message.show()
        self.progress.show_far(run.done, run.of)
        self.message.setText(run.message)
        self._last = run
        self._draw_curve()
        self._tell_outcome()

    def _tell_outcome(self) -> None:
        """What came of a run, and whether the anatomy has changed since."""
        run = self._session.run
        if run is not None and run.state == "ended":
            self.outcome.show_run(run, bool(self._session.read_only))


def _weight(prefix: str, tip: str) -> ExactField:
    """A field for one of the goal's weights."""
    spin = ExactField(0.0, 100.0, 0.1, 1, prefix=prefix)
    spin.setToolTip(tip)
    spin.ensurePolished()
    spin.setMinimumHeight(spin.fontMetrics().height() + 6)  # or letters that reach below the line would be cut
    return spin
