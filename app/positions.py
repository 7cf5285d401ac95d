"""Where a thread is, as typed: its entry and its tip, and its contacts set around the middle of the gray matter.

Each is one undoable step. What cannot be is said as a sentence, and so is what became of what was typed.
"""

from __future__ import annotations

import re
from dataclasses import replace
from math import dist
from typing import Final

from app.actions import any_thread_of, in_background, in_bar, others, replaced, thread_of
from app.placing import shortcomings
from app.preview import same_design
from app.session import Session
from app.tasks import Job
from app.words import sentence
from planner.errors import InputError
from planner.implant.thread import Thread, Vector
from planner.plan import edits

FARTHEST_MM: Final = 10.0  # ours: a point farther from pial is no entry, but a slip
_BETWEEN: Final = re.compile(r"[\s,;]+")


def point_of(text: str) -> Vector:
    """The point that is typed: x, y and z in mm, with blanks, commas or semicolons between them.

    Raises
    ------
    InputError
        Where the text is none.
    """
    parts = [part for part in _BETWEEN.split(text.strip().strip("()[]").replace("−", "-")) if part]
    try:
        x, y, z = (float(part) for part in parts)
    except ValueError:
        raise InputError(f"{text.strip()[:30]!r} is no point", remedy="type x, y and z in mm, as -12.5 -90 4") from None
    if not all(abs(value) <= 1000.0 for value in (x, y, z)):  # NaN and infinity neither
        raise InputError(f"{text.strip()[:30]!r} is far outside any head", remedy="type x, y and z in mm")
    return (x, y, z)


def why_not(session: Session, name: str) -> str:
    """Why a thread cannot be moved, in a sentence; empty where it can."""
    thread = any_thread_of(session.plan, name)
    if thread is None:
        return "No thread is selected"
    if not session.editable:
        return session.read_only or "The plan cannot be changed while another is loaded or a result is to be decided on"
    if thread_of(session.plan, name) is None:
        return f"{name} is not used; use it again to move it"
    return f"{name} is locked; unlock it to move it" if thread.locked else ""


def type_entry(session: Session, name: str, text: str) -> None:
    """Put a thread's entry at a typed point, or onto pial where that is nearest to it; the tip stays where it can."""
    plan, case, thread = session.plan, session.case, _movable(session, name)
    if plan is None or case is None or thread is None:
        return
    from planner.design.placing import follow_surface

    try:
        wished = point_of(text)
    except InputError as error:
        session.refused.emit(sentence(error))
        return
    entry = follow_surface(case.site, thread, wished).entry_mm
    off = dist(entry, wished)
    if off > FARTHEST_MM:
        session.refused.emit(f"This point is {off:.0f} mm from pial; an entry lies on it")
        return
    device = plan.implant.device_of(thread)
    moved, words = replace(thread, entry_mm=entry), []
    if off > 0.005:  # as it is printed
        words.append(f"the entry was put onto pial, {off:.2f} mm from what was typed")
    if device.penetrates:
        least, most = edits.depth_range(device, plan.limits)
        if least <= dist(entry, thread.tip_mm) <= most:
            moved = _pointed(session, moved, thread.tip_mm)
        else:
            words.append(
                f"all of it moved: with its tip where it was it would not be {least:.2f} to {most:.2f} mm deep"
            )
    _put(session, name, f"Entry of {name}", moved, words)


def type_tip(session: Session, name: str, text: str) -> None:
    """Turn a thread about its entry so that its tip is at a typed point."""
    plan, thread = session.plan, _movable(session, name)
    if plan is None or thread is None:
        return
    try:
        wished = point_of(text)
    except InputError as error:
        session.refused.emit(sentence(error))
        return
    device = plan.implant.device_of(thread)
    least, most = edits.depth_range(device, plan.limits)
    away = dist(wished, thread.entry_mm)
    if not device.penetrates:
        session.refused.emit(f"{name} lies on the surface: it has no tip")
    elif not least - 1e-6 <= away <= most + 1e-6:
        session.refused.emit(
            f"This tip is {away:.2f} mm from the entry; {device.name} goes {least:.2f} to {most:.2f} mm deep"
        )
    else:
        _put(session, name, f"Tip of {name}", _pointed(session, thread, wished), [])


def centre(session: Session, name: str) -> None:
    """Set a thread's depth, and its direction where it must be, so that contacts lie around the middle of the gray."""
    plan, case, thread = session.plan, session.case, _movable(session, name)
    if plan is None or case is None or thread is None:
        return
    if not plan.implant.device_of(thread).penetrates:
        session.refused.emit(f"{name} lies on the surface: none of it is in the gray matter")
        return

    def look(job: Job) -> tuple[Thread, float]:
        from planner.design.centring import centred, off_middle
        from planner.implant.parameters import to_tensors

        found = centred(case.site, plan.devices, plan.limits, thread, others(plan, name), progress=in_bar(job))
        return found, float(off_middle(case.site, to_tensors((found,), plan.devices), plan.devices)[0])

    def put(result: tuple[Thread, float]) -> None:
        found, off = result
        now = session.plan
        if now is None or session.case is not case:
            return
        if not same_design(now, plan):
            session.refused.emit("The plan has changed in the meantime; try again")
            return
        if _movable(session, name) is None:
            return
        where = f"on average {off:.2f} mm from the middle of the gray matter"
        if found == thread:
            session.said.emit(f"{name} stays: its contacts are {where}, and no nearer within the limits")
            return
        turned = "turned and " if found.direction != thread.direction else ""
        found = replace(found, group=now.threads[plan.threads.index(thread)].group)
        _put(session, name, f"Centre {name}", found, [f"{turned}set to {found.depth_mm:.2f} mm, contacts {where}"])

    in_background(session, f"Centring the contacts of {name}", look, put, of_plan=True)


def _movable(session: Session, name: str) -> Thread | None:
    """The thread, if it can be moved; else the user is told why not."""
    if words := why_not(session, name):
        session.refused.emit(words)
        return None
    return thread_of(session.plan, name)


def _pointed(session: Session, thread: Thread, tip_mm: Vector) -> Thread:
    """The thread with another tip; as it is, where it cannot be turned so far, which is said."""
    plan = session.plan
    assert plan is not None  # or there would be no thread
    try:
        return edits.with_tip(thread, tip_mm, plan.implant.device_of(thread), plan.limits)
    except InputError as error:
        session.refused.emit(sentence(error))
        return thread


def _put(session: Session, name: str, text: str, moved: Thread, words: list[str]) -> None:
    """Make it one undoable step, and say what came of it."""
    plan, case, before = session.plan, session.case, thread_of(session.plan, name)
    if plan is None or case is None or before is None:
        return
    said = [f"{name}: {'; '.join(words)}"] if words else []
    if moved != before:
        changed = edits.with_threads(plan, replaced(plan, moved))
        session.edit(text, changed)
        said += filter(None, [shortcomings(case, changed, moved)])
    if said:
        session.said.emit("; ".join(said))
