from __future__ import annotations

from pathlib import Path

import pytest

from planner.anatomy.assembly import assemble
from planner.anatomy.freesurfer import locate_subject
from planner.anatomy.looking import look_at_case
from planner.anatomy.request import CaseRequest
from planner.errors import InputError


def test_what_a_look_finds_is_what_loading_uses(tmp_path: Path, write_subject, conformed, monkeypatch) -> None:
    folder = write_subject(tmp_path / "bert", conformed).folder
    anatomy = assemble(locate_subject(folder), CaseRequest(str(folder)))
    monkeypatch.setattr("planner.anatomy.hashing.sha256", lambda path: pytest.fail("a look reads nothing whole"))
    look = look_at_case(str(folder))
    assert look.name == "bert"
    assert look.space == "scanner RAS by orig.mgz"
    used = {f.file for f in anatomy.findings if f.state == "used" and f.file}
    for key in ("lh white", "lh pial", "rh white", "rh pial", "orig volume"):
        (finding,) = [f for f in look.findings if f.what == key]
        assert finding.state == "used"
        assert finding.file in used
    missing = {f.what for f in anatomy.findings if f.state == "missing" and f.what.endswith("volume")}
    assert {f.what for f in look.findings if f.state == "missing" and f.what.endswith("volume")} == missing
    retinotopy = next(f for f in look.findings if f.what == "lh retinotopy")
    assert "Benson 2014" in retinotopy.detail


def test_a_hemisphere_and_a_volume_that_are_not_there_are_said(tmp_path: Path, write_subject, oblique) -> None:
    folder = write_subject(tmp_path / "bert", oblique, shape=(60, 70, 80), hemispheres=("rh",), volume=None).folder
    look = look_at_case(str(folder))
    missing = {f.what for f in look.findings if f.state == "missing"}
    assert {"lh surfaces", "orig volume", "T1 volume"} <= missing
    assert "rh pial" not in missing
    assert "there is no volume" in look.space


def test_maps_given_go_before_the_cases_own(tmp_path: Path, write_subject, conformed) -> None:
    folder = write_subject(tmp_path / "bert", conformed).folder
    given = tmp_path / "maps"
    given.mkdir()
    for name in ("lh.prf_eccen.mgz", "lh.prf_angle.mgz"):
        (given / name).write_bytes(b"not read by a look")
    found = {f.what: f for f in look_at_case(str(folder), str(given)).findings}
    assert Path(found["lh retinotopy"].file) == given
    assert found["lh retinotopy"].detail == "PRF maps"
    assert Path(found["rh retinotopy"].file) != given


def test_a_folder_that_is_no_case_is_said_as_loading_says_it(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="is not a FreeSurfer subject folder"):
        look_at_case(str(tmp_path))


def test_a_folder_that_is_no_subject_is_told_what_it_lacks_and_where_one_may_be(tmp_path: Path) -> None:
    def said(folder: Path) -> str:
        with pytest.raises(InputError) as refused:
            look_at_case(str(folder))
        return str(refused.value)

    assert "no surf/ with lh.white, lh.pial, rh.white and rh.pial" in said(tmp_path)
    assert "there is no such folder" in said(tmp_path / "gone")
    for name in "abcdefg":
        (tmp_path / f"sub-{name}" / "surf").mkdir(parents=True)
    words = said(tmp_path)
    assert "it holds subjects (sub-a, sub-b, sub-c, sub-d, sub-e and 2 more)" in words
    assert "give one of these" in words
    (tmp_path / "sub-a" / "surf" / "lh.white").touch()
    words = said(tmp_path / "sub-a" / "surf")
    assert "looks like a subject's surf/ itself" in words
    assert words.endswith(f"give the folder above it, {tmp_path / 'sub-a'}.")


def test_a_look_fetches_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUBJECTS_DIR", str(tmp_path))
    monkeypatch.setattr("planner.anatomy.named._nilearn_folders", lambda: [tmp_path / "none"])
    monkeypatch.setattr("planner.anatomy.looking.locate_case", lambda source: pytest.fail("located, so fetched"))
    (finding,) = look_at_case("fsaverage").findings
    assert (finding.state, finding.detail) == ("missing", "is fetched when loaded")


def test_the_demo_says_what_of_it_is_synthetic() -> None:
    assert any("synthetic" in f.detail for f in look_at_case("demo").findings)
