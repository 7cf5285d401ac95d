"""Optimising as the user meets it: start, watch, stop, then accept as one undoable step or discard."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from app.actions import counted, filled, free_name
from app.preview import Preview, glimpse
from app.session import Run, Session
from app.tasks import Job
from planner.errors import InputError
from planner.implant.thread import Implant, Thread
from planner.plan.edits import with_threads
from planner.plan.make import evaluated, task_of
from planner.plan.plan import Plan

if TYPE_CHECKING:  # torch comes with it
    from planner.design.step import Step

Start = Literal["coverage", "plan", "refine"]


@dataclass(frozen=True)
class Settings:
    """What is asked of an optimisation; budget and clearance are the plan's own limits.

    Attributes
    ----------
    steps : int
        Gradient steps at most.
    seed : int
    avoid_vessels : bool
        False ignores vessels while optimising; the exact check never does.
    start : "coverage", "plan" or "refine"
        From threads spread over V1 (locked ones stay), or from the plan's threads, filled up to the budget; refining
        moves the plan's threads alone and gives none of them up.
    """

    steps: int = 150
    seed: int = 0
    avoid_vessels: bool = True
    start: Start = "coverage"


@dataclass(frozen=True, eq=False)
class _Begun:
    before: Plan
    candidate: Plan
    covered: Plan | None


@dataclass(frozen=True)
class _Doing:
    """What goes on between the steps."""

    what: str
    done: int = 0
    of: int = 0


@dataclass(frozen=True, eq=False)
class _Seen:
    """A step as it reaches the window."""

    candidate: Plan
    loss: float
    step: int
    preview: Preview


def nothing_moves(plan: Plan, settings: Settings) -> bool:
    """Whether every thread is locked and none may be added."""
    full = settings.start == "refine" or len(plan.threads) >= plan.limits.threads
    return bool(plan.threads) and all(t.locked for t in plan.threads) and full


def _named(plan: Plan, given: tuple[Thread, ...], found: tuple[Thread, ...]) -> tuple[Thread, ...]:
    """What was found of the threads given; no new one has a name of the plan's, which stays with its thread."""
    old = {thread.name for thread in given}
    taken = {thread.name for thread in (*plan.threads, *given)}
    named: list[Thread] = []
    for thread in found:
        name = thread.name if thread.name in old else free_name(taken)
        taken.add(name)
        named.append(replace(thread, name=name))
    return tuple(named)


def start(session: Session, settings: Settings) -> None:
    """Begin to optimise; the threads move on screen, the plan stays until the result is accepted.

    Raises
    ------
    InputError
        Where nothing may move.
    """
    plan, case = session.plan, session.case
    if plan is None or case is None or not session.editable:
        return
    if settings.start == "refine" and not plan.threads:
        raise InputError("there are no threads to refine", remedy="add some, or start from a coverage of V1")
    if nothing_moves(plan, settings):
        raise InputError("every thread is locked", remedy="unlock those that may move, or raise the budget")
    asked = replace(plan, seed=settings.seed, avoid_vessels=settings.avoid_vessels)
    session.set_run(Run(plan, asked, total=settings.steps))

    def work(job: Job) -> tuple[Plan, str]:
        from planner.design.optimise import optimise

        def stop() -> bool:
            return job.stopping

        def progress(what: str, done: int, of: int) -> None:
            job.report(_Doing(what, done, of))  # which raises once the run is discarded

        progress("Measuring the plan as it is", 0, 0)
        before = evaluated(plan, case.site) if plan.threads else plan
        kept = tuple(t for t in plan.threads if t.locked or settings.start != "coverage")
        threads = kept if settings.start == "refine" else filled(case, asked, kept, progress, stop)
        covered = None
        if settings.start == "coverage" and not stop():
            progress("Measuring the coverage start", 0, 0)
            covered = evaluated(with_threads(asked, threads, "coverage"), case.site)
        job.report(_Begun(before, with_threads(asked, threads, "percept"), covered))
        task = task_of(plan)
        step: Step | None = None
        for step in optimise(
            case.site,
            Implant(plan.devices, threads),
            task,
            plan.limits,
            steps=settings.steps,
            seed=settings.seed,
            avoid_vessels=settings.avoid_vessels,
            stop=stop,
            progress=progress,
            seeing=plan.seeing,
            goal=plan.goal,
            exchanging=settings.start != "refine",
        ):
            candidate = with_threads(asked, _named(plan, threads, step.implant.threads), "percept")
            job.report(_Seen(candidate, step.loss, step.index, glimpse(candidate, step.percept_images)))
        assert step is not None
        progress("Measuring the result", 0, 0)
        locked = tuple(replace(t, locked=True) for t in _named(plan, threads, step.implant.threads))
        return evaluated(with_threads(asked, locked, "percept"), case.site), step.message

    # what is heard of a run that is the session's no longer, is heard in vain
    job = session.worker.submit(
        "Optimising",
        work,
        lambda result: _end(session, *result) if session.job is job else None,
        reported=lambda items: _hear(session, items) if session.job is job else None,
        failed=lambda: discard(session) if session.job is job else None,
    )
    session.job = job


def stop(session: Session) -> None:
    """Ask the optimisation to come to an end; its threads are repaired and verified as they are."""
    if session.run is not None and session.run.state == "running" and session.job is not None:
        session.job.stop()
        session.set_run(replace(session.run, state="stopping", message="Stopping", done=0, of=0))


def accept(session: Session) -> None:
    """Make the result the plan: one undoable step. Its threads are locked until the user unlocks them."""
    run = session.run
    if run is not None and run.state == "ended" and session.loading is None:
        session.set_run(None)
        session.edit(f"Optimise {len(run.candidate.threads)} threads", run.candidate)


def discard(session: Session) -> None:
    """Go back to the plan as it was before; a run that is still at work ends."""
    session.end_run()


def _hear(session: Session, items: list[object]) -> None:
    run = session.run
    if run is None:
        return
    newest: _Seen | None = None
    for item in items:
        if isinstance(item, _Begun):
            run = replace(run, before=item.before, covered=item.covered, candidate=item.candidate)
        elif isinstance(item, _Doing):
            run = _told(run, counted(item.what, item.done, item.of), item.done, item.of)
        elif isinstance(item, _Seen):
            newest = item
            run = replace(run, candidate=item.candidate, losses=(*run.losses, item.loss), step=item.step)
            if not item.step:
                run = replace(run, swaps=len(run.losses) - 1)
            if item.step:
                run = _told(run, f"Step {item.step} of {run.total}", item.step, run.total)
            else:
                run = _told(run, "Exchanging threads across the cortex")
    session.set_run(run)
    if newest is not None:
        session.show(run.candidate)
        session.set_preview(newest.preview)


def _told(run: Run, words: str, done: int = 0, of: int = 0) -> Run:
    return replace(run, message=f"Stopping. {words}" if run.state == "stopping" else words, done=done, of=of)


def _end(session: Session, candidate: Plan, message: str) -> None:
    if session.run is not None:
        session.set_run(replace(session.run, candidate=candidate, state="ended", message=message))
        session.show(candidate)
