"""What a plan is for and what it has to keep to: task, model of what is seen, goal, limits, windows and regions.

Each function is one undoable step; a value that is spun is one step however long that takes. What was measured of the
plan does not survive, the goal apart. What has to be looked up or laid on the anatomy is asked of the worker.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import fields, replace
from pathlib import Path
from typing import Any, Final, TypeVar

from app.preview import task_for
from app.session import ALONE, Session
from app.tasks import Job
from app.words import sentence
from planner.anatomy.regions import Region, hemisphere_of_file
from planner.design.limits import Limits
from planner.errors import InputError
from planner.percept.parameters import model_name
from planner.percept.settings import Seeing, Stimulus
from planner.plan.edits import unmeasured
from planner.plan.plan import Plan
from planner.plan.stamp import CURRENTS
from planner.tasks.goal import Goal, check_goal
from planner.tasks.record import TaskRecord, usual_settings

T = TypeVar("T")

_FIRST_KIND: Final = 100  # below are those of `app.actions`
_KINDS: Final = {
    (record.__name__, field.name): _FIRST_KIND + 100 * place + number
    for place, record in enumerate((Limits, TaskRecord, Goal, Seeing))
    for number, field in enumerate(fields(record))
}


def set_limit(session: Session, name: str, value: float | None) -> None:
    """Set one of the numbers of `Limits` by its field's name, in its unit; None where it is to follow another one."""
    plan = session.plan
    if plan is None or getattr(plan.limits, name) == value:
        return
    what, _, unit = name.rpartition("_")
    amount = "as of all" if value is None else f"{value:g}{'°' if unit == 'deg' else ' mm'}"
    words = f"{what.replace('_', ' ').capitalize()} {amount}"
    changed: dict[str, Any] = {name: value}
    set_limits(session, replace(plan.limits, **changed), words, _KINDS["Limits", name])


def set_limits(session: Session, limits: Limits, words: str = "Limits", kind: int = ALONE) -> None:
    """Set all that the plan has to keep to."""
    plan = session.plan
    if plan is not None and session.editable and plan.limits != limits:
        session.edit(words, with_limits(plan, limits), kind)


def with_limits(plan: Plan, limits: Limits) -> Plan:
    """A plan with other limits, and without what was measured under those before."""
    return unmeasured(plan, limits=limits)


def set_profile(session: Session, name: str) -> None:
    """Set the limits that a profile names; the others stay. Windows are laid on the anatomy in the worker."""

    def lay(plan: Plan, job: Job) -> tuple[Limits, Limits]:
        from planner.design.profiles import load_profile, profile_limits

        return plan.limits, profile_limits(load_profile(name), plan.limits, _site(session).anatomy)

    look_up(session, f"Laying the profile {name} on the case", lay, put_limits(session, f"Profile {name}"))


def set_access(session: Session, preset: str) -> None:
    """Set the windows that threads have to come through to those of a preset."""

    def lay(plan: Plan, job: Job) -> tuple[Limits, Limits]:
        from planner.anatomy.windows import access_preset

        return plan.limits, replace(plan.limits, access=access_preset(preset, _site(session).anatomy))

    look_up(session, f"Laying the windows {preset}", lay, put_limits(session, f"Approach {preset}"))


def put_limits(session: Session, words: str) -> Callable[[tuple[Limits, Limits]], None]:
    """Put limits in the place of those that they were made of, where these are still the plan's."""

    def put(limits: tuple[Limits, Limits]) -> None:
        before, after = limits
        if session.plan is not None and session.plan.limits == before:
            set_limits(session, after, words)
        else:
            session.refused.emit("The limits have changed in the meantime; try again")

    return put


def parcels_of(session: Session, path: Path) -> list[str]:
    """The names of an annotation's parcels that have any vertex, sorted.

    Raises
    ------
    InputError
        Where it cannot be read or is of another surface.
    """
    from planner.anatomy.parcels import read_annotation

    side = hemisphere_of_file(path)
    hemispheres = _site(session).anatomy.hemispheres
    if side not in hemispheres:
        raise InputError(f"is of {side}, which the case does not have", source=path, remedy="choose another one")
    codes, names = read_annotation(path, len(hemispheres[side].pial_mm))
    there = set(codes.tolist())
    return sorted(name for name, code in names.items() if code in there)


def forbid(session: Session, path: Path, parcel: str = "") -> None:
    """Forbid the cortex of a FreeSurfer label, or with a parcel's name of an annotation."""

    def read(plan: Plan, job: Job) -> Region:
        from planner.anatomy.regions import region_from_annot, region_from_label

        side = hemisphere_of_file(path)
        hemisphere = _site(session).anatomy.hemispheres.get(side)
        if hemisphere is None:
            raise InputError(f"is of {side}, which the case does not have", source=path, remedy="leave it out")
        return region_from_annot(path, parcel, hemisphere) if parcel else region_from_label(path, hemisphere)

    def add(region: Region) -> None:
        plan = session.plan
        if plan is not None and region in plan.limits.regions:
            session.said.emit(f"{region.name} of {region.hemisphere} is forbidden already")
        elif plan is not None:
            regions = (*plan.limits.regions, region)
            set_limits(session, replace(plan.limits, regions=regions), f"Forbid {region.name}")

    look_up(session, f"Reading {path.name}", read, add)


def allow(session: Session, place: int) -> None:
    """Take a forbidden region, by its place in the list, off the limits."""
    plan = session.plan
    if plan is not None and 0 <= place < len(plan.limits.regions):
        regions = tuple(region for number, region in enumerate(plan.limits.regions) if number != place)
        set_limits(session, replace(plan.limits, regions=regions), f"Allow {plan.limits.regions[place].name}")


