"""Watching that the anatomy stays the one that was loaded: its files are looked at again and again, beside all else."""

from __future__ import annotations

from datetime import datetime
from typing import Final, Literal

from PySide6.QtCore import QElapsedTimer, QObject, QTimer, Signal

from app.session import Session
from app.tasks import Job
from planner.anatomy.hashing import changed_since

HashState = Literal["unchecked", "unchanged", "changed"]
REST_MS: Final = 10_000  # ours; the window comes to the front more often


class AnatomyGuard(QObject):
    """Compares the files of the case with their hashes, and makes the plan read-only while they differ.

    Signals
    -------
    looked()
        The files have been compared, or belong to another case.
    """

    looked = Signal()

    def __init__(self, session: Session) -> None:
        super().__init__(session)
        self._session = session
        self.state: HashState = "unchecked"
        self.checked_at: datetime | None = None
        self._why = ""  # what this guard forbade, if it did
        self._clock = QElapsedTimer()
        session.opened.connect(self._begin)
        self._timer = QTimer(self, interval=REST_MS)
        self._timer.timeout.connect(self._look)
        self._timer.start()

    def look_again(self, at_once: bool = False) -> None:
        """Compare, unless that was done a moment ago."""
        if at_once or not self._clock.isValid() or self._clock.elapsed() > REST_MS:
            self._look()

    def _begin(self) -> None:
        self.state, self.checked_at, self._why = "unchecked", None, ""
        self.looked.emit()
        self._look()

    def _look(self) -> None:
        case = self._session.case
        if case is None:
            return
        self._clock.start()

        def compare(job: Job) -> str:
            return changed_since(case.anatomy.findings)

        def hear(changed: str) -> None:
            if self._session.case is case:
                self._judge(changed)

        self._session.worker.submit("", compare, hear, key="anatomy", aside=True)

    def _judge(self, changed: str) -> None:
        session = self._session
        self.checked_at = datetime.now()
        if changed:
            self.state = "changed"
            if not session.read_only:
                self._why = changed
                session.forbid(changed)
        elif session.read_only and session.read_only != self._why:
            self.state = "changed"  # since the plan was made, though not since it was opened
        else:
            self.state = "unchanged"
            if self._why:
                self._why = ""
                session.forbid("")
                session.said.emit("The anatomy is as it was; the plan can be edited again")
        self.looked.emit()
