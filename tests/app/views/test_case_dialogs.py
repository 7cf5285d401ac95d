from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QDialogButtonBox, QFileDialog, QLabel, QPushButton

from app import actions, aims, files
from app.case import Case
from app.cortex import prepare_cortex
from app.session import Session
from app.views.case_report import CaseReport
from app.views.vessel_dialog import VesselDialog
from app.window import MainWindow
from planner.anatomy.report import Finding
from planner.anatomy.request import CaseRequest, VesselFile
from planner.anatomy.vessels.tree import VesselTree
from planner.design.site import prepare_site
from planner.errors import InputError
from planner.plan.plan import Plan


def test_a_dialog_left_as_it_is_asks_for_the_file_alone(qtbot) -> None:
    for name in ("a ü.swc", "b.nii.gz"):
        dialog = VesselDialog(None, Path("/data") / name)
        qtbot.addWidget(dialog)
        assert dialog.wanted() == VesselFile(str(Path("/data") / name))


def test_what_is_said_of_a_file_is_asked_for(qtbot) -> None:
    dialog = VesselDialog(None, Path("/data/a.swc"))
    qtbot.addWidget(dialog)
    dialog.name.setText(" MRA ")
    dialog.kind.setCurrentText("Artery")
    dialog.space.setCurrentText("LPS (3D Slicer, ITK)")
    dialog.axes.setText("-x,z,y")
    dialog.scale.setValue(0.5)
    for box, value in zip(dialog.offset, (-1.5, 0.0, 20.0), strict=True):
        box.setValue(value)
    dialog.error.setValue(0.4)
    dialog.imaged.setText("/data/tof.nii.gz")
    assert dialog.wanted() == VesselFile(
        "/data/a.swc", "MRA", "artery", "lps", "-x,z,y", 0.5, (-1.5, 0.0, 20.0), error_mm=0.4, imaged="/data/tof.nii.gz"
    )


def test_the_least_probability_is_asked_of_volumes_alone_and_is_one(qtbot) -> None:
    for name, asked in (("a.swc", False), ("b.nii.gz", True)):
        dialog = VesselDialog(None, Path("/data") / name)
        qtbot.addWidget(dialog)
        assert ("Least probability" in [label.text() for label in dialog.findChildren(QLabel)]) == asked
        assert (dialog.threshold.minimum(), dialog.threshold.maximum()) == (0.001, 1.0)
        said = [label.text() for label in dialog.findChildren(QLabel)]
        assert any("adding vessels ends the plan's verification and its undo history" in words for words in said)


def test_the_report_lists_every_finding_and_copies_it_whole(qtbot, case: Case) -> None:
    findings = (
        Finding("lh pial", "used", "/subjects/bert/surf/lh.pial", "tkras", "0" * 64, "163842 vertices"),
        Finding("V1 label", "missing"),
    )
    anatomy = replace(case.anatomy, findings=findings, notes=("One note.",))
    report = CaseReport(None, anatomy)
    qtbot.addWidget(report)
    rows = [report.table.topLevelItem(i) for i in range(report.table.topLevelItemCount())]
    assert [[row.text(k) for k in range(5)] for row in rows] == [
        ["lh pial", "used", "tkRAS", "163842 vertices", "lh.pial"],
        ["V1 label", "missing", "", "", ""],
    ]
    assert "0" * 64 in rows[0].toolTip(4)
    next(b for b in report.findChildren(QPushButton) if b.text() == "Copy as text").click()
    copied = QGuiApplication.clipboard().text()
    assert "One note." in copied
    assert "/subjects/bert/surf/lh.pial" in copied


def test_a_long_line_of_the_report_is_read_whole(qtbot, case: Case) -> None:
    long = Finding("lh white", "used", detail="469 vertices outside pial, none of them in V1; " * 8)
    report = CaseReport(None, replace(case.anatomy, findings=(long, Finding("V1 label", "missing"))))
    qtbot.addWidget(report)
    with qtbot.waitExposed(report):
        report.show()
    heights = [report.table.visualItemRect(report.table.topLevelItem(row)).height() for row in range(2)]
    assert heights[0] > 2 * heights[1]


