"""One function for each thing that a user can do to a plan. Menus, keys, views and tests call these.

Each one makes a new plan and hands it to `Session.edit`, or asks the worker for what takes time. What needs torch is
imported where it is used: the window is on screen before the worker has loaded it.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import TypeVar

import numpy as np

from app.preview import Preview, follow, resolve, same_design
from app.session import Session
from app.tasks import PATIENCE_MS, Job
from planner.design.limits import Limits
from planner.design.limits import counted as numbered
from planner.implant.device import Device
from planner.implant.thread import Thread, any_across, vector
from planner.plan.edits import depth_range, each, free_name, names_of, unmeasured, with_threads
from planner.plan.make import evaluated, refitted
from planner.plan.plan import Plan
from planner.plan.starts import filled

BUDGETED = 1  # edits that are one step while they follow each other

T = TypeVar("T")


# --- threads -------------------------------------------------------------------------------------


def set_lock(session: Session, name: str, locked: bool) -> None:
    """Lock a thread against every change, or unlock it."""
    plan = session.plan
    if plan is not None and session.editable and (thread := any_thread_of(plan, name)) and thread.locked != locked:
        changed = each(plan, (name,), lambda its: replace(its, locked=locked))
        session.edit(f"{'Lock' if locked else 'Unlock'} {name}", changed)


def set_all_locks(session: Session, locked: bool) -> None:
    """Lock or unlock every thread."""
    plan = session.plan
    if plan is not None and session.editable and any(t.locked != locked for t in plan.everyone.threads):
        changed = each(plan, names_of(plan), lambda its: replace(its, locked=locked))
        session.edit("Lock all threads" if locked else "Unlock all threads", changed)


def set_depth(session: Session, name: str, depth_mm: float) -> None:
    """Set how deep a thread's tip lies below its entry, mm; what its device cannot do becomes the nearest it can."""
    plan = session.plan
    thread = thread_of(plan, name)
    if plan is None or thread is None or thread.locked or not session.editable:
        return
    least, most = depth_range(plan.implant.device_of(thread), plan.limits)
    taken_mm = min(max(depth_mm, least), most)
    if thread.depth_mm != taken_mm:
        session.edit(f"Depth of {name}", with_threads(plan, replaced(plan, replace(thread, depth_mm=taken_mm))))
    if abs(taken_mm - depth_mm) > 0.005:  # as it is printed
        goes = f"{name} goes {least:.2f} to {most:.2f} mm deep by its device and the limits"
        session.refused.emit(f"{goes}: {depth_mm:.2f} mm became {taken_mm:.2f} mm")
        session.document_changed.emit()  # fields show the plan's own again


def cover(session: Session) -> None:
    """Fill the budget with threads spread evenly over V1, around those there are."""
    plan, case = session.plan, session.case
    if plan is None or case is None or not session.editable or budget_is_spent(session, plan):
        return

    def spread(job: Job) -> tuple[Thread, ...]:
        def progress(what: str, done: int, total: int) -> None:
            job.progress(done, total)
            job.report(counted(what, done, total))

        return filled(plan, case.site, plan.threads, progress)

    def insert(threads: tuple[Thread, ...]) -> None:
        now = session.plan
        if now is not None and session.editable and same_design(now, plan):
            more = threads[len(plan.threads) :]
            session.edit("Cover V1", with_threads(now, (*now.threads, *more), "coverage"))
        else:
            session.refused.emit("The plan has changed in the meantime; cover V1 again")

    in_background(session, "Spreading threads over V1", spread, insert, of_plan=True)


# --- limits --------------------------------------------------------------------------------------


def set_budget(session: Session, threads: int) -> None:
    """Set how many insertions are allowed; in a mixed plan it is the first device's share that grows or shrinks."""
    plan = session.plan
    if plan is not None and session.editable and plan.limits.threads != threads:
        limits = replace(plan.limits, threads=threads, mix=_resized(plan.limits.mix, threads))
        session.edit(
            f"Budget {threads} threads",
            unmeasured(plan, limits=limits),
            BUDGETED,
        )


