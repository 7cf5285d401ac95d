"""The real program is killed in the middle of work; the next start brings the work back."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from app.keeping import WAIT_MS
from app.places import state_folder
from app.views.recovery_dialog import RecoveryDialog
from app.window import MainWindow

pytestmark = pytest.mark.slow

PROGRAM = """
import sys
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication
from app import actions
from app.__main__ import main

def kept(window):
    records = sorted(window.keeper.folder.glob("*/record.json"))
    return bool(records) and '"T01"' in records[-1].with_name("plan.json").read_text()

def work():
    window = next((w for w in QApplication.topLevelWidgets() if w.inherits("QMainWindow")), None)
    session = window and window.session
    if session and session.plan and not session.worker.busy:
        if session.plan.limits.threads != 3:
            actions.set_budget(session, 3)
            actions.cover(session)
        elif session.plan.threads and kept(window):
            print(*(t.name for t in session.plan.threads), flush=True)
            return
    QTimer.singleShot(50, work)

QTimer.singleShot(0, work)
main(["demo"])
"""


def test_work_survives_a_kill(qtbot, boot: Callable[..., int], tmp_path: Path) -> None:
    program = subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True)
    try:
        names = program.stdout.readline().split()
    finally:
        os.kill(program.pid, signal.SIGKILL)
        program.wait()
        program.stdout.close()
    assert len(names) == 3

    def drive(window: MainWindow) -> None:
        (dialog,) = window.findChildren(RecoveryDialog)
        assert dialog.table.topLevelItem(0).text(2) == "3"
        qtbot.mouseClick(dialog.recover, Qt.MouseButton.LeftButton)
        qtbot.waitUntil(lambda: bool(window.session.plan and window.session.plan.threads), timeout=60_000)
        assert [thread.name for thread in window.session.plan.threads] == names
        assert window.isWindowModified()
        own = window.keeper.folder
        qtbot.waitUntil(lambda: list((state_folder() / "sessions").iterdir()) == [own], timeout=10 * WAIT_MS)

    assert boot(drive) == 0
    assert list((state_folder() / "sessions").iterdir()) == []  # an orderly end leaves nothing