@pytest.fixture
def loading(monkeypatch: pytest.MonkeyPatch, case: Case) -> None:
    """Cases with one vessel for each file asked for, without reading any."""

    def load(request: CaseRequest, progress: object) -> Case:
        line = np.array([[0.0, -90.0, 0.0], [0.0, -80.0, 0.0]])
        trees = tuple(
            VesselTree(Path(v.file).stem, "vein", line, np.full(2, 0.1), np.array([[0, 1]]), v.file)
            for v in request.vessels
        )
        anatomy = replace(case.anatomy, request=request, vessels=(*case.anatomy.vessels, *trees))
        return Case(prepare_site(anatomy), {name: prepare_cortex(h) for name, h in anatomy.hemispheres.items()})

    monkeypatch.setattr(files, "load_case", load)


def test_threads_stay_when_vessels_are_added_and_their_verdict_and_file_do_not(
    loading: None, session: Session, plan: Plan, settled, tmp_path: Path
) -> None:
    files.save(session, tmp_path / "plan.json")
    actions.verify_plan(session)
    settled()
    assert session.plan.verdict is not None
    files.add_vessels(session, VesselFile("/data/veins.swc"))
    settled()
    assert session.plan.threads == plan.threads
    assert session.plan.verdict is None
    assert session.plan.case.request.vessels == (VesselFile("/data/veins.swc"),)
    assert session.plan.case.vessels[-1].name == "veins"
    assert session.path is None
    assert session.modified


def test_the_menu_asks_for_a_file_then_how_it_is_read(
    qtbot, loading: None, window: MainWindow, settled, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("/data/a.swc", ""))

    aims.set_limit(window.session, "clearance_mm", 0.5)  # unsaved, and not asked about: nothing is lost
    monkeypatch.setattr("app.dialogs.ask_to_save", lambda *_: pytest.fail("asked"))
    window.commands.file.add_vessels.trigger()
    (dialog,) = window.findChildren(VesselDialog)
    dialog.error.setValue(0.25)
    press(dialog)
    settled()
    assert window.session.plan.case.request.vessels == (VesselFile("/data/a.swc", error_mm=0.25),)
    assert window.session.modified
    assert "Read a (vein) from a.swc; threads stayed" in window.status.currentMessage()


def press(dialog: VesselDialog) -> None:
    box = dialog.findChild(QDialogButtonBox)
    next(b for b in box.buttons() if b.text() == "Add vessels").click()


def test_a_file_that_is_refused_costs_nothing_that_was_typed(
    qtbot, loading: None, window: MainWindow, settled, monkeypatch: pytest.MonkeyPatch
) -> None:
    load, session = files.load_case, window.session

    def refuse(request: CaseRequest, progress: object) -> Case:
        raise InputError("has no vessel segments", source="/data/a.swc")

    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: ("/data/a.swc", ""))
    monkeypatch.setattr(files, "load_case", refuse)
    before = session.plan
    window.commands.file.add_vessels.trigger()
    (dialog,) = window.findChildren(VesselDialog)
    dialog.error.setValue(0.25)
    press(dialog)
    settled()
    qtbot.waitUntil(dialog.isVisible)
    assert session.plan is before
    assert session.editable
    assert "no vessel segments" in dialog.trouble.text()
    assert dialog.error.value() == 0.25
    monkeypatch.setattr(files, "load_case", load)
    press(dialog)
    settled()
    assert session.plan.case.request.vessels == (VesselFile("/data/a.swc", error_mm=0.25),)
    assert not dialog.isVisible()


def test_the_report_opens_from_the_menu(qtbot, window: MainWindow) -> None:
    window.commands.file.case_report.trigger()
    (report,) = window.findChildren(CaseReport)
    assert report.isVisible()
    report.reject()
