from __future__ import annotations

from dataclasses import replace

import pytest

from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.request import CaseRequest
from planner.errors import InputError
from planner.implant.device import Device
from planner.plan.make import case_record, check_case, device_limits
from planner.plan.plan import Plan


def test_a_case_is_remembered_with_its_hashes_and_synthetic_vessels(anatomy: Anatomy) -> None:
    record = case_record(anatomy)
    assert record.hashes == anatomy.hashes
    assert record.request == anatomy.request
    assert [(v.name, v.kind, v.synthetic) for v in record.vessels] == [("lh pial artery", "artery", True)]
    assert record.retinotopy == "made up for a test"


def test_the_anatomy_that_a_plan_was_made_on_is_accepted_wherever_it_lies(plan: Plan, anatomy: Anatomy) -> None:
    check_case(plan, replace(anatomy, request=CaseRequest("/elsewhere/slab")))


def test_every_difference_of_the_anatomy_is_refused_and_named(plan: Plan, anatomy: Anatomy) -> None:
    hashes = dict(anatomy.hashes)
    less = {k: v for k, v in hashes.items() if k != "rh.pial"}
    other = replace(anatomy.hemispheres["lh"].retinotopy, source="wedge-dipole")
    remapped = {name: replace(h, retinotopy=other) for name, h in anatomy.hemispheres.items()}
    for changed, words in [
        (replace(anatomy, hashes={**hashes, "lh.white": "e" * 64}), "lh.white has changed"),
        (replace(anatomy, hashes=less), "rh.pial, which the plan was made on, is missing"),
        (replace(anatomy, hashes={**hashes, "vessels.x.swc": "e" * 64}), "vessels.x.swc was not part"),
        (replace(anatomy, hemispheres=remapped), "retinotopy is now 'wedge-dipole'"),
        (replace(anatomy, vessels=()), "vessels are not those"),
    ]:
        with pytest.raises(InputError, match=words):
            check_case(plan, changed)


def test_limits_come_from_the_device_unless_a_clearance_is_given(device: Device) -> None:
    assert device_limits(device, 5).clearance_mm == device.clearance_mm
    assert device_limits(device, 5, 0.0).clearance_mm == 0.0
    assert device_limits(device, 5).max_depth_mm == device.max_depth_mm
