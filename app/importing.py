"""Trajectories of other programs as threads of the plan: looked at first, then taken over as one undoable step."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from app.session import Session
from app.tasks import Job
from planner.design.limits import counted
from planner.errors import PlannerError
from planner.implant.device import Device
from planner.plan.edits import unmeasured
from planner.plan.plan import Plan

if TYPE_CHECKING:  # torch comes with it
    from planner.plan.imports import Imported, Origin


@dataclass(frozen=True)
class Wanted:
    """A file of lines, and how it is to be read.

    Attributes
    ----------
    file : Path
    device : Device
        What the new threads are of.
    origin : "scanner", "volume" or (x, y, z), optional
        Where the origin of a ROSA file is.
    instead : bool
        Whether the plan's unlocked threads give way.
    """

    file: Path
    device: Device
    origin: Origin | None = None
    instead: bool = False


@dataclass(frozen=True, eq=False)
class Found:
    """What a file's lines would make of the plan.

    Attributes
    ----------
    before, after : Plan
    imported : Imported
        What became of each line.
    """

    before: Plan
    after: Plan
    imported: Imported


def look(session: Session, wanted: Wanted, hear: Callable[[Found | PlannerError], None]) -> None:
    """Read lines and see what threads they would be; the plan stays as it is."""
    plan, case = session.plan, session.case
    if plan is None or case is None:
        return

    def read(job: Job) -> Found | PlannerError:
        from planner.plan.imports import origin_mm, read_trajectories, with_trajectories

        try:
            trajectories = read_trajectories(wanted.file, origin_mm(wanted.origin, case.anatomy))
            after, imported = with_trajectories(plan, trajectories, case.site, wanted.device, wanted.instead)
            return Found(plan, after, imported)
        except PlannerError as error:
            return error

    session.worker.submit("", read, hear, key="import", aside=True)


def take_over(session: Session, found: Found, name: str) -> None:
    """Make the plan what was found of the file of this name: one undoable step."""
    threads = found.imported.threads
    now = session.plan
    if now is None or unmeasured(now) != unmeasured(found.before) or not session.editable:
        session.refused.emit("The plan has changed in the meantime; import the file again")
        return
    if not threads:
        return
    session.edit(f"Import {counted(len(threads), 'thread')}", found.after)
    session.select(threads[0].name)
    left = f"; {counted(len(found.imported.refused), 'line')} left out" if found.imported.refused else ""
    session.said.emit(f"Imported {counted(len(threads), 'thread')} from {name}{left}; verify the plan")
