from __future__ import annotations

import errno
import os
import time
from pathlib import Path

import pytest

from planner.errors import InputError
from planner.plan.atomic import ABANDONED_S, staged_folder, write_file


def nothing(_path: Path) -> None:
    return None


def test_a_file_whose_check_fails_never_takes_its_place(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_bytes(b"old")

    def refuse(written: Path) -> None:
        assert written.read_bytes() == b"new"
        assert path.read_bytes() == b"old"
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_file(path, b"new", refuse)
    assert path.read_bytes() == b"old"
    assert list(tmp_path.iterdir()) == [path]


def test_a_new_folder_appears_whole_and_only_at_the_end(tmp_path: Path) -> None:
    target = tmp_path / "deep" / "er"
    with staged_folder(target) as stage:
        (stage / "a").write_text("1")
        (stage / "b").write_text("2")
        assert not target.parent.exists()
    assert sorted(p.name for p in target.iterdir()) == ["a", "b"]
    assert [p.name for p in tmp_path.iterdir()] == ["deep"]


def test_a_folder_that_exists_keeps_its_other_files(tmp_path: Path) -> None:
    (tmp_path / "mine").write_text("kept")
    (tmp_path / "a").write_text("old")
    with staged_folder(tmp_path) as stage:
        (stage / "a").write_text("new")
        assert (tmp_path / "a").read_text() == "old"
    assert {p.name: p.read_text() for p in tmp_path.iterdir()} == {"mine": "kept", "a": "new"}


@pytest.mark.parametrize("exists", [True, False])
def test_whatever_stops_the_work_leaves_nothing_behind(tmp_path: Path, exists: bool) -> None:
    target = tmp_path / "out"
    if exists:
        target.mkdir()

    def work() -> None:
        with staged_folder(target) as stage:
            (stage / "a").write_text("1")
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        work()
    assert sorted(p.name for p in tmp_path.rglob("*")) == (["out"] if exists else [])


def test_a_file_in_the_way_is_named_before_any_work(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    for target in (tmp_path / "out", tmp_path / "out" / "deeper"):
        with pytest.raises(InputError, match="out"), staged_folder(target):
            pytest.fail("the block must not run")


def test_a_folder_in_the_place_of_a_file_stops_the_move_before_any_file_moved(tmp_path: Path) -> None:
    (tmp_path / "b").mkdir()

    def work() -> None:
        with staged_folder(tmp_path) as stage:
            (stage / "a").write_text("1")
            (stage / "b").write_text("2")

    with pytest.raises(InputError, match="b: is a folder"):
        work()
    assert [p.name for p in tmp_path.iterdir()] == ["b"]


def test_new_files_can_be_read_as_the_umask_says(tmp_path: Path) -> None:
    (tmp_path / "plain").touch()
    write_file(tmp_path / "file", b"", nothing)
    with staged_folder(tmp_path / "folder"):
        pass
    assert (tmp_path / "file").stat().st_mode == (tmp_path / "plain").stat().st_mode
    (tmp_path / "made").mkdir()
    assert (tmp_path / "folder").stat().st_mode == (tmp_path / "made").stat().st_mode


def test_stages_that_killed_programs_left_are_cleared_away_later(tmp_path: Path) -> None:
    old, young, other = (tmp_path / f".{name}.tmp" for name in ("plans.0123abcd", "plans.4567abcd", "others.0123abcd"))
    for left in (old, young, other):
        left.mkdir()
    long_ago = time.time() - 2 * ABANDONED_S
    for left in (old, other):
        os.utime(left, (long_ago, long_ago))
    with staged_folder(tmp_path / "plans") as stage:
        (stage / "a").write_text("a")
    assert [left.exists() for left in (old, young, other)] == [False, True, True]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="the system has no disk that is always full")
def test_a_disk_that_is_full_while_files_are_written_is_told_of_the_folder(tmp_path: Path) -> None:
    def work() -> None:
        with staged_folder(tmp_path / "out") as stage:
            (stage / "a").symlink_to("/dev/full")
            (stage / "a").write_text("1")  # its error names no file

    with pytest.raises(InputError, match=r"out: cannot be written \(No space left on device\)"):
        work()
    assert list(tmp_path.iterdir()) == []


def test_other_files_troubles_are_not_blamed_on_the_folder(tmp_path: Path) -> None:
    refused = FileNotFoundError(errno.ENOENT, "No such file or directory", str(tmp_path / "input"))

    def work() -> None:
        with staged_folder(tmp_path / "out"):
            raise refused

    with pytest.raises(FileNotFoundError) as raised:
        work()
    assert raised.value is refused


def test_files_in_folders_of_the_stage_join_those_that_are_there(tmp_path: Path) -> None:
    target = tmp_path / "out"
    for words in ("one", "two"):
        with staged_folder(target) as stage:
            (stage / "a" / words).mkdir(parents=True)
            (stage / "a" / words / "file.txt").write_text(words)
            (stage / "a" / "shared.txt").write_text(words)
    assert (target / "a" / "one" / "file.txt").read_text() == "one"
    assert (target / "a" / "two" / "file.txt").read_text() == "two"
    assert (target / "a" / "shared.txt").read_text() == "two"
