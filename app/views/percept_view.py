"""What should be seen beside what would be seen, and every picture of the task at a glance."""

from __future__ import annotations

from typing import Final

import numpy as np
from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.preview import Preview, same_design
from app.session import Run, Session
from app.views.field_picture import FieldPicture
from app.views.letter_strip import LetterStrip
from app.views.seeing_bar import SeeingBar
from app.views.status import fresh, percent

_LINKED: Final = Qt.TextInteractionFlag.LinksAccessibleByMouse | Qt.TextInteractionFlag.LinksAccessibleByKeyboard
NOT_COMPUTED: Final = 'Not computed. <a href="#">Compute it</a>'


class PerceptView(QWidget):
    """What is asked to be seen and how, target and percept of one picture, the measures, and all pictures below.

    Signals
    -------
    asked_again()
        What was not computed is to be computed after all.
    """

    asked_again = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.target, self.percept = FieldPicture("Target"), FieldPicture("Percept")
        self.letters = LetterStrip()
        self.measures = QLabel()
        self.measures.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.measures.setProperty("role", "muted")
        self.measures.setStyleSheet("font-size: 8.5pt;")
        self.measures.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)  # its words move no dock
        self.bar = SeeingBar(session)
        self._before: Preview | None = None  # what was seen of the plan that the last optimisation began with
        self.setMinimumWidth(400)
        self.measures.setToolTip(
            "MSE and SSIM of all percepts against their targets, at the best common gain; share of the field that lies "
            "within a phosphene; how many of the letters shown here a recogniser reads right (by chance one of 26), "
            "which is not the share in held-out fonts that comparison and report give; a line in the percept rings the "
            "selected thread's phosphenes"
        )
        # Later: other words end what Qt has for the link, and it must not end in the midst of its own event.
        self.measures.linkActivated.connect(lambda _: QTimer.singleShot(0, self.asked_again.emit))
        pair = QHBoxLayout()
        pair.setSpacing(4)
        pair.addWidget(self.target)
        pair.addWidget(self.percept)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 6)
        column.setSpacing(5)
        column.addWidget(self.bar)
        column.addLayout(pair, 2)
        column.addWidget(self.measures)
        column.addWidget(self.letters, 1)
        self.letters.chosen.connect(lambda _: self._draw_pair())
        self.bar.before.toggled.connect(lambda _: self._draw())
        session.preview_changed.connect(lambda old, new: self._draw())
        session.shown_changed.connect(lambda old, new: self._date())
        session.run_changed.connect(self._remember)
        session.opened.connect(self._forget)
        session.selection_changed.connect(lambda old, new: self._draw_rings())

    @property
    def _seen(self) -> Preview | None:
        """What is drawn: of the plan on screen, or while that is asked for of the one before the optimisation."""
        return self._before if self.bar.before.isChecked() else self._session.preview

    @property
    def _given_up(self) -> bool:
        """Whether the user did not want to wait for what is seen of the plan on screen."""
        plan, unseen = self._session.shown, self._session.unseen
        return plan is not None and unseen is not None and same_design(plan, unseen)

    def _remember(self, old: Run | None, new: Run | None) -> None:
        """Keep what is seen of a plan as an optimisation of it begins, to look back at."""
        preview = self._session.preview
        if old is None and new is not None:
            self._forget()
            if preview is not None and preview.complete and same_design(preview.plan, new.before):
                self._before = preview
        self._date()

    def _forget(self) -> None:
        self.bar.before.setChecked(False)
        self._before = None

    def _draw(self) -> None:
        if (seen := self._seen) is not None:
            self.letters.show_all(seen.labels, seen.percepts, seen.read)
        self._draw_pair()

    def _draw_pair(self) -> None:
        preview, index = self._seen, self.letters.current
        if preview is None:
            self.target.show_image(None, 16.0)
            self.percept.show_image(None, 16.0)
            self._tell(NOT_COMPUTED if self._given_up else "")
            self._draw_rings()
            return
        extent = preview.plan.task.extent_deg
        target, percept = preview.targets[index], preview.percepts[index]
        self.target.title = f"Target · {preview.labels[index]}"
        self.target.show_image(target, extent)
        self.percept.show_image(percept, extent)
        self._date()

    def _date(self) -> None:
        """Say what is of the plan shown, and dim what is still of another one."""
        plan = self._session.shown
        before = self._before
        if before is not None and plan is not None:
            comparable = (before.plan.task, before.plan.seeing) == (plan.task, plan.seeing)
            if not comparable:  # it would be held against another picture
                self._forget()
        self.bar.before.setEnabled(self._before is not None)
        preview = self._seen
        if preview is None or plan is None:
            return
        back = preview is self._before
        stale = not back and fresh(plan, preview) is None
        self.target.dim(preview.plan.task != plan.task)
        for picture in (self.percept, self.letters):
            picture.dim(stale)
        if stale:
            self.percept.title = "Percept · not computed" if self._given_up else "Percept · updating…"
            self._tell(NOT_COMPUTED if self._given_up else "updating…")
        else:
            now = "Percept" if plan.threads else "Percept · no threads yet"
            self.percept.title = "Percept · before the optimisation" if back else now
            self._tell(measure_words(preview))
        self._draw_rings()

    def _tell(self, words: str) -> None:
        """Say something; only where it has a link the keys come to it."""
        self.measures.setText(words)
        self.measures.setTextInteractionFlags(
            _LINKED if words == NOT_COMPUTED else Qt.TextInteractionFlag.NoTextInteraction
        )

    def _draw_rings(self) -> None:
        preview = fresh(self._session.shown, self._seen)
        row = None
        if preview is not None and preview.complete:
            names = [thread.name for thread in preview.plan.threads]
            row = names.index(self._session.selection) if self._session.selection in names else None
        if preview is None or row is None:
            self.percept.show_rings(np.zeros((0, 2)), np.zeros(0))
        else:
            its = preview.owner == row
            self.percept.show_rings(preview.field_deg[its], preview.diameter_deg[its] / 2, self._session.selection)


def measure_words(preview: Preview) -> str:
    """The measures in one line."""
    found = preview.measures
    words = [f"{name.upper()} {found[name]:.3f}" for name in ("mse", "ssim") if name in found]
    if preview.read:
        right = sum(read == label for read, label in zip(preview.read, preview.labels, strict=True))
        words.append(f"{right}/{len(preview.read)} read")
    if "coverage" in found:
        words.append(f"covered {percent(found['coverage'])}")
    if "usable_contacts" in found:
        words.append(f"usable {found['usable_contacts']:.0%}")
    return "  ·  ".join(words)
