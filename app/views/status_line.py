"""The window's lower edge: what is done and said, what is under the mouse, the case, and what is known of the plan."""

from __future__ import annotations

from math import atan2, degrees, hypot
from time import monotonic
from typing import Final

import numpy as np
from PySide6.QtWidgets import QLabel, QSizePolicy, QStatusBar

from app import theme
from app.cortex import SurfacePoint
from app.guarding import AnatomyGuard, HashState
from app.reading import field_words
from app.session import Session
from app.views.overlays import area_name
from app.views.progress import ProgressStrip
from app.views.status import run_line, standing
from planner import RESEARCH_NOTICE
from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.spaces import SCANNER_IS_MNI305
from planner.frames import Space

SAID_MS = 8000
GAP_PX: Final = 10  # between two of what stands at the right, and about what is said
HEIGHT_PX = 24  # room for the cancel button, also where there is none
ANATOMY: Final[dict[HashState, tuple[str, str]]] = {
    "unchecked": ("anatomy not checked", theme.MUTED),
    "unchanged": ("anatomy unchanged", theme.MUTED),
    "changed": ("anatomy changed", theme.UNSAFE),
}


class StatusLine(QStatusBar):
    """Follows the session; what is under the mouse it is told."""

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self._doing = self._said = self._refused = ""
        self._said_until = 0.0
        self.setSizeGripEnabled(False)
        self.case, self.pick, self.verdict = QLabel(), QLabel(), QLabel()
        self.case.setToolTip(
            "The case, the devices (new threads are of the first), and the space of every coordinate shown"
        )
        self.pick.setToolTip("The point of pial under the mouse (x right, y anterior, z superior), and what it sees")
        self.pick.setMinimumWidth(380)
        notice = QLabel("Research use only")
        notice.setToolTip(RESEARCH_NOTICE)
        notice.setStyleSheet(f"color: {theme.WARNING};")
        self.anatomy = QLabel()
        self.progress = ProgressStrip(session)
        self._standing = (self.progress, self.pick, self.case, self.anatomy, self.verdict, notice)
        for widget in self._standing:
            self.addPermanentWidget(widget)
        # What it says makes neither the window wider nor the views above it jump.
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Fixed)
        self.setFixedHeight(HEIGHT_PX)
        self.messageChanged.connect(self._make_room)
        session.worker.busy_changed.connect(self._busy)
        session.doing.connect(self._busy)
        session.said.connect(self._say)
        session.refused.connect(self._refuse)
        for changed in (session.document_changed, session.case_changed):
            changed.connect(self._name_case)
        session.run_changed.connect(lambda old, new: self._follow_run())
        for about in (session.document_changed, session.shown_changed, session.run_changed, session.preview_changed):
            about.connect(self._tell_verdict)

    def follow(self, guard: AnatomyGuard) -> None:
        """Say from now on whether the anatomy is as it was loaded."""

        def tell() -> None:
            words, colour = ANATOMY[guard.state]
            self.anatomy.setText(words if self._session.case else "")
            self.anatomy.setStyleSheet(f"color: {colour};")
            when = f"{guard.checked_at:%H:%M:%S}" if guard.checked_at else "not yet"
            why = self._session.read_only or "Every file of the case is compared by its SHA-256"
            self.anatomy.setToolTip(f"{why[:1].upper()}{why[1:]}. Last compared: {when}.")

        guard.looked.connect(tell)
        tell()

    def read_out(self, at: SurfacePoint | None, value: str = "") -> None:
        """Say where the mouse is on the cortex, what is seen there, and what the cortex's colour there stands for."""
        if at is None:
            self.pick.clear()
            return
        x, y, z = at.pial_mm
        side = "left" if at.hemisphere == "lh" else "right"
        seen = f"{side} {area_name(at.area)}" if at.area else f"{side}, outside V1"
        if at.field_deg:
            seen += f"   field  {field_words(hypot(*at.field_deg), degrees(atan2(*at.field_deg)))}"
        parts = (f"mouse  RAS  {x:+.1f}  {y:+.1f}  {z:+.1f} mm", seen, value)
        self.pick.setText("   ".join(part for part in parts if part))

    def _say(self, text: str) -> None:
        self._said, self._said_until = text, monotonic() + SAID_MS / 1000
        self.showMessage(text, SAID_MS)

    def _refuse(self, text: str) -> None:
        self._refused = text
        self._say(text)

    def _make_room(self, message: str) -> None:
        """Sentences need the width more than the point under the mouse does; refusals are not to be overlooked."""
        self.pick.setVisible(not message or (message == self._doing and self._fits(message)))
        refused = bool(message) and message == self._refused
        self.setStyleSheet(f"QStatusBar {{ color: {theme.WARNING}; }}" if refused else "")

    def _fits(self, message: str) -> bool:
        """Whether there is room for a message beside all that stands at the right."""
        wide = self.fontMetrics().horizontalAdvance(message)
        return wide + sum(max(w.sizeHint().width(), w.minimumWidth()) + GAP_PX for w in self._standing) <= self.width()

    def _busy(self, title: str) -> None:
        """Say what is being done; once it is done, what was said or refused since stays, or just before comes back."""
        if title:
            self._doing = f"{title}…"
            self.showMessage(self._doing)
        elif self.currentMessage() == self._doing:
            left_ms = round(1000 * (self._said_until - monotonic()))
            if left_ms > 0:
                self.showMessage(self._said, left_ms)
            else:
                self.clearMessage()

    def _follow_run(self) -> None:
        """Say that a run rests or ends, where it said before that it goes on."""
        words = run_line(self._session)
        if words and self._doing and self._session.worker.current is self._session.job:
            begun, self._doing = self._doing, words
            if self.currentMessage() == begun != self._doing:
                self.showMessage(self._doing)

    def _name_case(self) -> None:
        plan = self._session.plan
        case = self._session.case.anatomy if self._session.case else None
        device = f"  ·  {' + '.join(device.name for device in plan.devices)}" if plan else ""
        self.case.setText(f"{case.name}{device}  ·  {_space(case)}, mm" if case else "")
        if case:
            self.case.setToolTip("\n".join((*case.notes, case.retinotopy_source)))

    def _tell_verdict(self) -> None:
        """Of what is on screen, which is not the plan where an optimisation waits for its answer."""
        shown = self._session.shown
        words, colour = standing(self._session) if shown and (shown.threads or self._session.run) else ("", theme.MUTED)
        self.verdict.setText(words)
        self.verdict.setStyleSheet(f"color: {colour};")


def _space(anatomy: Anatomy) -> str:
    """In which space coordinates are said: a template's scanner is the one of MNI305."""
    to_mni = anatomy.spaces.get(Space.MNI305)
    template = to_mni is not None and np.array_equal(to_mni.matrix, SCANNER_IS_MNI305.matrix)
    return "MNI305 RAS" if template else "scanner RAS"
