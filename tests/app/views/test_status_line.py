"""What is said in the status bar is there long enough to be read."""

from __future__ import annotations

import pytest

from app.window import MainWindow

SAID, REFUSED, DOING = "Read a (vein) from a.swc", "T01 is locked", "Computing what is seen"


def test_what_was_said_last_comes_back_where_work_takes_its_place_for_a_moment(window: MainWindow) -> None:
    session, status = window.session, window.status
    for say, text in ((session.said, SAID), (session.refused, REFUSED), (session.said, SAID)):
        say.emit(text)
        session.worker.busy_changed.emit(DOING)
        assert status.currentMessage() == f"{DOING}…"
        session.worker.busy_changed.emit("")
        assert status.currentMessage() == text
        assert bool(status.styleSheet()) == (text == REFUSED)  # in the colour of a warning


def test_what_is_said_during_work_stays_when_it_ends(window: MainWindow) -> None:
    window.session.worker.busy_changed.emit(DOING)
    window.session.said.emit(SAID)
    window.session.worker.busy_changed.emit("")
    assert window.status.currentMessage() == SAID


def test_what_was_said_long_before_does_not_come_back(
    qtbot, window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.views.status_line.SAID_MS", 1)
    window.session.said.emit(SAID)
    window.session.worker.busy_changed.emit(DOING)
    qtbot.wait(20)
    window.session.worker.busy_changed.emit("")
    assert window.status.currentMessage() == ""
