"""The program as the tests of this folder boot it."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.settings import Settings
from tests.e2e.stage import perform, places


@pytest.fixture(autouse=True)
def own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test finds or leaves anything among the user's settings and kept plans; the notice was seen before."""
    for name, place in places(tmp_path).items():
        monkeypatch.setenv(name, place)
    remember_notice()


def remember_notice() -> None:
    """The settings of whoever has seen the notice, where the environment says that settings lie."""
    settings = Settings()
    settings.notice_seen = True
    settings.sync()


@pytest.fixture
def boot(qtbot: object) -> Callable[..., int]:  # which makes the application
    """``boot(drive, *arguments)``: run `main` with a driver that gets the window; what it raises is raised here."""
    return perform
