from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from planner.errors import InputError
from planner.plan.export import write_export
from planner.plan.imports import read_trajectories
from planner.plan.make import Examined


def point(position: object, label: str = "", status: str | None = "defined") -> dict[str, Any]:
    return {"label": label, "position": position} | ({} if status is None else {"positionStatus": status})


def line(*points: dict[str, Any], **more: object) -> dict[str, Any]:
    return {"type": "Line", "name": "A", "coordinateSystem": "LPS", "controlPoints": list(points), **more}


def saved(folder: Path, *markups: dict[str, Any]) -> Path:
    file = folder / "mine.mrk.json"
    file.write_text(json.dumps({"markups": list(markups)}), encoding="utf-8")
    return file


def test_lps_is_turned_and_ras_is_not_so_that_left_stays_left(tmp_path: Path) -> None:
    ends = (point([12.0, 90.0, 30.0]), point([11.0, 85.0, 2.0]))
    lps, ras, unsaid = line(*ends), line(*ends, coordinateSystem="RAS"), line(*ends)
    del unsaid["coordinateSystem"]
    found = read_trajectories(saved(tmp_path, lps, ras, unsaid))
    assert (found[0].entry_mm, found[0].target_mm) == ((-12.0, -90.0, 30.0), (-11.0, -85.0, 2.0))
    assert (found[1].entry_mm, found[1].target_mm) == ((12.0, 90.0, 30.0), (11.0, 85.0, 2.0))
    assert found[2] == found[0]  # Slicer's own default


@pytest.mark.parametrize(("unit", "scale"), [("mm", 1.0), ("cm", 10.0), (["um", "UCUM", "micrometer"], 1e-3)])
def test_units_are_heeded(tmp_path: Path, unit: object, scale: float) -> None:
    given = line(point([-1.0, 2.0, 3.0]), point([-4.0, 5.0, 6.0]), coordinateUnits=unit)
    (found,) = read_trajectories(saved(tmp_path, given))
    assert found.entry_mm == pytest.approx((scale, -2 * scale, 3 * scale))


def test_the_exports_own_lines_come_back_as_they_were(examined: Examined, tmp_path: Path) -> None:
    (file,) = write_export(examined, "mrk.json", tmp_path)
    found = read_trajectories(file)
    threads = examined.plan.threads
    assert [t.name for t in found] == ["T01", "T02"]  # and not the list of contacts
    assert [(t.entry_mm, t.target_mm) for t in found] == [(t.entry_mm, t.tip_mm) for t in threads]
    assert all(t.ordered for t in found)


@pytest.mark.parametrize(
    ("labels", "entry", "ordered"),
    [
        (("entry", "target"), 1.0, True),
        (("Target", "Entry"), 2.0, True),
        (("A tip", "A entry"), 2.0, True),
        (("", "target"), 1.0, True),
        (("A-1", "A-2"), 1.0, False),
    ],
)
def test_labels_say_which_end_is_the_entry(
    tmp_path: Path, labels: tuple[str, str], entry: float, ordered: bool
) -> None:
    ends = (point([-1.0, 0, 0], labels[0]), point([-2.0, 0, 0], labels[1]))
    (found,) = read_trajectories(saved(tmp_path, line(*ends)))
    assert (found.entry_mm[0], found.ordered) == (entry, ordered)


def test_a_trajectorys_own_name_does_not_pass_for_a_label(tmp_path: Path) -> None:
    ends = (point([-1.0, 0, 0], "tip of pole-1"), point([-2.0, 0, 0], "tip of pole-2"))
    (found,) = read_trajectories(saved(tmp_path, line(*ends, name="tip of pole")))
    assert (found.entry_mm[0], found.ordered) == (1.0, False)


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ([point([1, 2, 3])], "has 1 of its 2 points placed"),
        ([point([1, 2, 3]), point([0, 0, 0], status="undefined")], "has 1 of its 2 points placed"),
        ([point([1, 2, 3])] * 3, "has 3 of its 3 points placed, and needs both of two"),
        ([point([1, 2, 3]), point([1, 2])], "without three numbers"),
        ([point([1, 2, 3]), point([1, 2, "3"])], "without three numbers"),
        ([point([1, 2, 3]), point([1, 2, 3e9])], "within a head"),
    ],
)
def test_a_line_that_is_not_whole_says_why_beside_those_that_are(
    tmp_path: Path, points: list[dict[str, Any]], words: str
) -> None:
    good = line(point([1, 2, 3]), point([4, 5, 6]), name="good")
    bad, whole = read_trajectories(saved(tmp_path, line(*points), good))
    assert words in bad.fault
    assert (whole.name, whole.fault) == ("good", "")


def test_points_without_a_status_are_placed(tmp_path: Path) -> None:
    (found,) = read_trajectories(saved(tmp_path, line(point([1, 2, 3], status=None), point([4, 5, 6], status=None))))
    assert found.fault == ""


def test_lines_without_a_name_are_called_after_the_file(tmp_path: Path) -> None:
    ends = (point([1, 2, 3]), point([4, 5, 6]))
    (one,) = read_trajectories(saved(tmp_path, line(*ends, name="")))
    assert one.name == "mine"
    names = [t.name for t in read_trajectories(saved(tmp_path, line(*ends, name=""), line(*ends, name=3)))]
    assert names == ["mine 1", "mine 2"]


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("{", "is not readable as JSON"),
        ("[1]", "holds no markups"),
        ('{"markups": []}', "holds no line, but nothing"),
        ('{"markups": [{"type": "Fiducial"}]}', "holds no line, but Fiducial"),
        ('{"markups": [{"type": "Line", "name": "A", "coordinateSystem": "IJK"}]}', "in the space 'IJK'"),
        ('{"markups": [{"type": "Line", "name": "A", "coordinateUnits": "in"}]}', "in the unit 'in'"),
    ],
)
def test_what_is_no_file_of_lines_is_refused(tmp_path: Path, content: str, words: str) -> None:
    file = tmp_path / "x.mrk.json"
    file.write_text(content)
    with pytest.raises(InputError, match=words):
        read_trajectories(file)


def test_other_files_missing_ones_and_needless_origins_are_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="no file of trajectories"):
        read_trajectories(tmp_path / "lines.fcsv")
    with pytest.raises(InputError, match="cannot be read"):
        read_trajectories(tmp_path / "none.mrk.json")
    with pytest.raises(InputError, match="says itself where its lines lie"):
        read_trajectories(saved(tmp_path, line()), (0.0, 0.0, 0.0))
