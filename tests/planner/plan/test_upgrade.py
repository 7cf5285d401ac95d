"""A plan that the first version of the program wrote, ``version-1.json``, as this one reads it."""

from __future__ import annotations

import json
import math
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from planner.plan.files import InvalidPlanError, load_plan, save_plan
from planner.plan.make import Examined
from planner.plan.upgrade import upgraded

FILE = Path(__file__).with_name("version-1.json")
NEW = ("angle", "access", "approach", "reach", "region", "current")


def test_it_is_the_same_plan_with_nothing_in_force_that_is_new(examined: Examined) -> None:
    plan, expected = load_plan(FILE), examined.plan
    assert plan.verdict is not None
    assert expected.verdict is not None
    assert replace(plan, verdict=None) == replace(expected, verdict=None)
    assert (plan.verdict.feasible, plan.verdict.violations) == (False, expected.verdict.violations)
    assert plan.verdict.vessels_unknown == ("T01",)
    for name, found in plan.verdict.margins.items():
        old = {c: m for c, m in expected.verdict.margins[name].margins.items() if c not in NEW}
        assert found.margins == {**old, **dict.fromkeys(NEW, math.inf)}
        assert found.exempt == ()
    assert plan.limits.mix == ()
    assert plan.limits.vein_clearance_mm is None
    assert plan.limits.localisation_mm == 0.0
    assert plan.device.kind == "thread"


def test_it_is_written_in_the_present_version(tmp_path: Path) -> None:
    plan = load_plan(FILE)
    save_plan(plan, tmp_path / "plan.json")
    assert json.loads((tmp_path / "plan.json").read_text(encoding="utf-8"))["schema_version"] == 2
    assert load_plan(tmp_path / "plan.json") == plan


@pytest.mark.parametrize(
    "change",
    [
        lambda d: d.pop("device"),
        lambda d: d.update(device=[]),
        lambda d: d["device"].pop("contacts"),
        lambda d: d.update(devices=[d.pop("device")]),
        lambda d: d.update(constraints=None),
        lambda d: d.update(threads=3),
        lambda d: d.update(threads=[3]),
        lambda d: d["threads"][0].pop("contacts_mm"),
        lambda d: d["verdict"].update(margins=[]),
        lambda d: d["verdict"]["margins"].update(T01=3),
        lambda d: d["verdict"].update(violations=[3]),
        lambda d: d["verdict"]["violations"][0].pop("margin_mm"),
        lambda d: d.update(verdict=3),
        lambda d: d.update(schema_version=1.5),
    ],
)
def test_what_is_no_such_plan_is_refused_in_a_sentence(tmp_path: Path, change: Callable[[Any], object]) -> None:
    document = json.loads(FILE.read_text(encoding="utf-8"))
    change(document)
    path = tmp_path / "given.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(InvalidPlanError) as caught:
        load_plan(path)
    assert str(caught.value).endswith(".")


def test_what_is_given_is_not_changed() -> None:
    document = json.loads(FILE.read_text(encoding="utf-8"))
    before = json.dumps(document)
    assert upgraded(document)["schema_version"] == 2
    assert json.dumps(document) == before
    present = upgraded(document)
    assert upgraded(present) is present
