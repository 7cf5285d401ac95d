"""What files say of limits that do not apply to a device: exempt, which is neither unknown nor a number."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from planner.anatomy.hemisphere import Anatomy
from planner.design.verify import verify
from planner.implant.catalogue import load_device
from planner.implant.device import Shank
from planner.implant.thread import Thread
from planner.plan.export.table import _margin
from planner.plan.files import InvalidPlanError, load_plan, save_plan
from planner.plan.make import device_limits, new_plan
from planner.plan.plan import Plan
from planner.plan.stamp import limits_words, notice, verdict_words

DEVICES = (
    replace(load_device("long-thread"), contacts=4),
    load_device("utah"),
    replace(load_device("orion"), name="discs", shanks=tuple(Shank(x) for x in (-1.5, 1.5))),
)
DOWN, ACROSS = (0.0, 0.0, -1.0), (0.6, 0.8, 0.0)
THREADS = (
    Thread("T01", "lh", (-19.3, 1.7, 20.0), DOWN, 2.2, device="long-thread"),
    Thread("A01", "lh", (-19.3, -9.7, 20.0), DOWN, 1.5, device="utah", across=ACROSS),
    Thread("S01", "rh", (19.3, 1.7, 20.0), DOWN, 0.0, locked=True, device="discs", across=ACROSS),
)


@pytest.fixture(scope="module")
def plan(blocks: Anatomy) -> Plan:
    limits = replace(device_limits(DEVICES, (2, 1, 1)), vein_clearance_mm=0.8, localisation_mm=0.25)
    plan = new_plan(blocks, DEVICES, limits, threads=THREADS)
    return replace(plan, verdict=verify(blocks, plan.implant, limits))


@pytest.fixture
def document(plan: Plan, tmp_path: Path) -> Any:
    save_plan(plan, tmp_path / "good.json")
    return json.loads((tmp_path / "good.json").read_text(encoding="utf-8"))


def test_of_the_surface_device_the_file_says_exempt_and_of_the_others_unknown(document: Any) -> None:
    verdict = document["verdict"]
    assert verdict["vessels_unknown"] == ["T01", "A01"]
    assert verdict["margins"]["S01"]["exempt"] == ["vessel", "path"]
    assert verdict["margins"]["S01"]["vessel"] is None
    assert verdict["margins"]["A01"]["exempt"] == []
    assert [len(thread["contacts_mm"]) for thread in document["threads"]] == [4, 96, 2]


def test_a_plan_of_surface_devices_alone_is_not_called_unknown(plan: Plan, blocks: Anatomy) -> None:
    alone = replace(plan, threads=THREADS[2:])
    alone = replace(alone, verdict=verify(blocks, alone.implant, plan.limits))
    assert verdict_words(alone).startswith("feasible")
    assert "unknown, not safe" not in notice(alone)


def test_tables_say_exempt_and_unknown_and_never_a_number_for_either(plan: Plan) -> None:
    assert plan.verdict is not None
    margins = plan.verdict.margins
    assert _margin(margins["S01"], "vessel") == _margin(margins["S01"], "path") == "exempt"
    assert _margin(margins["T01"], "vessel") == _margin(margins["A01"], "vessel") == "unknown"
    assert isinstance(_margin(margins["A01"], "path"), float)
    assert margins["S01"].words("vessel") == "exempt"
    assert margins["T01"].words("vessel") == "unknown"


def test_what_it_was_checked_against_names_every_device_and_clearance(plan: Plan) -> None:
    words = limits_words(plan)
    assert "Checked for long-thread and utah and discs with at most 4" in words
    assert "(2 of long-thread, 1 of utah, 1 of discs)" in words
    assert "(0.8 mm from veins, 0.5 mm for arrays)" in words
    assert "Does not apply to discs and was not checked: vessel, path." in words
    assert "localisation error of 0.25 mm" in words
    assert "discs is no device of the catalogue" in words


@pytest.mark.parametrize(
    ("name", "claimed", "unknown", "words"),
    [
        ("T01", ["vessel"], ["A01"], "exempts T01 from vessel, its device from nothing"),
        ("A01", ["gray"], ["T01", "A01"], "exempts A01 from gray, its device from nothing"),
        ("S01", ["vessel"], ["T01", "A01"], "exempts S01 from vessel, its device from vessel and path"),
        ("S01", [], ["T01", "A01", "S01"], "exempts S01 from nothing, its device from vessel and path"),
    ],
)
def test_a_file_exempts_no_thread_from_what_its_device_is_bound_by(
    document: Any, tmp_path: Path, name: str, claimed: list[str], unknown: list[str], words: str
) -> None:
    document["verdict"]["margins"][name]["exempt"] = claimed
    document["verdict"]["vessels_unknown"] = unknown
    (tmp_path / "given.json").write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(InvalidPlanError, match=words):
        load_plan(tmp_path / "given.json")
