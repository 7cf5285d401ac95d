"""Named copies of the plan: beside its file, or among what the session keeps while it has none."""

from __future__ import annotations

import shutil
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import count
from pathlib import Path
from typing import Final
from unicodedata import normalize
from urllib.parse import quote, unquote

from PySide6.QtCore import QObject, Signal

from app.session import Session
from planner.errors import InputError
from planner.plan.files import load_plan, save_plan
from planner.plan.make import case_difference
from planner.plan.plan import Plan

LONGEST: Final = (
    50  # ours: characters of a name; of four bytes each it is still a file's name, and room is left to write it
)
_END: Final = ".json"


@dataclass(frozen=True)
class Snapshot:
    """A named copy, not yet read.

    Attributes
    ----------
    name : str
    file : Path
        A plan file like any other.
    taken_at : datetime
        UTC.
    """

    name: str
    file: Path
    taken_at: datetime

    def read(self) -> Plan:
        """The plan as it was; raises as `load_plan` does."""
        return load_plan(self.file)


class Snapshots(QObject):
    """The snapshots of the session's plan.

    Parameters
    ----------
    session : Session
    unsaved : Path
        Where those of plans without a file lie; each plan has a folder of its own in it.

    Signals
    -------
    changed()
        One is being taken, was taken or deleted, or they are of another plan.
    """

    changed = Signal()

    def __init__(self, session: Session, unsaved: Path) -> None:
        super().__init__(session)
        self._session, self._unsaved, self._opened = session, unsaved, 0
        self._stranded: tuple[Path, ...] = ()  # where some lie that could not come along
        self._coming: list[str] = []  # names of those that are being written
        session.opened.connect(self._begin)

    @property
    def folder(self) -> Path:
        """Where they lie: ``NAME.snapshots`` beside ``NAME.json``."""
        path = self._session.path
        return self._unsaved / str(self._opened) if path is None else path.with_name(f"{path.stem}.snapshots")

    @property
    def at_risk(self) -> int:
        """How many would be lost with the window: those of a plan without a file, and what could not come along."""
        left = sum(len(_files(place)) for place in self._stranded if place.is_relative_to(self._unsaved))
        return left + (len(self.all()) + len(self._coming) if self._session.path is None else 0)

    def all(self) -> tuple[Snapshot, ...]:
        """All there are, the newest first."""
        found = []
        for file in _files(self.folder):
            taken_at = datetime.fromtimestamp(file.stat().st_mtime, UTC)
            found.append(Snapshot(normalize("NFC", unquote(file.name.removesuffix(_END))), file, taken_at))
        return tuple(sorted(found, key=lambda one: (one.taken_at, one.name), reverse=True))

    def free_name(self) -> str:
        """A name that can be taken."""
        taken = self._taken()
        return next(name for n in range(1, len(taken) + 2) if (name := f"Snapshot {n}").casefold() not in taken)

    def take(self, name: str) -> None:
        """Keep the plan as it is now under a name; written beside all else.

        Raises
        ------
        InputError
            Where the name is empty, too long or taken.
        """
        session, plan = self._session, self._session.plan
        name = normalize("NFC", name.strip())
        if plan is None:
            return
        if not 0 < len(name) <= LONGEST:
            raise InputError("a snapshot needs a name", remedy=f"give 1 to {LONGEST} characters")
        if name.casefold() in self._taken():
            raise InputError(f"there is a snapshot {name!r} already", remedy="give another name")
        file, opening = self.folder / _file_name(name), session.opening
        self._coming.append(name)

        def write(job: object) -> None:
            _made(file.parent)
            save_plan(plan, file)

        def end() -> None:
            self._coming.remove(name)
            self.changed.emit()

        def tell(_: None) -> None:
            session.said.emit(f"Took snapshot {name!r}")
            end()
            if session.opening is opening:
                self.follow(file.parent)  # the plan may have got a file while it was written

        session.worker.submit("", write, tell, failed=end, aside=True)

    def delete(self, snapshot: Snapshot) -> None:
        """Give one up; its file goes."""
        snapshot.file.unlink(missing_ok=True)
        self.changed.emit()

    def follow(self, before: Path) -> None:
        """The plan has got a file, or another one, or none any more: its snapshots come along from the folder before.

        Those beside a file stay with it, too. Where there is another one of a name already, it gets a further one.

        Raises
        ------
        InputError
            Where they cannot be written.
        """
        self._stranded = tuple(place for place in dict.fromkeys((*self._stranded, before)) if place != self.folder)
        for place in self._stranded:
            self._carry(place)
        self._stranded = ()

    def _carry(self, before: Path) -> None:
        unsaved = before.is_relative_to(self._unsaved)
        for file in _files(before):
            try:
                _made(self.folder)
                place = _free(self.folder / file.name, file)
                if place is not None:
                    shutil.copy2(file, place)
                if unsaved:
                    file.unlink()  # a crash must not give it to another plan
            except (InputError, OSError) as error:
                raise InputError(
                    f"snapshots cannot be written there ({error})",
                    source=self.folder,
                    remedy=f"they are still in {before}: save the plan where there is room, and they come along",
                ) from error
        self.changed.emit()

    def inherit(self, folder: Path) -> None:
        """Take over those that a crash has left of the unsaved plan that was recovered."""
        for unsaved in sorted(place for place in folder.glob("*") if place.is_dir()):
            self.follow(unsaved)

    def _taken(self) -> set[str]:
        """All names there are; some disks tell no cases apart."""
        return {name.casefold() for name in (*(one.name for one in self.all()), *self._coming)}

    def _begin(self) -> None:
        self._opened += 1
        self._stranded = ()
        self.changed.emit()


def restore(session: Session, name: str, plan: Plan) -> None:
    """Make a snapshot the plan, as one undoable step."""
    now, case = session.plan, session.case
    if now is None or case is None or not session.editable:
        return
    if difference := case_difference(plan.case, case.anatomy):
        session.refused.emit(f"{name} was taken on another anatomy: {difference}")
        return
    session.edit(f"Restore {name}", replace(plan, case=now.case))


def _files(folder: Path) -> list[Path]:
    return sorted(folder.glob(f"*{_END}"))


def _free(place: Path, file: Path) -> Path | None:
    """Where a file of this name can lie without taking another one's place; None where it lies there already."""
    for number in count(2):
        if not place.exists():
            return place
        if place.read_bytes() == file.read_bytes():
            return None
        place = place.with_name(f"{file.name.removesuffix(_END)} ({number}){_END}")
    raise AssertionError("numbers have no end")


def _file_name(name: str) -> str:
    """Letters of other scripts stay as they are: each would take nine characters, and names of files are short."""
    return "".join(quote(letter, safe=" ") if letter.isascii() else letter for letter in name) + _END


def _made(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise InputError(
            f"cannot be made ({error.strerror or error})", source=folder, remedy="save the plan where you may write"
        ) from error
