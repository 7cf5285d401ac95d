from __future__ import annotations

import shlex
import threading
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QAbstractSpinBox, QApplication, QDialog, QFileDialog, QMessageBox, QTextBrowser

from app import actions, aims, dialogs, editing, files, optimising, theme
from app.session import Run
from app.window import MainWindow, opening_size
from planner.assets import ASSETS
from planner.design.limits import Verdict, Violation
from planner.implant.catalogue import load_device
from planner.plan.files import load_plan

CONTROL = Qt.KeyboardModifier.ControlModifier


def answer(monkeypatch: pytest.MonkeyPatch, button: QMessageBox.StandardButton) -> list[str]:
    asked: list[str] = []

    def ask(parent: object, name: str, changed: bool, snapshots: int) -> QMessageBox.StandardButton:
        asked.append(name)
        return button

    monkeypatch.setattr(dialogs, "ask_to_save", ask)
    return asked


def test_the_split_of_the_docks_stays_whatever_is_shown(qtbot, window: MainWindow) -> None:
    session, heights = window.session, set()
    window.resize(1600, 1000)
    for show in (
        lambda: window.tabs.setCurrentWidget(window.checks),
        lambda: window.tabs.setCurrentWidget(window.optimiser),
        lambda: session.set_run(Run(session.plan, session.plan, losses=(1.0, 0.9, 0.8), at=(0, 1, 2))),
        lambda: session.set_run(
            Run(session.plan, session.plan, session.plan, (1.0, 0.9), (0, 1), state="ended", message="Done")
        ),
    ):
        show()
        qtbot.wait(50)
        heights.add(window.tabs.height())
    assert len(heights) == 1


def test_it_fits_a_small_screen(qtbot, window: MainWindow) -> None:
    assert window.minimumSizeHint().width() <= 1280
    assert window.minimumSizeHint().height() <= 800
    brain, (shown,) = window.brain.plotter, [p.view for p in window.slices.panes.values() if p.isVisible()]
    assert brain.width() > 450  # beside a slice, until the user wants more panes
    assert brain.height() > 350
    assert shown.width() > 280
    assert shown.height() > 350
    window.slices.choose("3D")
    qtbot.wait(20)
    assert brain.width() > 600
    window.resize(1440, 900)
    window.slices.choose("four-up")
    qtbot.wait(20)
    assert min(p.view.width() for p in window.slices.panes.values()) > 350
    assert min(p.view.height() for p in window.slices.panes.values()) > 150


def test_four_panes_are_shown_where_there_is_room_for_them(qtbot, window: MainWindow) -> None:
    window.resize(1440, 900)
    qtbot.wait(50)
    assert all(pane.isVisible() for pane in window.slices.panes.values())
    window.resize(1280, 800)
    qtbot.wait(50)
    assert sum(pane.isVisible() for pane in window.slices.panes.values()) == 1


