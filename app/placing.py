"""Placing threads by hand: click one in, drag it over the surface, drop it."""

from __future__ import annotations

from dataclasses import replace
from itertools import count
from math import isfinite
from typing import Final

from app.actions import budget_is_spent, in_background, in_bar, next_name, others, replaced, thread_of
from app.case import Case
from app.preview import same_design
from app.session import Session
from app.tasks import PATIENCE_MS, Job
from app.words import CONSTRAINT_WORDS, amount
from planner.design.limits import NO_WINDOW
from planner.frames import HemisphereName
from planner.implant.thread import Thread, Vector
from planner.plan.edits import with_threads
from planner.plan.plan import Plan

_FIRST_KIND: Final = 1_000_000  # below are those of `app.openings`
_kinds = count(_FIRST_KIND)  # one for each drop: two of them are two steps


def add_thread(session: Session, hemisphere: HemisphereName, entry_mm: Vector) -> None:
    """Add a thread near a point of pial; the worker looks for a place that keeps every limit."""
    plan, case = session.plan, session.case
    if plan is None or case is None or not session.editable or budget_is_spent(session, plan):
        return

    from planner.design.placing import SURROUND_MM, distance_to_v1, propose_thread

    away = distance_to_v1(case.site, hemisphere, entry_mm)
    if away > SURROUND_MM:
        session.refused.emit(f"This point is {away:.0f} mm from V1; threads are placed within {SURROUND_MM:g} mm of it")
        return

    def propose(job: Job) -> tuple[Thread, str]:
        name = next_name(plan)
        thread = propose_thread(
            case.site, plan.devices, plan.limits, hemisphere, entry_mm, name, plan.threads, progress=in_bar(job)
        )
        return thread, shortcomings(case, plan, thread)

    def insert(proposed: tuple[Thread, str]) -> None:
        now, (thread, faults) = session.plan, proposed
        if now is None or session.case is not case or not session.editable:
            return
        if not same_design(plan, now):  # edited in the meantime: what was free may be taken
            add_thread(session, hemisphere, entry_mm)
            return
        session.edit(f"Add {thread.name}", with_threads(now, (*now.threads, thread)))
        session.select(thread.name)
        if len(now.threads) + 1 == now.limits.threads:
            faults = "; ".join(filter(None, (f"the budget of {now.limits.threads} threads is reached", faults)))
            session.said.emit(f"{thread.name} added; {faults}")
        elif faults:
            session.said.emit(faults)

    in_background(session, "Finding a place", propose, insert, of_plan=True)


def drag_thread(session: Session, name: str, entry_mm: Vector, whole: bool = False) -> None:
    """Show where a thread would be with its entry at a point of pial; nothing is changed yet.

    Its direction turns with the surface, or stays as it is where it is moved as a `whole`.
    """
    plan, case = session.plan, session.case
    thread = thread_of(plan, name)
    if plan is None or case is None or thread is None or thread.locked or not session.editable:
        return
    from planner.design.placing import follow_surface

    moved = follow_surface(case.site, thread, entry_mm)
    if whole:
        moved = replace(thread, entry_mm=moved.entry_mm)
    session.show(with_threads(plan, replaced(plan, moved)))


def drop_thread(session: Session, name: str, turning: bool = True, snapping: bool = False) -> None:
    """Make what a drag shows the plan, at once, as one undoable step; what is found for it later is part of that.

    Where the thread breaks a limit there, it is turned about its entry or set deeper, as a thread that is clicked in;
    not where its own direction was what was dragged (`turning` False). With `snapping` its contacts are set around the
    middle of the gray matter.
    """
    draft, case = session.draft, session.case
    dropped = thread_of(draft, name)
    if draft is None or case is None or dropped is None or not session.editable:
        session.cancel_drag()
        return
    kind = next(_kinds)
    session.edit(f"Move {name}", draft, kind)
    _settle(session, case, draft, dropped, kind, turning, snapping)


def _settle(
    session: Session, case: Case, plan: Plan, dropped: Thread, kind: int, turning: bool, snapping: bool
) -> None:
    """Have the worker look for what keeps every limit about the place where a thread was dropped.

    Whatever the user does to the plan meanwhile ends the search, and the thread stays as it was dropped.
    """
    name = dropped.name

    def find(job: Job) -> tuple[Thread, str]:
        from planner.design.centring import centred
        from planner.design.placing import refined

        asked, told = (case.site, plan.devices, plan.limits), in_bar(job)
        taken, thread, words = others(plan, name), dropped, []
        if turning:
            thread = refined(*asked, thread, taken, told)
        if thread != dropped:
            words.append(f"{name} was turned to keep every limit")
        refined_to = thread
        if snapping:
            thread = centred(*asked, thread, taken, turning, told)
        if thread != refined_to:
            words.append(f"{name} was set around the middle of the gray matter")
        return thread, "; ".join(filter(None, (*words, shortcomings(case, plan, thread))))

    def wanted() -> bool:
        return session.last_kind == kind and session.draft is None and session.editable

    def look(*changed: object) -> None:
        if not job.cancelled and not wanted():  # the former once the worker has been closed
            session.worker.cancel(job)

    def end() -> None:
        for change in watched:
            change.disconnect(look)

    def put(found: tuple[Thread, str]) -> None:
        end()
        now, (thread, words) = session.plan, found
        if now is None or not wanted():
            return
        if thread != dropped:
            session.edit(f"Move {name}", with_threads(now, replaced(now, thread)), kind)
        if words:
            session.said.emit(words)

    title = f"Turning {name} to keep every limit" if turning else f"Centring the contacts of {name}"
    job = session.worker.submit(title, find, put, failed=end, cancelled=end, patience_ms=PATIENCE_MS)
    watched = (session.shown_changed, session.run_changed, session.history.indexChanged)
    for change in watched:
        change.connect(look)


def shortcomings(case: Case, plan: Plan, thread: Thread) -> str:
    """In a sentence what is wrong with a thread among the others of a plan, by the fast fields; empty for nothing."""
    from planner.design.placing import broken, contacts_outside

    words = []
    limit = broken(case.site, plan.devices, plan.limits, thread, others(plan, thread.name))
    if limit is not None:
        by = f"breaks {CONSTRAINT_WORDS[limit[0]].lower()} by {amount(limit[0], -limit[1], '')}"
        words.append(by if isfinite(limit[1]) else NO_WINDOW)
    outside = contacts_outside(case.site, plan.devices, thread)
    count = plan.implant.device_of(thread).contact_count
    if 2 * outside > count:
        words.append(f"{outside} of {count} contacts outside V1")
    return f"{thread.name}: {', '.join(words)}" if words else ""
