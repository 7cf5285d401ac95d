"""Cases and files: open, add vessels, save, export. Menus, keys and tests call these."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from app.actions import in_background
from app.case import Case, load_case
from app.keeping import Keeper, Left
from app.session import Session
from app.tasks import Job
from planner.anatomy.hashing import changed_since
from planner.anatomy.request import CaseRequest, VesselFile
from planner.design.limits import counted
from planner.design.profiles import load_profile, profile_limits
from planner.errors import InputError, PlannerError
from planner.implant.catalogue import load_device
from planner.plan.atomic import staged_folder
from planner.plan.edits import unmeasured
from planner.plan.export import check_export, check_stale, write_export
from planner.plan.files import load_plan, save_plan
from planner.plan.make import case_difference, case_record, device_limits, examine, new_plan
from planner.plan.plan import Plan

REMEDY = "bring back the files that the plan was made on and open it again, or begin a new plan"
DEVICE = "long-thread"
BUDGET = 32


@dataclass(frozen=True)
class NewCase:
    """A case to begin a plan on, and how the plan begins.

    Attributes
    ----------
    request : CaseRequest
    device : str
        A name of the catalogue, or a file.
    threads : int
        The budget.
    profile : str
        The limits' profile; empty: the device's own limits.
    """

    request: CaseRequest
    device: str = DEVICE
    threads: int = BUDGET
    profile: str = ""


def open_case(session: Session, request: CaseRequest) -> None:
    """Load a case and begin an empty plan on it."""
    begin_case(session, NewCase(request))


def begin_case(session: Session, wanted: NewCase, unusable: Callable[[PlannerError], None] | None = None) -> None:
    """Load a case and begin an empty plan as it is wanted; `unusable`, if given, is told why that cannot be."""

    def load(job: Job) -> tuple[Case, Plan] | PlannerError:
        try:
            case = load_case(wanted.request, job.report)
            device = load_device(wanted.device)
            limits = device_limits(device, wanted.threads)
            if wanted.profile:
                limits = profile_limits(load_profile(wanted.profile), limits, case.anatomy)
            return case, new_plan(case.anatomy, device, limits)
        except PlannerError as error:
            if unusable is None:
                raise
            return error

    def take(found: tuple[Case, Plan] | PlannerError) -> None:
        if isinstance(found, PlannerError):
            assert unusable is not None
            session.end_loading(job)
            unusable(found)
        else:
            session.open(*found)

    job = in_background(
        session,
        f"Loading {wanted.request.source}",
        load,
        take,
        failed=lambda: session.end_loading(job),
        aside=True,  # a run goes on until the case has been found to be good
    )
    session.begin_loading(job)


def open_plan(session: Session, path: Path) -> None:
    """Open a plan together with the anatomy that it was made on; to look at only, where that has changed."""
    present = session.case

    def load(job: Job) -> tuple[Case, Plan, Path, bool, str]:
        plan = load_plan(path)
        case, changed = _case_of(plan, present, job)
        return case, unmeasured(plan) if changed else plan, path, True, changed

    _load(session, f"Opening {path.name}", load)


def recover(session: Session, left: Left, keeper: Keeper) -> None:
    """Take up what a crash has left: the plan, not saved yet, and on it as one step the result that was not decided on.

    Its file stays the plan's where nobody has written to it since. What was left is given up only once it is kept here.
    """
    present = session.case

    def load(job: Job) -> tuple[Case, str]:
        return _case_of(left.plan, present, job)

    def take(found: tuple[Case, str]) -> None:
        case, changed = found
        path = None if left.overtaken else left.path
        plan = unmeasured(left.plan) if changed else left.plan
        session.open(case, plan, path, saved=left.saved and not left.overtaken, read_only=changed)
        if left.result is not None and not changed:
            session.edit(f"Optimise {len(left.result.threads)} threads", left.result)
        keeper.adopt(left)
        session.said.emit("Took up the plan again" if left.saved else "Recovered the plan; save it")

    def fail() -> None:
        left.release()
        session.end_loading(job)

    job = in_background(session, "Recovering the plan", load, take, failed=fail, cancelled=left.release, aside=True)
    session.begin_loading(job)


def add_vessels(
    session: Session,
    wanted: VesselFile,
    unreadable: Callable[[PlannerError], None] = lambda error: None,
    added: Callable[[], None] = lambda: None,
) -> None:
    """Load the case again with a vessel file more. Threads stay where they are; what was verified of them goes.

    The plan is another one from then on, on another anatomy: it has no file until it is saved to one, and its history
    begins anew. `unreadable` is told why, where the file cannot be used; nothing has changed then. `added` is called
    once the file is part of the case.
    """
    plan, case = session.plan, session.case
    if plan is None or case is None or not session.editable:
        return
    asked, name = case.anatomy.request, Path(wanted.file).name
    request = replace(asked, vessels=(*asked.vessels, wanted))

    def load(job: Job) -> Case | PlannerError:
        try:
            return load_case(request, job.report)
        except PlannerError as error:
            return error

    def take(found: Case | PlannerError) -> None:
        if isinstance(found, PlannerError):
            session.end_loading(job)
            unreadable(found)
            return
        saved = not plan.everyone.threads and not session.modified
        record = case_record(found.anatomy)
        session.open(found, unmeasured(plan, case=record), None, saved)
        new = found.anatomy.vessels[len(case.anatomy.vessels) :]
        said = ", ".join(f"{vessel.name} ({vessel.kind})" for vessel in new)
        session.said.emit(f"Read {said} from {name}; threads stayed, verification and undo history have ended")
        added()

    job = in_background(
        session,
        f"Adding vessels from {name}",
        load,
        take,
        failed=lambda: session.end_loading(job),
        aside=True,
    )
    session.begin_loading(job)


def cancel_loading(session: Session) -> None:
    """Keep the present plan: what is on its way is not waited for any more."""
    job = session.loading
    if job is not None and session.case is not None:
        job.cancel()
        session.end_loading(job)
        session.said.emit("Loading was cancelled; this plan stays")


def cancel(session: Session, job: Job) -> None:
    """Let go of what is being done for the user; the plan stays."""
    if job is session.loading:
        cancel_loading(session)
    elif job is not session.job:  # an optimisation is stopped or discarded where it is watched
        session.worker.cancel(job)
        session.said.emit(f"Cancelled: {job.title}")


def _load(session: Session, title: str, load: Callable[[Job], Any]) -> None:
    job = in_background(
        session,
        title,
        load,
        lambda result: session.open(*result),
        failed=lambda: session.end_loading(job),
        aside=True,  # a run goes on until the file has been found to be good
    )
    session.begin_loading(job)


def _case_of(plan: Plan, present: Case | None, job: Job) -> tuple[Case, str]:
    """A plan's anatomy, loaded unless it is there and as its files are; and why the plan may only be looked at."""
    case = present
    if (
        case is None
        or case.anatomy.request != plan.case.request
        or changed_since(case.anatomy.findings)
        or case_difference(plan.case, case.anatomy)
    ):
        case = load_case(plan.case.request, job.report)
    difference = case_difference(plan.case, case.anatomy)
    return case, f"the anatomy differs from the plan's: {difference}" if difference else ""


