"""Another look comes with a start of the program: now, with the plan as it is, or the next time."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QApplication, QMessageBox

from app import files, relaunch, theme
from app.case import Case
from app.keeping import left_behind, taken_over
from app.session import Run, Session
from app.window import MainWindow
from planner.errors import PlannerError
from planner.plan.files import save_plan


class Asked:
    """Answers the question, and keeps what it said."""

    def __init__(self, answer: QMessageBox.StandardButton) -> None:
        self.answer, self.said = answer, ""

    def __call__(self, box: QMessageBox) -> int:
        self.said = f"{box.text()} {box.informativeText()}"
        return int(self.answer)


def answer(monkeypatch: pytest.MonkeyPatch, kind: QMessageBox.StandardButton) -> Asked:
    asked = Asked(kind)
    monkeypatch.setattr(QMessageBox, "exec", lambda box: asked(box))
    return asked


def test_a_theme_is_put_off_to_the_next_start_where_that_is_wished(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = answer(monkeypatch, QMessageBox.StandardButton.Cancel)
    dark, light, _ = window.commands.view.themes.actions()
    assert dark.isChecked()
    light.trigger()
    assert "The plan is kept as it is, saved or not; its undo history ends." in asked.said
    assert window.settings.theme == "light"
    assert "next start" in window.status.currentMessage()
    assert window.isVisible()
    assert window.relaunch is None
    asked.said = ""
    dark.trigger()  # which is the one in use
    assert asked.said == ""
    assert window.settings.theme == "dark"


@pytest.mark.parametrize("saved", [True, False])
def test_starting_again_closes_without_a_question_and_hands_the_plan_over(
    qtbot, window: MainWindow, case: Case, tmp_path: Path, saved: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    session, file = window.session, tmp_path / "mine.json"
    save_plan(session.plan, file)
    session.saved(session.plan, file)
    if not saved:
        session.edit("Seed", replace(session.plan, seed=77))
    plan = session.plan
    answer(monkeypatch, QMessageBox.StandardButton.Yes)
    window.commands.view.themes.actions()[1].trigger()
    assert not window.isVisible()
    option, folder = window.relaunch
    assert option == "--take-over"
    left = taken_over(Path(folder))
    assert (left.plan, left.path, left.saved) == (plan, file, saved)
    assert left_behind() == ()  # nobody else is offered it
    monkeypatch.setattr(files, "load_case", lambda request, progress: case)
    follower = Session(type(session.worker)())
    other = MainWindow(follower)
    files.recover(follower, left, other.keeper)
    qtbot.waitUntil(lambda: follower.plan is not None, timeout=10_000)
    assert follower.plan == plan
    assert follower.path == file
    assert follower.modified != saved
    qtbot.waitUntil(lambda: not Path(folder).exists(), timeout=10_000)  # it is kept by the new one, where it need be
    follower.worker.shutdown()
    other.keeper.end()
    other.brain.close_scene()
    other.deleteLater()


def test_nothing_starts_again_over_an_undecided_optimisation(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    session = window.session
    session.set_run(Run(session.plan, replace(session.plan, seed=7), state="ended"))
    said: list[str] = []
    session.refused.connect(said.append)
    answer(monkeypatch, QMessageBox.StandardButton.Yes)
    window.commands.view.themes.actions()[1].trigger()
    assert window.isVisible()
    assert window.relaunch is None
    assert "accept, discard or cancel it first" in said[0]


def test_a_packed_program_starts_itself_and_others_python(monkeypatch: pytest.MonkeyPatch) -> None:
    assert relaunch.command(["x.json"]) == [sys.executable, "-m", "app", "x.json"]
    monkeypatch.setattr(sys, "frozen", True, raising=False)
    assert relaunch.command(["x.json"]) == [sys.executable, "x.json"]


@pytest.mark.parametrize(
    ("scheme", "look"),
    [(Qt.ColorScheme.Light, "light"), (Qt.ColorScheme.Dark, "dark"), (Qt.ColorScheme.Unknown, "dark")],
)
def test_the_systems_theme_is_followed_and_dark_where_it_does_not_say(qtbot, scheme: Qt.ColorScheme, look: str) -> None:
    class Hints:
        def colorScheme(self) -> Qt.ColorScheme:
            return scheme

    class Application:
        def styleHints(self) -> Hints:
            return Hints()

    assert theme.look_of("system", Application()) == look
    assert theme.look_of("light", QApplication.instance()) == "light"


def test_the_window_stays_and_says_why_where_the_plan_cannot_be_handed_over(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shown: list[BaseException] = []
    monkeypatch.setattr(MainWindow, "show_error", lambda window, error: shown.append(error))
    (tmp_path / "file").write_text("no folder")
    window.keeper.folder = tmp_path / "file" / "1-abc"
    window.desk.restart()
    assert isinstance(shown[0], PlannerError)
    assert window.isVisible()
    assert window.relaunch is None
