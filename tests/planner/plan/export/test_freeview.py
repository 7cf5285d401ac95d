from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from planner.plan.export import write_export
from planner.plan.make import Examined


def test_a_point_set_is_in_scanner_ras_and_names_each_contact(examined: Examined, tmp_path: Path) -> None:
    (file,) = write_export(examined, "freeview", tmp_path)
    document = json.loads(file.read_text(encoding="utf-8"))
    assert (document["data_type"], document["vox2ras"]) == ("fs_pointset", "scanner_ras")
    found = np.array([[p["coordinates"][axis] for axis in "xyz"] for p in document["points"]])
    np.testing.assert_array_equal(found, examined.plan.implant.contacts_mm())
    assert found[0][0] < 0 < found[4][0]  # T01 is on the left, T02 on the right
    said = [point["comments"][0]["text"] for point in document["points"]]
    assert (said[0], said[4]) == ("T01-1 (lh)", "T02-1 (rh)")
    first = document["points"][0]["comments"][1]["text"]
    assert "NOT FEASIBLE" in first
    assert "Research use only" in first
