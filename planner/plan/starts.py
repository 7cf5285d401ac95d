"""What an optimisation begins with: threads of the plan that stay, and coverage of V1 around them."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Final, Literal, get_args

from planner.design.progress import Progress, silent
from planner.errors import InputError
from planner.implant.thread import Thread
from planner.plan.edits import named
from planner.plan.plan import Plan

if TYPE_CHECKING:  # torch comes with it
    from planner.design.site import Site

Start = Literal["coverage", "plan", "refine"]
"""From threads spread over V1, around locked ones; from the plan's, filled up to the budget; or from these alone."""
STARTS: Final[tuple[Start, ...]] = get_args(Start)


def first_threads(
    plan: Plan, site: Site, start: Start, progress: Progress = silent, stop: Callable[[], bool] = lambda: False
) -> tuple[Thread, ...]:
    """The threads that an optimisation of a plan is given.

    Raises
    ------
    InputError
        Where there are none to refine.
    """
    kept = tuple(t for t in plan.threads if t.locked or start != "coverage")
    if start != "refine":
        return filled(plan, site, kept, progress, stop)
    if not kept:
        raise InputError("there are no threads to refine", remedy="add some, or start from a coverage of V1")
    return kept


def filled(
    plan: Plan,
    site: Site,
    placed: tuple[Thread, ...],
    progress: Progress = silent,
    stop: Callable[[], bool] = lambda: False,
) -> tuple[Thread, ...]:
    """The placed threads and as many more, spread over V1, as the budget allows, or as there are once `stop` says so.

    None of the new ones gets the name of a thread of `plan`, placed or not: a name stays with its thread.
    """
    if len(placed) >= plan.limits.threads or (placed and stop()):
        return placed
    from planner.design.baselines import baseline  # torch comes with it

    more = baseline(
        "coverage",
        site,
        plan.devices,
        plan.limits,
        plan.seed,
        plan.task.extent_deg,
        plan.avoid_vessels,
        placed,
        progress,
        stop,
    )
    return named(plan, (*placed, *more), placed)
