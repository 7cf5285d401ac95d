from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from planner.anatomy.request import CaseRequest, VesselFile
from planner.cli import main
from planner.cli.case import moved

pytestmark = pytest.mark.usefixtures("once")


@pytest.fixture
def document(demo_plan: Path) -> dict[str, Any]:
    read: dict[str, Any] = json.loads(demo_plan.read_text(encoding="utf-8"))
    return read


def written(document: dict[str, Any], tmp_path: Path) -> Path:
    path = tmp_path / "other.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    return path


@pytest.mark.parametrize(
    "verb", [["verify"], ["phosphenes"], ["export", "--format", "csv"], ["compare"], ["percept", "--target", "A"]]
)
def test_a_plan_whose_case_was_moved_is_told_where_it_lies_now(
    verb: list[str], document: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gone = str(tmp_path / "gone")
    document["case"]["source"] = gone
    path = str(written(document, tmp_path))
    plans = [path] * (2 if verb[0] == "compare" else 1)
    out = ["--out", str(tmp_path / "out")] if verb[0] in ("export", "percept") else []
    arguments = [verb[0], *plans, *verb[1:], *out]
    assert main(arguments) == 2
    said = capsys.readouterr().err
    assert f"{path}: was made on the case {gone}, which does not exist; say where the case lies now with --case" in said
    assert main([*arguments, "--case", "demo"]) == 0


def test_files_within_a_case_move_with_it_and_others_stay() -> None:
    request = CaseRequest(
        "/old/case",
        (VesselFile("/old/case/vessels/a.swc", imaged="/scans/tof.nii"), VesselFile("/old/cases/b.swc")),
        retinotopy="/old/case/maps",
    )
    found = moved(request, "/new")
    assert (found.source, found.retinotopy) == ("/new", "/new/maps")
    assert [(v.file, v.imaged) for v in found.vessels] == [
        ("/new/vessels/a.swc", "/scans/tof.nii"),
        ("/old/cases/b.swc", ""),
    ]


@pytest.mark.parametrize("verb", [["phosphenes"], ["export", "--format", "csv"]])
def test_a_task_that_cannot_be_made_is_refused_with_the_plans_name(
    verb: list[str], document: dict[str, Any], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document["task"] = {**document["task"], "name": "words", "words": ["INCOMPREHENSIBLE"], "height_deg": 9.0}
    path = written(document, tmp_path)
    assert main([verb[0], str(path), *verb[1:]]) == 2
    assert f"{path}: its task cannot be made: " in capsys.readouterr().err
