from __future__ import annotations

from pathlib import Path

import pytest

from planner.anatomy.request import CaseRequest, VesselFile
from planner.anatomy.subject import load_anatomy
from planner.errors import InputError


def test_a_subject_is_loaded_from_its_folder_with_progress(tmp_path, write_subject, conformed) -> None:  # type: ignore[no-untyped-def]
    folder = write_subject(tmp_path / "bert", conformed).folder
    said: list[str] = []
    anatomy = load_anatomy(CaseRequest(str(folder)), progress=said.append)
    assert (anatomy.name, anatomy.source) == ("bert", str(folder.resolve()))
    assert anatomy.vessels == ()
    assert any("No vessels are known" in note for note in anatomy.notes)
    assert [(f.what, f.state) for f in anatomy.findings if f.what.startswith("vessels")] == [("vessels", "missing")]
    assert said == [f"Loading case {folder}"]
    assert "Benson 2014 maps in bert/surf" in anatomy.retinotopy_source


def test_an_unknown_case_is_named(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="nobody"):
        load_anatomy(CaseRequest(str(tmp_path / "nobody")))


def test_a_missing_vessel_file_is_named(tmp_path, write_subject, conformed) -> None:  # type: ignore[no-untyped-def]
    folder = write_subject(tmp_path / "bert", conformed).folder
    with pytest.raises(InputError, match=r"none\.swc"):
        load_anatomy(CaseRequest(str(folder), (VesselFile(str(tmp_path / "none.swc")),)))
