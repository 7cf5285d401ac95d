"""Recent files, files dropped onto the window, and a window that opens where it was left."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import QByteArray, QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QAction, QDragEnterEvent, QDropEvent
from PySide6.QtWidgets import QApplication

from app import files
from app.case import Case
from app.dropping import kind_of
from app.session import Session
from app.settings import Settings
from app.views.vessel_dialog import VesselDialog
from app.window import MainWindow
from planner.anatomy.request import CaseRequest, VesselFile
from planner.plan.files import save_plan
from planner.plan.plan import Plan


def drop(window: MainWindow, *paths: Path) -> bool:
    """Drop as a file manager does, on the window itself; whether it was taken."""
    data = QMimeData()
    data.setUrls([QUrl.fromLocalFile(str(path)) for path in paths])
    left, none = Qt.MouseButton.LeftButton, Qt.KeyboardModifier.NoModifier
    enter = QDragEnterEvent(window.rect().center(), Qt.DropAction.CopyAction, data, left, none)
    QApplication.sendEvent(window, enter)
    if enter.isAccepted():
        QApplication.sendEvent(
            window, QDropEvent(QPointF(window.rect().center()), Qt.DropAction.CopyAction, data, left, none)
        )
    return enter.isAccepted()


@pytest.fixture
def plan_file(plan: Plan, tmp_path: Path) -> Path:
    file = tmp_path / "dröpped & kept.json"
    save_plan(plan, file)
    return file


def test_a_dropped_file_is_taken_for_what_its_name_says(tmp_path: Path) -> None:
    assert kind_of(tmp_path) == "case"
    assert kind_of(tmp_path / "a.JSON") == "plan"
    assert kind_of(tmp_path / "a.mrk.json") == kind_of(tmp_path / "a.ROS") == "lines"
    assert kind_of(tmp_path / "tof.nii.gz") == "vessels"
    assert kind_of(tmp_path / "notes.txt") == "unknown"


def test_a_plan_that_is_dropped_is_opened_and_listed_as_recent(window: MainWindow, plan_file: Path, settled) -> None:
    window.session.saved(window.session.plan, Path("before.json"))
    assert drop(window, plan_file)
    settled()
    assert window.session.path == plan_file
    recent = window.commands.recent
    recent.menu.aboutToShow.emit()
    first = recent.menu.actions()[0]
    assert first.text() == "dröpped && kept.json"
    assert first.isEnabled()
    plan_file.unlink()
    recent.menu.aboutToShow.emit()
    assert not recent.menu.actions()[0].isEnabled()


def test_a_recent_case_is_opened_again_with_its_vessels(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[CaseRequest] = []
    monkeypatch.setattr(files, "open_case", lambda session, request: asked.append(request))
    request = CaseRequest(str(tmp_path), (VesselFile("/v.swc", kind="vein"),))
    window.settings.keep_case(request)
    menu = window.commands.recent.menu
    menu.aboutToShow.emit()
    menu.actions()[0].trigger()
    assert asked == [request]
    entries: list[QAction] = menu.actions()
    entries[-1].trigger()
    menu.aboutToShow.emit()
    assert [action.text() for action in menu.actions()] == ["Nothing yet"]


def test_dropped_vessel_files_are_asked_about_one_after_the_other(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    added: list[VesselFile] = []

    def add(session: Session, wanted: VesselFile, unreadable: object, go_on) -> None:
        added.append(wanted)
        go_on()

    monkeypatch.setattr(files, "add_vessels", add)
    assert drop(window, Path("/v/a.swc"), Path("/v/b.nii.gz"), Path("/v/c.stl"))

    def open_one() -> VesselDialog:
        (dialog,) = [d for d in window.findChildren(VesselDialog) if d.isVisible()]
        return dialog

    open_one().accept()
    open_one().reject()  # this one not, and on to the next
    open_one().accept()
    assert [Path(v.file).name for v in added] == ["a.swc", "c.stl"]


def test_what_cannot_be_meant_is_refused_with_a_sentence(window: MainWindow, plan_file: Path, tmp_path: Path) -> None:
    said: list[str] = []
    window.session.refused.connect(said.append)
    before = window.session.plan
    drop(window, tmp_path / "notes.txt")
    drop(window, plan_file, tmp_path / "a.swc")
    drop(window, plan_file, plan_file)
    assert "notes.txt is neither" in said[0]
    assert said[1] == said[2] == "Drop one plan, one case's folder, vessel files alone, or files of lines alone"
    assert window.session.plan is before


def test_dropping_onto_the_3d_view_reaches_the_window(window: MainWindow) -> None:
    widget = window.brain.plotter
    while widget is not window:  # Qt asks the nearest ancestor that accepts drops
        assert not widget.acceptDrops()
        widget = widget.parentWidget()
    assert window.acceptDrops()


def test_the_window_opens_as_it_was_left(
    qtbot, case: Case, plan: Plan, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = MainWindow(session, Settings())
    with qtbot.waitExposed(first):
        first.show()
    first.docks[2].hide()
    first.settings.keep_window(first.saveGeometry(), first.saveState())
    first.settings.sync()
    placed: list[QByteArray] = []
    monkeypatch.setattr(MainWindow, "restoreGeometry", lambda self, geometry: placed.append(geometry))
    second = MainWindow(session, Settings())
    assert placed == [
        first.saveGeometry()
    ]  # on this screen, which is too small for the window, it is moved all the same
    assert second.docks[2].isHidden()
    assert not second.docks[0].isHidden()
    assert second.banner.isHidden()
    second.arrange_anew()
    assert not second.docks[2].isHidden()
    for window in (first, second):
        window.keeper.end()
        window.brain.close_scene()
        window.deleteLater()
