from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from planner.cli import main
from planner.errors import InfeasibleError

ROOT = Path(__file__).parents[3]


def refused(capsys: pytest.CaptureFixture[str], *arguments: str) -> str:
    """The one line that refuses these arguments."""
    assert main(list(arguments)) == 2
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith("calcarine: ")
    assert err.endswith(".\n")
    assert err.count("\n") == 1
    assert "Traceback" not in err
    return err


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ([], "VERB"),
        (["fly"], "invalid choice: 'fly'"),
        (["plan", "--colour", "red"], "--colour"),
        (["plan", "--thr", "3"], "--thr"),
        (["plan", "--threads", "-1"], "'-1' is not a whole number from 1"),
        (["plan", "--threads", "0"], "'0' is not a whole number from 1"),
        (["plan", "--threads", "2.5"], "'2.5' is not a whole number"),
        (["plan", "--threads", "9" * 5000], "is not a whole number"),
        (["plan", "--threads"], "expected one argument"),
        (["plan", "--threads", "5", "--device", "utah:1", "--device", "thread:2"], "leave --threads out"),
        (["plan", "--clearance", "nan"], "'nan' is not a number from 0 to 100 mm"),
        (["plan", "--clearance", "-0.1"], "'-0.1' is not a number"),
        (["plan", "--clearance", "inf"], "'inf' is not a number"),
        (["plan", "--seed", "-3"], "'-3' is not a whole number from 0"),
        (["plan", "--method", "luck"], "invalid choice: 'luck'"),
        (["plan", "--device", "spoon"], "choose one of icvp, long-thread, orion, thread"),
        (["plan", "demo", "demo"], "unrecognized arguments: demo"),
        (["verify"], "PLAN"),
        (["verify", "no/such/plan.json"], "no/such/plan.json: cannot be read"),
        (["phosphenes", "."], "cannot be read"),
        (["export", "plan.json"], "--format"),
        (["compare", "plan.json"], "PLAN"),
    ],
)
def test_a_mistake_gets_one_sentence_and_a_remedy(
    arguments: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    sentence = refused(capsys, *arguments)
    assert words in sentence
    assert "; " in sentence


def test_an_output_folder_that_is_a_file_is_refused_before_any_work(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("planner.anatomy.subject.load_anatomy", lambda *_, **__: pytest.fail("worked in vain"))
    (tmp_path / "file").write_text("mine")
    assert "is a file, not a folder" in refused(capsys, "plan", "--out", str(tmp_path / "file"))
    assert (tmp_path / "file").read_text() == "mine"


def test_a_case_or_a_vessel_file_that_does_not_exist_is_refused_with_nothing_written(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = str(tmp_path / "out")
    assert "nowhere" in refused(capsys, "plan", str(tmp_path / "nowhere"), "--out", out)
    assert "none.swc" in refused(capsys, "plan", "--vessels", str(tmp_path / "none.swc"), "--out", out)
    assert list(tmp_path.iterdir()) == []


def test_an_export_in_an_unknown_format_is_refused_before_the_case_is_loaded(
    demo_plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("planner.cli.case.load_anatomy", lambda *_, **__: pytest.fail("worked in vain"))
    sentence = refused(capsys, "export", str(demo_plan), "--format", "docx", "--out", str(tmp_path / "out"))
    assert "choose one of csv, mrk.json, vtp, stl" in sentence


def test_help_comes_at_once_and_without_numpy() -> None:
    code = "import sys; sys.argv = ['calcarine', '--help']; from planner.cli import main\ntry: main()\n"
    code += "finally: assert not {'numpy', 'torch', 'pyvista', 'matplotlib'} & set(sys.modules)"
    code += "; import time; print(time.process_time(), file=sys.stderr)"
    tried = [
        subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=False)
        for _ in range(3)
    ]
    done = tried[0]
    assert done.returncode == 0, done.stderr
    assert min(float(one.stderr) for one in tried) < 0.4  # of the processor; 0.055 s where nothing else runs
    for verb in ("plan", "verify", "phosphenes", "export", "compare", "devices", "profiles", "cache"):
        assert verb in done.stdout


def test_verify_draws_nothing(demo_plan: Path) -> None:
    code = "import sys; from planner.cli import main; assert main(sys.argv[1:]) == 0\n"
    code += "vain = {'pyvista', 'vtkmodules.vtkRenderingCore', 'matplotlib.pyplot'} & set(sys.modules)\n"
    code += "assert not vain, vain"
    done = subprocess.run(
        [sys.executable, "-c", code, "verify", str(demo_plan)], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr


def test_a_reader_who_has_seen_enough_ends_the_list_quietly_and_not_as_if_all_were_well() -> None:
    done = subprocess.run(
        f"'{sys.executable}' -c 'import sys; from planner.cli import main; sys.exit(main([\"devices\"]))' | true; "
        "echo ${PIPESTATUS[0]}",
        cwd=ROOT,
        shell=True,
        executable="/bin/bash",
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout.strip() == "141"
    assert done.stderr == ""


@pytest.mark.parametrize(
    ("options", "words"),
    [
        (
            ["--task", "words", "--words", "WINDMILL", "--height", "4"],
            "the word WINDMILL 4° high would not fit a field of 16°; give",
        ),
        (["--task", "images", "--pictures", "dog"], "the picture 'dog' is not known; choose from astronaut"),
        (["--task", "symbols", "--height", "20"], "give a height of at most 15.5°"),
    ],
)
def test_a_task_that_cannot_be_drawn_is_refused_before_the_case_is_loaded(
    options: list[str],
    words: str,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("planner.anatomy.subject.load_anatomy", lambda *_, **__: pytest.fail("worked in vain"))
    assert words in refused(capsys, "plan", *options, "--out", str(tmp_path / "out"))
    assert list(tmp_path.iterdir()) == []


def test_a_verb_that_comes_to_nothing_still_answers_in_json(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert main(["verify", str(tmp_path / "none.json"), "--json"]) == 2
    out, err = capsys.readouterr()
    found = json.loads(out)
    assert found["status"] == "unusable"
    assert err == f"calcarine: {found['message']}\n"

    def no_room(_arguments: object) -> int:
        raise InfeasibleError("no thread fits")

    monkeypatch.setattr("planner.cli.verify.run", no_room)
    assert main(["verify", "plan.json", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {"status": "infeasible", "message": "no thread fits"}
