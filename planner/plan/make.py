"""Making plans of an anatomy, and the guard that keeps a plan with the anatomy it was made on."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from planner.anatomy.hemisphere import Anatomy
from planner.design.limits import Limits
from planner.errors import InputError
from planner.frames import FloatArray, Space, VolumeGeometry
from planner.implant.device import Device, Devices
from planner.implant.thread import Thread
from planner.percept.settings import Seeing
from planner.plan.plan import CaseRecord, GridRecord, Matrix, Method, Plan, TaskRecord, VesselRecord
from planner.tasks.goal import Goal

if TYPE_CHECKING:  # torch comes with these: a plan can be opened and compared without it
    from planner.design.assess import Assessment
    from planner.design.exact_currents import Driven
    from planner.design.site import Site
    from planner.tasks.task import Task


def device_limits(devices: Device | Devices, threads: int | Sequence[int], clearance_mm: float | None = None) -> Limits:
    """The limits that devices ask for.

    Parameters
    ----------
    devices : Device or tuple of Device
    threads : int or sequence of int
        Budget of insertions, of each of the devices where there are several.
    clearance_mm : float, optional
        Instead of the device's own clearance to vessels.
    """
    every = (devices,) if isinstance(devices, Device) else devices
    mix = (threads,) if isinstance(threads, int) else tuple(threads)
    rest = [d.clearance_mm for d in every if d.kind != "array"]
    arrays = [d.clearance_mm for d in every if d.kind == "array"]
    own_mm = max(rest or arrays)
    return Limits(
        threads=sum(mix),
        clearance_mm=own_mm if clearance_mm is None else clearance_mm,
        spacing_mm=max(d.spacing_mm for d in every),
        max_depth_mm=max(d.max_depth_mm for d in every),
        array_clearance_mm=max(arrays) if rest and arrays and clearance_mm is None else None,
        mix=mix if len(every) > 1 else (),
    )


def refitted(limits: Limits, devices: Devices, shares: Sequence[int]) -> Limits:
    """Limits with what devices ask for in the place of what others asked for."""
    own = device_limits(devices, shares)
    return replace(
        limits,
        threads=own.threads,
        clearance_mm=own.clearance_mm,
        spacing_mm=own.spacing_mm,
        max_depth_mm=own.max_depth_mm,
        array_clearance_mm=own.array_clearance_mm,
        mix=own.mix,
    )


def case_record(anatomy: Anatomy) -> CaseRecord:
    """What a plan remembers of an anatomy."""
    return CaseRecord(
        request=anatomy.request,
        hashes=dict(anatomy.hashes),
        retinotopy=anatomy.retinotopy_source,
        vessels=tuple(
            VesselRecord(v.name, v.kind, v.source, v.synthetic, v.error_mm, v.half_voxel_mm, v.sides_checked)
            for v in anatomy.vessels
        ),
        grid=_grid(anatomy.geometry) if anatomy.geometry is not None else None,
        ras2mni305=_matrix(anatomy.spaces[Space.MNI305].matrix) if Space.MNI305 in anatomy.spaces else None,
    )


def _grid(geometry: VolumeGeometry) -> GridRecord:
    return GridRecord(geometry.shape, _matrix(geometry.voxel_to_scanner), _matrix(geometry.voxel_to_tkras))


def _matrix(values: FloatArray) -> Matrix:
    return tuple((float(a), float(b), float(c), float(d)) for a, b, c, d in values)


def new_plan(
    anatomy: Anatomy,
    devices: Device | Devices,
    limits: Limits,
    *,
    threads: Sequence[Thread] = (),
    task: TaskRecord | None = None,
    method: Method = "manual",
    avoid_vessels: bool = True,
    seed: int = 0,
    seeing: Seeing | None = None,
    goal: Goal | None = None,
) -> Plan:
    """A plan on an anatomy, not yet measured nor verified."""
    return Plan(
        case=case_record(anatomy),
        devices=(devices,) if isinstance(devices, Device) else devices,
        limits=limits,
        threads=tuple(threads),
        task=task or TaskRecord(),
        method=method,
        avoid_vessels=avoid_vessels,
        seed=seed,
        seeing=seeing or Seeing(),
        goal=goal or Goal(),
    )


def task_of(plan: Plan) -> Task:
    """The visual task that a plan is measured by.

    Raises
    ------
    InputError
        Where it cannot be made; see `planner.tasks.make.make_task`.
    """
    from planner.tasks.make import make_task

    return make_task(plan.task)


@dataclass(frozen=True, eq=False)
class Examined:
    """A plan with all that was computed of it: what exports and pictures are made from.

    Attributes
    ----------
    plan : Plan
        With measures and verdict.
    anatomy : Anatomy
        The one that the plan was made on.
    assessment : Assessment
    """

    plan: Plan
    anatomy: Anatomy
    assessment: Assessment


def examine(plan: Plan, site: Site) -> Examined:
    """Measure a plan and check it exactly, whatever it says of itself (about two seconds on the demo).

    Raises
    ------
    InputError
        Where the site is of another anatomy than the plan's.
    """
    from planner.design.verify import verify

    check_case(plan, site.anatomy)
    assessment = measured(plan, site)
    verdict = verify(site.anatomy, plan.implant, plan.limits, driven(plan, assessment))
    return Examined(replace(plan, measures=dict(assessment.measures), verdict=verdict), site.anatomy, assessment)


def driven(plan: Plan, assessment: Assessment) -> Driven:
    """What the plan's contacts are driven with, for the exact check."""
    from planner.design.exact_currents import Driven

    stimulus = plan.seeing.stimulus
    current_ua = assessment.current_ua
    return Driven(current_ua, stimulus.total_ua, stimulus.groups(current_ua.shape[1]))


