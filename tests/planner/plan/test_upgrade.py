"""Plans of the first version still open, and mean what they meant."""

from __future__ import annotations

import json
import math
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from planner.anatomy.access import UNRESTRICTED
from planner.design.limits import CONSTRAINTS, WIDEST_DEG
from planner.implant.device import Shank
from planner.plan.files import InvalidPlanError, load_plan, save_plan
from planner.plan.plan import Plan
from planner.plan.upgrade import upgraded

Json = dict[str, Any]

MARGINS = {"gray": 0.5, "path": 0.4, "spacing": 1.5, "depth": 0.25, "hemisphere": 9.0, "unknown_kinds": []}
VERSION_1: Json = {  # as the last program that wrote version 1 wrote it, but for what it might leave out
    "schema_version": 1,
    "program": "Calcarine 0.1.0",
    "notice": "Research use only. Not a medical device; not for clinical decisions.",
    "created": "2025-11-25T20:53:27Z",
    "space": "scanner_ras",
    "units": {"length": "mm", "visual_field": "deg", "current": "uA"},
    "case": {
        "source": "/data/slab",
        "vessel_files": [],
        "retinotopy_folder": "",
        "least_variance": 0.1,
        "hashes": {"lh.white": "a" * 64, "lh.pial": "b" * 64},
        "retinotopy": "made up for a test",
        "vessels": [
            {
                "name": "lh pial artery",
                "kind": "artery",
                "source": "synthetic, seed 0",
                "synthetic": True,
                "error_mm": 0.0,
                "half_voxel_mm": 0.0,
                "sides_checked": True,
            }
        ],
    },
    "device": {
        "name": "four",
        "title": "Four contacts",
        "contacts": 2,
        "pitch_mm": 0.3,
        "tip_mm": 0.1,
        "shaft_radius_mm": 0.02,
        "max_depth_mm": 6.0,
        "spacing_mm": 0.1,
        "clearance_mm": 0.3,
        "contact_area_mm2": 0.002,
        "working_current_ua": 80.0,
        "max_current_ua": 100.0,
        "source": "made up for a test",
    },
    "task": {"name": "reading", "extent_deg": 16.0, "pixels": 64, "height_deg": 9.0},
    "constraints": {"threads": 2, "clearance_mm": 0.3, "spacing_mm": 0.1, "max_depth_mm": 6.0, "gray_mm": 0.1},
    "method": "manual",
    "avoid_vessels": True,
    "seed": 3,
    "threads": [
        {
            "name": "T01",
            "hemisphere": "lh",
            "entry_mm": [-12.0, -90.0, 2.0],
            "direction": [0.0, 0.0, -1.0],
            "depth_mm": 1.5,
            "locked": False,
            "contacts_mm": [[-12.0, -90.0, 0.6], [-12.0, -90.0, 0.9]],
        },
        {
            "name": "T02",
            "hemisphere": "lh",
            "entry_mm": [-11.1, -88.0, 2.0],
            "direction": [-0.6, 0.0, -0.8],
            "depth_mm": 1.7,
            "locked": True,
            "contacts_mm": [[-12.06, -88.0, 0.72], [-11.88, -88.0, 0.96]],
        },
    ],
    "measures": {"mse": 0.04, "ssim": 0.5},
    "baselines": None,
    "verdict": {
        "feasible": False,
        "vessels_unknown": ["T01"],
        "margins": {
            "T01": {**MARGINS, "vessel": None, "nearest_vessel": "", "nearest_thread": "T02"},
            "T02": {**MARGINS, "vessel": -0.125, "nearest_vessel": "lh pial artery", "nearest_thread": "T01"},
        },
        "violations": [
            {"thread": "T02", "constraint": "vessel", "margin_mm": -0.125, "message": "Thread T02: too near."}
        ],
    },
}


def load(values: Json, folder: Path) -> Plan:
    path = folder / "old.json"
    path.write_text(json.dumps(values), encoding="utf-8")
    return load_plan(path)


