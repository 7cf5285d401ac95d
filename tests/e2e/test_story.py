"""From a new case through a crash to an export: a planner's day, by mouse and keys, in the real program."""

from __future__ import annotations

import csv
import json
import os
import signal
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from app.keeping import WAIT_MS
from app.places import state_folder
from app.views.recovery_dialog import RecoveryDialog
from app.window import MainWindow
from planner.plan.files import load_plan
from tests.e2e.hand import CONTROL, Hand
from tests.e2e.stage import begin_child, places

pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


@dataclass(frozen=True)
class Killed:
    """What a killed program has left, and what it had said of it."""

    folder: Path
    file: Path
    threads: list[str]
    unlocked: str


@pytest.fixture(scope="module")
def killed(qapp: object, tmp_path_factory: pytest.TempPathFactory) -> Killed:
    """The story's first part, from the wizard to unsaved work, in a program that is then killed."""
    folder = tmp_path_factory.mktemp("story")
    file = folder / "plan.json"
    program = begin_child("tests.e2e.story:work", "demo", file, folder=folder)
    try:
        line = program.stdout.readline()
    finally:
        os.kill(program.pid, signal.SIGKILL)
        program.wait()
        program.stdout.close()
    assert line, "the program ended by itself: its traceback is above"
    return Killed(folder, file, **json.loads(line))


@pytest.fixture(autouse=True)
def where_it_was(own_places: None, killed: Killed, monkeypatch: pytest.MonkeyPatch) -> None:
    """The next starts find the settings and the kept plans of the one that was killed."""
    for name, place in places(killed.folder).items():
        monkeypatch.setenv(name, place)


def test_work_up_to_the_kill_is_recovered_though_it_was_not_saved(boot: Callable[..., int], killed: Killed) -> None:
    saved = load_plan(killed.file)

    def drive(window: MainWindow) -> None:
        hand, session = Hand(window), window.session
        dialog = hand.dialog(RecoveryDialog)  # and no notice: it was answered before the crash
        hand.click(dialog.recover)
        hand.until(lambda: bool(session.plan and session.plan.threads), "the plan recovered", 120)
        hand.loaded()
        assert [thread.name for thread in session.plan.threads] == killed.threads
        assert [thread.name for thread in session.plan.threads if not thread.locked] == [killed.unlocked]
        assert session.plan != saved
        assert session.path == killed.file
        assert window.isWindowModified()
        hand.rest()
        assert session.preview.percepts.max() > 0.2
        hand.until(
            lambda: list((state_folder() / "sessions").iterdir()) == [window.keeper.folder], seconds=10 * WAIT_MS
        )
        hand.key(Qt.Key.Key_S, CONTROL)
        assert load_plan(killed.file) == session.plan
        assert not window.isWindowModified()

    assert boot(drive) == 0
    assert list((state_folder() / "sessions").iterdir()) == []


def test_the_plan_is_reopened_from_the_recent_ones_and_exported(
    boot: Callable[..., int], killed: Killed, tmp_path: Path
) -> None:
    out = tmp_path / "out"
    out.mkdir()

    def drive(window: MainWindow) -> None:
        hand, session = Hand(window), window.session
        hand.loaded()
        hand.choose("File", "Open recent", killed.file.name)
        hand.until(lambda: session.path == killed.file, "the plan opened", 60)
        hand.rest()
        assert session.plan == load_plan(killed.file)
        assert session.read_only == ""
        assert session.preview.percepts.max() > 0.2
        with hand.answering(lambda dialog: hand.give(dialog, out)):
            hand.choose("File", "Export", "Contacts as CSV…")
        hand.until(lambda: list(out.glob("*.csv")), "the export", 120)
        hand.rest()
        (file,) = out.glob("*.csv")
        with file.open(encoding="utf-8") as lines:
            rows = list(csv.DictReader(line for line in lines if not line.startswith("#")))
        assert len(rows) == len(session.plan.implant.contacts_mm())
        assert {row["thread"] for row in rows} == set(killed.threads)

    assert boot(drive) == 0
