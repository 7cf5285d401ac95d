"""The method's claims on the demo: better than coverage, no violations, and a constraint that is seen to work."""

from __future__ import annotations

import pytest

from planner.design.assess import assess
from planner.design.baselines import baseline
from planner.design.limits import Limits
from planner.design.optimise import optimise
from planner.design.site import Site
from planner.design.verify import verify
from planner.implant.device import Device
from planner.implant.thread import Implant
from planner.tasks.reading import reading_task

pytestmark = pytest.mark.slow
TASK = reading_task()


def planned(site: Site, device: Device, limits: Limits, avoid_vessels: bool) -> tuple[float, Implant]:
    """MSE by coverage, and the percept-aware implant that starts from it."""
    start = Implant(
        (device,), baseline("coverage", site, (device,), limits, seed=0, extent_deg=16.0, avoid_vessels=avoid_vessels)
    )
    *_, last = optimise(site, start, TASK, limits, steps=60, avoid_vessels=avoid_vessels)
    return assess(site, start, TASK).measures["mse"], last.implant


def test_32_threads_read_a_quarter_better_than_coverage_and_keep_every_limit(site: Site, long_thread: Device) -> None:
    limits = Limits(32, long_thread.clearance_mm, long_thread.spacing_mm, long_thread.max_depth_mm)
    coverage, implant = planned(site, long_thread, limits, avoid_vessels=True)
    assert assess(site, implant, TASK).measures["mse"] < 0.75 * coverage
    verdict = verify(site.anatomy, implant, limits)
    assert verdict.feasible
    assert not verdict.vessels_unknown


def test_without_the_vessel_term_vessels_are_hit_and_nothing_else_is_broken(site: Site, long_thread: Device) -> None:
    limits = Limits(32, long_thread.clearance_mm, long_thread.spacing_mm, long_thread.max_depth_mm)
    _, implant = planned(site, long_thread, limits, avoid_vessels=False)
    violations = verify(site.anatomy, implant, limits).violations
    assert len(violations) > 3
    assert {violation.constraint for violation in violations} == {"vessel"}
