"""Looking for threads in the table, under a real display."""

from __future__ import annotations

from PySide6.QtCore import Qt

from app import editing
from app.window import MainWindow


def shown(window: MainWindow) -> set[str]:
    return set(window.threads.names_shown())


def test_a_slash_or_ctrl_f_filters_and_esc_shows_all_again(qtbot, window: MainWindow) -> None:
    names = [thread.name for thread in window.session.plan.threads]
    window.session.select(names[0])
    window.threads.setFocus()
    qtbot.keyClicks(window.threads, "/")
    line = window.found.line
    qtbot.waitUntil(line.hasFocus)
    qtbot.keyClicks(line, names[3].lower())
    assert shown(window) == {names[3]}
    assert window.found.said.text() == f"1 of {len(names)}"
    assert window.session.selection == names[0]  # what is hidden stays as it was
    qtbot.keyClick(line, Qt.Key.Key_Escape)
    assert shown(window) == set(names)
    assert not line.isVisible()
    assert window.session.selection == names[0]
    qtbot.keyClick(window, Qt.Key.Key_F, Qt.KeyboardModifier.ControlModifier)
    qtbot.waitUntil(line.hasFocus)
    assert line.isVisible()


def test_status_side_vessel_and_group_are_looked_in(qtbot, window: MainWindow) -> None:
    session = window.session
    plan = session.plan
    session.select(plan.threads[1].name)
    editing.set_group(session, "Foveal")
    editing.set_use(session, (plan.threads[0].name,), False)
    window.found.begin()
    for words, names in [
        ("not used", {plan.threads[0].name}),
        ("fov", {plan.threads[1].name}),
        ("rh pial", {t.name for t in plan.threads[1:] if t.hemisphere == "rh"}),
        ("left", {t.name for t in plan.threads if t.hemisphere == "lh"}),
        ("no such thing", set()),
    ]:
        window.found.line.setText(words)
        qtbot.waitUntil(lambda names=names: shown(window) == names, timeout=10_000)


def test_enter_goes_on_to_what_was_found_and_select_all_selects_that(qtbot, window: MainWindow) -> None:
    left = {t.name for t in window.session.plan.threads if t.hemisphere == "lh"}
    window.commands.threads.find.trigger()
    qtbot.keyClicks(window.found.line, "left")
    qtbot.keyClick(window.found.line, Qt.Key.Key_Return)
    qtbot.waitUntil(window.threads.hasFocus)
    window.commands.edit.select_all.trigger()
    assert window.session.selected == left
    window.leave()  # Esc first ends the search, and the selection stays
    assert window.session.selected == left
    assert len(shown(window)) == len(window.session.plan.threads)
