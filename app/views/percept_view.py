"""What should be seen beside what would be seen, and every picture of the task at a glance."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLabel, QSizePolicy, QVBoxLayout, QWidget

from app.preview import Preview
from app.session import Session
from app.views.field_picture import FieldPicture
from app.views.letter_strip import LetterStrip
from app.views.status import fresh, percent
from planner.plan.stamp import seen_words


class PerceptView(QWidget):
    """Target and percept of one picture, the measures, and all pictures below."""

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
        self.seen = QLabel(alignment=Qt.AlignmentFlag.AlignCenter)
        self.seen.setProperty("role", "muted")
        self.seen.setStyleSheet("font-size: 8.5pt;")
        self.seen.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.seen.setToolTip("The task, the model of what is seen, and how pictures become currents; set by the plan")
        self.setMinimumWidth(400)
        self.measures.setToolTip(
            "MSE and SSIM of all percepts against their targets, at the best common gain; share of the field that lies "
            "within a phosphene; a line in the percept rings the selected thread's phosphenes"
        )
        pair = QHBoxLayout()
        pair.setSpacing(4)
        pair.addWidget(self.target)
        pair.addWidget(self.percept)
        column = QVBoxLayout(self)
        column.setContentsMargins(8, 8, 8, 6)
        column.setSpacing(5)
        column.addLayout(pair, 2)
        column.addWidget(self.measures)
        column.addWidget(self.seen)
        column.addWidget(self.letters, 1)
        self.letters.chosen.connect(lambda _: self._draw_pair())
        session.preview_changed.connect(lambda old, new: self._draw(new))
        session.shown_changed.connect(lambda old, new: self._date())
        session.selection_changed.connect(lambda old, new: self._draw_rings())

    def _draw(self, preview: Preview | None) -> None:
        if preview is not None:
            self.letters.show_all(preview.labels, preview.percepts)
        self._draw_pair()

    def _draw_pair(self) -> None:
        preview, index = self._session.preview, self.letters.current
        if preview is None:
            self.target.show_image(None, 16.0)
            self.percept.show_image(None, 16.0)
            self.measures.clear()
            self.seen.clear()
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
        preview, plan = self._session.preview, self._session.shown
        if preview is None or plan is None:
            return
        stale = fresh(plan, preview) is None
        self.seen.setText(f"{preview.plan.task.name.capitalize()}  ·  {seen_words(preview.plan).rstrip('.')}")
        self.target.dim(preview.plan.task != plan.task)
        for picture in (self.percept, self.letters):
            picture.dim(stale)
        if stale:
            self.percept.title = "Percept · updating…"
            self.measures.setText("updating…")
        else:
            self.percept.title = "Percept" if plan.threads else "Percept · no threads yet"
            self.measures.setText(measure_words(preview))
        self._draw_rings()

    def _draw_rings(self) -> None:
        preview = fresh(self._session.shown, self._session.preview)
        row = None
        if preview is not None and preview.complete:
            names = [thread.name for thread in preview.plan.threads]
            row = names.index(self._session.selection) if self._session.selection in names else None
        if preview is None or row is None:
            self.percept.show_rings(np.zeros((0, 2)), np.zeros(0))
        else:
            its = preview.owner == row
            self.percept.show_rings(preview.field_deg[its], preview.diameter_deg[its] / 2)


def measure_words(preview: Preview) -> str:
    """The measures in one line."""
    found = preview.measures
    words = [f"{name.upper()} {found[name]:.3f}" for name in ("mse", "ssim") if name in found]
    if "coverage" in found:
        words.append(f"field covered {percent(found['coverage'])}")
    if "usable_contacts" in found:
        words.append(f"contacts usable {found['usable_contacts']:.0%}")
    return "  ·  ".join(words)
