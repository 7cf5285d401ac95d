from __future__ import annotations

import pickle
from pathlib import Path

import pytest

from planner.errors import InfeasibleError, InputError, PlannerError


def test_message_names_the_file_first_and_ends_with_the_remedy() -> None:
    error = InputError("is missing", source=Path("surf") / "lh.white", remedy="run recon-all first")
    assert str(error) == f"{Path('surf') / 'lh.white'}: is missing; run recon-all first."
    assert (error.what, error.remedy) == ("is missing", "run recon-all first")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (InputError("the budget is negative"), "the budget is negative."),
        (InputError("is empty", source="x.swc"), "x.swc: is empty."),
        (InputError("no device is called 'q'", remedy="choose thread"), "no device is called 'q'; choose thread."),
    ],
)
def test_message_is_one_sentence_whatever_is_known(error: InputError, text: str) -> None:
    assert str(error) == text


@pytest.mark.parametrize("kind", [InputError, InfeasibleError])
def test_users_errors_share_one_base(kind: type[Exception]) -> None:
    assert issubclass(kind, PlannerError)


def test_an_error_survives_the_way_between_processes() -> None:
    error = InputError("is empty", source=Path("a b.swc"), remedy="export it again")
    again = pickle.loads(pickle.dumps(error))
    assert (type(again), str(again), again.what, again.source, again.remedy) == (
        InputError,
        str(error),
        error.what,
        error.source,
        error.remedy,
    )
