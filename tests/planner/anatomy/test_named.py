from __future__ import annotations

from pathlib import Path

import nilearn.datasets
import numpy as np
import pytest

from planner.anatomy.assembly import assemble
from planner.anatomy.hemisphere import V1
from planner.anatomy.named import locate_case
from planner.anatomy.request import CaseRequest
from planner.errors import InputError
from planner.frames import MNI305_TO_MNI152, Space


def test_a_subject_is_found_by_its_name(tmp_path, write_subject, conformed, monkeypatch) -> None:  # type: ignore[no-untyped-def]
    folder = write_subject(tmp_path / "subjects" / "bert", conformed, shape=(8, 8, 8)).folder
    monkeypatch.setenv("SUBJECTS_DIR", str(folder.parent))
    files = locate_case("bert")
    assert (files.name, files.source) == ("bert", str(folder.resolve()))


def test_fsaverage_in_the_subjects_folder_goes_before_nilearns(  # type: ignore[no-untyped-def]
    tmp_path, write_subject, conformed, monkeypatch
) -> None:
    folder = write_subject(tmp_path / "fsaverage", conformed, shape=(8, 8, 8)).folder
    monkeypatch.setenv("SUBJECTS_DIR", str(tmp_path))
    assert locate_case("fsaverage").folder == folder.resolve()


def test_an_unknown_name_says_where_it_was_looked_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SUBJECTS_DIR", str(tmp_path))
    with pytest.raises(InputError, match=f"nobody: .*folder.*SUBJECTS_DIR .{tmp_path}"):
        locate_case("nobody")


def test_without_a_connection_the_remedy_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SUBJECTS_DIR", raising=False)
    monkeypatch.setenv("NILEARN_DATA", str(tmp_path))

    def offline(_name: str) -> None:
        raise ConnectionError("no route to host")

    monkeypatch.setattr(nilearn.datasets, "fetch_surf_fsaverage", offline)
    monkeypatch.setattr(nilearn.datasets, "get_data_dirs", lambda: [str(tmp_path)])
    with pytest.raises(InputError, match=r"could not be fetched.*demo"):
        locate_case("fsaverage")


def test_what_nilearn_says_while_it_fetches_stays_off_standard_output(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.delenv("SUBJECTS_DIR", raising=False)

    def loud(_name: str) -> None:
        print("[fetch_surf_fsaverage] Downloading")
        raise ConnectionError

    monkeypatch.setattr(nilearn.datasets, "fetch_surf_fsaverage", loud)
    monkeypatch.setattr(nilearn.datasets, "get_data_dirs", lambda: [str(tmp_path)])
    with pytest.raises(InputError):
        locate_case("fsaverage")
    assert capsys.readouterr() == ("", "[fetch_surf_fsaverage] Downloading\n")


@pytest.fixture(scope="module")
def fsaverage(shared_data: Path):  # type: ignore[no-untyped-def]
    return assemble(locate_case(str(shared_data / "nilearn" / "fsaverage")), CaseRequest())


def test_nilearns_fsaverage_is_found_by_name(shared_data: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("SUBJECTS_DIR", raising=False)
    monkeypatch.setenv("NILEARN_DATA", str(shared_data / "nilearn"))
    files = locate_case("fsaverage")
    assert (files.source, files.folder) == ("fsaverage", (shared_data / "nilearn" / "fsaverage").resolve())


def test_fsaverage_is_in_mni305_which_is_not_mni152(fsaverage) -> None:  # type: ignore[no-untyped-def]
    np.testing.assert_array_equal(fsaverage.spaces[Space.MNI305].matrix, np.eye(4))
    np.testing.assert_array_equal(fsaverage.spaces[Space.MNI152].matrix, MNI305_TO_MNI152.matrix)
    np.testing.assert_allclose(fsaverage.spaces[Space.TKRAS].matrix, np.eye(4), atol=1e-6)


def test_fsaverages_v1_and_crossings_are_the_known_ones(fsaverage) -> None:  # type: ignore[no-untyped-def]
    for name, vertices in (("lh", 3701), ("rh", 3822)):
        if "Benson" in fsaverage.hemispheres[name].retinotopy.source:
            assert (fsaverage.hemispheres[name].retinotopy.area == V1).sum() == vertices
        detail = next(f.detail for f in fsaverage.findings if f.what == f"{name} white")
        assert int(detail.split("; ")[1].split()[0]) == pytest.approx(500, abs=100)
        assert "0 of them in V1" in detail


def test_the_volumes_beside_the_surfaces_are_found(fsaverage) -> None:  # type: ignore[no-untyped-def]
    assert set(fsaverage.volumes) == {"brain", "ribbon", "aseg"}
