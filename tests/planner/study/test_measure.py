from __future__ import annotations

import json
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import torch

import planner.study.measure
from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.request import CaseRequest
from planner.design.site import Site
from planner.design.step import Step
from planner.design.verify import verify
from planner.errors import InfeasibleError, InputError
from planner.implant.thread import Thread
from planner.plan.make import measured
from planner.plan.plan import Plan
from planner.study.cells import Cell
from planner.study.ledger import Row
from planner.study.measure import CHANCE, NO_ROOM, case_content, measure, study_case


@pytest.fixture
def plans(demo: Anatomy, site: Site, monkeypatch: pytest.MonkeyPatch) -> list[Plan]:
    """The demo, prepared once, and every plan that is examined in a test."""
    monkeypatch.setattr(planner.study.measure, "_anatomy", lambda name: demo)
    monkeypatch.setattr(planner.study.measure, "_site", lambda name: site)
    monkeypatch.setattr(torch, "set_num_threads", lambda count: None)  # of other tests as well
    seen: list[Plan] = []
    examine = planner.study.measure.examine

    def noting(plan: Plan, at: Site) -> object:
        seen.append(plan)
        return examine(plan, at)

    monkeypatch.setattr(planner.study.measure, "examine", noting)
    return seen


@pytest.fixture
def cell(plans: list[Plan]) -> Cell:
    return Cell(study_case("demo"), "reading", 3, "coverage", 0, steps=2)


def test_a_row_says_what_the_plan_is_worth(cell: Cell, plans: list[Plan], site: Site) -> None:
    row = measure(cell)
    (plan,) = plans
    assert len(plan.threads) == row["threads"] == 3
    found = measured(plan, site).measures
    assert {name: row[name] for name in ("mse", "ssim", "psnr", "recognition", "coverage")} == {
        name: found[name] for name in ("mse", "ssim", "psnr", "recognition", "coverage")
    }
    verdict = verify(site.anatomy, plan.implant, plan.limits)
    assert verdict.feasible
    assert (row["feasible"], row["violations"], row["threads_violating"]) == (True, 0, 0)
    assert row["vessel_mm"] == min(found.margins["vessel"] for found in verdict.margins.values())
    assert (row["status"], row["synthetic"]) == ("placed", True)
    assert [(given["entry_mm"], given["direction"], given["depth_mm"]) for given in row["placed"]] == [
        (list(thread.entry_mm), list(thread.direction), thread.depth_mm) for thread in plan.threads
    ]
    assert json.loads(json.dumps(row, allow_nan=False)) == row


def test_images_are_not_read(cell: Cell) -> None:
    assert measure(replace(cell, task="images"))["recognition"] is None


def test_a_localisation_error_is_kept_off_vessels_besides_the_clearance(
    cell: Cell, plans: list[Plan], site: Site
) -> None:
    row = measure(replace(cell, threads=12, localisation_mm=0.5, actual_mm=(0.5, 2.0)))
    assert row["feasible"]
    assert row["touching_at_0.5_mm"] == row["too_near_at_0.5_mm"] == 0  # no more happened than was planned for
    assert row["too_near_at_2_mm"] > 0
    (plan,) = plans
    plain = replace(plan.limits, localisation_mm=0.0)
    margins = verify(site.anatomy, plan.implant, plain).margins.values()
    assert min(found.margins["vessel"] for found in margins) >= 0.5 - 1e-9


@pytest.mark.slow
def test_percept_aware_plans_are_optimised_and_the_same_again_and_vessels_are_ignored_where_asked(
    cell: Cell, plans: list[Plan]
) -> None:
    def without_times(row: Row) -> Row:
        return {name: value for name, value in row.items() if not name.startswith("seconds")}

    better = measure(replace(cell, method="percept"))
    assert better["mse"] < measure(cell)["mse"]
    assert without_times(measure(replace(cell, method="percept"))) == without_times(better)
    measure(replace(cell, method="unsafe"))
    assert [plan.avoid_vessels for plan in plans] == [True, True, True, False]


def test_a_percept_aware_row_says_what_chance_found(
    cell: Cell, site: Site, plans: list[Plan], monkeypatch: pytest.MonkeyPatch
) -> None:
    ends: list[Step] = []
    optimise = planner.study.measure.optimise

    def noting(*given: Any, **named: Any) -> Iterator[Step]:
        for step in optimise(*given, **named):
            ends.append(step)
            yield step

    monkeypatch.setattr(planner.study.measure, "optimise", noting)
    row = measure(replace(cell, method="percept"))
    control = ends[-1].control
    assert control is not None
    assert (row["chance_evaluations"], row["chance_weighed"]) == (control.evaluations, control.weighed)
    (plan,) = plans
    found = measured(replace(plan, threads=control.threads), site).measures
    for name in ("mse", "ssim", "recognition"):
        assert row[f"chance_{name}"] == found[name]
    assert {measure(cell)[name] for name in CHANCE} == {None}


def test_coverage_without_vessels_is_placed_as_if_there_were_none(cell: Cell, plans: list[Plan]) -> None:
    many = replace(cell, threads=24)
    safe, unsafe = measure(many), measure(replace(many, method="coverage_unsafe"))
    assert [plan.avoid_vessels for plan in plans] == [True, False]
    assert safe["violations"] == 0
    assert unsafe["violations"] == unsafe["violations_vessel"] > 0


def test_a_device_that_no_file_has_is_planned_with(cell: Cell, plans: list[Plan]) -> None:
    measure(replace(cell, device=replace(cell.device, name="made-up", contacts=4)))
    (plan,) = plans
    assert list(plan.implant.contact_counts()) == [4, 4, 4]


def test_a_budget_that_has_no_room_is_an_answer(cell: Cell, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(site: Site, plan: Plan) -> tuple[Thread, ...]:
        raise InfeasibleError("Only 2 of 3 threads have room.")

    cell = replace(cell, actual_mm=(0.1,))
    placed = measure(replace(cell, method="field"))
    monkeypatch.setattr(planner.study.measure, "PLACES", {"coverage": full})
    row = measure(cell)
    assert row.keys() == placed.keys()
    assert (row["status"], row["message"]) == (NO_ROOM, "Only 2 of 3 threads have room.")
    assert (row["plan"], row["mse"], row["threads"], row["feasible"]) == (None, None, 0, False)


def test_a_case_is_found_again_from_another_folder(
    demo: Anatomy, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A folder given from where the study began, which is not where its workers are."""
    asked: list[str] = []

    def load(request: CaseRequest) -> Anatomy:
        asked.append(request.source)
        found = request.source if request.source == "demo" else os.path.realpath(request.source)
        return replace(demo, request=replace(request, source=found))

    planner.study.measure._anatomy.cache_clear()
    monkeypatch.setattr(planner.study.measure, "load_anatomy", load)
    monkeypatch.chdir(tmp_path)
    case = study_case("here/mine")
    assert (case.name, case.found_by) == ("here/mine", os.path.realpath(tmp_path / "here" / "mine"))
    assert case_content(case) == case.content
    assert asked == ["here/mine", os.path.realpath(tmp_path / "here" / "mine")]
    assert study_case("demo").found_by == "demo"
    planner.study.measure._anatomy.cache_clear()


def test_a_case_that_has_changed_is_refused(cell: Cell) -> None:
    with pytest.raises(InputError, match="is not the case that the study began with"):
        measure(replace(cell, case=replace(cell.case, content="other")))
