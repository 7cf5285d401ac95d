from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from planner.anatomy import cache
from planner.cli import main


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("CALCARINE_CACHE", str(tmp_path / "cache"))
    monkeypatch.delenv("CALCARINE_CACHE_MIB", raising=False)
    for name in ("a" * 64, "b" * 64, "c" * 64):
        cache.cached(name, lambda: {"x": np.zeros(2**20, np.uint8)})
    return tmp_path / "cache"


def test_the_cache_is_shown_trimmed_and_cleared(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cache"]) == 0
    said = capsys.readouterr().out
    for words in (str(folder), "3 entries, 3.0 MiB", "2,048 MiB"):
        assert words in said
    for arguments, kept, removed in (([], 3, 0), (["--limit", "2"], 1, 2), (["--clear"], 0, 1)):
        assert main(["cache", "--json", *arguments]) == 0
        found = json.loads(capsys.readouterr().out)
        assert found["folder"] == str(folder)
        assert (found["entries"], found["removed"], found["limit_bytes"]) == (kept, removed, 2**31)
        assert found["bytes"] == sum(path.stat().st_size for path in folder.iterdir())


@pytest.mark.parametrize("arguments", [["--limit", "-1"], ["--limit", "x"], ["--limit", "1", "--clear"]])
def test_what_makes_no_sense_is_refused(folder: Path, arguments: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["cache", *arguments]) == 2
    assert len(capsys.readouterr().err.splitlines()) == 1
    assert len(list(folder.iterdir())) == 3


def test_a_limit_that_is_no_size_is_refused(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("CALCARINE_CACHE_MIB", "plenty")
    assert main(["cache", "--clear"]) == 2
    assert "CALCARINE_CACHE_MIB" in capsys.readouterr().err
