"""What there is to see of a plan, computed from it and the site alone."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Final

import numpy as np
from numpy.typing import NDArray

from planner.design.limits import ThreadMargins
from planner.frames import FloatArray, IntArray
from planner.implant.thread import Thread
from planner.plan.plan import Plan, TaskRecord

if TYPE_CHECKING:  # torch comes with these: the worker imports it once the window is on screen
    from planner.design.assess import Assessment, Glimpse
    from planner.design.faults import Faults
    from planner.design.site import Site
    from planner.tasks.task import Task


NOTHING: Final = "–"  # read in a percept that is black


@dataclass(frozen=True, eq=False)
class Preview:
    """Display state of a plan. N contacts, thread by thread as `Implant` has them, B pictures of H × H pixels.

    Attributes
    ----------
    plan : Plan
        The plan that this was computed of.
    owner : (N,) int64
        Which of the plan's threads each contact is on.
    field_deg : (N, 2) float64
        Phosphene centres in the visual field.
    diameter_deg, eccentricity_deg : (N,) float64
    usable : (N,) bool
        Contacts in V1's gray matter: of the others nothing is seen.
    labels : tuple of str
        B names of the pictures.
    targets, percepts : (B, H, H) float32
        In 0…1, row 0 the top; percepts at the best gain.
    margins : mapping of thread name to ThreadMargins
        By the fast fields, as the optimiser sees them. Empty where they were not computed.
    measures : mapping of str to float
    complete : bool
        False for the glimpse of an optimisation's step: phosphenes and margins are still to be computed.
    measured : bool
        False while a thread is dragged: of the measures only the error is there.
    read : tuple of str
        B letters as which the recogniser reads the percepts, a dash where nothing is seen; empty where the task is none
        that it can read.
    faults : Faults or None
        Where shafts are too near to vessels and contacts outside the gray matter; None with margins.
    angle_deg : (T,) float64
        Of each of the plan's threads the angle to pial's normal, see `planner.design.insertion`; empty with margins.
    """

    plan: Plan
    owner: IntArray
    field_deg: FloatArray
    diameter_deg: FloatArray
    eccentricity_deg: FloatArray
    usable: NDArray[np.bool_]
    labels: tuple[str, ...]
    targets: NDArray[np.float32]
    percepts: NDArray[np.float32]
    margins: Mapping[str, ThreadMargins]
    measures: Mapping[str, float]
    complete: bool = True
    measured: bool = True
    read: tuple[str, ...] = ()
    faults: Faults | None = None
    angle_deg: FloatArray = field(default_factory=lambda: np.zeros(0))


def same_design(a: Plan, b: Plan) -> bool:
    """Whether what was computed of one plan holds for the other.

    It does where case, device, limits, task, model and the name and place of every thread that is used are the same.
    Locks, groups, seeds and the method that found the threads change nothing that is measured.
    """
    if a is b:
        return True
    return (
        len(a.threads) == len(b.threads)
        and all(map(same_place, a.threads, b.threads))
        and (a.devices, a.limits, a.task, a.seeing, a.case) == (b.devices, b.limits, b.task, b.seeing, b.case)
    )


def same_place(a: Thread, b: Thread) -> bool:
    """Whether two threads are one and the same where it is measured, whatever their locks and groups."""
    return a is b or replace(a, locked=b.locked, group=b.group) == b


def resolve(site: Site, plan: Plan, progress: Callable[[str, int, int], None] = lambda what, done, of: None) -> Preview:
    """Compute everything that the screen shows of a plan; a tenth of a second or more, so it belongs in the worker.

    `progress` is told how far it is, as `planner.design.progress` has it.
    """
    from planner.design.assess import assess
    from planner.design.constraints import thread_margins
    from planner.design.faults import find_faults
    from planner.design.insertion import insertion_angles

    task = task_for(plan)
    if not plan.threads:
        return replace(glimpse(plan, np.zeros_like(_targets(task))), measures={}, complete=True)
    found = assess(site, plan.implant, task, plan.seeing, progress)
    margins = thread_margins(site, plan.implant, plan.limits)
    faults = find_faults(site, plan.implant, plan.limits, margins)
    return replace(_of(plan, found, margins, faults, found.measures), angle_deg=insertion_angles(site, plan.implant))


def follow(site: Site, plan: Plan, before: Preview) -> Preview:
    """What is seen of a plan while one of its threads is dragged: percepts, phosphenes and margins, in time.

    Margins are computed anew for threads that are not where they were in the preview `before`, spacing and angles for
    all of them; of the measures only the error is.
    """
    from planner.design.assess import glimpse as seen
    from planner.design.constraints import spacings, thread_margins
    from planner.design.faults import find_faults, gathered
    from planner.design.insertion import insertion_angles

    found = seen(site, plan.implant, task_for(plan), plan.seeing)
    known = {t.name: before.margins.get(t.name) for t in before.plan.threads if t in plan.threads}
    moved = tuple(thread for thread in plan.threads if known.get(thread.name) is None)
    dragged = replace(plan.implant, threads=moved)
    anew = thread_margins(site, dragged, plan.limits)
    margins = {}
    for name, (spacing, neighbour) in spacings(plan.implant, plan.limits).items():
        its = anew.get(name) or before.margins[name]
        margins[name] = replace(its, margins={**its.margins, "spacing": spacing}, nearest_thread=neighbour)
    faults = find_faults(site, dragged, plan.limits, margins)
    if before.faults is not None:
        faults = gathered(plan.implant, ((before.plan.implant, before.faults), (dragged, faults)))
    seen_now = _of(plan, found, margins, faults, {"mse": found.error})
    return replace(seen_now, measured=False, angle_deg=insertion_angles(site, plan.implant))


def _of(
    plan: Plan,
    found: Assessment | Glimpse,
    margins: Mapping[str, ThreadMargins],
    faults: Faults,
    measures: Mapping[str, float],
) -> Preview:
    """A preview of what was found of a plan."""
    from planner.design.assess import USABLE

    task = task_for(plan)
    return Preview(
        plan=plan,
        owner=plan.implant.contact_owners(),
        field_deg=found.phosphenes.field_deg.numpy(),
        diameter_deg=found.diameter_deg,
        eccentricity_deg=found.eccentricity_deg,
        usable=found.phosphenes.weight.numpy() >= USABLE,
        labels=task.labels,
        targets=_targets(task),
        percepts=found.percept_images,
        margins=margins,
        measures=measures,
        read=_read(plan.task, found.percept_images),
        faults=faults,
    )


def _targets(task: Task) -> NDArray[np.float32]:
    return np.asarray(task.targets.numpy(), dtype=np.float32)


def glimpse(plan: Plan, percepts: NDArray[np.float32]) -> Preview:
    """What one step of an optimisation lets see: its percepts, without margins or phosphenes."""
    task = task_for(plan)
    nothing = np.zeros(0)
    targets = _targets(task)
    measures = {"mse": float(((percepts - targets) ** 2).mean())}
    return Preview(
        plan,
        nothing.astype(np.int64),
        np.zeros((0, 2)),
        nothing,
        nothing,
        nothing.astype(bool),
        task.labels,
        targets,
        percepts,
        {},
        measures,
        complete=False,
    )


def _read(task: TaskRecord, percepts: NDArray[np.float32]) -> tuple[str, ...]:
    """What the letter recogniser makes of percepts, where it knows how: single letters of one height, light on dark."""
    if (task.name, task.polarity, task.further_heights_deg) != ("reading", "light", ()):
        return ()
    import torch

    from planner.tasks.recogniser import read

    found = read(torch.from_numpy(np.ascontiguousarray(percepts)))
    # it would call a black picture a letter too
    return tuple(letter if picture.any() else NOTHING for letter, picture in zip(found, percepts, strict=True))


def task_for(plan: Plan) -> Task:
    """The plan's task. Drawing its pictures takes a tenth of a second or more, so the last few are kept."""
    return _drawn(plan.task)


@lru_cache(maxsize=4)
def _drawn(record: TaskRecord) -> Task:
    from planner.tasks.make import make_task

    return make_task(record)