def test_what_it_held_is_held_still(tmp_path: Path) -> None:
    plan = load(VERSION_1, tmp_path)
    (device,) = plan.devices
    assert {key: getattr(device, key) for key in VERSION_1["device"]} == VERSION_1["device"]
    assert {key: getattr(plan.limits, key) for key in VERSION_1["constraints"]} == VERSION_1["constraints"]
    assert [(t.name, t.depth_mm, t.locked) for t in plan.threads] == [("T01", 1.5, False), ("T02", 1.7, True)]
    assert plan.implant.contacts_mm().round(9).tolist() == [c for t in VERSION_1["threads"] for c in t["contacts_mm"]]
    verdict = plan.verdict
    assert verdict is not None
    assert verdict.vessels_unknown == ("T01",)
    assert verdict.margins["T02"].margins["vessel"] == verdict.violations[0].margin == -0.125
    assert {verdict.margins["T01"].margins[name] for name in ("gray", "path", "depth")} == {0.5, 0.4, 0.25}


def test_what_it_knew_nothing_of_limits_nothing(tmp_path: Path) -> None:
    plan = load(VERSION_1, tmp_path)
    (device,) = plan.devices
    assert (device.kind, device.shanks, device.gray_share, device.crosses_sulci) == ("thread", (Shank(),), 1.0, False)
    limits = plan.limits
    assert (limits.vein_clearance_mm, limits.array_clearance_mm, limits.localisation_mm) == (None, None, 0.0)
    assert (limits.mix, limits.angle_deg, limits.access, limits.regions) == ((), WIDEST_DEG, UNRESTRICTED, ())
    assert all((thread.device, thread.across) == ("", None) for thread in plan.threads)
    assert plan.verdict is not None
    for found in plan.verdict.margins.values():
        assert found.exempt == ()
        assert all(found.margins[name] == math.inf for name in CONSTRAINTS if name not in MARGINS and name != "vessel")


def test_saved_again_it_is_of_the_present_version_and_the_same_plan(tmp_path: Path) -> None:
    plan = load(VERSION_1, tmp_path)
    save_plan(plan, tmp_path / "new.json")
    assert json.loads((tmp_path / "new.json").read_text(encoding="utf-8"))["schema_version"] == 2
    assert load_plan(tmp_path / "new.json") == plan


def test_a_plan_without_verdict_opens_too(tmp_path: Path) -> None:
    assert load({**VERSION_1, "verdict": None, "measures": None}, tmp_path).verdict is None


@pytest.mark.parametrize(
    ("change", "words"),
    [
        (lambda d: d.pop("device"), "device"),
        (lambda d: d.update(device=[]), "device"),
        (lambda d: d.update(threads={}), "plan schema"),
        (lambda d: d.update(threads=[None]), r"threads\[0\]"),
        (lambda d: d["device"].update(contacts=0), "contacts"),
        (lambda d: d["constraints"].pop("gray_mm"), "gray_mm"),
        (lambda d: d["threads"][0]["contacts_mm"].pop(), "has 1 contacts, its device has 2"),
        (lambda d: d.update(verdict=[]), "verdict"),
        (lambda d: d["verdict"].update(violations=None), "verdict"),
        (lambda d: d["verdict"].update(margins=[]), "verdict"),
        (lambda d: d["verdict"]["violations"].__setitem__(0, 5), "verdict"),
        (lambda d: d.update(extra=1), "extra"),
    ],
)
def test_a_broken_one_is_refused_in_a_sentence(tmp_path: Path, change: Any, words: str) -> None:
    values = deepcopy(VERSION_1)
    change(values)
    with pytest.raises(InvalidPlanError, match=words):
        load(values, tmp_path)


def test_what_is_of_no_earlier_version_comes_back_as_it_is() -> None:
    present = upgraded(deepcopy(VERSION_1))
    before = deepcopy(present)
    assert upgraded(present) == before
    assert upgraded({"schema_version": 7}) == {"schema_version": 7}
