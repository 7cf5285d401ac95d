"""Editing threads that are there: tip, name, copies, and many at once. Each is one undoable step.

What needs a search is asked of the worker; what a user may not do is said as a sentence.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from app.actions import any_thread_of, budget_is_spent, in_background, in_bar, next_name, others, replaced, thread_of
from app.placing import shortcomings
from app.preview import same_design
from app.session import Session
from app.tasks import Job
from app.words import sentence
from planner.errors import InputError
from planner.implant.thread import Thread, Vector
from planner.plan import edits
from planner.plan.plan import Plan


def add_at_field(session: Session, field_deg: tuple[float, float], mirrored: str = "") -> None:
    """Add a thread that lights a phosphene at a place of the visual field, degrees; the worker looks for it.

    `mirrored` names the thread whose mirror image that is, if so.
    """
    plan, case = session.plan, session.case
    if plan is None or case is None or not session.editable or budget_is_spent(session, plan):
        return

    def propose(job: Job) -> tuple[Thread | None, str]:
        from planner.design.field_placing import propose_at_field

        try:
            found = propose_at_field(
                case.site,
                plan.devices,
                plan.limits,
                field_deg,
                next_name(plan),
                plan.threads,
                progress=in_bar(job),
            )
        except InputError as error:
            return None, sentence(error)
        x, y = field_deg
        words = f"{found.thread.name} lights a phosphene {found.off_deg:.1f}° from {x:+.1f}°, {y:+.1f}°"
        if not np.isfinite(found.off_deg):
            words = f"no contact of {found.thread.name} lies in V1's gray matter"
        return found.thread, "; ".join(filter(None, (words, shortcomings(case, plan, found.thread))))

    def insert(proposed: tuple[Thread | None, str]) -> None:
        thread, words = proposed
        if thread is None:
            session.refused.emit(words)
        elif _still_free(session, plan):
            text = f"Mirror {mirrored} as {thread.name}" if mirrored else f"Add {thread.name} for a phosphene"
            _insert(session, thread, text, words)
        else:
            add_at_field(session, field_deg, mirrored)

    in_background(session, "Finding a thread for this place of the visual field", propose, insert, of_plan=True)


def duplicate(session: Session, name: str) -> None:
    """Add a thread beside one that is there."""
    plan, case, thread = session.plan, session.case, thread_of(session.plan, name)
    if plan is None or case is None or thread is None or not session.editable or budget_is_spent(session, plan):
        return
    kind = plan.devices.index(plan.implant.device_of(thread))

    def propose(job: Job) -> tuple[Thread, str]:
        from planner.design.placing import propose_thread

        found = propose_thread(
            case.site,
            plan.devices,
            plan.limits,
            thread.hemisphere,
            thread.entry_mm,
            next_name(plan),
            plan.threads,
            kind,
            in_bar(job),
        )
        copy = replace(found, device=thread.device)
        return copy, shortcomings(case, plan, copy)

    def insert(proposed: tuple[Thread, str]) -> None:
        copy, words = proposed
        if _still_free(session, plan):
            _insert(session, copy, f"Duplicate {name} as {copy.name}", words)
        else:
            duplicate(session, name)

    in_background(session, f"Finding a place beside {name}", propose, insert, of_plan=True)


def mirror(session: Session, name: str) -> None:
    """Add a thread to the other hemisphere that lights what one lights here, mirrored at the vertical meridian."""
    plan, case, thread = session.plan, session.case, thread_of(session.plan, name)
    if plan is None or case is None or thread is None or not session.editable or budget_is_spent(session, plan):
        return
    preview, row = session.preview, plan.threads.index(thread)
    if preview is None or not preview.complete or not same_design(preview.plan, plan):
        session.refused.emit("What the thread lights is still being computed; try again in a moment")
        return
    its = (preview.owner == row) & preview.usable
    if not its.any():
        session.refused.emit(f"No contact of {name} lies in V1's gray matter, so there is nothing to mirror")
        return
    x, y = (float(value) for value in np.median(preview.field_deg[its], axis=0))
    add_at_field(session, (-x, y), name)


def point_tip(session: Session, name: str, tip_mm: Vector, dragging: bool = False) -> None:
    """Turn a thread about its entry towards a point, and end it there; while `dragging` only as a draft."""
    plan, thread = session.plan, thread_of(session.plan, name)
    if plan is None or thread is None or thread.locked or not session.editable:
        return
    try:
        turned = edits.with_tip(thread, tip_mm, plan.implant.device_of(thread), plan.limits)
    except InputError as error:
        session.refused.emit(sentence(error))
        return
    changed = edits.with_threads(plan, replaced(plan, turned))
    if dragging:
        session.show(changed)
    elif turned != thread:
        session.edit(f"Turn {name}", changed)


def rename(session: Session, name: str, wished: str) -> None:
    """Give a thread another name."""
    plan = session.plan
    if plan is None or not session.editable or any_thread_of(plan, name) is None or wished.strip() == name:
        return
    try:
        changed = edits.renamed(plan, name, wished)
    except InputError as error:
        session.refused.emit(sentence(error))
        return
    was_current, rest = session.selection == name, session.selected - {name}
    session.edit(f"Rename {name} to {wished.strip()}", changed)
    if was_current:
        session.select(wished.strip(), rest)


def delete_selected(session: Session) -> None:
    """Take all selected threads out of the plan; locked ones stay."""
    plan = session.plan
    if plan is None or not session.editable or not session.selected:
        return
    locked = sorted(t.name for t in _chosen(session) if t.locked)
    going = session.selected - set(locked)
    if locked:
        verb, them = ("is", "it") if len(locked) == 1 else ("are", "them")
        session.refused.emit(f"{_listed(locked)} {verb} locked; unlock {them} to delete {them}")
    if going:
        session.edit(f"Delete {_listed(sorted(going))}", edits.without(plan, going))


def toggle_locks(session: Session) -> None:
    """Lock the selected threads, or unlock them where all of them are locked."""
    plan, chosen = session.plan, _chosen(session)
    if plan is None or not session.editable or not chosen:
        return
    locked = not all(t.locked for t in chosen)
    text = f"{'Lock' if locked else 'Unlock'} {_listed([t.name for t in chosen])}"
    session.edit(text, edits.each(plan, session.selected, lambda thread: replace(thread, locked=locked)))


def toggle_use(session: Session) -> None:
    """Set the selected threads aside, or use them again where none of them is used."""
    used = {thread.name for thread in session.plan.threads} if session.plan is not None else set()
    set_use(session, session.selected, not session.selected & used)


def set_use(session: Session, names: Collection[str], use: bool) -> None:
    """Set threads aside, which keeps them in the plan and counts them for nothing, or use them again.

    Within the budget only: as for a thread that is added. Locked or not, nothing moves.
    """
    plan = session.plan
    if plan is None or not session.editable:
        return
    going = sorted(t.name for t in (plan.aside if use else plan.threads) if t.name in names)
    if not going:
        return
    over = len(plan.threads) + len(going) - plan.limits.threads
    if use and over > 0:
        session.refused.emit(
            f"The budget of {plan.limits.threads} threads is {over} too small to use {_listed(going)}; raise Threads"
        )
    elif use:
        session.edit(f"Use {_listed(going)}", edits.used_again(plan, going))
    else:
        session.edit(f"Set {_listed(going)} aside", edits.set_aside(plan, going))


def set_group(session: Session, group: str) -> None:
    """Put the selected threads into a group, or with an empty name into none."""
    plan, chosen = session.plan, _chosen(session)
    if plan is None or not session.editable or not chosen:
        return
    names = [thread.name for thread in chosen]
    try:
        changed = edits.grouped(plan, names, group)
    except InputError as error:
        session.refused.emit(sentence(error))
        return
    if changed != plan:
        group = group.strip()
        session.edit(f"Group {_listed(names)} as {group}" if group else f"Ungroup {_listed(names)}", changed)


def select_group(session: Session, group: str) -> None:
    """Select all threads of a group, used or not."""
    plan = session.plan
    names = [thread.name for thread in plan.everyone.threads if thread.group == group] if plan is not None else []
    if group and names:
        session.select(session.selection if session.selection in names else names[0], names)


def groups_of(plan: Plan | None) -> list[str]:
    """The names of a plan's groups, sorted."""
    return sorted({thread.group for thread in plan.everyone.threads} - {""}) if plan is not None else []


def _chosen(session: Session) -> list[Thread]:
    """The selected threads, used or not."""
    plan = session.plan
    return [t for t in plan.everyone.threads if t.name in session.selected] if plan is not None else []


def _still_free(session: Session, asked: Plan) -> bool:
    """Whether the place that was found for a plan is still free: else it has been edited, and what was may be taken."""
    return session.plan is not None and same_design(asked, session.plan)


def _insert(session: Session, thread: Thread, text: str, words: str) -> None:
    """Put in what was found for the plan, where it may still be edited."""
    now = session.plan
    if now is None or not session.editable:
        return
    session.edit(text, edits.with_threads(now, (*others(now, thread.name), thread)))
    session.select(thread.name)
    if words:
        session.said.emit(words)


def _listed(names: Collection[str]) -> str:
    some = list(names)
    return some[0] if len(some) == 1 else f"{len(some)} threads"
