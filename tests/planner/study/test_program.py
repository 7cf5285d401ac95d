from __future__ import annotations

import shutil
from importlib import metadata
from pathlib import Path

import pytest

import planner
import planner.study.program
from planner.study.program import program


@pytest.fixture
def copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the program that may be changed, and that says of itself what it is."""
    root = Path(planner.__file__).parents[1]
    for name in ("planner", "assets"):
        shutil.copytree(root / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    monkeypatch.setattr(planner, "__file__", str(tmp_path / "planner" / "__init__.py"))
    monkeypatch.setattr(planner.study.program, "ASSETS", tmp_path / "assets")
    return tmp_path


def test_it_names_version_and_libraries(copied: Path) -> None:
    named = program.__wrapped__()
    assert named.startswith(f"calcarine {planner.__version__} ")
    assert f"torch {metadata.version('torch')}" in named


@pytest.mark.parametrize(
    ("file", "other"),
    [
        ("planner/design/optimise.py", True),
        ("planner/study/measure.py", True),
        ("planner/study/shifts.py", True),
        ("planner/study/vessels.py", True),
        ("assets/devices/thread.toml", True),
        ("planner/study/figures.py", False),
        ("planner/cli/plan.py", False),
    ],
)
def test_a_changed_source_is_another_program_where_results_depend_on_it(copied: Path, file: str, other: bool) -> None:
    before = program.__wrapped__()
    assert program.__wrapped__() == before
    with (copied / file).open("a", encoding="utf-8") as opened:
        opened.write("# changed\n")
    assert (program.__wrapped__() != before) is other