def set_task(session: Session, task: TaskRecord, words: str = "", field: str = "") -> None:
    """Set what should be seen, once its pictures could be drawn; `field` names the one setting that is spun, if so.

    A goal or encoder that does not suit the task is put back to the usual one, which is said.
    """

    def draw(plan: Plan, job: Job) -> TaskRecord:
        task_for(replace(plan, task=task))
        return task

    def put(drawn: TaskRecord) -> None:
        now = session.plan
        if now is not None and now.task != drawn:
            changed, why = _suited(unmeasured(now, task=drawn))
            session.edit(words or f"Task {drawn.name}", changed, _KINDS["TaskRecord", field] if field else ALONE)
            if why:
                session.said.emit(why)

    look_up(session, "Drawing what should be seen", draw, put, key="task")


def set_pictures(session: Session, folder: Path, only: str = "") -> None:
    """Let the pictures of a folder be what should be seen, or one of them alone; those left out are counted."""

    def look(plan: Plan, job: Job) -> tuple[TaskRecord, str]:
        from planner.tasks.folder import listing

        found = listing(folder)
        files = tuple(file for file in found.files if file.name == only) if only else found.files
        if not files:
            reason = dict(found.skipped).get(only, "is not there any more")
            raise InputError(reason, source=folder / only, remedy="choose another picture")
        record = TaskRecord(
            "images",
            plan.task.extent_deg,
            plan.task.pixels,
            polarity=plan.task.polarity,
            folder=found.folder,
            files=files,
        )
        left = "" if only or not found.skipped else f"{len(found.skipped)} other files of the folder are left out"
        return record, left

    def put(found: tuple[TaskRecord, str]) -> None:
        record, left = found
        set_task(session, record, f"Pictures of {folder.name}")
        if left:
            session.said.emit(left)

    look_up(session, f"Looking through {folder.name}", look, put)


def set_seeing(session: Session, seeing: Seeing, words: str = "", field: str = "") -> None:
    """Set how the plan is seen: model, currents and what varies; `field` is "model" or the like while that is spun."""
    plan = session.plan
    if plan is None or not session.editable or plan.seeing == seeing:
        return
    changed, why = _suited(unmeasured(plan, seeing=seeing))
    session.edit(words or _seen_words(plan.seeing, seeing), changed, _KINDS["Seeing", field] if field else ALONE)
    if why:
        session.said.emit(why)


def _seen_words(before: Seeing, after: Seeing) -> str:
    """What an edit of how the plan is seen is called, by what it changes."""
    if model_name(before.model) != model_name(after.model):
        return f"Model {model_name(after.model)}"
    if before.stimulus.encoder != after.stimulus.encoder:
        return f"Currents {CURRENTS[after.stimulus.encoder]}"
    return "Model of what is seen"


def set_usual(session: Session) -> None:
    """Put the settings of the task, the model, the currents and what varies back to the usual ones.

    What is shown, which model it is and how pictures become currents stay.
    """

    def draw(plan: Plan, job: Job) -> tuple[TaskRecord, Seeing]:
        task = usual_settings(plan.task)
        task_for(replace(plan, task=task))
        return task, Seeing(type(plan.seeing.model)(), Stimulus(plan.seeing.stimulus.encoder))

    def put(found: tuple[TaskRecord, Seeing]) -> None:
        now, (task, seeing) = session.plan, found
        if now is not None and (now.task, now.seeing) != found:
            changed, why = _suited(unmeasured(now, task=task, seeing=seeing))
            session.edit("Usual settings", changed)
            if why:
                session.said.emit(why)

    look_up(session, "Drawing what should be seen", draw, put, key="task")


def set_goal(session: Session, goal: Goal, field: str = "") -> None:
    """Set the weights of the losses that an optimisation lowers; `field` names the one that is spun, if so.

    Nothing that is measured of a plan depends on them, so that it stays.
    """
    plan = session.plan
    if plan is None or not session.editable or plan.goal == goal:
        return
    try:
        check_goal(goal, plan.task, plan.seeing.stimulus.encoder)
    except InputError as error:
        session.refused.emit(f"{error.what[:1].upper()}{error.what[1:]}")
        session.document_changed.emit()  # fields show the plan's own again
        return
    session.edit("Weights of the losses", replace(plan, goal=goal), _KINDS["Goal", field] if field else ALONE)


def _suited(plan: Plan) -> tuple[Plan, str]:
    """The plan with the usual goal where its own does not go with task and encoder, and a sentence of why."""
    try:
        check_goal(plan.goal, plan.task, plan.seeing.stimulus.encoder)
    except InputError as error:
        return replace(plan, goal=Goal()), f"Optimising lowers the squared error alone now: {error.what}"
    return plan, ""


def _site(session: Session) -> Any:
    assert session.case is not None
    return session.case.site


def look_up(
    session: Session, title: str, work: Callable[[Plan, Job], T], done: Callable[[T], None], key: str = ""
) -> None:
    """Let the worker find something for the plan; what the user can mend is said, and the plan stays as it is."""
    plan, case, opening = session.plan, session.case, session.opening
    if plan is None or case is None or not session.editable:
        return

    def find(job: Job) -> tuple[T | None, InputError | None]:
        try:
            return work(plan, job), None
        except InputError as error:
            return None, error

    def show_own() -> None:
        session.document_changed.emit()  # fields show the plan's own again

    def hear(found: tuple[T | None, InputError | None]) -> None:
        result, error = found
        if session.opening is not opening:
            return  # it was for a plan that is open no longer
        if error is not None:
            session.refused.emit(sentence(error))
            show_own()
        elif session.editable and result is not None:
            done(result)
        else:
            session.refused.emit("Not done: the plan cannot be edited now")

    session.worker.submit(title, find, hear, failed=show_own, cancelled=show_own, key=key)
