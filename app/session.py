"""What the window is about: one case, one plan with its history, what is selected and what is shown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QUndoCommand, QUndoStack

from app.case import Case
from app.preview import Preview, same_design
from app.tasks import Job, Worker
from planner.implant.thread import Vector
from planner.plan.edits import names_of
from planner.plan.plan import Plan

if TYPE_CHECKING:  # torch comes with it
    from planner.design.step import Control

ALONE: Final = -1  # Qt's word for an edit that never becomes one with another


@dataclass(frozen=True, eq=False)
class Run:
    """An optimisation, from its start until it is accepted or discarded.

    Attributes
    ----------
    before : Plan
        The plan as it was, measured where it had threads.
    covered : Plan or None
        The threads spread over V1 that it started from, measured; None where it started from the plan's.
    candidate : Plan
        The threads as they are now; measured and verified once `state` is ``ended``.
    losses : tuple of float
        One a step: the task's error as a share of a black percept's.
    at : tuple of int
        After how many gradient steps each loss was. Those at 0, after the first, are of threads that were exchanged;
        one at the same step as that before it is of threads that were repaired, and exchanged where the run goes on.
    step, total : int
        Gradient steps done, of how many.
    done, of : int
        How far what is being done at present is, of how much; 0 of 0 where that is not known.
    state : "running", "paused", "stopping" or "ended"
    message : str
        A sentence for the user.
    terms : tuple of mapping of str to float
        One a step: the error and each constraint's squared shortfall, mm².
    warnings : tuple of str
        Sentences on what the result came up against, once it is there.
    control : Control or None
        A random search of the same length, where there was one, once the result is there.
    comparing : bool
        Whether baselines are being measured beside the result.
    """

    before: Plan
    candidate: Plan
    covered: Plan | None = None
    losses: tuple[float, ...] = ()
    at: tuple[int, ...] = ()
    step: int = 0
    total: int = 0
    done: int = 0
    of: int = 0
    state: Literal["running", "paused", "stopping", "ended"] = "running"
    message: str = ""
    terms: tuple[Mapping[str, float], ...] = ()
    warnings: tuple[str, ...] = ()
    control: Control | None = None
    comparing: bool = False


class _Edit(QUndoCommand):
    """The plan before and after; the session does the rest. Successive ones of one `kind`, if any, become one."""

    def __init__(self, session: Session, text: str, before: Plan, after: Plan, kind: int) -> None:
        super().__init__(text)
        self._session, self._before, self._after, self._kind = session, before, after, kind
        self._selected = session.selection

    def id(self) -> int:
        return self._kind

    def mergeWith(self, other: QUndoCommand) -> bool:
        assert isinstance(other, _Edit)
        self._after = other._after
        self.setText(other.text())
        return True

    def undo(self) -> None:
        self._session.restore(self._before)
        if not self._session.selection and self._selected in names_of(self._before):
            self._session.select(self._selected)  # a thread that comes back is as it was: selected

    def redo(self) -> None:
        self._session.restore(self._after)


class Session(QObject):
    """The one state that views read; actions change it through the methods below, and it announces (old, new).

    Signals
    -------
    case_changed(old, new) : Case or None
    shown_changed(old, new) : Plan or None
        The plan on screen: the document, or a draft of it while something is dragged or optimised.
    document_changed()
        The document, its file or its modified state.
    selection_changed(old, new) : str
        The current thread's name, or empty.
    selected_changed(old, new) : frozenset of str
        All that are selected, the current one among them.
    cross_changed(old, new) : Vector or None
        Where the crosshair of all views is, scanner RAS in mm.
    hovered_changed(old, new) : int or None
        The contact under the mouse in any view, as a row of the preview's.
    preview_changed(old, new) : Preview or None
    run_changed(old, new) : Run or None
    opened()
        Another case or plan has taken the place of the one before.
    doing(text), said(text), refused(text)
        Lines for the user: what is being done, until it is done, what has been, and why something was not.
    """

    case_changed = Signal(object, object)
    shown_changed = Signal(object, object)
    document_changed = Signal()
    selection_changed = Signal(str, str)
    selected_changed = Signal(object, object)
    cross_changed = Signal(object, object)
    hovered_changed = Signal(object, object)
    preview_changed = Signal(object, object)
    run_changed = Signal(object, object)
    opened = Signal()
    doing = Signal(str)
    said = Signal(str)
    refused = Signal(str)

    def __init__(self, worker: Worker) -> None:
        super().__init__()
        self.worker = worker
        self.history = QUndoStack(self)
        self.case: Case | None = None
        self.plan: Plan | None = None
        self.draft: Plan | None = None
        self.path: Path | None = None
        self.read_only = ""
        self.selection = ""
        self.selected: frozenset[str] = frozenset()
        self.cross_mm: Vector | None = None
        self.hovered: int | None = None
        self.preview: Preview | None = None
        self.run: Run | None = None
        self.job: Job | None = None
        self.loading: Job | None = None
        self.asked: tuple[Job, Plan] | None = None  # what is looked at as a whole at present, by which job
        self.unseen: Plan | None = None  # what the user did not want to wait for
        self._saved: Plan | None = None
        self._examined: list[Plan] = []
        self.opening = object()  # another one for each plan that is opened: what was asked of a former one is outdated

    @property
    def shown(self) -> Plan | None:
        """The plan that is on screen."""
        return self.draft or self.plan

    @property
    def editable(self) -> bool:
        """Whether the plan may be changed: no other is on its way, no optimisation undecided, nothing forbids it."""
        return self.plan is not None and self.run is None and self.loading is None and not self.read_only

    @property
    def optimising(self) -> bool:
        """Whether an optimisation is still at work."""
        return self.run is not None and self.run.state != "ended"

    @property
    def modified(self) -> bool:
        """Whether the plan differs from the one in its file (or from the empty one that it began as)."""
        return self.plan != self._saved

    def open(self, case: Case, plan: Plan, path: Path | None = None, saved: bool = True, read_only: str = "") -> None:
        """Begin with a case and a plan; the history starts anew, and an optimisation of the former plan ends.

        `saved` is False where the plan would be lost with the window: no file holds it as it is. `read_only` says why
        the plan may be looked at only, if so.
        """
        self.end_run()
        self.loading = self.unseen = None
        self.opening = object()
        old_case, old_shown = self.case, self.shown
        self.history.clear()
        self._examined.clear()
        self.draft = None
        self.case, self.plan, self.path, self._saved = case, plan, path, plan if saved else None
        self.read_only = read_only
        self.select("")
        self.hover(None)
        if case is not old_case:
            self.set_preview(None)
            self.look_at(None)
            self.case_changed.emit(old_case, case)
        self.shown_changed.emit(old_shown, plan)
        self.document_changed.emit()
        self.opened.emit()

    def forbid(self, why: str) -> None:
        """From now on the plan may only be looked at, for this reason; with an empty one it may be edited again."""
        if why != self.read_only:
            self.read_only = why
            self.document_changed.emit()
            self.preview_changed.emit(self.preview, self.preview)  # less is known now, or more

    def begin_loading(self, job: Job) -> None:
        """Another case or plan is on its way: what is done to this one now would be lost, so nothing can be."""
        if self.loading is not None:
            self.loading.cancel()
        self.loading = job
        self.document_changed.emit()

    def end_loading(self, job: Job) -> None:
        """It did not come; this plan stays."""
        if self.loading is job:
            self.loading = None
            self.document_changed.emit()

    def edit(self, text: str, plan: Plan, kind: int = ALONE) -> None:
        """Change the plan, as one undoable step named `text`; the only way to do so.

        Successive edits of one `kind` are one step, so that undo takes back a value that was spun at once.
        """
        if self.plan is None:
            raise RuntimeError("there is no plan to edit")
        self.history.push(_Edit(self, text, self.plan, plan, kind))

    @property
    def last_kind(self) -> int:
        """The `kind` of the edit that undo would take back; `ALONE` where there is none."""
        last = self.history.command(self.history.index() - 1) if self.history.canUndo() else None
        return last.id() if last is not None else ALONE

    def restore(self, plan: Plan) -> None:
        """Make `plan` the document; called by the history alone."""
        self._show(self._known(plan), None)
        self.document_changed.emit()

    def attest(self, examined: Plan) -> None:
        """Add measures and verdict to the document. A fact about the plan is no edit of it and has no undo.

        Ignored where the plan has been edited since it was examined. Undo and redo find it again.
        """
        if self.plan is not None and same_design(self.plan, examined):
            self._examined.append(examined)
            self._show(self._known(self.plan), self.draft)
            self.document_changed.emit()

    def show(self, draft: Plan | None) -> None:
        """Put a draft on screen, or with None the document again."""
        if self.plan is not None:
            self._show(self.plan, draft)

    def cancel_drag(self) -> None:
        """Show the document as it was before something was dragged."""
        if self.run is None:
            self.show(None)

    def show_seen(self, draft: Plan, preview: Preview) -> None:
        """Put a draft on screen with what was computed of it; who hears of one of them finds the other there."""
        old, self.preview = self.preview, preview
        self.show(draft)
        self.preview_changed.emit(old, preview)

    def saved(self, plan: Plan, path: Path) -> None:
        """`plan` has been written to `path`."""
        self._saved, self.path = plan, path
        self.history.setClean()  # later edits begin a new step, so that undo leads back to what was saved
        self.document_changed.emit()

    def select(self, name: str, others: Iterable[str] = ()) -> None:
        """Select a thread by name, or none with an empty one; `others` are selected beside it."""
        old, self.selection = self.selection, name
        old_all, self.selected = self.selected, frozenset((name, *others)) if name else frozenset()
        if old_all != self.selected:
            self.selected_changed.emit(old_all, self.selected)
        if old != name:
            self.selection_changed.emit(old, name)

    def toggle(self, name: str) -> None:
        """Select a thread beside those that are, as the current one, or take it from them."""
        chosen = self.selected ^ {name}
        current = name if name in chosen else self.selection if self.selection in chosen else min(chosen, default="")
        self.select(current, chosen)

    def look_at(self, point_mm: Vector | None) -> None:
        """Put the crosshair of all views at a point of scanner RAS, or nowhere."""
        old, self.cross_mm = self.cross_mm, point_mm
        if old != point_mm:
            self.cross_changed.emit(old, point_mm)

    def hover(self, contact: int | None) -> None:
        """A contact is under the mouse, by its row in the preview, or none is."""
        old, self.hovered = self.hovered, contact
        if old != contact:
            self.hovered_changed.emit(old, contact)

    def set_preview(self, preview: Preview | None) -> None:
        """What was computed of the plan on screen."""
        old, self.preview = self.preview, preview
        self.preview_changed.emit(old, preview)

    def give_up_preview(self, plan: Plan) -> None:
        """What is seen of a plan will not be computed, since the user did not want to wait for it."""
        self.unseen = plan
        self.preview_changed.emit(self.preview, self.preview)

    def set_run(self, run: Run | None) -> None:
        """The optimisation under way or waiting for its answer."""
        old, self.run = self.run, run
        if run is None:
            self.job = None
        self.run_changed.emit(old, run)

    def end_run(self) -> None:
        """Forget the optimisation, wherever it is, and show the plan again."""
        if self.run is None:
            return
        if self.job is not None:
            self.job.cancel()
        self.set_run(None)
        self.show(None)

    def _known(self, plan: Plan) -> Plan:
        """The plan with what was measured of its design, where that has been."""
        if plan.verdict is not None:
            return plan
        found = next((examined for examined in self._examined if same_design(examined, plan)), None)
        return plan if found is None else replace(plan, measures=found.measures, verdict=found.verdict)

    def _show(self, plan: Plan, draft: Plan | None) -> None:
        old, drafted = self.shown, self.draft is not None
        self.plan, self.draft = plan, draft
        if self.shown is not None:
            left = self.selected & names_of(self.shown)
            current = self.selection if self.selection in left else min(left, default="")
            self.select(current, left)
        if old is not None and self.shown is not None and names_of(old) != names_of(self.shown):
            self.hover(None)  # its row may be of another thread now
        if old is not self.shown or drafted != (draft is not None):  # of the document more is computed than of a draft
            self.shown_changed.emit(old, self.shown)
