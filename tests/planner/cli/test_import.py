from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

from planner.cli import main
from planner.plan.files import load_plan

pytestmark = pytest.mark.usefixtures("once")


@pytest.fixture
def lines(demo_plan: Path, tmp_path: Path) -> Path:
    """The demo plan's threads as Slicer has them."""
    assert main(["export", str(demo_plan), "--format", "mrk.json", "--out", str(tmp_path)]) == 0
    return tmp_path / "plan.mrk.json"


def test_exported_lines_become_the_same_plan_again(
    demo_plan: Path, lines: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    out = tmp_path / "again.json"
    capsys.readouterr()
    assert main(["import", str(lines), "--device", "thread", "--out", str(out), "--json"]) == 0
    said = json.loads(capsys.readouterr().out)
    before, after = load_plan(demo_plan), load_plan(out)
    assert said["threads"] == [thread.name for thread in before.threads]
    assert said["refused"] == []
    assert all(words.endswith("as it was.") for words in said["moved"])
    for mine, theirs in zip(before.threads, after.threads, strict=True):
        assert mine.hemisphere == theirs.hemisphere
        np.testing.assert_allclose(theirs.entry_mm, mine.entry_mm, atol=1e-6)
        np.testing.assert_allclose(theirs.tip_mm, mine.tip_mm, atol=1e-6)
    assert after.limits.threads == 3
    assert after.verdict is not None
    assert after.verdict.feasible
    assert after.measures is not None


def test_lines_mirrored_left_to_right_are_refused_or_land_on_the_other_side_and_never_where_they_were(
    demo_plan: Path, lines: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    document = json.loads(lines.read_text(encoding="utf-8"))
    for markup in document["markups"]:
        for point in markup["controlPoints"]:
            point["position"][0] *= -1
    lines.write_text(json.dumps(document), encoding="utf-8")
    out = tmp_path / "mirrored.json"
    code = main(["import", str(lines), "--device", "thread", "--out", str(out)])
    _, err = capsys.readouterr()
    if code != 2:
        before = {thread.name: thread.hemisphere for thread in load_plan(demo_plan).threads}
        after = {thread.name: thread.hemisphere for thread in load_plan(out).threads}
        assert all(before[name] != side for name, side in after.items())
        assert len(after) + err.count("Left out: ") == len(before)


def test_lines_in_the_wrong_space_come_to_nothing(
    lines: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    lines.write_text(lines.read_text(encoding="utf-8").replace('"LPS"', '"RAS"'), encoding="utf-8")
    out = tmp_path / "never.json"
    capsys.readouterr()
    assert main(["import", str(lines), "--device", "thread", "--out", str(out)]) == 2
    _, err = capsys.readouterr()
    assert "has no line that can be placed" in err
    assert "check that the case and the space" in err
    assert not out.exists()


def test_a_plan_that_is_there_is_not_replaced(lines: Path, demo_plan: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = demo_plan.read_bytes()
    assert main(["import", str(lines), "--out", str(demo_plan)]) == 2
    assert "is there already" in capsys.readouterr().err
    assert demo_plan.read_bytes() == before


def test_a_ros_file_needs_an_origin_and_is_placed_by_it(
    demo_plan: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    shift = np.array([2.0, -30.0, 7.0])
    rows = []
    for thread in load_plan(demo_plan).threads:
        ends = [(np.array(end) - shift) * [-1, -1, 1] for end in (thread.entry_mm, thread.tip_mm)]
        rows.append(" ".join([thread.name, "0 255", *("1 " + " ".join(f"{x:.9f}" for x in end) for end in ends)]))
    file = tmp_path / "plan.ros"
    file.write_text("[TRAJECTORY]\n3\n" + "\n".join(f"{row} 100.0 2.0" for row in rows) + "\n[END]\n")
    out = tmp_path / "rosa.json"
    arguments = ["import", str(file), "--device", "thread", "--out", str(out)]
    assert main(arguments) == 2
    assert "say where its origin is" in capsys.readouterr().err
    assert main([*arguments, "--origin=2,-30,7"]) == 0
    for mine, theirs in zip(load_plan(demo_plan).threads, load_plan(out).threads, strict=True):
        np.testing.assert_allclose(theirs.entry_mm, mine.entry_mm, atol=1e-6)
        assert mine.hemisphere == theirs.hemisphere


def test_a_wrong_origin_is_a_mistake_in_one_sentence(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["import", "x.ros", "--origin", "here"]) == 2
    assert "'here' is not scanner, volume or three numbers" in capsys.readouterr().err
