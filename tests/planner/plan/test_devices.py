"""Every device that ships, from the optimiser to a file and back."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from planner.design.optimise import optimise
from planner.design.site import Site
from planner.design.verify import verify
from planner.implant.catalogue import device_names, load_device
from planner.plan.files import load_plan, save_plan
from planner.plan.make import device_limits, new_plan
from planner.tasks.make import make_task
from planner.tasks.record import TaskRecord

THROUGH_VESSELS = ("vimplant-grid",)  # no place of the demo keeps its hundred shanks clear of them


@pytest.mark.parametrize("name", device_names())
def test_what_is_optimised_of_a_device_is_feasible_and_comes_back_from_its_file(
    site: Site, name: str, tmp_path: Path
) -> None:
    device = load_device(name)
    limits = device_limits(device, 1)
    avoid = name not in THROUGH_VESSELS
    plan = new_plan(site.anatomy, device, limits, task=TaskRecord(pixels=32), method="percept", avoid_vessels=avoid)
    *_, last = optimise(site, plan.implant, make_task(plan.task), limits, steps=4, seed=plan.seed, avoid_vessels=avoid)
    verdict = verify(site.anatomy, last.implant, limits)
    assert {violation.constraint for violation in verdict.violations} <= (set() if avoid else {"vessel"})
    found = replace(plan, threads=last.implant.threads, verdict=verdict)
    assert len(found.threads) == 1
    save_plan(found, tmp_path / "plan.json")
    assert load_plan(tmp_path / "plan.json") == found
