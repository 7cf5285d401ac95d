from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator

import pytest
from PySide6.QtCore import QObject

from app.tasks import Job, Worker


@pytest.fixture
def worker(qtbot) -> Iterator[Worker]:
    worker = Worker()
    yield worker
    worker.shutdown()


def test_work_is_done_elsewhere_and_its_result_heard_here(qtbot, worker: Worker) -> None:
    here = threading.get_ident()
    heard: list[tuple[int, int]] = []
    worker.submit("", lambda job: threading.get_ident(), lambda there: heard.append((there, threading.get_ident())))
    qtbot.waitUntil(lambda: bool(heard))
    assert heard[0][0] != here
    assert heard[0][1] == here


def test_everything_reported_is_heard_in_order_before_the_result(qtbot, worker: Worker) -> None:
    heard: list[object] = []

    def count(job: Job) -> str:
        for number in range(500):
            job.report(number)
        return "end"

    worker.submit("", count, heard.append, reported=heard.extend)
    qtbot.waitUntil(lambda: heard[-1:] == ["end"])
    assert heard == [*range(500), "end"]


def test_reports_arrive_together_when_the_window_is_busy(qtbot, worker: Worker) -> None:
    batches: list[int] = []
    done: list[object] = []

    def count(job: Job) -> None:
        for number in range(100):
            job.report(number)

    worker.submit("", count, done.append, reported=lambda items: batches.append(len(items)))
    time.sleep(0.2)  # the window is busy
    qtbot.waitUntil(lambda: bool(done))
    assert batches == [100]


def test_only_the_newest_waiting_question_is_answered(qtbot, worker: Worker) -> None:
    gate = threading.Event()
    answers: list[int] = []
    worker.submit("", lambda job: gate.wait(5), lambda _: None)
    for number in range(5):
        worker.submit("", lambda job, n=number: n, answers.append, key="preview")
    gate.set()
    qtbot.waitUntil(lambda: not worker.busy)
    assert answers == [4]


def test_what_the_screen_waits_for_goes_before_what_can_wait(qtbot, worker: Worker) -> None:
    gate = threading.Event()
    order: list[str] = []
    worker.submit("", lambda job: gate.wait(5), lambda _: None)
    worker.submit("Exporting", lambda job: "export", order.append)
    worker.submit("", lambda job: "preview", order.append, key="preview")
    gate.set()
    qtbot.waitUntil(lambda: not worker.busy)
    assert order == ["preview", "export"]


def test_a_cancelled_job_that_still_waits_is_not_begun(qtbot, worker: Worker) -> None:
    gate = threading.Event()
    begun: list[str] = []
    worker.submit("", lambda job: gate.wait(5), lambda _: None)
    worker.submit("Loading", lambda job: begun.append("begun"), lambda _: None).cancel()
    gate.set()
    qtbot.waitUntil(lambda: not worker.busy)
    assert begun == []


def test_a_fault_in_what_hears_a_result_does_not_keep_the_rest_waiting(qtbot, worker: Worker) -> None:
    heard: list[int] = []

    def fault(result: object) -> None:
        raise ValueError("in a slot")

    with qtbot.captureExceptions() as exceptions:
        worker.submit("", lambda job: 1, fault)
        worker.submit("", lambda job: 2, heard.append)
        qtbot.waitUntil(lambda: heard == [2])
    assert len(exceptions) == 1


def test_a_failure_is_announced_after_things_were_put_back_and_work_goes_on(qtbot, worker: Worker) -> None:
    events: list[object] = []
    worker.failed.connect(events.append)
    error = ValueError("no")

    def fail(job: Job) -> None:
        raise error

    worker.submit("", fail, lambda _: events.append("done"), failed=lambda: events.append("put back"))
    worker.submit("", lambda job: 1, events.append)
    qtbot.waitUntil(lambda: 1 in events)
    assert events == ["put back", error, 1]


def test_the_title_of_what_runs_is_announced_and_cleared(qtbot, worker: Worker) -> None:
    titles: list[str] = []
    worker.busy_changed.connect(titles.append)
    worker.submit("Verifying", lambda job: None, lambda _: None)
    qtbot.waitUntil(lambda: not worker.busy)
    assert titles[0] == "Verifying"
    assert titles[-1] == ""


