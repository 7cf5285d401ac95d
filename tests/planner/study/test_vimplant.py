from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest
import torch

from planner.anatomy.hemisphere import Anatomy
from planner.design.rigid_grid import HIGHEST, LOWEST, on_bounds
from planner.errors import InputError
from planner.study.cells import StudyCase
from planner.study.measure import study_case
from planner.study.vimplant import METHODS, search, search_cells
from planner.study.vimplant_objective import Objective, Terms, field_target
from planner.study.vimplant_searches import (
    Search,
    descend,
    gaussian_process,
    gaussian_process_within,
    random_search,
    random_within,
)


class Counting(Objective):
    """Counts the poses it is asked about by itself, and keeps the exact losses."""

    def watch(self) -> Counting:
        self.asked = 0
        self.losses: list[float] = []
        self.outside: list[float] = []
        return self

    def exact(self, poses: torch.Tensor) -> Terms:
        self.asked += len(poses)
        terms = super().exact(poses)
        self.losses += terms.loss.tolist()
        self.outside += terms.outside_mm.tolist()
        return terms

    def smooth(self, poses: torch.Tensor, *rest: object) -> Terms:
        self.asked += len(poses)
        return super().smooth(poses, *rest)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def left(demo: Anatomy) -> Callable[[], Counting]:
    objective = Counting(demo.hemispheres["lh"], field_target(1.0))
    return objective.watch


@pytest.fixture(scope="module")
def case() -> StudyCase:
    return study_case("demo")


@pytest.mark.parametrize(("method", "budget"), [(random_search, 30), (descend, 150), (gaussian_process, 12)])
def test_searches_spend_their_budget_report_the_best_they_saw_and_depend_on_the_seed_alone(
    left: Callable[[], Counting], method: Search, budget: int
) -> None:
    if method is gaussian_process:
        pytest.importorskip("skopt")
    objective = left()
    found = method(objective, 3, budget)
    assert found.evaluations == objective.asked - 1 == budget  # one more look for the terms of the best
    assert found.loss == min(objective.losses)
    assert all(low <= value <= high for low, value, high in zip(LOWEST, found.pose, HIGHEST, strict=True))
    again = method(objective, 3, budget)
    assert (again.pose, again.loss) == (found.pose, found.loss)
    assert method(objective, 4, budget).pose != found.pose


@pytest.mark.slow
def test_the_descent_betters_its_starts_and_chance(left: Callable[[], Counting]) -> None:
    ours, chance = ([method(left(), seed, 150).loss for seed in range(3)] for method in (descend, random_search))
    assert sum(ours) < sum(chance)
    objective = left()
    found = descend(objective, 0, 150)
    starts = 150 - 4 * 21
    assert found.loss < min(objective.losses[:starts])


def test_bounds_are_named() -> None:
    assert on_bounds((-90, 0, 3, 40)) == ("azimuth_deg", "length_mm")
    assert on_bounds((89, -14, 1, 39)) == ()


@pytest.mark.parametrize("method", [random_within, gaussian_process_within])
def test_within_the_hull_no_grid_that_leaves_it_is_judged(left: Callable[[], Counting], method: Search) -> None:
    if method is gaussian_process_within:
        pytest.importorskip("skopt")
    objective = left()
    found = method(objective, 3, 30)
    assert found.evaluations == 30
    assert max(objective.outside) <= 0
    free = left()
    random_search(free, 3, 30)
    assert max(free.outside) > 0  # else the test would say nothing


def test_a_search_is_kept_under_all_that_it_depends_on(case: StudyCase) -> None:
    (cell,) = search_cells(case, 1, methods=("random",))[:1]
    changes = ({"hemisphere": "rh"}, {"region": "lower"}, {"seed": 1}, {"method": "ours"}, {"sources": "another"})
    others = [replace(cell, **change) for change in changes]  # type: ignore[arg-type]
    keys = [one.key("program") for one in (cell, *others)]
    assert len({*keys, cell.key("another program")}) == len(changes) + 2
    assert replace(cell, case=replace(case, name="elsewhere")).key("program") == cell.key("program")


def test_a_search_by_itself_finds_what_the_method_finds(case: StudyCase, left: Callable[[], Counting]) -> None:
    (cell,) = search_cells(case, 1, methods=("random",))[:1]
    row = search(cell)
    assert row["loss"] == random_search(left(), 0).loss
    json.dumps(row, allow_nan=False)


def test_a_search_of_another_program_or_case_is_refused(case: StudyCase) -> None:
    (cell,) = search_cells(case, 1, methods=("random",))[:1]
    with pytest.raises(InputError, match="another program"):
        search(replace(cell, sources="older"))
    with pytest.raises(InputError, match="not the case that the study began with"):
        search(replace(cell, case=replace(case, content="other")))


@pytest.mark.parametrize("wrong", [{"region": "fovea"}, {"methods": ("guess",)}])
def test_what_is_not_known_is_named(case: StudyCase, wrong: dict[str, Any]) -> None:
    with pytest.raises(InputError, match="is not known; give one of"):
        search_cells(case, 1, **wrong)


def test_a_budget_too_small_for_one_descent_is_refused(left: Callable[[], Counting]) -> None:
    with pytest.raises(InputError, match="too small"):
        descend(left(), 0, 20)


def test_our_methods_have_the_budget_of_the_gaussian_process() -> None:
    fair = ("Gaussian process", "random", "Gaussian process within the hull", "random within the hull", "ours")
    assert {METHODS[method][1] for method in fair} == {150}
