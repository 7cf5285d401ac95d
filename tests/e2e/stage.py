"""Boots the real program and drives it from inside its own event loop, in this process or in one of its own."""

from __future__ import annotations

import gc
import os
import shutil
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QEvent, QThread, QTimer
from PySide6.QtWidgets import QApplication, QMainWindow

if TYPE_CHECKING:  # the theme is chosen before any view is imported
    from app.window import MainWindow

Drive = Callable[["MainWindow"], None]
ROOT = Path(__file__).resolve().parents[2]
SCREEN = "1920x1300x24"


def perform(drive: Drive, *arguments: str) -> int:
    """Run `main` with a driver that gets the window once it is shown; what the driver raises is raised here."""
    from app.__main__ import main

    failures: list[BaseException] = []

    def begin() -> None:
        window = _shown()[0]
        try:
            drive(window)
        except BaseException as error:  # noqa: BLE001 - whatever the driver says belongs to the caller, not to Qt
            failures.append(error)
        finally:
            if window.isVisible():
                window.session.end_run()
                window.session.saved(window.session.plan, window.session.path or Path("plan.json"))  # nothing is asked
                window.close()
            QTimer.singleShot(0, QApplication.quit)

    def wait() -> None:
        running = QThread.currentThread().loopLevel() > 0  # else main is still at starting up
        QTimer.singleShot(20, begin if running and _shown() else wait)

    QTimer.singleShot(0, wait)
    code = main(list(arguments))
    for window in QApplication.topLevelWidgets():
        if isinstance(window, QMainWindow):
            for owner in (window.session.worker, window.session, window):  # what is connected to them goes with them
                owner.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    gc.collect()  # here, and not while Qt connects what comes after: it would wait for a lock that its thread holds
    if failures:
        raise failures[0]
    return code


def _shown() -> list[MainWindow]:
    return [w for w in QApplication.topLevelWidgets() if isinstance(w, QMainWindow) and w.isVisible()]


def begin_child(story: str, *arguments: object, folder: Path) -> subprocess.Popen[str]:
    """Begin a story (``module:function``) in a process of its own, whose settings and kept plans lie in a folder.

    The first of the arguments is the program's, the others are the story's. As a user's would be, what is compiled of
    the program is kept.
    """
    command = [sys.executable, "-m", "tests.e2e.child", story, *map(str, arguments)]
    env = {**os.environ, **places(folder)}
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    return subprocess.Popen(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=sys.stderr, text=True)


def places(folder: Path) -> dict[str, str]:
    """The environment in which nothing of the user's is found, and nothing left there."""
    from app.places import STATE_VARIABLE
    from planner.assets import CONFIG_VARIABLE

    return {CONFIG_VARIABLE: str(folder / "config"), STATE_VARIABLE: str(folder / "state")}


def see_to_a_display() -> None:
    """Go on under Xvfb where there is no display; commands call this first."""
    if sys.platform == "linux" and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        program = shutil.which("xvfb-run")
        if program is None:
            sys.exit("There is no display, and no xvfb-run to make one: install xvfb and xauth.")
        again = [sys.executable, *sys.orig_argv[1:]]
        os.execv(program, [program, "-a", "-s", f"-screen 0 {SCREEN}", *again])
