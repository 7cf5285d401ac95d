"""What the plan would be worth with fewer of its threads."""

from __future__ import annotations

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.preview import same_design
from app.session import Session
from app.tasks import Job
from app.thinning import BudgetCurve
from app.views.budget_curve import BudgetPlot, Point

ABOUT = (
    "This plan with fewer and fewer threads, each time without the one that is missed least; none is moved. Optimising "
    "for a smaller budget would do better."
)


class BudgetPanel(QWidget):
    """Computes the budget curve on request, shows it, and offers to keep what a point stands for.

    Signals
    -------
    compute_requested(), stop_requested()
    keep_requested(BudgetCurve, Thinned)
    """

    compute_requested = Signal()
    stop_requested = Signal()
    keep_requested = Signal(object, object)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.curve: BudgetCurve | None = None
        self.job: Job | None = None
        about = QLabel(ABOUT, wordWrap=True)
        about.setProperty("role", "muted")
        self.plot = BudgetPlot()
        self.words = QLabel(wordWrap=True)
        self.compute = QPushButton("Compute")
        self.compute.setToolTip("Measure this plan with every number of its threads; some seconds, in the background")
        self.keep = QPushButton("Keep these")
        self.keep.setToolTip("Take the others out, with a budget of so many, as one step that can be undone")
        row = QHBoxLayout()
        row.addWidget(self.compute, 1)
        row.addWidget(self.keep, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(10, 10, 10, 8)
        column.setSpacing(7)
        column.addWidget(about)
        column.addWidget(self.plot, 1)
        column.addWidget(self.words)
        column.addLayout(row)
        self.compute.clicked.connect(self._ask)
        self.keep.clicked.connect(self._ask_to_keep)
        self.plot.looked_at.connect(self._tell)
        self.plot.chosen.connect(lambda place: self._offer())
        session.document_changed.connect(self.refresh)
        session.run_changed.connect(lambda old, new: self._offer())
        self._offer()

    def begin(self, job: Job | None) -> None:
        """The curve is being computed by this job."""
        self.job = job
        self._offer()

    def give_up(self) -> None:
        """The curve does not come: it was cancelled."""
        self.job = None
        self._offer()

    def show_curve(self, curve: BudgetCurve | None) -> None:
        """Show what was found, or that nothing was."""
        self.job, self.curve = None, curve
        stages = curve.stages if curve is not None else ()
        self.plot.show_points(
            [Point(len(stage.kept), stage.measures["mse"], stage.measures.get("recognition")) for stage in stages]
        )
        self._tell(None)
        self.refresh()

    def refresh(self) -> None:
        """A curve of another plan is none of this one: it goes."""
        plan = self._session.plan
        if self.curve is not None and (plan is None or not same_design(plan, self.curve.plan)):
            self.curve = None
            self.plot.show_points(())
            self._tell(None)
        self._offer()

    def _offer(self) -> None:
        session, plan = self._session, self._session.plan
        running = self.job is not None
        self.compute.setText("Stop" if running else "Compute")
        self.compute.setEnabled(running or (session.editable and plan is not None and len(plan.threads) > 1))
        place = self.plot.pinned
        fewer = bool(place) and self.curve is not None and session.editable  # the first point is the whole plan
        self.keep.setEnabled(fewer)
        self.keep.setText("Keep these")
        if fewer and place and self.curve is not None:
            stage = self.curve.stages[place]
            gone = set(self.curve.left_out(stage))
            locked = sum(thread.locked for thread in plan.threads if thread.name in gone) if plan is not None else 0
            lifted = f", {locked} locked go" if locked else ""
            self.keep.setText(f"Keep these {len(stage.kept)}{lifted}")

    def _tell(self, place: int | None) -> None:
        """What the number looked at is worth, and which threads it is without."""
        if self.curve is None or place is None:
            self.words.setText("" if self.curve is None else "Click on a number of threads to keep so many.")
            return
        stage, every = self.curve.stages[place], self.curve.stages[0]
        words = f"{len(stage.kept)} of {len(every.kept)} threads: MSE {stage.measures['mse']:.4f}"
        if place:
            words += f" (all: {every.measures['mse']:.4f})"
        if "recognition" in stage.measures:
            words += f", {stage.measures['recognition']:.0%} of letters read (held-out fonts)"
        gone = self.curve.left_out(stage)
        named = ", ".join(gone[:4]) + (f" and {len(gone) - 4} more" if len(gone) > 4 else "")
        self.words.setText(f"{words}. Without {named}." if gone else f"{words}.")

    def _ask(self) -> None:
        (self.stop_requested if self.job is not None else self.compute_requested).emit()

    def _ask_to_keep(self) -> None:
        if self.curve is not None and self.plot.pinned is not None:
            self.keep_requested.emit(self.curve, self.curve.stages[self.plot.pinned])