def set_device(session: Session, device: Device) -> None:
    """Plan with another device. New threads are of it.

    Where the plan has it already, nothing else changes. Otherwise it replaces the device that new threads were of:
    threads keep their place where its length allows, and the limits that devices ask for become those of all devices.
    Locked threads stay what they are, so that a plan may have several devices.
    """
    plan = session.plan
    if plan is None or not session.editable or plan.device == device:
        return
    known = device.name in {other.name for other in plan.devices[1:]}
    changed = _put_first(plan, device.name) if known else _exchanged(plan, device)
    session.edit(f"Device {device.name}", changed)
    stay = [t for t in changed.threads if changed.implant.device_of(t).name == plan.device.name != device.name]
    if stay and not known:
        session.said.emit(
            f"{numbered(len(stay), 'locked thread')} stayed {plan.device.name}; new ones are {device.name}"
        )


def _put_first(plan: Plan, name: str) -> Plan:
    """The plan with that one of its devices first."""
    order = sorted(range(len(plan.devices)), key=lambda place: plan.devices[place].name != name)  # else as they were
    shares = plan.limits.shares(len(order))
    limits = replace(plan.limits, mix=tuple(shares[place] for place in order))
    threads, aside = (
        tuple(replace(t, device=plan.implant.device_of(t).name) for t in some) for some in (plan.threads, plan.aside)
    )
    changed = replace(plan, devices=tuple(plan.devices[place] for place in order), limits=limits, aside=aside)
    return with_threads(changed, threads, plan.method)


def _exchanged(plan: Plan, device: Device) -> Plan:
    """The plan with another device in the place of its first; threads that are locked keep theirs."""
    before, implant = plan.device, plan.implant
    firsts = [t.name for t in plan.threads if implant.device_of(t).name == before.name]
    kept = {t.name for t in plan.threads if t.locked and t.name in firsts} if before.name != device.name else set()
    share, *rest = plan.limits.shares(len(plan.devices))
    held = min(len(kept), share)
    devices = (device, *((before,) if kept else ()), *plan.devices[1:])
    limits = refitted(plan.limits, devices, (share - held, *((held,) if kept else ()), *rest))

    def name_of(device: Device) -> str:
        return device.name if len(devices) > 1 else ""

    threads = tuple(
        _turned_to(thread, device, name_of(device), limits)
        if thread.name in firsts and thread.name not in kept
        else replace(thread, device=name_of(implant.device_of(thread)))
        for thread in plan.threads
    )
    # what is not used holds no device back: it becomes the new one, locked or not
    aside = tuple(
        replace(_turned_to(replace(thread, locked=False), device, name_of(device), limits), locked=thread.locked)
        if implant.device_of(thread).name == before.name
        else replace(thread, device=name_of(implant.device_of(thread)))
        for thread in plan.aside
    )
    return with_threads(replace(plan, devices=devices, limits=limits, aside=aside), threads)


def _turned_to(thread: Thread, device: Device, name: str, limits: Limits) -> Thread:
    """A thread's place with another device in it; a locked one, of the same device with other numbers, as it is."""
    if thread.locked:
        return replace(thread, device=name)
    least, most = depth_range(device, limits)
    across = thread.across or vector(any_across(np.array([thread.direction]))[0])
    return replace(
        thread,
        depth_mm=min(max(thread.depth_mm, least), most),
        device=name,
        across=across if len(device.shanks) > 1 else None,
    )


def _resized(mix: tuple[int, ...], threads: int) -> tuple[int, ...]:
    """The devices' shares of another budget: the first one's takes the difference, the last ones' give if it cannot."""
    left, rest = threads, []
    for share in mix[1:]:
        rest.append(min(share, left))
        left -= rest[-1]
    return (left, *rest) if mix else ()


# --- knowing -------------------------------------------------------------------------------------


