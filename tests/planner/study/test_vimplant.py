from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest
import torch

from planner.anatomy.hemisphere import Anatomy
from planner.design.rigid_grid import HIGHEST, LOWEST, on_bounds
from planner.errors import InputError
from planner.study.vimplant import METHODS, run
from planner.study.vimplant_objective import Objective, Terms, field_target
from planner.study.vimplant_searches import Search, descend, gaussian_process, random_search


class Counting(Objective):
    """Counts the poses it is asked about by itself, and keeps the exact losses."""

    def watch(self) -> Counting:
        self.asked = 0
        self.losses: list[float] = []
        return self

    def exact(self, poses: torch.Tensor) -> Terms:
        self.asked += len(poses)
        terms = super().exact(poses)
        self.losses += terms.loss.tolist()
        return terms

    def smooth(self, poses: torch.Tensor, *rest: object) -> Terms:
        self.asked += len(poses)
        return super().smooth(poses, *rest)  # type: ignore[arg-type]


@pytest.fixture(scope="module")
def left(demo: Anatomy) -> Callable[[], Counting]:
    objective = Counting(demo.hemispheres["lh"], field_target(1.0))
    return objective.watch


@pytest.mark.parametrize(("search", "budget"), [(random_search, 30), (descend, 150), (gaussian_process, 12)])
def test_searches_spend_their_budget_report_the_best_they_saw_and_depend_on_the_seed_alone(
    left: Callable[[], Counting], search: Search, budget: int
) -> None:
    if search is gaussian_process:
        pytest.importorskip("skopt")
    objective = left()
    found = search(objective, 3, budget)
    assert found.evaluations == objective.asked - 1 == budget  # one more look for the terms of the best
    assert found.loss == min(objective.losses)
    assert all(low <= value <= high for low, value, high in zip(LOWEST, found.pose, HIGHEST, strict=True))
    again = search(objective, 3, budget)
    assert (again.pose, again.loss) == (found.pose, found.loss)
    assert search(objective, 4, budget).pose != found.pose


def test_the_descent_betters_its_starts_and_chance(left: Callable[[], Counting]) -> None:
    ours, chance = ([search(left(), seed, 150).loss for seed in range(3)] for search in (descend, random_search))
    assert sum(ours) < sum(chance)
    objective = left()
    found = descend(objective, 0, 150)
    starts = 150 - 4 * 21
    assert found.loss < min(objective.losses[:starts])


def test_bounds_are_named() -> None:
    assert on_bounds((-90, 0, 3, 40)) == ("azimuth_deg", "length_mm")
    assert on_bounds((89, -14, 1, 39)) == ()


def test_a_run_writes_its_rows_and_a_table_with_a_line_for_each_hemisphere_and_method(
    demo: Anatomy, tmp_path: Path
) -> None:
    rows = run(tmp_path / "new", seeds=(0, 1), anatomy=demo, region="lower", methods=("random",))
    written = json.loads((tmp_path / "new" / "vimplant.json").read_text())
    assert [(row.hemisphere, row.seed, row.found.loss) for row in rows] == [
        (record["hemisphere"], record["seed"], record["loss"]) for record in written
    ]
    lines = (tmp_path / "new" / "vimplant.md").read_text().splitlines()
    assert len(lines) == 2 + 2
    mean = sum(row.found.loss for row in rows[:2]) / 2
    assert f"| lh | random | 150 | {mean:.3f} |" in lines[2]


@pytest.mark.parametrize("wrong", [{"region": "fovea"}, {"methods": ("guess",)}])
def test_what_is_not_known_is_named(demo: Anatomy, wrong: dict[str, object]) -> None:
    with pytest.raises(InputError, match="is not known; give one of"):
        run(anatomy=demo, **wrong)  # type: ignore[arg-type]


def test_a_budget_too_small_for_one_descent_is_refused(left: Callable[[], Counting]) -> None:
    with pytest.raises(InputError, match="too small"):
        descend(left(), 0, 20)


def test_our_methods_have_the_budget_of_the_gaussian_process() -> None:
    assert METHODS["ours"][1] == METHODS["Gaussian process"][1] == METHODS["random"][1] == 150
