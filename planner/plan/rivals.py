"""What baselines of the same budget, contacts and constraints are worth beside a plan."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from planner.errors import InfeasibleError
from planner.plan.make import measured
from planner.plan.plan import Method, Plan

if TYPE_CHECKING:
    from planner.design.site import Site

BASELINES: Final[tuple[Method, ...]] = ("coverage", "random")


def with_baselines(plan: Plan, site: Site) -> Plan:
    """The plan with the measures of its baselines, each at its own best gain.

    A baseline has as many threads of the same device, keeps the same limits, vessels included, and is seen and measured
    as the plan is; it starts from the plan's seed. One that finds no room for its threads is left out.
    """
    from planner.design.baselines import coverage_threads, random_threads

    limits = replace(plan.limits, threads=len(plan.threads))
    found: dict[str, Mapping[str, float]] = {}
    for method, place in zip(BASELINES, (coverage_threads, random_threads), strict=True):
        try:
            threads = place(site, plan.device, limits, plan.seed)
        except InfeasibleError:
            continue
        found[method] = measured(replace(plan, threads=threads, method=method), site).measures
    return replace(plan, baselines=found)
