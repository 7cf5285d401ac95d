"""Commands on the selected threads, by key and menu, under a real display."""

from __future__ import annotations

import pytest
from PySide6.QtCore import Qt

from app import dialogs
from app.settings import Settings
from app.window import MainWindow

CTRL = Qt.KeyboardModifier.ControlModifier


def test_u_sets_the_selected_threads_aside_and_uses_them_again(qtbot, window: MainWindow) -> None:
    session = window.session
    names = [thread.name for thread in session.plan.threads[:2]]
    session.select(names[0], names)
    qtbot.keyClick(window, Qt.Key.Key_U)
    assert [thread.name for thread in session.plan.aside] == names
    assert session.selected == set(names)
    assert not window.commands.edit.duplicate.isEnabled()
    qtbot.keyClick(window, Qt.Key.Key_U)
    assert session.plan.aside == ()
    assert window.commands.edit.duplicate.isEnabled()


def test_threads_are_grouped_by_a_name_and_the_menu_selects_a_group(
    qtbot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, commands = window.session, window.commands.threads
    names = [thread.name for thread in session.plan.threads[:3]]
    assert not commands.groups.isEnabled()
    session.select(names[0], names)
    asked: list[tuple[object, ...]] = []

    def ask_group(*question: object) -> str:
        asked.append(question[1:])
        return "Left & low"

    monkeypatch.setattr(dialogs, "ask_group", ask_group)
    qtbot.keyClick(window, Qt.Key.Key_G, CTRL)
    assert asked == [([], "", 3)]
    assert [thread.group for thread in session.plan.threads[:4]] == ["Left & low"] * 3 + [""]
    session.select("")
    commands.groups.aboutToShow.emit()
    (entry,) = commands.groups.actions()
    entry.trigger()
    assert session.selected == set(names)
    commands.ungroup.trigger()
    assert not commands.groups.isEnabled()


def test_a_cancelled_question_changes_nothing(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    plan = window.session.plan
    window.session.select(plan.threads[0].name)
    monkeypatch.setattr(dialogs, "ask_group", lambda *question: None)
    window.commands.threads.group.trigger()
    assert window.session.plan is plan


def test_snapping_is_kept_and_columns_are_chosen_from_the_menu_too(window: MainWindow) -> None:
    snap = window.commands.threads.snap
    assert not snap.isChecked()
    snap.trigger()
    assert Settings().snap
    view = next(action.menu() for action in window.menuBar().actions() if action.text() == "&View")
    columns = next(action.menu() for action in view.actions() if action.text() == "&Columns of the table")
    assert columns.actions() == window.threads.column_actions


def test_a_right_click_in_the_table_offers_what_is_done_to_threads(window: MainWindow) -> None:
    edit, threads = window.commands.edit, window.commands.threads
    offered = window.threads.actions()
    assert window.threads.contextMenuPolicy() == Qt.ContextMenuPolicy.ActionsContextMenu
    assert {edit.lock, threads.use, threads.centre, threads.group, threads.groups.menuAction()} <= set(offered)
