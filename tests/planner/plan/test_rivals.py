from __future__ import annotations

from dataclasses import replace

import pytest

from planner.anatomy.subject import load_anatomy
from planner.design.baselines import BASELINES, baseline
from planner.design.limits import Limits
from planner.design.site import Site, prepare_site
from planner.implant.catalogue import load_device
from planner.plan.make import device_limits, evaluated, new_plan
from planner.plan.plan import Plan
from planner.plan.rivals import with_baselines


@pytest.fixture(scope="module")
def site() -> Site:
    return prepare_site(load_anatomy())


@pytest.fixture(scope="module")
def plan(site: Site) -> Plan:
    device = load_device("long-thread")
    limits = device_limits(device, 5)
    threads = baseline("random", site, (device,), limits, seed=4, extent_deg=16.0)[:3]
    return evaluated(new_plan(site.anatomy, device, limits, threads=threads, seed=4), site)


def test_baselines_are_measured_as_plans_of_their_own_with_as_many_threads(plan: Plan, site: Site) -> None:
    found = with_baselines(plan, site).baselines
    assert found is not None
    assert set(found) == {"coverage", "field", "grid", "random"}
    limits = replace(plan.limits, threads=3)
    for method in BASELINES:
        threads = baseline(method, site, plan.devices, limits, plan.seed, plan.task.extent_deg)
        rival = evaluated(replace(plan, threads=threads), site)
        assert found[method] == {**rival.measures, "violations": 0.0}
        assert rival.verdict is not None
        assert rival.verdict.feasible  # as safe as the plan that it is compared with


def test_the_plan_itself_stays_as_it_is(plan: Plan, site: Site) -> None:
    assert replace(with_baselines(plan, site), baselines=None) == plan


def test_a_baseline_without_room_is_left_out(plan: Plan, site: Site) -> None:
    tight = Limits(**{**vars(plan.limits), "clearance_mm": 30.0})
    assert with_baselines(replace(plan, limits=tight), site).baselines == {}
