from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import planner.study.measure
import planner.study.vimplant
from planner.cli import main
from planner.study.cells import StudyCase
from planner.study.vimplant import METHODS, SearchCell
from planner.study.vimplant_table import CAVEAT

CALLS = "calls"


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Searches that take no time, and leave a mark of having run."""
    calls = tmp_path / CALLS

    def search(cell: SearchCell) -> dict[str, Any]:
        with calls.open("a") as file:
            file.write(f"{cell.words}\n")
        terms = dict.fromkeys(("loss", "dice", "grid_yield", "hellinger", "outside_mm", "seconds"), 0.5)
        return {**terms, "pose": (0, 0, 5, 20), "on_bounds": (), "evaluations": METHODS[cell.method][1]} | {
            "synthetic": True
        }

    monkeypatch.setattr(planner.study.vimplant, "search", search)
    monkeypatch.setattr(planner.study.vimplant, "sources", lambda _method: "made up")
    monkeypatch.setattr(planner.study.measure, "study_case", lambda name: StudyCase(name, "made up"))


@pytest.mark.usefixtures("made_up")
def test_vimplant_goes_on_where_it_was_and_says_all_of_it_as_one_value(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out, calls = tmp_path / "study", tmp_path / CALLS
    command = ["study", "vimplant", "--out", str(out), "--workers", "1"]
    assert main([*command, "--seeds", "1"]) == 0
    assert CAVEAT in capsys.readouterr().out
    first = calls.read_text().splitlines()
    assert len(first) == 2 * len(METHODS)
    assert main([*command, "--seeds", "2", "--json"]) == 0
    assert calls.read_text().splitlines()[len(first) :] == [line.replace("seed 0", "seed 1") for line in first]
    value = json.loads(capsys.readouterr().out)
    assert [line["n"] for line in value["lines"]] == [2] * 2 * len(METHODS)
    assert (value["caveat"], value["missing"], value["failures"]) == (CAVEAT, 0, [])
    assert {Path(file).name for file in value["files"]} == {
        *("vimplant.csv", "vimplant.json", "vimplant.md", "vimplant.png", "vimplant-times.csv", "results.jsonl")
    }
    assert all(Path(file).is_file() for file in value["files"])


@pytest.mark.parametrize(
    "option",
    ["--threads 8", "--tasks reading", "--methods grid", "--device orion", "--steps 5", "--localisation 0.5"],
)
@pytest.mark.usefixtures("made_up")
def test_an_option_without_effect_is_refused_in_a_sentence(
    option: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["study", "vimplant", "--out", str(tmp_path / "study"), *option.split()]) == 2
    printed, told = capsys.readouterr()
    assert (printed, told) == ("", f"calcarine: vimplant's study has no use for {option.split()[0]}; leave it out.\n")
    assert not (tmp_path / "study").exists()


@pytest.mark.usefixtures("made_up")
def test_vimplant_takes_one_case(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["study", "vimplant", "--out", str(tmp_path / "study"), "--cases", "demo", "other"]) == 2
    assert "is put to one case" in capsys.readouterr().err
