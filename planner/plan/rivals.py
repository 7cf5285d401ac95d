"""What baselines of the same budget, contacts and constraints are worth beside a plan."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from planner.design.progress import Progress, silent
from planner.errors import InfeasibleError
from planner.plan.make import evaluated
from planner.plan.plan import Plan

if TYPE_CHECKING:
    from planner.design.site import Site

VIOLATIONS: Final = "violations"


def with_baselines(plan: Plan, site: Site, progress: Progress = silent) -> Plan:
    """The plan with the measures of its baselines, each at its own best gain.

    A baseline has as many threads of the same device, keeps the same limits, vessels included, and is seen, measured
    and checked as the plan is; it starts from the plan's seed. One that finds no room for its threads is left out. How
    many limits it breaks, none unless fast margins and exact check disagree, is `VIOLATIONS` among its measures.
    `progress` is told before each.
    """
    from planner.design.baselines import BASELINES, Room, pool_of, threads_by
    from planner.implant.parameters import to_tensors

    devices = plan.devices
    counts = Counter(plan.implant.device_of(thread).name for thread in plan.threads)
    mix = tuple(counts[device.name] for device in devices)
    limits = replace(plan.limits, threads=len(plan.threads), mix=mix if len(devices) > 1 else ())
    pool = pool_of(site, devices, limits, plan.seed)
    room = Room(site, devices, limits, pool, to_tensors((), devices), plan.task.extent_deg, plan.seed)
    found: dict[str, Mapping[str, float]] = {}
    for place, method in enumerate(BASELINES):
        progress("Measuring baselines", place, len(BASELINES))
        try:
            threads = threads_by(method, room)
        except InfeasibleError:
            continue
        rival = evaluated(replace(plan, threads=threads, method=method), site)
        broken = len(rival.verdict.violations) if rival.verdict is not None else 0
        found[method] = {**(rival.measures or {}), VIOLATIONS: float(broken)}
    return replace(plan, baselines=found)
