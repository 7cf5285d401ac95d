"""Keeping the plan against a crash, and finding what crashed sessions have kept.

Each running program has a folder of its own with a lock in it that names its process, so two windows never take each
other's plans. Into it the plan is written shortly after each change, in the worker, beside all else. When the program
ends in order the folder goes; one whose process is no more is what a crash has left.
"""

from __future__ import annotations

import json
import os
import secrets
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from PySide6.QtCore import QLockFile, QObject, QTimer, Signal, SignalInstance

from app.places import state_folder
from app.session import Session
from app.tasks import Job
from planner.errors import InputError, PlannerError
from planner.plan.atomic import write_file
from planner.plan.files import load_plan, save_plan
from planner.plan.plan import Plan

WAIT_MS: Final = 2000  # ours: what is changed within it is written at once; so much work may be lost
KEPT: Final = 5  # ours: the last ones, should the newest be torn
_LOCK, _RECORD, _PLAN, _RESULT = "lock", "record.json", "plan.json", "result.json"


class Keeper(QObject):
    """Writes the session's plan to its folder whenever something would be lost with the window.

    It does where it differs from its file, where a result is undecided, which is kept with it, and where it has
    snapshots that lie in the same folder.

    Parameters
    ----------
    session : Session
    folder : Path, optional
        Where sessions have their folders; the user's own place by default.
    wait_ms : int
        How long changes are gathered before they are written.

    Signals
    -------
    taken_over(Left)
        What a crash has left is kept here now, and is about to be given up there.
    """

    taken_over = Signal(object)

    def __init__(self, session: Session, folder: Path | None = None, wait_ms: int = WAIT_MS) -> None:
        super().__init__(session)
        self._session = session
        self.folder = (folder or state_folder() / "sessions") / f"{os.getpid()}-{secrets.token_hex(4)}"
        self._lock: QLockFile | None = None
        self._number, self._ended, self._warned = 0, False, False
        self._adopted: list[Left] = []
        self._beside: Callable[[], int] = lambda: 0
        self._timer = QTimer(self, singleShot=True, interval=wait_ms)
        self._timer.timeout.connect(self._keep)
        session.document_changed.connect(self._wait)
        session.run_changed.connect(lambda old, new: self._wait())

    def watch(self, changed: SignalInstance, beside: Callable[[], int]) -> None:
        """What lies beside the plan in the folder counts as well: `beside` says how much that is, `changed` when."""
        self._beside = beside
        changed.connect(self._wait)

    def adopt(self, left: Left) -> None:
        """What was left has become the session's plan: it is given up as soon as it is kept here."""
        self._adopted.append(left)
        self._wait()

    def hand_over(self) -> Path:
        """Keep the plan for the program that takes the place of this one, in the folder that is given back.

        Raises
        ------
        InputError
            Where it cannot be written.
        """
        plan = self._session.plan
        assert plan is not None
        try:
            self._locked()
            _write(self.folder / f"{self._number + 1:06d}", plan, None, self._session.path, not self._session.modified)
        except OSError as error:
            raise InputError(
                f"cannot take the plan for the next start ({error.strerror or error})",
                source=self.folder,
                remedy="see whether this folder may be written and has room, or save the plan and start again by hand",
            ) from error
        self._ended = True
        self._timer.stop()
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None
        return self.folder

    def end(self) -> None:
        """The program ends in order, its plan saved or given up: nothing is left to recover."""
        handed_over, self._ended = self._ended, True
        self._timer.stop()
        for left in self._adopted:
            left.discard()
        if not handed_over:
            shutil.rmtree(self.folder, ignore_errors=True)
        if self._lock is not None:
            self._lock.unlock()
            self._lock = None

    def _wait(self) -> None:
        """Write soon. A change does not put off what waits: else one who never rests would keep nothing."""
        if not self._ended and not self._timer.isActive() and self._session.plan is not None:
            self._timer.start()

    def _keep(self) -> None:
        session, plan = self._session, self._session.plan
        run = session.run
        result = run.candidate if run is not None and run.state == "ended" else None
        if plan is None or self._ended:
            return
        self._number += 1
        number, path = self._number, session.path
        lost = session.modified or result is not None or self._beside() > 0

        def write(job: Job) -> str:
            """Everything that goes wrong here is told, not raised: work goes on, only less safely."""
            try:
                if lost:
                    self._locked()
                    _write(self.folder / f"{number:06d}", plan, result, path)
                _rotate(self.folder, KEPT if lost else 0)
            except (PlannerError, OSError) as error:
                return str(error)
            return ""

        session.worker.submit("", write, self._told, aside=True)

    def _locked(self) -> None:
        if self._lock is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            lock = _lock_of(self.folder)
            if not lock.tryLock(0):
                raise InputError("cannot be locked", source=self.folder, remedy="see whether it may be written")
            self._lock = lock

    def _told(self, trouble: str) -> None:
        if trouble and not self._warned:
            self._session.refused.emit(f"The plan is not kept against a crash, save it often: {trouble}")
        self._warned = bool(trouble)
        while not trouble and self._adopted:
            left = self._adopted.pop()
            self.taken_over.emit(left)
            left.discard()


