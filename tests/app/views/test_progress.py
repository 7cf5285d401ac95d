from __future__ import annotations

from threading import Event, Thread
from time import sleep

import pytest
from PySide6.QtCore import Qt

from app import files
from app.tasks import Job, Worker
from app.views.progress import left_words
from app.window import MainWindow


def test_time_left_is_what_the_rest_takes_at_the_pace_so_far(monkeypatch: pytest.MonkeyPatch) -> None:
    now = [100.0]
    monkeypatch.setattr("app.tasks.perf_counter", lambda: now[0])
    job = Job("Long", "", lambda items: None, lambda job: None)
    assert job.left_s is None
    job.progress(0, 10)
    assert job.left_s is None
    now[0] = 108.0
    job.progress(4, 10)
    assert job.left_s == pytest.approx(8.0 / 4 * 6)
    job.progress(1, 50)  # something else is counted now
    now[0] = 109.0
    assert job.left_s == pytest.approx(1.0 / 1 * 49)
    assert job.far == (1, 50)


def test_a_rest_does_not_count_as_pace(monkeypatch: pytest.MonkeyPatch) -> None:
    now, said = [100.0], Event()
    monkeypatch.setattr("app.tasks.perf_counter", lambda: now[0])
    job = Job("Run", "", lambda items: None, lambda job: said.set())
    job.progress(0, 10)
    now[0] = 104.0
    job.progress(2, 10)
    job.pause()
    worker = Thread(target=job.report, args=("a step",))
    worker.start()
    assert said.wait(5)
    sleep(0.05)  # until it waits
    now[0] = 204.0
    job.resume()
    worker.join(5)
    assert job.left_s == pytest.approx(4.0 / 2 * 8)


def test_what_is_done_is_said_though_the_window_is_narrow(qtbot, window: MainWindow, settled) -> None:
    settled()
    window.resize(1280, 800)
    go = Event()
    window.session.worker.submit("Verifying", lambda job: go.wait(10), lambda _: None)
    qtbot.waitUntil(window.status.progress.isVisible)
    assert window.status.currentMessage() == "Verifying…"
    right = min(w.x() for w in window.status._standing if w.isVisible() and w.width())
    assert right > window.status.fontMetrics().horizontalAdvance("Verifying…")
    go.set()
    settled()
    assert window.status.pick.isVisible()


def test_a_time_is_said_roughly() -> None:
    assert [left_words(s) for s in (None, 0.2, 59.0, 61.0, 600.0)] == [
        "",
        "about 1 s left",
        "about 59 s left",
        "about 1 min left",
        "about 10 min left",
    ]


def test_long_work_shows_how_far_it_is_and_can_be_cancelled(qtbot, window: MainWindow, settled) -> None:
    strip, session, ended, heard = window.status.progress, window.session, Event(), []
    settled()
    assert not strip.isVisible()

    def work(job: Job) -> None:
        try:
            while True:
                job.progress(3, 12)
                sleep(0.01)
        finally:
            ended.set()

    session.worker.submit("Counting sheep", work, heard.append)
    qtbot.waitUntil(strip.isVisible)
    assert (strip.bar.done, strip.bar.of) == (3, 12)
    assert "left" in strip.left.text()
    qtbot.mouseClick(strip.cancel, Qt.MouseButton.LeftButton)
    assert ended.wait(5)
    settled()
    qtbot.waitUntil(lambda: not strip.isVisible())
    assert heard == []
    assert "Cancelled: Counting sheep" in window.status.currentMessage()


def test_what_takes_no_time_shows_no_bar(qtbot, window: MainWindow, settled) -> None:
    settled()
    window.session.worker.submit("Quick", lambda job: None, lambda _: None)
    for _ in range(20):
        qtbot.wait(10)
        assert not window.status.progress.isVisible()


def test_a_cancelled_job_that_waits_never_runs(qtbot) -> None:
    worker, go, ran = Worker(), Event(), []
    first = worker.submit("First", lambda job: go.wait(5), lambda _: None)
    second = worker.submit("Second", lambda job: ran.append(2), lambda _: None)
    assert worker.current is first
    worker.cancel(second)
    go.set()
    qtbot.waitUntil(lambda: not worker.busy)
    assert ran == []
    worker.shutdown()


def test_an_optimisation_is_not_cancelled_from_here(window: MainWindow) -> None:
    job = Job("Optimising", "", lambda items: None, lambda job: None)
    window.session.job = job
    files.cancel(window.session, job)
    assert not job.cancelled
    window.session.job = None
