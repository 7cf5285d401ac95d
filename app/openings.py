"""Approach windows put by hand: placed, dragged, typed and deleted, each as one undoable step.

A window is meant by its place in the plan's list. Whatever is done to a preset's windows makes them the user's own.
"""

from __future__ import annotations

from dataclasses import fields, replace
from math import sqrt
from typing import Any, Final

from app.aims import look_up, put_limits, set_limits, with_limits
from app.session import Session
from app.tasks import Job
from planner.anatomy.access import UNRESTRICTED, USUAL, Access, Surface, Window
from planner.design.limits import Limits, counted
from planner.errors import InputError
from planner.frames import HEMISPHERES, HemisphereName
from planner.implant.thread import Vector, vector
from planner.plan.plan import Plan

OWN: Final = "placed by hand"
SIDES: Final = {"lh": "left", "rh": "right"}
_FIRST_KIND: Final = 1_000  # below are those of `app.aims`
_FIELDS: Final = tuple(field.name for field in fields(Window))


def place_window(session: Session, surface: Surface, hemisphere: HemisphereName | None, point_mm: Vector) -> None:
    """Put a window of the usual size where the surface is nearest to a point of scanner RAS; the worker finds it.

    Without a hemisphere it is of the one whose pial is nearer.
    """

    def lay(plan: Plan, job: Job) -> tuple[Limits, Limits]:
        from planner.anatomy.windows import nearest_hemisphere, window_at

        assert session.case is not None
        anatomy = session.case.anatomy
        side = hemisphere or nearest_hemisphere(anatomy, point_mm)
        window = window_at(anatomy, side, surface, point_mm, *USUAL[surface])
        access = Access(OWN, (*plan.limits.access.windows, window))
        return plan.limits, replace(plan.limits, access=access)

    def put(limits: tuple[Limits, Limits]) -> None:
        place(limits)
        _say_closed(session)

    plan = session.plan
    if plan is not None:
        place = put_limits(session, f"Place window {len(plan.limits.access.windows) + 1}")
        look_up(session, "Placing an approach window", lay, put)


def closed_words(plan: Plan | None) -> str:
    """Whose threads cannot come in since only the other hemisphere has a window; empty where there are none."""
    for name in HEMISPHERES if plan is not None and plan.limits.access.windows else ():
        count = sum(thread.hemisphere == name for thread in plan.threads) if plan is not None else 0
        if count and plan is not None and not plan.limits.access.of(name):
            return f"No window of the {SIDES[name]} hemisphere yet: its {counted(count, 'thread')} cannot come in"
    return ""


def delete_window(session: Session, place: int) -> None:
    """Take a window away; without any, the approach is unrestricted."""
    plan = session.plan
    if plan is None or not 0 <= place < len(plan.limits.access.windows):
        return
    windows = tuple(w for number, w in enumerate(plan.limits.access.windows) if number != place)
    access = Access(OWN, windows) if windows else UNRESTRICTED
    set_limits(session, replace(plan.limits, access=access), f"Delete window {place + 1}")
    _say_closed(session)


def set_window(session: Session, place: int, field: str, value: Any) -> None:
    """Set a field of a window as it was typed; numbers that are spun are one step. A refused one is said."""
    window = window_of(session.plan, place)
    if window is None or not session.editable or getattr(window, field) == value:
        return
    try:
        changed = changed_window(window, **{field: value})
    except InputError as error:
        session.refused.emit(f"{error.what[:1].upper()}{error.what[1:]}: {error.remedy}")
        session.document_changed.emit()  # fields show the plan's own again
        return
    assert session.plan is not None
    what = field.rpartition("_")[0] or field
    kind = _FIRST_KIND + len(_FIELDS) * place + _FIELDS.index(field)
    limits = _with_window(session.plan, place, changed)
    set_limits(session, limits, f"{what.capitalize()} of window {place + 1}", kind)


def make_ready(session: Session, place: int) -> None:
    """Have the worker look up a window's surface, so that its first drag does not have to wait for that."""
    window, case = window_of(session.plan, place), session.case
    if window is None or case is None:
        return

    def look(job: Job) -> None:
        from planner.anatomy.windows import window_at

        window_at(case.anatomy, window.hemisphere, window.surface, window.centre_mm, window.radius_mm, window.cone_deg)

    session.worker.submit("", look, lambda _: None, key="window's surface", aside=True)


def drag_window(session: Session, place: int, window: Window) -> None:
    """Show a window as it would be; nothing is changed yet."""
    plan = session.plan
    if plan is not None and session.editable and window_of(plan, place) is not None:
        session.show(with_limits(plan, _with_window(plan, place, window)))


def drop_window(session: Session, words: str) -> None:
    """Make what a drag shows the plan, as one undoable step."""
    draft = session.draft
    if draft is None or not session.editable:
        session.cancel_drag()
        return
    session.edit(words, draft)


def changed_window(window: Window, **changes: Any) -> Window:
    """A window with other fields; an axis may be of any length.

    Raises
    ------
    InputError
        Where such a window cannot be used.
    """
    if "axis" in changes:
        changes["axis"] = unit_vector(changes["axis"])
    return replace(window, **changes)


def unit_vector(values: Vector) -> Vector:
    """The direction of a vector.

    Raises
    ------
    InputError
        Where it has none.
    """
    length = sqrt(sum(x * x for x in values))
    if not 0.0 < length < float("inf"):
        raise InputError("a window's axis has a direction", remedy="give x, y and z, not all of them 0")
    return vector(x / length for x in values)


def window_of(plan: Plan | None, place: int) -> Window | None:
    """A window of a plan by its place in the list."""
    windows = plan.limits.access.windows if plan is not None else ()
    return windows[place] if 0 <= place < len(windows) else None


def window_words(window: Window, place: int) -> str:
    """What a list shows of a window."""
    size = f"{window.radius_mm:.3g} mm · {window.cone_deg:.3g}°"
    return f"{place + 1} · {SIDES[window.hemisphere]} {window.surface} · {size}"


def _say_closed(session: Session) -> None:
    if words := closed_words(session.plan):
        session.said.emit(words)


def _with_window(plan: Plan, place: int, window: Window) -> Limits:
    windows = plan.limits.access.windows
    access = Access(OWN, (*windows[:place], window, *windows[place + 1 :]))
    return replace(plan.limits, access=access)