def driven_on(plan: Plan, site: Site) -> Driven:
    """The same of a plan whose percepts were not computed yet.

    Raises
    ------
    InputError
        Where its task cannot be made.
    """
    from planner.design.assess import assess

    return driven(plan, assess(site, plan.implant, task_of(plan), plan.seeing))


def measured(plan: Plan, site: Site) -> Assessment:
    """What a plan shows of its task and how well it serves, on a site that is its own."""
    from planner.design.assess import assess
    from planner.design.scores import scores

    assessment = assess(site, plan.implant, task_of(plan), plan.seeing)
    scored = scores(plan.task, site, plan.implant, plan.seeing, assessment.percept_images)
    return replace(assessment, measures=assessment.measures | scored)


def evaluated(plan: Plan, site: Site) -> Plan:
    """The plan with its measures and the exact check's verdict; see `examine`."""
    return examine(plan, site).plan


def check_case(plan: Plan, anatomy: Anatomy) -> None:
    """Refuse an anatomy that is not the one a plan was made on; see `case_difference`.

    Raises
    ------
    InputError
        Naming the first difference.
    """
    if difference := case_difference(plan.case, anatomy):
        raise InputError(
            f"the anatomy differs from the plan's: {difference}",
            source=anatomy.source,
            remedy="bring back the files that the plan was made on, or make a new plan on these",
        )


def case_difference(recorded: CaseRecord, anatomy: Anatomy) -> str:
    """What of an anatomy is not as a plan remembers it, in words that name the first difference; empty where all is.

    Its files' SHA-256, its retinotopy and its vessels must be those of the record; where the files lie may change.
    """
    found = case_record(anatomy)
    if recorded.retinotopy != found.retinotopy:
        return f"the retinotopy is now {found.retinotopy!r}, the plan was made with {recorded.retinotopy!r}"
    differing = {
        name
        for name in recorded.hashes.keys() | found.hashes.keys()
        if recorded.hashes.get(name) != found.hashes.get(name)
    }
    if differing:
        name = min(differing, key=lambda name: (name in found.hashes, name))
        if name not in found.hashes:
            return f"{name}, which the plan was made on, is missing"
        if name not in recorded.hashes:
            return f"{name} was not part of the case when the plan was made"
        return f"{name} has changed since the plan was made"
    if [replace(v, source="") for v in recorded.vessels] != [replace(v, source="") for v in found.vessels]:
        return "its vessels are not those that the plan was made with"
    return ""
