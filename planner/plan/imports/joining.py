"""Imported trajectories as threads of a plan that is there already: its own stay, and so do its limits."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from planner.design.limits import Limits
from planner.design.site import Site
from planner.implant.device import Device
from planner.plan.edits import each, names_of, with_threads
from planner.plan.imports.placement import Imported, threads_of
from planner.plan.imports.trajectory import Trajectory
from planner.plan.make import refitted
from planner.plan.plan import Plan


def with_trajectories(
    plan: Plan, trajectories: Sequence[Trajectory], site: Site, device: Device, instead: bool = False
) -> tuple[Plan, Imported]:
    """A plan with threads along trajectories, and what became of each of these.

    A device that the plan does not have yet becomes another one of it, or its only one where no thread of its single
    device stays. Limits stay, but that the budget grows to what is placed and that a new device is given what it asks
    for: the stricter of both counts for clearance and spacing.

    Parameters
    ----------
    plan : Plan
    trajectories : sequence of Trajectory
        In scanner RAS.
    site : Site
        Of the plan's case.
    device : Device
        What the new threads are of: one of the plan's, or one whose name none of these has.
    instead : bool
        Whether the plan's unlocked threads give way; locked ones stay.

    Raises
    ------
    InputError
        For a device that goes in nowhere.
    """
    kept = with_threads(plan, tuple(t for t in plan.threads if t.locked or not instead))
    ready = kept if device in plan.devices else _with_device(kept, device)
    found = threads_of(trajectories, site, device, ready.limits, sorted(names_of(ready)))
    name = device.name if len(ready.devices) > 1 else ""
    threads = (*ready.threads, *(replace(thread, device=name) for thread in found.threads))
    joined = with_threads(ready, threads)
    return replace(joined, limits=_roomy(joined)), found


def _with_device(plan: Plan, device: Device) -> Plan:
    """The plan with a device more, or with this one alone where its single device has no thread, used or not."""
    if len(plan.devices) == 1 and not plan.everyone.threads:
        return replace(plan, devices=(device,), limits=refitted(plan.limits, (device,), (plan.limits.threads,)))
    devices = (*plan.devices, device)
    shares = (*plan.limits.shares(len(plan.devices)), 0)
    asked = refitted(plan.limits, devices, shares)
    limits = replace(
        asked,
        clearance_mm=max(asked.clearance_mm, plan.limits.clearance_mm),
        spacing_mm=max(asked.spacing_mm, plan.limits.spacing_mm),
        array_clearance_mm=plan.limits.array_clearance_mm or asked.array_clearance_mm,
    )
    named = each(plan, names_of(plan), lambda thread: replace(thread, device=plan.implant.device_of(thread).name))
    return with_threads(replace(named, devices=devices, limits=limits), named.threads)


def _roomy(plan: Plan) -> Limits:
    """The plan's limits with a budget that its threads do not exceed."""
    names = [device.name for device in plan.devices]
    placed = np.bincount([names.index(plan.implant.device_of(t).name) for t in plan.threads], minlength=len(names))
    shares = [max(int(have), share) for have, share in zip(placed, plan.limits.shares(len(names)), strict=True)]
    return replace(plan.limits, threads=sum(shares), mix=tuple(shares) if len(shares) > 1 else ())
