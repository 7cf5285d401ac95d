"""Boots the real program and drives it from inside its own event loop."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QEvent, QTimer
from PySide6.QtWidgets import QApplication

from app.__main__ import main
from app.places import STATE_VARIABLE
from app.settings import Settings
from app.window import MainWindow
from planner.assets import CONFIG_VARIABLE

Drive = Callable[[MainWindow], None]


@pytest.fixture(autouse=True)
def own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test finds or leaves anything among the user's settings and kept plans; the notice was seen before."""
    monkeypatch.setenv(CONFIG_VARIABLE, str(tmp_path / "config"))
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path / "state"))
    settings = Settings()
    settings.notice_seen = True
    settings.sync()


@pytest.fixture
def boot(qtbot) -> Callable[..., int]:
    """``boot(drive, *arguments)``: run `main` with a driver that gets the window; what it raises is raised here."""

    def run(drive: Drive, *arguments: str) -> int:
        failures: list[BaseException] = []

        def begin() -> None:
            window = next(w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow) and w.isVisible())
            try:
                drive(window)
            except BaseException as error:  # noqa: BLE001 - whatever the driver says belongs to the test, not to Qt
                failures.append(error)
            finally:
                if window.isVisible():
                    window.session.end_run()
                    window.session.saved(window.session.plan, window.session.path)
                    window.close()
                QTimer.singleShot(0, QApplication.quit)

        QTimer.singleShot(0, lambda: _when_shown(begin))
        code = main(list(arguments))
        for window in QApplication.topLevelWidgets():
            if isinstance(window, MainWindow):
                window.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        if failures:
            raise failures[0]
        return code

    return run


def _when_shown(begin: Callable[[], None]) -> None:
    shown = [w for w in QApplication.topLevelWidgets() if isinstance(w, MainWindow) and w.isVisible()]
    QTimer.singleShot(20, begin if shown else lambda: _when_shown(begin))