def test_shutdown_ends_a_reporting_job_delivers_nothing_and_leaves_no_thread(qtbot) -> None:
    worker = Worker()
    heard: list[object] = []
    started = threading.Event()

    def forever(job: Job) -> None:
        while True:
            started.set()
            job.report(1)
            time.sleep(0.005)

    worker.submit("", forever, heard.append, reported=lambda items: None)
    worker.failed.connect(heard.append)
    assert started.wait(5)
    worker.shutdown()
    qtbot.wait(50)
    assert heard == []
    assert not [t for t in threading.enumerate() if t.name.startswith("calcarine")]


def test_work_after_shutdown_is_not_begun(qtbot) -> None:
    worker = Worker()
    worker.shutdown()
    begun: list[object] = []
    assert worker.submit("", lambda job: begun.append(1), begun.append).cancelled
    qtbot.wait(20)
    assert begun == []


def test_what_is_asked_for_aside_does_not_wait_for_what_is_long(qtbot, worker: Worker) -> None:
    gate, order = threading.Event(), []
    worker.submit("", lambda job: gate.wait(5), lambda _: order.append("long"))
    worker.submit("", lambda job: "next", order.append)
    worker.submit("", lambda job: "aside", order.append, aside=True)
    qtbot.waitUntil(lambda: order == ["aside"])
    gate.set()
    qtbot.waitUntil(lambda: not worker.busy)
    assert order == ["aside", "long", "next"]


def test_a_job_may_end_in_the_worker(qtbot, worker: Worker) -> None:
    """Its last reference may be dropped there, where nothing of Qt's window may end."""
    kept: list[Job] = []
    worker.submit("", kept.append, lambda _: None, reported=lambda items: None)
    qtbot.waitUntil(lambda: not worker.busy)
    assert not isinstance(kept[0], QObject)
    assert not any(isinstance(part, QObject) for part in vars(kept[0]).values())


def test_a_job_waits_at_its_report_while_paused_and_ends_all_the_same(qtbot, worker: Worker) -> None:
    heard: list[int] = []

    def count(job: Job) -> None:
        for number in range(10_000):
            job.report(number)
            time.sleep(0.001)

    job = worker.submit("", count, lambda _: None, reported=heard.extend)
    qtbot.waitUntil(lambda: len(heard) > 3)
    job.pause()
    qtbot.wait(300)
    reached = len(heard)
    qtbot.wait(300)
    assert len(heard) == reached
    job.resume()
    qtbot.waitUntil(lambda: len(heard) > reached)
    job.pause()
    job.cancel()
    qtbot.waitUntil(lambda: not worker.busy, timeout=2000)


def test_whoever_asked_is_told_that_a_job_was_cancelled_once_and_nothing_else(qtbot, worker: Worker) -> None:
    gate, heard = threading.Event(), []

    def work(job: Job) -> None:
        gate.wait(5)
        job.progress(1, 2)

    def told(what: str) -> Callable[[], None]:
        return lambda: heard.append((what, threading.get_ident()))

    running, waiting = (
        worker.submit("Long", work, heard.append, failed=told("failed"), cancelled=told("cancelled")) for _ in range(2)
    )
    for job in (waiting, running, running):
        worker.cancel(job)
    here = threading.get_ident()
    assert heard == [("cancelled", here)] * 2
    gate.set()
    qtbot.waitUntil(lambda: not worker.busy)
    assert len(heard) == 2


def test_nobody_is_told_of_what_ends_with_the_worker_or_gives_way_to_a_newer_question(qtbot) -> None:
    worker, heard = Worker(), []
    worker.submit("Long", lambda job: time.sleep(0.05), heard.append, cancelled=lambda: heard.append("cancelled"))
    for _ in range(2):
        last = worker.submit("", lambda job: 1, heard.append, cancelled=lambda: heard.append("cancelled"), key="newest")
    worker.shutdown()
    assert last.cancelled
    worker.submit("Late", lambda job: 1, heard.append, cancelled=lambda: heard.append("cancelled"))
    qtbot.wait(20)
    assert heard == []


def test_what_seldom_takes_long_is_mentioned_only_where_it_does(qtbot, worker: Worker) -> None:
    titles: list[str] = []
    worker.busy_changed.connect(titles.append)
    worker.submit("Seeing", lambda job: None, lambda _: None, patience_ms=60)
    qtbot.waitUntil(lambda: not worker.busy)
    qtbot.wait(100)
    assert titles == []
    gate = threading.Event()
    worker.submit("Seeing", lambda job: gate.wait(5), lambda _: None, patience_ms=60)
    assert worker.current is None
    qtbot.waitUntil(lambda: titles == ["Seeing"])
    gate.set()
    qtbot.waitUntil(lambda: titles == ["Seeing", ""])