def save(session: Session, path: Path | None = None) -> None:
    """Write the plan to its file, or to another one that becomes its file."""
    target = path or session.path
    if session.plan is None or target is None:
        raise InputError("there is no file to save to", remedy="choose one with Save as")
    if session.read_only and not session.modified:  # what was edited before the anatomy changed must not be lost
        raise InputError(f"not saved: {session.read_only}", remedy=REMEDY)
    save_plan(session.plan, target)
    session.saved(session.plan, target)
    session.said.emit(f"Saved {target}")


def export(
    session: Session,
    format: str,
    folder: Path,
    may_replace: Callable[[list[str]], bool] = lambda names: True,
    may_break: Callable[[int], bool] = lambda violations: True,
) -> None:
    """Write the plan for other programs; it is measured and verified anew for that.

    `may_break` is asked before a plan is exported that breaks limits, with the number of violations; `may_replace`,
    with their names, before files that are in the folder already are replaced.
    """
    plan, case = session.plan, session.case
    if plan is None or case is None or not session.editable:
        return

    def write(job: Job) -> tuple[TemporaryDirectory[str], int]:
        if changed := changed_since(case.anatomy.findings):
            raise InputError(f"not exported: {changed}", remedy=REMEDY)
        check_export(plan, format)
        examined = examine(plan, case.site)
        stage = TemporaryDirectory(prefix="calcarine-")
        try:
            job.report("Writing the export")  # no further where it was cancelled meanwhile
            write_export(examined, format, Path(stage.name))
        except BaseException:
            stage.cleanup()
            raise
        return stage, len(examined.plan.verdict.violations) if examined.plan.verdict else 0

    def place(written: tuple[TemporaryDirectory[str], int]) -> None:
        stage, violations = written
        written_files = [file for file in Path(stage.name).rglob("*") if file.is_file()]
        names = sorted(file.relative_to(stage.name).as_posix() for file in written_files)
        present = [name for name in names if (folder / name).exists()]
        if (violations and not may_break(violations)) or (present and not may_replace(present)):
            stage.cleanup()
            return
        in_background(
            session, f"Exporting {format}", lambda job: move(job, stage, names), lambda names: tell(names, violations)
        )

    def move(job: Job, stage: TemporaryDirectory[str], names: list[str]) -> list[str]:
        with stage, staged_folder(folder) as final:
            check_stale(format, names, folder)
            for number, name in enumerate(names):
                job.progress(number, len(names))
                (final / name).parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(Path(stage.name) / name, final / name)
            job.progress(len(names), len(names))  # cancelled until here, nothing of it is left
        return names

    def tell(names: list[str], violations: int) -> None:
        feasible = f", with {violations} violation{'s' if violations != 1 else ''}" if violations else ""
        unused = f"; {counted(len(plan.aside), 'thread')} not used left out" if plan.aside else ""
        session.said.emit(f"Exported {', '.join(names)} to {folder}{feasible}{unused}")

    in_background(session, f"Exporting {format}", write, place)