def refresh_preview(session: Session, again: bool = False) -> None:
    """Compute anew what is seen of the plan on screen. Answers to outdated questions are dropped.

    What the user did not want to wait for is not computed, unless it is asked for `again`.
    """
    plan, case, document = session.shown, session.case, session.plan
    if plan is None or case is None or session.optimising:
        return
    if not again and session.unseen is not None and same_design(session.unseen, plan):
        return
    drafted, before = session.draft is not None, session.preview
    enough = before is not None and before.complete and (before.measured or drafted)
    if enough and before is not None and same_design(before.plan, plan):
        return
    dragged = drafted and before is not None and before.complete and same_design(*map(_bare, (before.plan, plan)))
    if session.asked is not None:
        asked, its = session.asked
        if same_design(its, plan):
            return  # it is on its way
        if dragged or not drafted:  # nobody would see it
            session.asked = None
            session.worker.cancel(asked)
    session.unseen = None

    def end() -> bool:
        """Whether it was what is asked for as a whole; it is no more."""
        mine = session.asked is not None and session.asked[0] is job
        if mine:
            session.asked = None
        return mine

    def show(preview: Preview) -> None:
        end()
        # while a thread is dragged an answer for where it was a moment ago is better than none
        same_drag = drafted and session.draft is not None and session.plan is document
        now = session.shown
        if now is not None and not session.optimising and (same_drag or same_design(now, plan)):
            session.set_preview(preview)

    def give_up() -> None:
        if end():
            session.give_up_preview(plan)

    def look(job: Job) -> Preview:
        if dragged and before is not None:
            return follow(case.site, plan, before)
        return resolve(case.site, plan, in_bar(job))

    job = session.worker.submit(
        "Computing what is seen",
        look,
        show,
        failed=give_up,
        cancelled=give_up,
        key="preview",
        patience_ms=PATIENCE_MS,
    )
    if not dragged:
        session.asked = job, plan


def _bare(plan: Plan) -> Plan:
    return replace(plan, threads=())


def verify_plan(session: Session) -> None:
    """Measure the plan and check it exactly."""
    plan, case = session.plan, session.case
    if plan is None or case is None or not session.editable:
        return

    def attest(examined: Plan) -> None:
        if session.plan is not None and same_design(session.plan, examined):
            session.attest(examined)
        else:
            session.refused.emit("The plan has changed in the meantime; verify it again")

    in_background(session, "Verifying", lambda job: evaluated(plan, case.site), attest, of_plan=True)


# --- shared --------------------------------------------------------------------------------------


def budget_is_spent(session: Session, plan: Plan) -> bool:
    """Whether no thread may be added; if so the user is told."""
    if len(plan.threads) < plan.limits.threads:
        return False
    session.refused.emit(f"The budget of {plan.limits.threads} threads is reached; raise Threads to add more")
    return True


def counted(what: str, done: int, total: int) -> str:
    """What is being done, and how far it is where that is known."""
    return f"{what}: {done} of {total}" if total else what


def next_name(plan: Plan) -> str:
    """The first name of the form ``T01`` that no thread of the plan has, used or not."""
    return free_name(names_of(plan))


def thread_of(plan: Plan | None, name: str) -> Thread | None:
    """The thread of that name which the plan uses, where it has one: what can be moved."""
    return next((t for t in plan.threads if t.name == name), None) if plan is not None else None


def any_thread_of(plan: Plan | None, name: str) -> Thread | None:
    """The plan's thread of that name, used or not, where it has one: what can be seen."""
    return next((t for t in plan.everyone.threads if t.name == name), None) if plan is not None else None


def others(plan: Plan, name: str) -> tuple[Thread, ...]:
    """All threads but the one of that name."""
    return tuple(t for t in plan.threads if t.name != name)


def replaced(plan: Plan, thread: Thread) -> tuple[Thread, ...]:
    """The plan's threads with another one in the place of its namesake."""
    return tuple(thread if t.name == thread.name else t for t in plan.threads)


def in_background(
    session: Session,
    title: str,
    work: Callable[[Job], T],
    done: Callable[[T], None],
    failed: Callable[[], None] = lambda: None,
    *,
    cancelled: Callable[[], None] = lambda: None,
    aside: bool = False,
    of_plan: bool = False,
) -> Job:
    """Let the worker do what takes time; its reports are lines of the status bar.

    What is asked `of_plan` is not done once another plan has been opened, though it be of the same case.
    """
    opening = session.opening

    def say(items: list[str]) -> None:
        session.doing.emit(items[-1])

    def put(found: T) -> None:
        if not of_plan or session.opening is opening:
            done(found)

    return session.worker.submit(title, work, put, reported=say, failed=failed, cancelled=cancelled, aside=aside)


def in_bar(job: Job) -> Callable[[str, int, int], None]:
    """Takes what a search says of itself to the bar that shows how far it is; its words are left out."""
    return lambda what, done, of: job.progress(done, of)
