"""Long work in the window's lower edge: how far it is, how long it still takes, and a way out."""

from __future__ import annotations

from typing import Final

import qtawesome as qta
from PySide6.QtCore import QRectF, Qt, QTimer, Signal
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QToolButton, QWidget

from app import theme
from app.session import Run, Session
from app.tasks import PATIENCE_MS

BEAT_MS: Final = 250
HIGH_PX: Final = 4
PIECES: Final = 6  # of the line, of which one wanders


class ProgressLine(QWidget):
    """How far something is; where that is not known, a piece of it wanders.

    Qt's own bar is painted within every call, and where nothing is known thirty times a second, with which the whole
    window is put together anew: while a case is loaded, that takes as long as the loading.
    """

    def __init__(self) -> None:
        super().__init__()
        self.done = self.of = 0
        self._beats = 0
        self._beat = QTimer(self, interval=BEAT_MS)
        self._beat.timeout.connect(self._wander)
        self.setFixedHeight(HIGH_PX)
        self.setAccessibleName("Progress")

    def show_far(self, done: int, of: int) -> None:
        """So much of so much; of 0 where that is not known."""
        if (done, of) != (self.done, self.of):
            self.done, self.of = done, of
            self.update()
        if of == 0 and not self._beat.isActive():
            self._beat.start()

    def _wander(self) -> None:
        self._beats += 1
        if self.of == 0 and self.isVisible():
            self.update()
        else:
            self._beat.stop()

    def paintEvent(self, event: QPaintEvent) -> None:
        """Paint the line, and on it what is done."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        whole = QRectF(self.rect())
        begin, end = (self._beats % PIECES, self._beats % PIECES + 1) if self.of == 0 else (0, self.done)
        unit = whole.width() / (self.of or PIECES)
        for part, colour in (
            (whole, theme.BASE),
            (QRectF(begin * unit, 0, (end - begin) * unit, whole.height()), theme.ACCENT),
        ):
            painter.setBrush(QColor(colour))
            painter.drawRoundedRect(part, whole.height() / 2, whole.height() / 2)
        painter.end()


class ProgressStrip(QWidget):
    """Follows the worker; an optimisation has its own buttons, so it is only shown.

    Signals
    -------
    cancel_requested(Job)
    """

    cancel_requested = Signal(object)

    def __init__(self, session: Session) -> None:
        super().__init__()
        self._session = session
        self.bar = ProgressLine()
        self.bar.setFixedWidth(120)
        self.left = QLabel()
        self.cancel = QToolButton(autoRaise=True)
        self.cancel.setIcon(qta.icon("mdi6.close-circle-outline", color=theme.TEXT))
        self.cancel.setFixedSize(22, 18)  # the status bar is no higher for it
        self.cancel.setStyleSheet("padding: 0;")
        self.cancel.setToolTip("Cancel what is being done; the plan stays as it is")
        self.cancel.setAccessibleName("Cancel")
        self.cancel.clicked.connect(self._ask)
        line = QHBoxLayout(self)
        line.setContentsMargins(0, 0, 0, 0)
        line.setSpacing(4)
        line.addWidget(self.bar, 0, Qt.AlignmentFlag.AlignVCenter)
        line.addWidget(self.left)
        line.addWidget(self.cancel)
        self._patience = QTimer(self, singleShot=True, interval=PATIENCE_MS)
        self._beat = QTimer(self, interval=BEAT_MS)
        self._patience.timeout.connect(self._begin)
        self._beat.timeout.connect(self.follow)
        session.worker.busy_changed.connect(self._changed)
        self.hide()

    def _changed(self, title: str) -> None:
        if title and not self._beat.isActive():
            self._patience.start()
        elif not title:
            self._patience.stop()
            self._beat.stop()
            self.hide()

    def _begin(self) -> None:
        self._beat.start()
        self.follow()

    def follow(self) -> None:
        """Draw how far it is now."""
        session, job = self._session, self._session.worker.current
        self.setVisible(job is not None)
        if job is None:
            return
        run = session.run if job is session.job else None
        done, of = (run.done, run.of) if run is not None else job.far
        self.bar.show_far(done, of)
        self.left.setText(left_words(job.left_s if run is None or _counts(run) else None))
        self.cancel.setVisible(run is None and (job is not session.loading or session.case is not None))
        self.cancel.setToolTip(f"Cancel: {job.title}; the plan stays as it is")

    def _ask(self) -> None:
        job = self._session.worker.current
        if job is not None:
            self.cancel_requested.emit(job)


def _counts(run: Run) -> bool:
    """Whether a run's steps say how long it still takes: not while it rests or ends, nor once the last one is done."""
    return run.state == "running" and 0 < run.step < run.total


def left_words(seconds: float | None) -> str:
    """A time left as people say it: roughly, since it is roughly known."""
    if seconds is None:
        return ""
    if seconds < 60:
        return f"about {max(1, round(seconds))} s left"
    return f"about {round(seconds / 60)} min left"
