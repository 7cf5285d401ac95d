"""Optimising as the user meets it: start, watch, stop, then accept as one undoable step or discard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final

from app.actions import counted, in_bar
from app.preview import Preview, glimpse
from app.session import Run, Session
from app.tasks import Job
from planner.errors import InputError
from planner.implant.thread import Implant
from planner.plan.edits import named, with_threads
from planner.plan.make import evaluated, task_of
from planner.plan.plan import Plan
from planner.plan.starts import Start, first_threads

if TYPE_CHECKING:  # torch comes with it
    from planner.design.step import Step

_PAUSED: Final = "Paused. "


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
    terms: Mapping[str, float]


def nothing_moves(plan: Plan, settings: Settings) -> bool:
    """Whether every thread is locked and none may be added."""
    full = settings.start == "refine" or len(plan.threads) >= plan.limits.threads
    return bool(plan.threads) and all(t.locked for t in plan.threads) and full


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

    def work(job: Job) -> tuple[Plan, Step]:
        from planner.design.optimise import optimise

        def stop() -> bool:
            return job.stopping

        def progress(what: str, done: int, of: int) -> None:
            job.report(_Doing(what, done, of))  # which raises once the run is discarded

        progress("Measuring the plan as it is", 0, 0)
        before = evaluated(plan, case.site) if plan.threads else plan
        threads = first_threads(asked, case.site, settings.start, progress, stop)
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
            job.progress(step.index, settings.steps)
            candidate = with_threads(asked, named(plan, step.implant.threads, threads), "percept")
            job.report(_Seen(candidate, step.loss, step.index, glimpse(candidate, step.percept_images), step.terms))
        assert step is not None
        progress("Measuring the result", 0, 0)
        locked = tuple(replace(t, locked=True) for t in named(plan, step.implant.threads, threads))
        return evaluated(with_threads(asked, locked, "percept"), case.site), step

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
    if session.run is not None and session.run.state in ("running", "paused") and session.job is not None:
        session.job.stop()
        session.set_run(replace(session.run, state="stopping", message="Stopping", done=0, of=0))


def pause(session: Session) -> None:
    """Let the optimisation wait after the step that it is at."""
    if session.run is not None and session.run.state == "running" and session.job is not None:
        session.job.pause()
        session.set_run(replace(session.run, state="paused", message=_PAUSED + session.run.message))


def resume(session: Session) -> None:
    """Let a paused optimisation go on."""
    if session.run is not None and session.run.state == "paused" and session.job is not None:
        session.set_run(replace(session.run, state="running", message=session.run.message.removeprefix(_PAUSED)))
        session.job.resume()


def compare(session: Session) -> None:
    """Measure baselines of as many threads, under the same limits, beside the result."""
    run, case = session.run, session.case
    if run is None or case is None or run.state != "ended" or not run.candidate.threads or run.comparing:
        return
    asked = run.candidate
    session.set_run(replace(run, comparing=True))

    def measure(job: Job) -> Plan:
        from planner.plan.rivals import with_baselines

        return with_baselines(asked, case.site, in_bar(job))

    def put(found: Plan) -> None:
        now = session.run
        if now is not None and now.candidate is asked:
            session.set_run(replace(now, candidate=found, comparing=False))
            session.show(found)

    def give_up() -> None:
        now = session.run
        if now is not None and now.candidate is asked:
            session.set_run(replace(now, comparing=False))

    session.worker.submit("Measuring the baselines", measure, put, failed=give_up, cancelled=give_up)


def accept(session: Session) -> None:
    """Make the result the plan: one undoable step. Its threads are locked until the user unlocks them."""
    run = session.run
    if run is not None and run.state == "ended" and session.loading is None and session.read_only:
        session.refused.emit(f"Not accepted: {session.read_only}")
    elif run is not None and run.state == "ended" and session.loading is None:
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
            run = replace(
                run,
                candidate=item.candidate,
                losses=(*run.losses, item.loss),
                at=(*run.at, item.step),
                step=item.step,
                terms=(*run.terms, item.terms),
            )
            if item.step:
                run = _told(run, f"Step {item.step} of {run.total}", item.step, run.total)
            else:
                run = _told(run, "Exchanging threads across the cortex")
    session.set_run(run)
    if newest is not None:
        session.show_seen(run.candidate, newest.preview)


def _told(run: Run, words: str, done: int = 0, of: int = 0) -> Run:
    before = {"stopping": "Stopping. ", "paused": _PAUSED}.get(run.state, "")
    return replace(run, message=before + words, done=done, of=of)


def _end(session: Session, candidate: Plan, step: Step) -> None:
    if session.run is not None:
        ended = replace(session.run, candidate=candidate, state="ended", message=step.message)
        session.set_run(replace(ended, warnings=step.warnings, control=step.control))
        session.show(candidate)
