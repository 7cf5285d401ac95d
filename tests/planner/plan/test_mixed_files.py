"""Plans of several devices: read back as written, refused where their devices, axes or exemptions contradict."""

from __future__ import annotations

import json
import math
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from planner.anatomy.access import Access, Window
from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.regions import Region
from planner.design.limits import CONSTRAINTS, Limits, ThreadMargins, Verdict, exempt
from planner.implant.catalogue import load_device
from planner.implant.device import Device
from planner.implant.thread import Thread
from planner.plan.files import InvalidPlanError, load_plan, save_plan
from planner.plan.make import device_limits, new_plan
from planner.plan.plan import Plan

Json = dict[str, Any]


@pytest.fixture
def mixed(anatomy: Anatomy, device: Device) -> Plan:
    """A thread, a Utah array and a surface array, under every limit that there is."""
    devices = (device, load_device("utah"), load_device("orion"))
    threads = (
        Thread("T01", "lh", (-12.0, -90.0, 2.0), (0.0, 0.0, -1.0), 1.5, device="four"),
        Thread("A01", "rh", (11.1, -88.0, 2.0), (0.6, 0.0, -0.8), 1.2, True, "utah", (0.8, 0.0, 0.6)),
        Thread("S01", "lh", (-14.0, -92.0, 2.0), (0.0, 0.0, -1.0), 0.0, device="orion", across=(0.6, 0.8, 0.0)),
    )
    limits: Limits = replace(
        device_limits(devices, (2, 1, 1)),
        vein_clearance_mm=0.15,
        array_clearance_mm=0.7,
        localisation_mm=0.25,
        angle_deg=35.0,
        access=Access("back", (Window("lh", "hull", (-10.0, -90.0, 20.0), (0.0, 0.0, -1.0), 30.0, 40.0, 25.0),)),
        regions=(Region("spot", "lh", (3, 4, 5, 9), "painted"),),
    )
    safe = dict.fromkeys(CONSTRAINTS, 0.5)
    margins = {
        t.name: ThreadMargins(
            {c: math.inf if c in exempt(d) else x for c, x in safe.items()}, nearest_thread="T01", exempt=exempt(d)
        )
        for t, d in zip(threads, devices, strict=True)
    }
    plan = new_plan(anatomy, devices, limits, threads=threads, seed=3)
    return replace(plan, verdict=Verdict(True, margins, ()))


@pytest.fixture
def document(mixed: Plan, tmp_path: Path) -> Json:
    save_plan(mixed, tmp_path / "good.json")
    values: Json = json.loads((tmp_path / "good.json").read_text(encoding="utf-8"))
    return values


def test_a_mixed_plan_read_back_equals_the_plan_written(mixed: Plan, tmp_path: Path) -> None:
    save_plan(mixed, tmp_path / "plan.json")
    found = load_plan(tmp_path / "plan.json")
    assert found == mixed
    np.testing.assert_array_equal(found.implant.contacts_mm(), mixed.implant.contacts_mm())
    assert [len(contacts) for contacts in found.implant.contacts_by_thread()] == [4, 96, 60]


def test_what_does_not_apply_is_not_unknown_in_the_file(document: Json, tmp_path: Path) -> None:
    assert document["verdict"]["vessels_unknown"] == []
    assert document["verdict"]["margins"]["S01"]["exempt"] == ["vessel", "path"]
    assert document["verdict"]["margins"]["S01"]["vessel"] is None
    document["verdict"]["margins"]["S01"]["exempt"] = []
    with pytest.raises(InvalidPlanError, match="vessels_unknown"):
        load(document, tmp_path)


def load(values: Json, folder: Path) -> Plan:
    (folder / "given.json").write_text(json.dumps(values), encoding="utf-8")
    return load_plan(folder / "given.json")


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d["threads"][1].update(across=None), "thread A01 says None of how it is turned"),
        (lambda d: d["threads"][0].update(across=[1.0, 0.0, 0.0]), "thread T01 says"),
        (lambda d: d["threads"][1].update(across=[0.8, 0.0, 0.61]), "axis across thread A01 is no unit vector"),
        (lambda d: d["threads"][1].update(across=[0.6, 0.0, -0.8]), "axis across thread A01 is no unit vector"),
        (lambda d: d["threads"][1].update(across=[0.0, 1.0, 0.0]), "contacts of thread A01 lie up to"),
        (lambda d: d["threads"][1].update(device="icvp"), "icvp"),
        (lambda d: d["threads"][1].update(device="four"), "A01"),
        (lambda d: d["devices"][1]["shanks"].pop(), "has 96 contacts, its device has 95"),
        (lambda d: d["devices"][1].update(name="four"), "two of its devices have one name"),
        (lambda d: d["devices"].clear(), "devices"),
        (lambda d: d["devices"][1].update(kind="needle"), "kind"),
        (lambda d: d["devices"][1].update(gray_share=1.5), "gray_share"),
        (lambda d: d["constraints"].update(mix=[2, 1]), "mix"),
        (lambda d: d["constraints"].update(mix=[2, 1, 2]), "mix"),
        (lambda d: d["constraints"].update(mix=[4]), "its mix says how many of 1 devices, and the plan is of 3"),
        (lambda d: d["constraints"].update(vein_clearance_mm=-0.1), "vein_clearance_mm"),
        (lambda d: d["constraints"].update(angle_deg=91.0), "angle_deg"),
        (lambda d: d["constraints"]["access"]["windows"][0].update(cone_deg=90.0), "cone_deg|cone"),
        (lambda d: d["verdict"]["margins"]["S01"].update(exempt=["budget"]), "exempt"),
    ],
)
def test_what_contradicts_itself_is_refused_in_a_sentence(
    document: Json, tmp_path: Path, change: Any, words: str
) -> None:
    change(document)
    with pytest.raises(InvalidPlanError, match=words):
        load(document, tmp_path)
