from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog

from app import files
from app.case import Case
from app.files import NewCase
from app.settings import Settings
from app.views.case_wizard import CaseWizard
from app.views.vessel_dialog import VesselDialog
from app.window import MainWindow
from planner.anatomy.looking import Look
from planner.anatomy.report import Finding
from planner.anatomy.request import CaseRequest, VesselFile
from planner.errors import InputError, PlannerError

LEFT = Qt.MouseButton.LeftButton
BERT = Look("bert", "scanner RAS by orig.mgz", (Finding("lh pial", "used", "/s/bert/surf/lh.pial", "tkras"),))


class Looked:
    """Answers looks when it is told to, as a slow disk does."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str, Callable[[Look | PlannerError], None]]] = []

    def __call__(self, source: str, maps: str, hear: Callable[[Look | PlannerError], None]) -> None:
        self.asked.append((source, maps, hear))


@pytest.fixture
def looked() -> Looked:
    return Looked()


@pytest.fixture
def wizard(qtbot, looked: Looked) -> CaseWizard:
    wizard = CaseWizard(None, Settings(), looked)
    qtbot.addWidget(wizard)
    with qtbot.waitExposed(wizard):
        wizard.show()
    return wizard


def test_a_folder_is_looked_at_once_it_is_typed_and_can_be_loaded_once_something_was_found(
    qtbot, wizard: CaseWizard, looked: Looked
) -> None:
    assert not wizard.load.isEnabled()
    qtbot.keyClicks(wizard.folder, "/s/bert")
    qtbot.waitUntil(lambda: bool(looked.asked))
    assert [source for source, _, _ in looked.asked] == ["/s/bert"]  # not at every key
    assert not wizard.load.isEnabled()
    looked.asked[0][2](BERT)
    assert wizard.load.isEnabled()
    assert "scanner RAS by orig.mgz" in wizard.space.text()
    assert wizard.found.topLevelItem(0).text(0) == "lh pial"
    looked.asked[0][2](InputError("is not a FreeSurfer subject folder", source="/s/bert"))
    assert "is not a FreeSurfer subject folder" in wizard.space.text()
    assert wizard.found.topLevelItemCount() == 0
    assert not wizard.load.isEnabled()


def test_an_answer_about_what_is_no_longer_asked_is_not_shown(qtbot, wizard: CaseWizard, looked: Looked) -> None:
    wizard.choose_source("/s/bert")
    qtbot.waitUntil(lambda: len(looked.asked) == 1)
    wizard.choose_source("demo")
    qtbot.waitUntil(lambda: len(looked.asked) == 2)
    looked.asked[0][2](BERT)
    assert not wizard.load.isEnabled()
    assert not wizard.folder.isEnabled()  # the demo has none


def test_left_as_it_is_it_asks_for_what_a_case_is_by_itself(wizard: CaseWizard) -> None:
    wizard.choose_source("/s/bert")
    assert wizard.wanted() == NewCase(CaseRequest("/s/bert"))


def test_all_that_is_filled_in_is_asked_for(
    qtbot, wizard: CaseWizard, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    wizard.choose_source("fsaverage")
    wizard.retinotopy.setText(" /maps ")
    wizard.variance.setValue(0.25)
    wizard.budget.setValue(12)
    wizard.device.setCurrentIndex(wizard.device.findData("thread"))
    place = next(i for i in range(wizard.profile.count()) if wizard.profile.itemData(i))
    wizard.profile.setCurrentIndex(place)
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: (["/v/a.swc", "/v/b.stl", "/v/c.vtp"], ""))
    wizard._choose_vessels()
    for error_mm, accept in ((0.1, True), (0.2, False), (0.3, True)):
        (dialog,) = [d for d in wizard.findChildren(VesselDialog) if d.isVisible()]
        dialog.error.setValue(error_mm)
        dialog.accept() if accept else dialog.reject()
    expected = (VesselFile("/v/a.swc", error_mm=0.1), VesselFile("/v/c.vtp", error_mm=0.3))
    assert wizard.wanted() == NewCase(
        CaseRequest("fsaverage", expected, "/maps", 0.25), "thread", 12, wizard.profile.itemData(place)
    )
    wizard.vessels.setCurrentRow(0)
    wizard._remove_vessels()
    assert wizard.wanted().request.vessels == expected[1:]


def test_how_a_listed_file_is_read_can_be_changed(qtbot, wizard: CaseWizard, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileNames", lambda *_: (["/v/a.swc", "/v/b.stl"], ""))
    wizard._choose_vessels()

    def dialog() -> VesselDialog:
        (its,) = [d for d in wizard.findChildren(VesselDialog) if d.isVisible()]
        return its

    for error_mm in (0.1, 0.2):
        dialog().error.setValue(error_mm)
        dialog().accept()
    wizard.vessels.setCurrentRow(0)
    wizard.vessels.itemDoubleClicked.emit(wizard.vessels.item(0))
    assert dialog().error.value() == 0.1
    dialog().error.setValue(0.7)
    dialog().accept()
    assert not [d for d in wizard.findChildren(VesselDialog) if d.isVisible()]  # the other one is not asked again
    assert [v.error_mm for v in wizard.wanted().request.vessels] == [0.7, 0.2]
    assert wizard.vessels.count() == 2


def test_what_was_filled_in_is_there_when_it_is_opened_again_until_one_starts_anew(
    qtbot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.desk.look_at_case", lambda source, maps: BERT)
    window.commands.file.new_case.trigger()
    (wizard,) = window.findChildren(CaseWizard)
    wizard.choose_source("/s/bert")
    wizard.retinotopy.setText("/maps")
    wizard.budget.setValue(11)
    wanted = wizard.wanted()
    qtbot.keyClick(wizard, Qt.Key.Key_Escape)
    assert not wizard.isVisible()
    window.commands.file.new_case.trigger()
    assert window.findChildren(CaseWizard) == [wizard]
    assert wizard.wanted() == wanted
    qtbot.waitUntil(wizard.load.isEnabled, timeout=10_000)
    wizard.start_anew()
    assert wizard.wanted() == NewCase(CaseRequest(""))
    assert not wizard.load.isEnabled()


def test_whoever_would_rather_keep_the_plan_is_back_at_the_page(
    qtbot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = window.session
    session.edit("Seed", replace(session.plan, seed=3))
    monkeypatch.setattr("app.desk.look_at_case", lambda source, maps: BERT)
    monkeypatch.setattr(window.desk, "may_lose", lambda: False)
    window.commands.file.new_case.trigger()
    (wizard,) = window.findChildren(CaseWizard)
    wizard.choose_source("/s/bert")
    qtbot.waitUntil(wizard.load.isEnabled, timeout=10_000)
    qtbot.mouseClick(wizard.load, LEFT)
    assert wizard.isVisible()
    assert wizard.folder.text() == "/s/bert"
    assert session.loading is None


def test_from_the_menu_a_case_is_looked_at_and_loaded_and_a_refusal_costs_nothing_that_was_filled_in(
    qtbot, window: MainWindow, case: Case, settled, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = window.session
    session.saved(session.plan, Path("before.json"))
    before = session.plan

    def refuse(request: CaseRequest, progress: object) -> Case:
        raise InputError("holds no lh or rh surfaces", source="/s/bert/surf")

    monkeypatch.setattr("app.desk.look_at_case", lambda source, maps: BERT)
    monkeypatch.setattr(files, "load_case", refuse)
    qtbot.keyClick(window, Qt.Key.Key_N, Qt.KeyboardModifier.ControlModifier)
    (wizard,) = window.findChildren(CaseWizard)
    wizard.choose_source("demo")
    wizard.budget.setValue(9)
    qtbot.waitUntil(wizard.load.isEnabled)
    qtbot.mouseClick(wizard.load, LEFT)
    qtbot.waitUntil(lambda: wizard.isVisible() and wizard.trouble.isVisible(), timeout=10_000)
    assert "holds no lh or rh surfaces" in wizard.trouble.text()
    assert session.plan is before
    monkeypatch.setattr(files, "load_case", lambda request, progress: case)
    qtbot.mouseClick(wizard.load, LEFT)
    qtbot.waitUntil(lambda: session.plan is not before, timeout=10_000)
    assert session.plan.limits.threads == 9
    assert session.plan.threads == ()
    assert not session.modified
