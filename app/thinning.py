"""The budget curve: what the plan would be worth with fewer of its threads, and keeping only those."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from app.actions import counted as far
from app.preview import same_design
from app.session import Session
from app.tasks import Job
from planner.design.limits import counted
from planner.plan.edits import without
from planner.plan.plan import Plan

if TYPE_CHECKING:  # torch comes with it
    from planner.design.thinning import Thinned


@dataclass(frozen=True, eq=False)
class BudgetCurve:
    """What a plan is worth for each number of its threads.

    Attributes
    ----------
    plan : Plan
    stages : tuple of Thinned
        Most threads first, all of the plan's among them.
    """

    plan: Plan
    stages: tuple[Thinned, ...]

    def left_out(self, stage: Thinned) -> tuple[str, ...]:
        """Names of the threads that a stage is without, in the plan's order."""
        return tuple(name for name in self.stages[0].kept if name not in stage.kept)


def compute(
    session: Session, put: Callable[[BudgetCurve | None], None], cancelled: Callable[[], None] = lambda: None
) -> Job | None:
    """Thin the plan in the worker and measure what is left; None where it was given up before the first number."""
    plan, case = session.plan, session.case
    if plan is None or case is None or not plan.threads:
        return None

    def work(job: Job) -> BudgetCurve | None:
        from planner.design.thinning import thinned

        def progress(what: str, done: int, of: int) -> None:
            job.progress(done, of)
            job.report(far(what, done, of))

        stages = thinned(case.site, plan.implant, plan.task, plan.seeing, progress, lambda: job.stopping)
        return BudgetCurve(plan, stages) if stages else None

    return session.worker.submit(
        "Computing the budget curve",
        work,
        put,
        reported=lambda items: session.doing.emit(items[-1]),
        failed=lambda: put(None),
        cancelled=cancelled,
    )


def keep(session: Session, curve: BudgetCurve, stage: Thinned) -> None:
    """Keep a stage's threads alone, locked ones or not, with a budget of so many: one undoable step."""
    plan = session.plan
    if plan is None or not session.editable or not same_design(plan, curve.plan):
        session.refused.emit("The plan has changed since the curve was computed; compute it again")
        return
    fewer = without(plan, curve.left_out(stage))
    of = Counter(plan.implant.device_of(thread).name for thread in fewer.threads)
    mix = tuple(of[device.name] for device in plan.devices) if plan.limits.mix else ()
    limits = replace(plan.limits, threads=len(fewer.threads), mix=mix)
    session.edit(f"Keep {counted(len(stage.kept), 'thread')}", replace(fewer, method=plan.method, limits=limits))
