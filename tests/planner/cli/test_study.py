from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import planner.study.measure
from planner import RESEARCH_NOTICE
from planner.cli import main
from planner.cli.study import _Bar
from planner.study.cells import Cell, StudyCase
from planner.study.ledger import open_ledger

ROOT = Path(__file__).parents[3]
CHEAP = ROOT / "tests" / "study" / "cheap.py"
SMALL = ("--threads", "8", "--seeds", "2", "--tasks", "reading", "--workers", "1")


@pytest.fixture
def made_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Plans that take no time: the better, the later their method; 16 threads fail."""

    def measure(cell: Cell) -> dict[str, Any]:
        rank = ("random", "coverage", "field", "grid", "percept", "unsafe", "coverage_unsafe").index(cell.method)
        if cell.threads == 16:
            raise ArithmeticError("cannot count to 16")
        broken = int("unsafe" in cell.method)
        none = dict.fromkeys(("psnr", "coverage", "usable_contacts", "vessel_mm"), 0.5)
        return none | {
            "mse": 0.25 - rank / 64 - (cell.method in ("percept", "unsafe")) / 8,
            "ssim": rank / 8,
            "recognition": rank / 8,
            "violations": broken,
            "threads_violating": broken,
            "threads": cell.threads,
            "feasible": not broken,
            "status": "converged",
            "plan": "0123abcd",
            "seconds": 1.0,
            "seconds_check": 1.0,
            "synthetic": True,
        }

    monkeypatch.setattr(planner.study.measure, "measure", measure)
    monkeypatch.setattr(planner.study.measure, "study_case", lambda name: StudyCase(name, "made up"))


@pytest.mark.usefixtures("made_up")
def test_the_paper_prints_its_table_and_claims_and_writes_its_files(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "study"
    assert main(["study", "paper", "--out", str(out), *SMALL]) == 0
    printed, _ = capsys.readouterr()
    assert "| demo | reading | 8 | percept-aware | 2 | 0.0625 ± 0.0000 | 0.5000 ± 0.0000 | 0.5000 ± 0.0000 |" in printed
    assert "demo, reading, 8 threads: keeping off vessels costs +8.3% of the gain over coverage without" in printed
    assert "\n  Every claim holds at every place of the table.\n" in printed
    assert RESEARCH_NOTICE in printed
    names = {"paper.csv", "paper.json", "paper.md", "paper-times.csv", "paper-1-demo.png", "paper-times-1-demo.png"}
    names |= {"results.jsonl"}
    assert {file.name for file in out.iterdir()} == names | {"results.jsonl.lock"}
    for name in names:
        assert str(out / name) in printed
    head, *_, last = out.joinpath("paper.md").read_text(encoding="utf-8").split("\n\n")[0].splitlines()
    assert printed.startswith(f"{head} time, s |\n")  # which is not in the file: it never comes out the same
    assert f"{last} " in printed


@pytest.mark.usefixtures("made_up")
def test_what_fails_is_listed_with_1_and_everything_else_is_there(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    options = ["--out", str(tmp_path), "--threads", "8,16", "--seeds", "1", "--methods", "coverage", "--workers", "1"]
    assert main(["study", "budget", *options, "--json"]) == 1
    printed, told = capsys.readouterr()
    assert told == "Failed 3 times: demo, reading, 16 threads, coverage of cortex, seed 0: " + (
        "ArithmeticError: cannot count to 16\nWhat failed is not tried again unless --retry is given.\n"
    )
    value = json.loads(printed)
    assert [(line["threads"], line["n"]) for line in value["lines"]] == [(8, 1), (16, 0)]
    assert value["missing"] == len(value["failures"]) == 1
    assert value["failures"][0]["attempts"] == 3


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "STUDY"),
        (["thesis"], "invalid choice: 'thesis'"),
        (["paper", "--threads", "8,x"], "'x' is not a whole number"),
        (["paper", "--threads", "8,8"], "a number of threads is given twice"),
        (["paper", "--methods", "luck"], "'luck' is not one of random, coverage"),
        (["paper", "--tasks", "words"], "'words' is not one of reading, images"),
        (["robust", "--localisation", "-1"], "'-1' is not a number from 0 to 100 mm"),
        (["paper", "--device", "spoon"], "choose one of"),
        (["paper", "--methods", "grid,grid"], "a method is given twice"),
        (["paper", "--cases", "demo", "demo"], "a case is given twice"),
        (["paper", "--scheduler", "nonsense", *SMALL], "nonsense: is no scheduler's address"),
    ],
)
@pytest.mark.usefixtures("made_up")
def test_a_mistake_gets_one_sentence(
    arguments: list[str], words: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["study", *arguments, *(["--out", str(tmp_path)] if arguments else [])]) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert words in err
    assert err.count("\n") == 1


@pytest.mark.parametrize("options", [["--methods", "grid,grid"], ["--cases", "a", "a"], ["--scheduler", "nonsense"]])
def test_a_mistake_is_told_before_any_case_is_loaded(
    options: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def load(name: str) -> StudyCase:
        raise AssertionError(name)

    monkeypatch.setattr(planner.study.measure, "study_case", load)
    assert main(["study", "paper", "--out", str(tmp_path / "out"), *options]) == 2
    assert not (tmp_path / "out").exists()


def test_where_there_is_no_terminal_a_line_now_and_then_says_how_far_it_is(
    capsys: pytest.CaptureFixture[str],
) -> None:
    now = [0.0]
    with _Bar("paper", clock=lambda: now[0]) as bar:
        for now[0], done, failed in ((0.0, 10, 0), (30.0, 12, 0), (60.0, 14, 0), (61.0, 15, 0), (120.0, 18, 1)):
            bar(done, 31, failed)
    assert capsys.readouterr().err.splitlines() == [
        "paper: 14 of 31 plans, about 4 min left",  # 17 at 4 a minute
        "paper: 18 of 31 plans, 1 failed, about 3 min left",  # 12 at 4 a minute
    ]


@pytest.mark.usefixtures("made_up")
def test_two_studies_do_not_write_into_one_folder(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    with open_ledger(tmp_path / "results.jsonl"):
        assert main(["study", "paper", "--out", str(tmp_path), *SMALL]) == 2
    assert "is being written by another study" in capsys.readouterr().err


@pytest.mark.skipif(sys.platform == "win32", reason="signals end a process there at once")
@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_an_interrupted_study_says_what_is_kept_and_leaves_no_process(tmp_path: Path, sent: signal.Signals) -> None:
    command = [sys.executable, str(CHEAP), "paper", "--out", str(tmp_path), "--seeds", "50", "--workers", "2"]
    ledger = tmp_path / "results.jsonl"
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True, start_new_session=True) as process:
        until = time.monotonic() + 60
        while time.monotonic() < until and not (ledger.exists() and ledger.stat().st_size > 2000):
            time.sleep(0.01)
        os.killpg(process.pid, sent)  # as a terminal does: the workers hear it too
        _, told = process.communicate(timeout=60)
        kept = ledger.read_bytes().count(b"\n")
        assert process.returncode == 130
        assert told == f"calcarine: interrupted, {kept} of 2800 plans are kept: run the same again to go on.\n"
        for _ in range(100):
            try:
                os.killpg(process.pid, 0)
            except ProcessLookupError:
                break
            time.sleep(0.05)
        else:
            pytest.fail("processes are left")
