from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from nibabel.freesurfer.io import write_annot
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFileDialog, QInputDialog

from app import aims, theme
from app.views.limits_editor import LimitsEditor, profile_words, state_words
from app.window import MainWindow
from planner.anatomy.access import Access, Window
from planner.design.limits import Limits
from planner.design.profiles import load_profile
from planner.plan.plan import Plan

LEFT = Qt.MouseButton.LeftButton


@pytest.fixture
def editor(window: MainWindow) -> LimitsEditor:
    window.commands.aims.limits.trigger()
    assert window.tabs.currentWidget() is window.limits
    return window.limits


def test_every_number_of_the_limits_has_a_field_with_its_unit_and_a_tip(editor: LimitsEditor) -> None:
    numbers = {name for name in Limits.__dataclass_fields__ if name.endswith(("_mm", "_deg"))}
    assert set(editor.spins) == numbers
    for name, spin in editor.spins.items():
        assert spin.suffix() == ("°" if name.endswith("_deg") else " mm")
        assert ("degrees" if name.endswith("_deg") else "mm") in spin.toolTip()


def test_the_form_of_a_chosen_window_is_no_wider_than_the_panel(
    qtbot, window: MainWindow, editor: LimitsEditor
) -> None:
    session, chosen = window.session, Window("lh", "hull", (-45.0, -40.0, 0.0), (0.0, 1.0, 0.0), 25.0, 60.0, 60.0)
    session.edit("Window", replace(session.plan, limits=replace(session.plan.limits, access=Access("own", (chosen,)))))
    for wide in (1280, 1600):
        window.resize(wide, 800)
        editor.windows.list.setCurrentRow(0)
        qtbot.waitUntil(editor.windows.vectors["axis"].isVisible)
        qtbot.wait(50)
        seen = editor.viewport().width()
        for part in (editor.windows.delete, *editor.windows.spins.values(), *editor.windows.vectors.values()):
            assert part.mapTo(editor.viewport(), part.rect().topRight()).x() < seen
        for part in (editor.forbidden.allow, editor.forbidden.brush):
            assert part.mapTo(editor.viewport(), part.rect().topRight()).x() < seen


def test_a_number_is_typed_spun_and_undone(qtbot, window: MainWindow, editor: LimitsEditor) -> None:
    session, spin = window.session, editor.spins["angle_deg"]
    assert editor.states["angle_deg"].text() == "not limited"
    spin.setFocus()
    spin.selectAll()
    qtbot.keyClicks(spin, "60")
    qtbot.keyClick(spin, Qt.Key.Key_Return)
    assert session.plan.limits.angle_deg == 60.0
    assert "angle" in session.plan.limits.in_force
    assert editor.states["angle_deg"].text() == ""
    for _ in range(2):
        qtbot.keyClick(spin, Qt.Key.Key_Down)
    assert session.plan.limits.angle_deg == 50.0
    assert session.history.count() == 1  # all of it is one step
    session.history.undo()
    assert spin.value() == 90.0


def test_a_clearance_of_veins_begins_as_that_of_arteries(qtbot, window: MainWindow, editor: LimitsEditor) -> None:
    session, spin = window.session, editor.spins["vein_clearance_mm"]
    assert spin.text() == "as above"
    spin.setFocus()
    qtbot.keyClick(spin, Qt.Key.Key_Up)
    qtbot.keyClick(spin, Qt.Key.Key_Up)
    assert session.plan.limits.vein_clearance_mm == 0.05
    assert editor.states["vein_clearance_mm"].text() == "not checked: no veins"
    qtbot.keyClick(spin, Qt.Key.Key_Down)
    assert session.plan.limits.vein_clearance_mm == 0.0
    qtbot.keyClick(spin, Qt.Key.Key_Down)
    assert session.plan.limits.vein_clearance_mm is None


def test_a_profile_sets_what_it_names_and_an_approach_lays_windows(
    qtbot, window: MainWindow, editor: LimitsEditor, settled
) -> None:
    session = window.session
    editor.spins["clearance_mm"].setValue(0.77)
    editor.profile.setFocus()
    qtbot.keyClick(editor.profile, Qt.Key.Key_Down)
    settled()
    first = load_profile(editor.profile.itemText(0))
    for name in ("clearance_mm", "array_clearance_mm", "angle_deg"):
        if (value := getattr(first, name)) is not None:
            assert getattr(session.plan.limits, name) == value
            assert editor.spins[name].value() == pytest.approx(value)
    editor.access.setFocus()
    qtbot.keyClick(editor.access, Qt.Key.Key_Down)
    settled()
    assert session.plan.limits.access.name == "occipital pole"
    assert editor.states["access"].text() == "2 windows"
    assert {"access", "approach", "reach"} <= set(session.plan.limits.in_force)


