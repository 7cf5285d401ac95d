from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest

from planner.errors import InputError
from planner.implant.catalogue import load_device
from planner.implant.device import Device
from planner.study.cells import (
    ACTUAL_MM,
    METHODS,
    STUDIES,
    Asked,
    Cell,
    StudyCase,
    budget_cells,
    paper_cells,
    robust_cells,
    shift_columns,
)

DEMO = StudyCase("demo", "c0ffee")
CELL = Cell(DEMO, "reading", 8, "percept", 0)


def test_the_paper_has_every_task_budget_method_seed_and_case_once() -> None:
    cells = paper_cells(Asked((DEMO, StudyCase("other", "beef")), seeds=5))
    assert len(cells) == len(set(cells)) == 2 * 2 * 4 * 7 * 5
    assert Counter(cell.threads for cell in cells) == dict.fromkeys((8, 16, 32, 64), 140)
    assert Counter(cell.method for cell in cells) == dict.fromkeys(METHODS, 80)
    assert {cell.localisation_mm for cell in cells} == {0.0}


def test_budget_varies_threads_and_robust_the_localisation_error_up_to_a_millimetre(asked: Asked) -> None:
    assert len({cell.threads for cell in budget_cells(asked)}) > 5
    errors = {cell.localisation_mm for cell in robust_cells(asked)}
    assert (min(errors), max(errors)) == (0.0, 1.0)
    assert len({cell.threads for cell in robust_cells(asked)}) == 1


def test_what_is_asked_goes_before_the_studys_own_choice(asked: Asked) -> None:
    given = replace(
        asked, tasks=("images",), threads=(3,), methods=("grid",), localisation_mm=(0.25,), seeds=2, steps=7
    )
    for name, cells in STUDIES.items():
        actual_mm = ACTUAL_MM if name == "robust" else ()  # the only one whose plans are put to errors
        assert cells(given) == tuple(
            Cell(DEMO, "images", 3, "grid", seed, 0.25, steps=7, actual_mm=actual_mm) for seed in (0, 1)
        )


def test_a_setting_given_twice_is_refused(asked: Asked) -> None:
    with pytest.raises(InputError, match="a number of threads is given twice; give each one once"):
        paper_cells(replace(asked, threads=(8, 16, 8)))


@pytest.mark.parametrize(
    "other",
    [
        replace(CELL, case=StudyCase("demo", "changed")),
        replace(CELL, task="images"),
        replace(CELL, threads=9),
        replace(CELL, method="unsafe"),
        replace(CELL, seed=1),
        replace(CELL, localisation_mm=0.1),
        replace(CELL, device=load_device("thread")),
        replace(CELL, device=replace(CELL.device, pitch_mm=CELL.device.pitch_mm / 2)),
        replace(CELL, device=replace(CELL.device, source="another paper")),
        replace(CELL, steps=150),
        replace(CELL, actual_mm=(0.0, 0.1)),
    ],
)
def test_every_setting_changes_the_key(other: Cell) -> None:
    assert other.key("calcarine 1") != CELL.key("calcarine 1")


def test_the_key_is_of_the_program_too_and_stays_the_same_between_runs() -> None:
    assert CELL.key("calcarine 1") != CELL.key("calcarine 2")
    device = Device("made-up", "Made up", 4, 0.5, 0.25, 0.0625, 8.0, 0.0, 0.0, 0.001, 20.0, 40.0, "nobody")
    assert replace(CELL, device=device).key("calcarine 1") == "6a11dbeb5d65f9f74032b4035c11d2bc"
    for elsewhere in (StudyCase("elsewhere/demo", "c0ffee"), StudyCase("demo", "c0ffee", "/elsewhere/demo")):
        assert replace(CELL, case=elsewhere).key("calcarine 1") == CELL.key("calcarine 1")


def test_a_case_is_loaded_by_where_it_was_found() -> None:
    assert StudyCase("mine", "c0ffee", "/cases/mine").found_by == "/cases/mine"
    assert DEMO.found_by == "demo"


def test_shifts_have_columns_by_what_happens_and_how_far() -> None:
    assert shift_columns((0.0, 0.25)) == (
        "touching_at_0_mm",
        "touching_at_0.25_mm",
        "too_near_at_0_mm",
        "too_near_at_0.25_mm",
    )