@dataclass(frozen=True, eq=False)
class Left:
    """What a session that ended out of order has kept. No other program is offered it until it is released.

    Attributes
    ----------
    folder : Path
        Of the session.
    lock : QLockFile
    kept_at : datetime
        UTC.
    plan : Plan
        The document as it was.
    result : Plan or None
        What an optimisation had found, not yet accepted or discarded.
    path : Path or None
        The plan's file, where it had one.
    saved : bool
        Whether nothing of it would be lost: it was handed over as its file has it, or without a change.
    """

    folder: Path
    lock: QLockFile
    kept_at: datetime
    plan: Plan
    result: Plan | None
    path: Path | None
    saved: bool = False

    @property
    def overtaken(self) -> bool:
        """Whether the plan's file has been written to since by somebody else, or is gone."""
        if self.path is None:
            return False
        try:
            return self.path.stat().st_mtime > self.kept_at.timestamp()
        except OSError:
            return True

    def release(self) -> None:
        """Leave it for another time."""
        self.lock.unlock()

    def discard(self) -> None:
        """Give it up."""
        shutil.rmtree(self.folder, ignore_errors=True)
        self.lock.unlock()


def left_behind(folder: Path | None = None) -> tuple[Left, ...]:
    """What crashed sessions have kept, the newest first.

    Folders that hold nothing that can be read stay as they are: somebody may know what to do with them.
    """
    found = []
    for place in (folder or state_folder() / "sessions").glob("*-*"):
        lock = _lock_of(place)
        if not lock.tryLock(0):
            continue  # its process is alive, or another program is asking about it
        left = _newest(place, lock)
        if left is None:
            lock.unlock()
        else:
            found.append(left)
    return tuple(sorted(found, key=lambda left: left.kept_at, reverse=True))


def taken_over(folder: Path) -> Left | None:
    """What a program has handed over to the one that takes its place; None where it is not there."""
    lock = _lock_of(folder)
    if not folder.is_dir() or not lock.tryLock(0):
        return None
    left = _newest(folder, lock)
    if left is None:
        lock.unlock()
    return left


def _lock_of(folder: Path) -> QLockFile:
    lock = QLockFile(str(folder / _LOCK))
    lock.setStaleLockTime(0)  # however old: only that its process is no more makes it void
    return lock


def _write(place: Path, plan: Plan, result: Plan | None, path: Path | None, saved: bool = False) -> None:
    """A numbered folder; it counts once the record, which is written last, is there."""
    place.mkdir(parents=True, exist_ok=True)
    save_plan(plan, place / _PLAN)
    if result is not None:
        save_plan(result, place / _RESULT)
    kept_at = datetime.now(UTC).isoformat()
    values = {
        "kept_at": kept_at,
        "path": None if path is None else str(path.absolute()),
        "result": result is not None,
        "saved": saved,
    }
    write_file(place / _RECORD, json.dumps(values).encode(), lambda written: None)


def _rotate(folder: Path, keep: int) -> None:
    for old in _numbered(folder)[keep:]:
        shutil.rmtree(old, ignore_errors=True)


def _numbered(folder: Path) -> list[Path]:
    """The folders of a session, newest first."""
    return sorted((place for place in folder.glob("[0-9]*") if place.is_dir()), reverse=True)


def _newest(folder: Path, lock: QLockFile) -> Left | None:
    """The newest that is whole."""
    for place in _numbered(folder):
        try:
            record = json.loads((place / _RECORD).read_text(encoding="utf-8"))
            result = load_plan(place / _RESULT) if record["result"] else None
            path = Path(record["path"]) if record["path"] else None
            kept_at = datetime.fromisoformat(record["kept_at"])
            return Left(folder, lock, kept_at, load_plan(place / _PLAN), result, path, bool(record.get("saved")))
        except (OSError, ValueError, KeyError, TypeError, PlannerError):
            continue
    return None