def test_the_profile_that_the_limits_agree_with_goes_by_its_name(
    window: MainWindow, editor: LimitsEditor, settled
) -> None:
    aims.set_limit(window.session, "clearance_mm", 0.3)
    assert editor.profile.currentText() == "threads"
    aims.set_limit(window.session, "clearance_mm", 0.31)
    assert editor.profile.currentIndex() == -1
    assert editor.profile.placeholderText() == "own limits"
    aims.set_profile(window.session, "cautious")
    settled()
    assert editor.profile.currentText() == ""
    assert editor.profile.placeholderText() == "arrays + cautious"
    editor.profile.activated.emit(editor.profile.findData("cautious"))
    settled()
    assert editor.profile.currentText() == "cautious"  # from which the keys go on
    aims.set_limit(window.session, "array_clearance_mm", 0.5)
    assert editor.profile.currentText() == "arrays-close"


def test_cortex_is_forbidden_by_a_file_and_allowed_by_a_button(
    qtbot, window: MainWindow, editor: LimitsEditor, settled, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = window.session
    count = len(session.case.anatomy.hemispheres["rh"].pial_mm)
    file = tmp_path / "rh.parcels.annot"
    labels = np.zeros(count, dtype=np.int32)
    labels[20:30] = 1
    colours = np.array([[1, 2, 3, 0, 0], [4, 5, 6, 0, 0], [7, 8, 9, 0, 0]])
    write_annot(file, labels, colours, ["rest", "cuneus", "nowhere"], fill_ctab=True)
    offered: list[list[str]] = []

    def choose(parent, title, label, names, *rest) -> tuple[str, bool]:
        offered.append(list(names))
        return "cuneus", True

    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *args: (str(file), ""))
    monkeypatch.setattr(QInputDialog, "getItem", choose)
    assert editor.forbidden.list.item(0).text() == "None: not limited"
    assert editor.windows.list.item(0).text() == "None: the way in is not checked"
    for part in (editor.forbidden, editor.windows):  # what Qt writes in what is disabled has too little contrast
        assert part.list.item(0).foreground().color().name() == theme.MUTED
    editor.ensureWidgetVisible(editor.forbidden.forbid)
    qtbot.mouseClick(editor.forbidden.forbid, LEFT)
    settled()
    assert offered == [["cuneus", "rest"]]
    assert [region.vertices for region in session.plan.limits.regions] == [tuple(range(20, 30))]
    assert editor.forbidden.list.item(0).text() == "cuneus · rh · 10 vertices"
    assert not editor.forbidden.allow.isEnabled()
    qtbot.mouseClick(
        editor.forbidden.list.viewport(),
        LEFT,
        pos=editor.forbidden.list.visualItemRect(editor.forbidden.list.item(0)).center(),
    )
    qtbot.mouseClick(editor.forbidden.allow, LEFT)
    assert session.plan.limits.regions == ()
    assert editor.forbidden.list.item(0).text() == "None: not limited"
    assert not editor.forbidden.allow.isEnabled()


def test_nothing_can_be_set_while_the_plan_may_not_be_edited(
    window: MainWindow, editor: LimitsEditor, plan: Plan
) -> None:
    window.session.open(window.session.case, plan, read_only="its anatomy has changed")
    assert not any(spin.isEnabled() for spin in editor.spins.values())
    assert not editor.forbidden.forbid.isEnabled()
    assert not editor.profile.isEnabled()


def test_what_limits_nothing_is_said(plan: Plan) -> None:
    bare = replace(plan, case=replace(plan.case, vessels=()))
    assert state_words(bare)["clearance_mm"] == "not checked: no vessels"
    assert state_words(replace(plan, limits=replace(plan.limits, array_clearance_mm=1.0)))["array_clearance_mm"] == (
        "not used: no array"
    )
    assert state_words(replace(plan, limits=replace(plan.limits, max_depth_mm=80.0)))["max_depth_mm"] == (
        f"device: {plan.device.max_depth_mm:g} mm"
    )
    assert "angle 60°" in profile_words(load_profile("cautious"))