def test_saving_asks_for_a_file_once_and_then_never(
    qtbot, window: MainWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[int] = []

    def choose(*args: object) -> Path:
        asked.append(1)
        return tmp_path / "mine.json"

    monkeypatch.setattr(dialogs, "choose_plan_file", choose)
    for clearance in (0.5, 0.6):
        aims.set_limit(window.session, "clearance_mm", clearance)
        assert window.isWindowModified()
        qtbot.keyClick(window, Qt.Key.Key_S, CONTROL)
        assert not window.isWindowModified()
    assert asked == [1]
    assert (tmp_path / "mine.json").is_file()
    assert "mine.json" in window.windowTitle()


def test_a_place_that_cannot_be_written_is_said_calmly_and_nothing_is_lost(
    qtbot, window: MainWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "file").write_text("in the way")
    monkeypatch.setattr(dialogs, "choose_plan_file", lambda *args: tmp_path / "file" / "plan.json")
    aims.set_limit(window.session, "clearance_mm", 0.5)
    window.commands.file.save.trigger()
    (box,) = [w for w in window.findChildren(QMessageBox) if w.isVisible()]
    box.accept()
    assert window.isWindowModified()


@pytest.mark.parametrize(
    ("button", "closes"), [(QMessageBox.StandardButton.Cancel, False), (QMessageBox.StandardButton.Discard, True)]
)
def test_closing_with_unsaved_changes_asks(
    qtbot, window: MainWindow, monkeypatch: pytest.MonkeyPatch, button: QMessageBox.StandardButton, closes: bool
) -> None:
    asked = answer(monkeypatch, button)
    aims.set_limit(window.session, "clearance_mm", 0.5)
    window.close()
    assert len(asked) == 1
    assert window.isVisible() is not closes


def decide(monkeypatch: pytest.MonkeyPatch, button: QMessageBox.StandardButton) -> list[bool]:
    asked: list[bool] = []

    def ask(parent: object, ended: bool) -> QMessageBox.StandardButton:
        asked.append(ended)
        return button

    monkeypatch.setattr(dialogs, "ask_about_run", ask)
    return asked


def run_to_its_end(qtbot, window: MainWindow) -> None:
    window.optimiser.steps.setValue(2)
    window.optimiser.begin.setCurrentIndex(1)
    window.optimiser.start.click()
    qtbot.waitUntil(lambda: window.session.run.state == "ended", timeout=60_000)


def test_an_undecided_result_is_asked_about_before_closing_and_can_be_accepted_and_saved(
    qtbot, window: MainWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    files.save(window.session, tmp_path / "plan.json")
    run_to_its_end(qtbot, window)
    asked = decide(monkeypatch, QMessageBox.StandardButton.Cancel)
    window.close()
    assert asked == [True]
    assert window.isVisible()
    result = window.session.run.candidate
    decide(monkeypatch, QMessageBox.StandardButton.Save)
    window.close()
    assert not window.isVisible()
    assert load_plan(tmp_path / "plan.json") == result


def test_an_undecided_result_cannot_be_passed_over_by_saving_the_former_plan(
    qtbot, window: MainWindow, tmp_path: Path
) -> None:
    files.save(window.session, tmp_path / "plan.json")
    written = (tmp_path / "plan.json").stat().st_mtime_ns
    run_to_its_end(qtbot, window)
    qtbot.keyClick(window, Qt.Key.Key_S, CONTROL)
    assert (tmp_path / "plan.json").stat().st_mtime_ns == written
    assert "accept or discard" in window.statusBar().currentMessage()
    assert "Accept or discard" in window.commands.file.save.toolTip()
    optimising.discard(window.session)
    assert window.commands.file.save.isEnabled()


def test_another_plan_is_opened_during_a_run_only_when_that_may_be_lost(
    qtbot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[int] = []
    run_to_its_end(qtbot, window)
    decide(monkeypatch, QMessageBox.StandardButton.Cancel)
    window.desk.after_saving(lambda: opened.append(1))
    assert (opened, window.session.run is None) == ([], False)
    decide(monkeypatch, QMessageBox.StandardButton.Discard)
    window.desk.after_saving(lambda: opened.append(1))
    assert opened == [1]


@pytest.mark.parametrize("state", ["running", "ended"])
def test_a_file_that_cannot_be_read_costs_no_run_and_a_good_one_ends_it(
    qtbot, window: MainWindow, monkeypatch: pytest.MonkeyPatch, tmp_path: Path, state: str
) -> None:
    session = window.session
    files.save(session, tmp_path / "good.json")
    (tmp_path / "bad.json").write_text("{")
    window.optimiser.steps.setValue(5000 if state == "running" else 2)
    window.optimiser.begin.setCurrentIndex(1)
    window.optimiser.start.click()
    qtbot.waitUntil(lambda: session.run.step > 0 and session.run.state == state, timeout=60_000)
    decide(monkeypatch, QMessageBox.StandardButton.Discard)
    for name in ("bad.json", "good.json"):
        monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *args, name=name: (str(tmp_path / name), ""))
        window.desk.choose_plan()
        assert not window.optimiser.outcome.accept.isEnabled()
        qtbot.waitUntil(lambda: session.loading is None, timeout=20_000)
        assert (session.run is None) == (name == "good.json")
    (box,) = [w for w in window.findChildren(QMessageBox) if w.isVisible()]
    assert "bad.json" in box.text()
    box.accept()


def test_files_of_an_export_that_has_folders_of_its_own_arrive_in_them(
    window: MainWindow, settled, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *args: str(tmp_path))
    window.commands.file.exports["bids"].trigger()
    settled()
    (table,) = tmp_path.rglob("*_electrodes.tsv")
    assert table.relative_to(tmp_path).parts[:2] == ("derivatives", "calcarine")


def test_dialogs_begin_where_files_were_last_chosen(
    window: MainWindow, settled, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    began: list[str] = []

    def choose(parent: object, title: str, folder: str) -> str:
        began.append(folder)
        return str(tmp_path)

    monkeypatch.setattr(QFileDialog, "getExistingDirectory", choose)
    for _ in range(2):
        window.commands.file.exports["csv"].trigger()
        settled()
        monkeypatch.setattr(dialogs, "ask_to_replace", lambda *args: True)
    assert began[0] != began[1] == str(tmp_path)


def test_nothing_can_be_changed_while_another_plan_is_loading(
    qtbot, window: MainWindow, settled, tmp_path: Path
) -> None:
    session, commands = window.session, window.commands
    files.save(session, tmp_path / "plan.json")
    files.open_plan(session, tmp_path / "plan.json")
    aims.set_limit(session, "clearance_mm", 1.0)
    assert session.plan.limits.clearance_mm != 1.0
    edit, planned = commands.edit, commands.plan
    offered = (edit.add, planned.cover, planned.optimise, planned.verify, edit.undo)
    assert not any(action.isEnabled() for action in offered)
    assert not window.optimiser.start.isEnabled()
    assert not window.threads.threads.editable
    assert not window.brain.tools.movable
    settled()
    assert commands.plan.optimise.isEnabled()
    assert window.optimiser.start.isEnabled()


def test_what_was_being_done_is_not_said_once_it_is_done(qtbot, window: MainWindow, settled) -> None:
    window.statusBar().clearMessage()
    window.session.worker.submit(
        "Loading",
        lambda job: job.report("Preparing the drawing"),
        lambda _: None,
        reported=lambda items: window.session.doing.emit(items[-1]),
    )
    settled()
    assert window.statusBar().currentMessage() == ""


def test_closing_during_an_optimisation_is_clean(qtbot, window: MainWindow, monkeypatch) -> None:
    asked = decide(monkeypatch, QMessageBox.StandardButton.Discard)
    window.optimiser.steps.setValue(5000)
    window.optimiser.begin.setCurrentIndex(1)
    window.optimiser.start.click()
    qtbot.waitUntil(lambda: window.session.run.step > 1, timeout=60_000)
    window.close()
    assert asked == [False]
    assert not window.isVisible()
    assert not [t for t in threading.enumerate() if t.name.startswith("calcarine")]
    qtbot.wait(50)


def test_it_fits_a_small_screen_with_a_result_to_decide_on(qtbot, window: MainWindow) -> None:
    session = window.session
    session.set_run(Run(session.plan, session.plan, session.plan, state="ended", message="Stopped. " * 12))
    qtbot.wait(50)
    assert window.height() <= 800
    assert window.minimumSizeHint().height() <= 800
    assert window.minimumSizeHint().width() <= 1280


def test_it_fits_a_small_screen_below_the_strip_that_says_read_only(qtbot, window: MainWindow) -> None:
    window.session.forbid("lh.pial is not the file that the plan was made on")
    qtbot.wait(50)
    assert window.banner.isVisible()
    assert window.minimumSizeHint().height() <= 800
    assert window.height() <= 800


def test_the_verdict_in_the_status_bar_is_of_what_is_on_screen(window: MainWindow) -> None:
    session = window.session
    session.attest(replace(session.plan, measures={}, verdict=Verdict(True, {}, ())))
    assert window.status.verdict.text() == "verified feasible, veins unknown"
    violation = Violation("T01", "vessel", -0.1, "too near")
    result = replace(session.plan, verdict=Verdict(False, {}, (violation,)))
    session.set_run(Run(session.plan, result, state="ended"))
    session.show(result)
    assert window.status.verdict.text() == "result: 1 violation"
    optimising.discard(session)
    assert window.status.verdict.text() == "verified feasible, veins unknown"


def test_the_device_is_named(window: MainWindow) -> None:
    assert "long-thread" in window.status.case.text()
    actions.set_device(window.session, load_device("thread"))
    assert "long-thread" not in window.status.case.text()


def test_the_menu_offers_every_device_of_the_catalogue_and_the_users_own(
    qtbot, session, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "devices").mkdir()
    utah = (ASSETS / "devices" / "utah.toml").read_text()
    (tmp_path / "devices" / "mine.toml").write_text(utah.replace("Utah array", "My array"))
    (tmp_path / "devices" / "torn.toml").write_text("contacts = ")
    monkeypatch.setenv("CALCARINE_CONFIG", str(tmp_path))
    window = MainWindow(session)
    offered = {action.data(): action for action in window.commands.plan.devices}
    assert set(offered) - {None} == {*(f.stem for f in (ASSETS / "devices").glob("*.toml")), "mine"}
    assert offered["utah"].text().startswith("Utah array")
    assert not offered[None].isEnabled()
    assert "torn" in offered[None].text()
    offered["mine"].trigger()
    assert session.plan.device.name == "mine"
    assert offered["mine"].isChecked()
    assert not offered["long-thread"].isChecked()
    window.brain.close_scene()
    window.deleteLater()


def test_esc_puts_back_a_number_that_is_typed_and_does_nothing_else(qtbot, window: MainWindow) -> None:
    session = window.session
    plan, name = session.plan, session.plan.threads[0].name
    session.select(name)
    steps = window.optimiser.steps.value()
    for tab, field in (
        (window.thread_tab, window.inspector.depth_mm),
        (window.optimiser, window.optimiser.budget),
        (window.optimiser, window.optimiser.steps),
        (window.optimiser, window.optimiser.weights["mse"]),
        (window.limits, window.limits.spins["clearance_mm"]),
    ):
        window.tabs.setCurrentWidget(tab)
        qtbot.wait(20)
        field.setFocus()
        shown = field.text()
        field.selectAll()
        qtbot.keyClicks(field, "3")
        assert field.text() != shown
        qtbot.keyClick(field, Qt.Key.Key_Escape)
        assert field.text() == shown
        assert session.selection == name
    window.tabs.setFocus()
    assert session.plan is plan
    assert window.optimiser.steps.value() == steps
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert session.selection == ""


def test_a_number_half_typed_is_none_in_any_panel(window: MainWindow) -> None:
    fields = window.findChildren(QAbstractSpinBox)
    assert len(fields) > 20
    assert not [field.toolTip() for field in fields if field.keyboardTracking()]


def test_the_list_of_keys_has_every_key(window: MainWindow) -> None:
    groups = window.commands.keys_of()
    rows = {key: what for lines in groups.values() for key, what in lines}
    offered = {a.shortcut().toString() for a in window.actions() if not a.shortcut().isEmpty()}
    assert set(rows) == offered
    assert not any("(A)" in what for what in rows.values())
    assert {"A", "Del", "L", "F1", "F5", "R", "Esc", "1", "5", "Ctrl+Z", "Ctrl+O", "Ctrl+R", "Ctrl+Q"} <= set(rows)
    assert rows["F5"] == "Check every limit exactly and measure the percept"
    assert rows["Ctrl+Z"] == "Undo"
    window.commands.help.keys.trigger()
    box = window.findChild(QDialog, "keys")
    words = box.findChild(QTextBrowser).toPlainText()
    assert "Drag an entry" in words
    for title, lines in (
        ("Phosphenes", dialogs.FIELD),
        ("Depth profile of a thread", dialogs.PROFILE),
        ("Draw what should be seen", dialogs.DRAWING),
    ):
        assert title in words
        assert all(what in words for line in lines for what in line)
    assert "Move the crosshair of all views over the cortex" in words
    assert all(key in words for key in offered)
    assert box.height() < window.height()  # the rest is scrolled to
    box.reject()


def test_export_asks_before_it_replaces_and_does_not_without_leave(
    qtbot, window: MainWindow, settled, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[list[str]] = []

    def refuse(parent: object, folder: Path, names: list[str]) -> bool:
        asked.append(names)
        return False

    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *args: str(tmp_path))
    monkeypatch.setattr(dialogs, "ask_to_replace", refuse)
    window.commands.file.exports["csv"].trigger()
    settled()
    (file,) = tmp_path.glob("*.csv")
    assert asked == []
    file.write_text("precious")
    window.commands.file.exports["csv"].trigger()
    settled()
    assert asked == [[file.name]]
    assert file.read_text() == "precious"
    monkeypatch.setattr(dialogs, "ask_to_replace", lambda *args: True)
    window.commands.file.exports["csv"].trigger()
    settled()
    assert file.read_text() != "precious"


def test_the_export_button_writes_the_format_of_the_last_time(
    window: MainWindow, settled, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    first, again = tmp_path / "first", tmp_path / "again"
    commands = window.commands.file
    assert "CSV" in commands.export_again.toolTip()
    for place, action in ((first, commands.exports["freeview"]), (again, commands.export_again)):
        place.mkdir()
        monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *args, place=place: str(place))
        action.trigger()
        settled()
    assert {file.name for file in again.iterdir()} == {file.name for file in first.iterdir()} != set()
    assert "FreeView" in commands.export_again.toolTip()
    assert window.settings.export_format == "freeview"


def test_undo_and_redo_carry_the_names_of_what_was_done(window: MainWindow) -> None:
    aims.set_limit(window.session, "clearance_mm", 0.5)
    assert "Clearance 0.5 mm" in window.commands.edit.undo.text()
    window.commands.edit.undo.trigger()
    assert "Clearance 0.5 mm" in window.commands.edit.redo.text()


def test_nothing_can_be_undone_once_the_plan_is_read_only_whatever_the_history_says(window: MainWindow) -> None:
    session, edit = window.session, window.commands.edit
    aims.set_limit(session, "clearance_mm", 0.5)
    edit.undo.trigger()
    session.forbid("lh.pial has changed")
    assert not edit.undo.isEnabled()
    assert not edit.redo.isEnabled()
    session.history.redo()  # the stack says anew what can be undone
    assert not edit.undo.isEnabled()


def test_what_cannot_be_done_is_disabled(window: MainWindow, empty_plan) -> None:
    window.session.open(window.session.case, empty_plan)
    assert not window.commands.edit.delete.isEnabled()
    assert not window.commands.plan.verify.isEnabled()
    assert not any(action.isEnabled() for action in window.commands.file.exports.values())
    assert not window.commands.file.export_again.isEnabled()
    assert window.commands.plan.optimise.isEnabled()


def test_escape_leaves_the_add_tool_then_the_selection(qtbot, window: MainWindow) -> None:
    window.session.select(window.session.plan.threads[0].name)
    window.commands.edit.add.trigger()
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not window.commands.edit.add.isChecked()
    assert window.session.selection
    qtbot.keyClick(window, Qt.Key.Key_Escape)
    assert not window.session.selection


def test_the_research_notice_is_always_in_sight(window: MainWindow) -> None:
    from PySide6.QtWidgets import QLabel

    assert "Research use only" in [label.text() for label in window.statusBar().findChildren(QLabel)]


def test_it_opens_no_larger_than_the_screen(window: MainWindow) -> None:
    assert opening_size(QSize(1920, 1080)) == QSize(1440, 900)
    small = opening_size(QSize(1280, 800))
    assert small.width() <= 1280
    assert small.height() <= 800 - 20  # the frame's
    assert window.minimumSizeHint().height() <= small.height()


def test_a_run_comes_to_the_front_as_it_begins_and_as_it_ends(window: MainWindow) -> None:
    session = window.session
    for state in ("running", "ended"):
        window.tabs.setCurrentWidget(window.checks)
        window.docks[1].hide()
        session.set_run(Run(session.plan, session.plan, state=state))
        assert window.tabs.currentWidget() is window.optimiser
        assert window.docks[1].isVisible()
    window.tabs.setCurrentWidget(window.checks)
    session.set_run(Run(session.plan, session.plan, state="ended"))
    assert window.tabs.currentWidget() is window.checks  # where one looks meanwhile is one's own affair


def test_optimising_with_everything_locked_offers_to_unlock(
    qtbot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = window.session
    actions.set_budget(session, len(session.plan.threads))
    actions.set_all_locks(session, True)
    for leave in (False, True):
        monkeypatch.setattr(dialogs, "ask_to_unlock", lambda *_, leave=leave: leave)
        window.optimiser.steps.setValue(1)
        window.optimiser.start.click()
        assert (session.run is not None) == leave
        assert all(t.locked for t in session.plan.threads) != leave


def test_what_is_refused_is_said_where_one_looks(window: MainWindow) -> None:
    session = window.session
    name = session.plan.threads[0].name
    actions.set_lock(session, name, True)
    session.select(name)
    editing.delete_selected(session)
    marks = window.brain.marks.marks
    assert "is locked" in marks.hint
    assert marks.alarm
    assert theme.WARNING in window.status.styleSheet()
    session.said.emit("Saved plan.json")
    assert theme.WARNING not in window.status.styleSheet()


def test_an_infeasible_plan_is_exported_only_with_leave_and_that_is_said(
    window: MainWindow, settled, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: list[int] = []
    aims.set_limit(window.session, "clearance_mm", 5.0)
    monkeypatch.setattr(QFileDialog, "getExistingDirectory", lambda *args: str(tmp_path))
    for leave in (False, True):
        monkeypatch.setattr(dialogs, "ask_to_export", lambda _, count, leave=leave: asked.append(count) or leave)
        window.commands.file.exports["csv"].trigger()
        settled()
        assert bool(list(tmp_path.glob("*.csv"))) == leave
    assert asked[0] == asked[1] > 0
    assert f"with {asked[0]} violation" in window.status.currentMessage()


def test_the_view_menu_has_what_the_strip_over_the_picture_has(window: MainWindow) -> None:
    bar = window.brain.bar
    (view,) = [a.menu() for a in window.menuBar().actions() if a.text() == "&View"]
    offered = [a for top in view.actions() for a in (top.menu().actions() if top.menu() else [top])]
    for group in bar.menu_actions.values():
        assert set(group) <= set(offered)
    next(a for a in offered if a.text() == "Curvature").trigger()
    assert bar.overlay == "curvature"
    next(a for a in offered if a.text() == "White").trigger()
    assert window.brain.surface == "white"
    bar.choose(overlay="polar angle")
    assert [a.text() for a in offered if a.isChecked() and a in bar.menu_actions["&Overlay"]] == ["Polar angle"]


def test_what_has_the_focus_is_seen(qtbot, window: MainWindow) -> None:
    button = window.optimiser.start
    window.brain.plotter.setFocus()
    before = button.grab().toImage()
    button.setFocus(Qt.FocusReason.TabFocusReason)
    assert button.grab().toImage() != before
    assert (
        button.grab().toImage().pixelColor(button.width() // 2, 0).lightness()
        > before.pixelColor(button.width() // 2, 0).lightness()
    )


def test_a_plan_is_copied_as_the_command_that_plans_it(window: MainWindow, settled, tmp_path: Path) -> None:
    session, copy = window.session, window.commands.file.copy
    heard: list[str] = []
    session.refused.connect(heard.append)
    QApplication.clipboard().setText("nothing")
    copy.trigger()  # threads that are nowhere but here
    assert "save the plan first" in heard[-1]
    assert QApplication.clipboard().text() == "nothing"
    files.save(session, tmp_path / "plan.json")
    settled()
    window.optimiser.steps.setValue(7)
    copy.trigger()
    words = shlex.split(QApplication.clipboard().text())
    assert words[:2] == ["calcarine", "plan"]
    assert f"--from={tmp_path / 'plan.json'}" in words
    assert "--steps=7" in words


def test_the_command_starts_where_the_panel_does(window: MainWindow, tmp_path: Path) -> None:
    session, panel, copy = window.session, window.optimiser, window.commands.file.copy
    files.save(session, tmp_path / "plan.json")
    panel.seed.setValue(5)
    panel.avoid.setChecked(False)
    for start in ("refine", "plan", "coverage"):
        panel.begin.setCurrentIndex(panel.begin.findData(start))
        copy.trigger()
        words = shlex.split(QApplication.clipboard().text())
        assert {f"--start={start}", "--seed=5", "--no-vessels"} <= set(words)
        assert any(word.startswith("--from=") for word in words) is (start != "coverage")


def test_whatever_the_status_line_says_no_view_moves(qtbot, window: MainWindow) -> None:
    before, edge = window.brain.plotter.size(), window.size()
    window.status.case.setText("a case with a very long name " * 12)
    window.status.progress.setVisible(True)
    QApplication.processEvents()
    qtbot.wait(50)
    assert window.minimumSizeHint().width() <= 1280
    assert window.size() == edge
    assert window.brain.plotter.size() == before


def test_the_history_ends_with_the_window_while_all_who_follow_it_are_there(window: MainWindow) -> None:
    session = window.session
    actions.set_budget(session, 9)
    session.saved(session.plan, Path("plan.json"))
    window.close()
    assert session.history.count() == 0
    assert not window.commands.edit.undo.isEnabled()


def test_tabs_stand_on_one_line_that_no_tab_breaks(window: MainWindow) -> None:
    for tabs in (window.tabs, window.seen):
        image = tabs.tabBar().grab().toImage()
        beyond = range(tabs.tabBar().tabRect(tabs.count() - 1).right() + 4, image.width() - 4)
        rows = [{image.pixelColor(x, y).name() for x in beyond} for y in range(image.height())]
        assert [y for y, colours in enumerate(rows) if theme.LINE in colours] == [image.height() - 1]
