from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from planner.plan.edits import grouped
from planner.plan.export import write_export
from planner.plan.export.bids import subject_label
from planner.plan.make import Examined

PLACE = Path("derivatives") / "calcarine" / "sub-slab" / "ieeg"


def test_electrodes_are_a_derived_table_with_bids_columns_in_order(examined: Examined, tmp_path: Path) -> None:
    files = write_export(examined, "bids", tmp_path)
    assert all(file.is_file() for file in files)
    with (tmp_path / PLACE / "sub-slab_space-ScanRAS_electrodes.tsv").open(encoding="utf-8", newline="") as opened:
        header, *rows = csv.reader(opened, delimiter="\t")
    assert header[:9] == ["name", "x", "y", "z", "size", "material", "manufacturer", "group", "hemisphere"]
    found = np.array([[float(x) for x in row[1:4]] for row in rows])
    np.testing.assert_array_equal(found, examined.plan.implant.contacts_mm())
    assert [row[0] for row in rows] == [f"T0{t}-{c}" for t in (1, 2) for c in (1, 2, 3, 4)]
    assert {row[4] for row in rows} == {"0.002"}  # mm²
    assert [(row[7], row[8]) for row in rows[3:5]] == [("T01", "L"), ("T02", "R")]
    assert all(float(row[1]) < 0 for row in rows if row[8] == "L")


def test_coordinates_are_scanner_ras_in_mm_and_the_data_set_says_that_it_is_derived(
    examined: Examined, tmp_path: Path
) -> None:
    write_export(examined, "bids", tmp_path)
    system = json.loads((tmp_path / PLACE / "sub-slab_space-ScanRAS_coordsystem.json").read_text(encoding="utf-8"))
    assert (system["iEEGCoordinateSystem"], system["iEEGCoordinateUnits"]) == ("ScanRAS", "mm")
    assert "Research use only" in system["Plan"]["Notice"]
    about = json.loads((tmp_path / "derivatives/calcarine/dataset_description.json").read_text(encoding="utf-8"))
    assert about["DatasetType"] == "derivative"
    assert about["GeneratedBy"][0]["Name"] == "Calcarine"
    columns = json.loads((tmp_path / PLACE / "sub-slab_space-ScanRAS_electrodes.json").read_text(encoding="utf-8"))
    assert columns["size"]["Units"] == "mm^2"


def test_two_cases_share_a_folder_and_other_files_in_it_stay(examined: Examined, tmp_path: Path) -> None:
    (tmp_path / "derivatives").mkdir()
    (tmp_path / "derivatives" / "mine.txt").write_text("kept")
    write_export(examined, "bids", tmp_path)
    write_export(replace(examined, anatomy=replace(examined.anatomy, name="other")), "bids", tmp_path)
    assert {p.name for p in (tmp_path / "derivatives" / "calcarine").glob("sub-*")} == {"sub-slab", "sub-other"}
    assert (tmp_path / "derivatives" / "mine.txt").read_text() == "kept"


@pytest.mark.parametrize(
    ("name", "label"), [("sub-01", "01"), ("fsaverage5", "fsaverage5"), ("case_2 b", "case2b"), ("東京", "case")]
)
def test_a_subjects_label_is_letters_and_digits(examined: Examined, name: str, label: str) -> None:
    assert subject_label(replace(examined.anatomy, name=name)) == label


def test_groups_are_those_of_the_plan_and_threads_that_are_not_used_are_left_out_and_named(
    examined: Examined, tmp_path: Path
) -> None:
    plan = examined.plan
    spare = replace(plan.threads[0], name="T09")
    named = replace(examined, plan=replace(grouped(plan, {"T02"}, "foveal"), aside=(spare,)))
    write_export(named, "bids", tmp_path)
    with (tmp_path / PLACE / "sub-slab_space-ScanRAS_electrodes.tsv").open(encoding="utf-8", newline="") as opened:
        _, *rows = csv.reader(opened, delimiter="\t")
    assert [row[7] for row in rows] == ["T01"] * 4 + ["foveal"] * 4
    system = json.loads((tmp_path / PLACE / "sub-slab_space-ScanRAS_coordsystem.json").read_text(encoding="utf-8"))
    assert "1 thread of the plan is not used and left out: T09." in system["Plan"]["Notice"]
