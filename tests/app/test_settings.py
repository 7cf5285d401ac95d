from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray

from app.places import settings_file
from app.settings import MOST_RECENT, Panes, Settings
from planner.anatomy.request import CaseRequest, VesselFile


def again(settings: Settings, file: Path) -> Settings:
    settings.sync()
    return Settings(file)


def test_what_is_kept_is_there_at_the_next_start(tmp_path: Path) -> None:
    file = tmp_path / "settings.ini"
    settings = Settings(file)
    request = CaseRequest(
        "/s/bert", (VesselFile("/v/ä.swc", kind="artery", offset_mm=(1.0, -2.5, 0.1)),), "/maps", least_variance=0.25
    )
    settings.keep_window(QByteArray(b"\x00geometry\xff"), QByteArray(b"\x01docks"))
    settings.keep_folder("plan", tmp_path)
    settings.keep_plan(tmp_path / "a, b.json")
    settings.keep_case(request)
    settings.theme = "light"
    settings.export_format = "bids"
    settings.notice_seen = True
    settings.panes = Panes("slices", "axial", {"four-up": ((0.25, 0.75), (0.5, 0.5))})
    settings.radiological = False
    settings.keep_contrast("/s/bert/mri/T1.mgz", (10.0, 120.5))
    settings.keep_contrast("/s/bert/mri/orig.mgz", (0.0, 1.0))
    settings.keep_contrast("/s/bert/mri/orig.mgz", None)
    found = again(settings, file)
    assert found.geometry == QByteArray(b"\x00geometry\xff")
    assert found.arrangement == QByteArray(b"\x01docks")
    assert found.folder("plan") == tmp_path
    assert found.folder("export") == Path.cwd()  # for another errand nothing was chosen
    assert found.recent_plans == (tmp_path / "a, b.json",)
    assert found.recent_cases == (request,)
    assert found.theme == "light"
    assert found.export_format == "bids"
    assert found.notice_seen
    assert found.panes == Panes("slices", "axial", {"four-up": ((0.25, 0.75), (0.5, 0.5))})
    assert not found.radiological
    assert found.contrast("/s/bert/mri/T1.mgz") == (10.0, 120.5)
    assert found.contrast("/s/bert/mri/orig.mgz") is None


def test_the_last_used_comes_first_and_only_so_many_are_kept(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.ini")
    for number in [*range(MOST_RECENT + 2), 5]:
        settings.keep_plan(Path(f"/plans/{number}.json"))
        settings.keep_case(CaseRequest(f"/s/{number}"))
    expected = [5, *(n for n in range(MOST_RECENT + 1, -1, -1) if n != 5)][:MOST_RECENT]
    assert [int(path.stem) for path in settings.recent_plans] == expected
    assert [int(Path(case.source).name) for case in settings.recent_cases] == expected


def test_a_case_loaded_with_other_vessels_takes_its_own_place(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.ini")
    settings.keep_case(CaseRequest("/s/bert"))
    settings.keep_case(CaseRequest("/s/bert", (VesselFile("/v.swc"),)))
    assert settings.recent_cases == (CaseRequest("/s/bert", (VesselFile("/v.swc"),)),)


@pytest.mark.parametrize("value", ["[", "7", '["x", {"source": 3}, {"source": "/s", "vessels": 1}]'])
def test_a_damaged_file_counts_as_never_set(tmp_path: Path, value: str) -> None:
    file = tmp_path / "settings.ini"
    escaped = value.replace('"', '\\"')
    file.write_text(f'[recent]\nplans="{escaped}"\ncases="{escaped}"\n[look]\ntheme=pink\n[window]\ngeometry=7\n')
    settings = Settings(file)
    assert settings.recent_cases == ()
    assert all(isinstance(path, Path) for path in settings.recent_plans)
    assert settings.theme == "dark"
    assert settings.geometry.isEmpty()
    assert not settings.notice_seen


def test_tests_never_touch_the_users_own_settings(tmp_path: Path) -> None:
    assert tmp_path in settings_file().parents


def test_columns_and_snapping_are_kept_and_none_hidden_is_not_never_chosen(tmp_path: Path) -> None:
    settings = Settings(tmp_path / "settings.ini")
    assert (settings.snap, settings.hidden_columns) == (False, None)
    settings.snap, settings.hidden_columns = True, ("side", "polar")
    found = again(settings, tmp_path / "settings.ini")
    assert (found.snap, found.hidden_columns) == (True, ("side", "polar"))
    found.hidden_columns = ()
    assert again(found, tmp_path / "settings.ini").hidden_columns == ()
