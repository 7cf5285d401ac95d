from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from planner.errors import InputError
from planner.study.ledger import Failure, open_ledger, read_ledger


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "study" / "results.jsonl"


def test_rows_and_failures_are_there_when_it_is_opened_again(path: Path) -> None:
    with open_ledger(path) as ledger:
        ledger.add_row("a", {"mse": 0.1 + 0.2, "message": "two\nlines – and a dash"})
        ledger.add_failure("b", Failure("Traceback\n  boom", 1))
        ledger.add_failure("b", Failure("Traceback\n  boom again", 2))
    with open_ledger(path) as ledger:
        assert ledger.rows == {"a": {"mse": 0.1 + 0.2, "message": "two\nlines – and a dash"}}
        assert ledger.failures == {"b": Failure("Traceback\n  boom again", 2)}
        ledger.add_row("b", {"mse": 1.0})
        assert ledger.failures == {}
    kept = read_ledger(path)
    assert (set(kept.rows), dict(kept.failures), kept.torn) == ({"a", "b"}, {}, 0)


def test_what_would_fail_again_and_what_it_is_of_are_kept(path: Path) -> None:
    with open_ledger(path) as ledger:
        ledger.add_failure("a", Failure("no such file", 1, final=True), {"seed": 3})
        ledger.add_row("b", {"mse": 1.0}, {"seed": 4})
    kept = read_ledger(path)
    assert kept.failures == {"a": Failure("no such file", 1, final=True)}
    assert kept.rows == {"b": {"mse": 1.0}}
    assert [json.loads(line)["settings"] for line in path.read_text().splitlines()] == [{"seed": 3}, {"seed": 4}]


def test_what_is_not_there_is_empty(path: Path) -> None:
    kept = read_ledger(path)
    assert (kept.rows, kept.failures, kept.torn) == ({}, {}, 0)


def test_a_line_torn_anywhere_is_no_result_and_is_not_joined_with_the_next(path: Path) -> None:
    with open_ledger(path) as ledger:
        ledger.add_row("a", {"mse": 1.0})
        ledger.add_row("b", {"mse": 2.0, "inner": "{}"})
    whole = path.read_bytes()
    start = whole.index(b"\n") + 1
    for end in range(start, len(whole) - 1):
        path.write_bytes(whole[:end])
        with open_ledger(path) as ledger:
            assert set(ledger.rows) == {"a"}
            ledger.add_row("c", {"mse": 3.0})
        kept = read_ledger(path)
        assert dict(kept.rows) == {"a": {"mse": 1.0}, "c": {"mse": 3.0}}
        assert kept.torn == (end > start)


def test_a_line_that_lacks_only_its_end_is_a_result(path: Path) -> None:
    with open_ledger(path) as ledger:
        ledger.add_row("a", {"mse": 1.0})
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    with open_ledger(path) as ledger:
        ledger.add_row("b", {"mse": 2.0})
    assert set(read_ledger(path).rows) == {"a", "b"}


def test_the_first_result_of_a_task_counts(path: Path) -> None:
    with open_ledger(path) as ledger:
        ledger.add_row("a", {"mse": 1.0})
        ledger.add_row("a", {"mse": 2.0})
        assert ledger.rows["a"] == {"mse": 1.0}
    assert read_ledger(path).rows["a"] == {"mse": 1.0}


@pytest.mark.parametrize("line", [b"[]", b"7", b'{"key": 1, "row": {}}', b'{"key": "a"}', b"\xff\xfe", b"\0" * 64])
def test_lines_that_are_no_results_are_left_out(path: Path, line: bytes) -> None:
    path.parent.mkdir()
    path.write_bytes(line + b'\n{"key": "b", "row": {"mse": 1}}\n')
    kept = read_ledger(path)
    assert (set(kept.rows), dict(kept.failures), kept.torn) == ({"b"}, {}, 1)


def test_numbers_that_json_has_not_are_not_written(path: Path) -> None:
    with open_ledger(path) as ledger:
        with pytest.raises(ValueError, match="JSON"):
            ledger.add_row("a", {"mse": float("nan")})
        assert ledger.rows == {}
    assert path.read_bytes() == b""


def test_another_process_is_refused_until_the_first_one_ends_and_a_killed_one_keeps_no_lock(path: Path) -> None:
    code = (
        "import sys, pathlib\nfrom planner.study.ledger import open_ledger\n"
        "with open_ledger(pathlib.Path(sys.argv[1])) as ledger:\n"
        "    ledger.add_row('theirs', {})\n    print('open', flush=True)\n    sys.stdin.read()\n"
    )
    with subprocess.Popen(
        [sys.executable, "-c", code, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "open\n"
        with (
            pytest.raises(InputError, match=r"is being written by another study; wait for it") as refused,
            open_ledger(path),
        ):
            pass
        assert refused.value.source == path
        other.kill()
        other.wait()
        with open_ledger(path) as ledger:
            assert set(ledger.rows) == {"theirs"}


def test_a_place_that_cannot_be_written_is_refused_in_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("mine")
    with pytest.raises(InputError, match="cannot be written"), open_ledger(tmp_path / "file" / "results.jsonl"):
        pass
    (tmp_path / "folder.jsonl").mkdir()
    with pytest.raises(InputError, match="cannot be"), open_ledger(tmp_path / "folder.jsonl"):
        pass
