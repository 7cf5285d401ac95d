"""Background work: one worker, one job at a time, and one more aside. The only place that knows about threads.

A job's function runs in the worker; everything it says (`Job.report`) and how it ends is heard in the thread of the
window, in order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from threading import Event
from time import perf_counter
from typing import Any, Final

from PySide6.QtCore import QObject, Qt, QTimer, Signal

PACE_MS: Final = 150  # reports are heard no more often: what the window makes of them has to be drawn as well
PATIENCE_MS: Final = 400  # ours: what is shorter needs no bar, and where it is usual no mention


class Cancelled(Exception):
    """Raised in the worker by `Job.report` once nobody waits for the job any more."""


class Job:
    """One piece of work, as its function and the window both see it.

    It is no Qt object: the last to let go of it may be the worker, where Qt's objects must not end.
    """

    def __init__(
        self,
        title: str,
        key: str,
        reported: Callable[[list[Any]], None],
        announce: Callable[[Job], None],
        given_up: Callable[[], None] = lambda: None,
    ) -> None:
        self.title = title
        self.key = key
        self.stopping = False
        self.cancelled = False
        self._waiting: deque[Any] = deque()
        self._heard = reported
        self._given_up = given_up
        self._announce = announce
        self._due = False  # whether a delivery has been arranged
        self._last_s = 0.0
        self._going = Event()
        self._going.set()
        self._far = (0, 0, 0.0)  # done, of, and when that began to be counted; one value, so that it is read whole

    def progress(self, done: int, of: int) -> None:
        """Say how far the function is, from the worker; another total, or less done, begins to count anew.

        Raises
        ------
        Cancelled
            Once nobody listens any more.
        """
        if self.cancelled:
            raise Cancelled
        before, total, began_s = self._far
        self._far = (done, of, began_s if of == total and done >= before else perf_counter())

    @property
    def far(self) -> tuple[int, int]:
        """How much is done of how much; 0 of 0 where that is not known."""
        return self._far[0], self._far[1]

    @property
    def left_s(self) -> float | None:
        """About how long it will still take, seconds, if it goes on as it has; None where that cannot be told."""
        done, of, began_s = self._far
        return (perf_counter() - began_s) / done * (of - done) if 0 < done <= of else None

    def report(self, item: object) -> None:
        """Tell the window something, from the worker. What the window is too busy to hear arrives together later.

        Raises
        ------
        Cancelled
            Once nobody listens any more.
        """
        if self.cancelled:
            raise Cancelled
        self._waiting.append(item)
        if len(self._waiting) == 1:
            self._announce(self)
        if not self._going.is_set():
            began_s = perf_counter()
            self._going.wait()
            done, of, counted_s = self._far
            self._far = (done, of, counted_s + perf_counter() - began_s)  # a rest says nothing of the pace
        if self.cancelled:
            raise Cancelled

    def pause(self) -> None:
        """Let the function wait at its next report, until it may go on."""
        self._going.clear()

    def resume(self) -> None:
        """Let the function go on where it waits."""
        self._going.set()

    def stop(self) -> None:
        """Ask the function to come to an end; it looks at `stopping` where that makes sense."""
        self.stopping = True
        self.resume()

    def cancel(self) -> None:
        """Stop, and hear nothing more; whoever asked for it is told, here in the window's thread."""
        if not self.cancelled:
            self.abandon()
            self._given_up()

    def abandon(self) -> None:
        """Stop, and hear nothing more; nobody is told."""
        self.stopping = self.cancelled = True
        self.resume()

    def deliver(self) -> None:
        """Let the window hear, in its own thread, all that was reported since the last time."""
        self._due, self._last_s = False, perf_counter()
        items = []
        while self._waiting:
            items.append(self._waiting.popleft())
        if items and not self.cancelled:
            self._heard(items)

    def deliver_soon(self) -> None:
        """Deliver when the pace allows; called in the window's thread."""
        if not self._due:
            self._due = True
            waited_ms = 1000 * (perf_counter() - self._last_s)
            QTimer.singleShot(max(0, round(PACE_MS - waited_ms)), self.deliver)


@dataclass(frozen=True, eq=False)
class _Task:
    job: Job
    function: Callable[[Job], Any]
    done: Callable[[Any], None]
    failed: Callable[[], None]
    aside: bool


class Worker(QObject):
    """Runs jobs one after another. A job begins once the window has heard all of the one before.

    What is asked for `aside` has a lane of its own, so that it need not wait for what is long.

    Signals
    -------
    failed(exception)
        A job raised something.
    busy_changed(title)
        The title of the job that runs or waits, empty when there is none.
    """

    failed = Signal(object)
    busy_changed = Signal(str)
    _reported = Signal(object)
    _finished = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self._executor = ThreadPoolExecutor(max_workers=2, thread_name_prefix="calcarine")
        self._running: dict[bool, _Task] = {}  # by lane: aside or not
        self._queue: list[_Task] = []
        self._title = ""
        self._closed = False
        self._reported.connect(self._pace, Qt.ConnectionType.QueuedConnection)
        self._finished.connect(self._finish, Qt.ConnectionType.QueuedConnection)

    def submit(
        self,
        title: str,
        function: Callable[[Job], Any],
        done: Callable[[Any], None],
        *,
        reported: Callable[[list[Any]], None] = lambda items: None,
        failed: Callable[[], None] = lambda: None,
        cancelled: Callable[[], None] = lambda: None,
        key: str = "",
        aside: bool = False,
        patience_ms: int = 0,
    ) -> Job:
        """Run a function in the worker. One of `done`, `failed` and `cancelled` is called at the end, if any.

        Parameters
        ----------
        title : str
            What the user reads while it runs; empty for work too small to mention.
        function : callable
            Gets the job; must not touch any widget.
        done : callable
            Gets the result, in the window's thread.
        reported : callable
            Gets what the job reported since the last time, oldest first.
        failed : callable
            Called before the failure is announced, to put things back.
        cancelled : callable
            Called when somebody cancels the job, at once, to put things back; not where the worker is closed, nor where
            a newer question has taken its place.
        key : str
            For what the screen waits for: it goes before all that waits without a key, and a job that still waits under
            the same key is dropped, since only the newest question matters.
        aside : bool
            Run it beside the other jobs.
        patience_ms : int
            How long nothing is said of it: for what seldom takes long.
        """
        job = Job("" if patience_ms else title, key, reported, self._reported.emit, cancelled)
        if self._closed:
            job.abandon()
            return job
        if patience_ms:
            QTimer.singleShot(patience_ms, self, partial(self._entitle, job, title))
        if key:
            self._queue = [task for task in self._queue if task.job.key != key]
        keyed = sum(bool(task.job.key) for task in self._queue)
        self._queue.insert(keyed if key else len(self._queue), _Task(job, function, done, failed, aside))
        self._next()
        return job

    @property
    def busy(self) -> bool:
        """Whether anything runs or waits."""
        return bool(self._running or self._queue)

    @property
    def current(self) -> Job | None:
        """The job whose title is announced: the first that runs and has one, or else that waits."""
        waiting = [*self._running.values(), *self._queue]
        return next((task.job for task in waiting if task.job.title and not task.job.cancelled), None)

    def close(self) -> None:
        """Drop what waits and ask what runs to end; nothing is delivered any more. `busy` says whether it has."""
        self._closed = True
        for task in (*self._queue, *self._running.values()):
            task.job.abandon()
        self._queue.clear()

    def shutdown(self) -> None:
        """Drop what waits, ask what runs to end, and wait for that; nothing is delivered afterwards."""
        self.close()
        self._executor.shutdown(wait=True)
        self._running.clear()

    def cancel(self, job: Job) -> None:
        """Let go of a job, whatever it is at: nothing of it is heard any more, and it ends when it next speaks."""
        job.cancel()
        self._next()

    def _entitle(self, job: Job, title: str) -> None:
        """It takes longer than the patience lasts, unless it has ended: then no title is looked at any more."""
        job.title = title
        self._announce()

    def _pace(self, job: Job) -> None:
        job.deliver_soon()

    def _next(self) -> None:
        self._queue = [task for task in self._queue if not task.job.cancelled]
        for lane in (False, True):
            task = next((task for task in self._queue if task.aside is lane), None)
            if lane not in self._running and task is not None:
                self._queue.remove(task)
                self._running[lane] = task
                future = self._executor.submit(task.function, task.job)
                future.add_done_callback(partial(self._finished.emit, task))
        self._announce()

    def _finish(self, task: _Task, ended: Future[Any]) -> None:
        self._running.pop(task.aside, None)
        if self._closed:
            return
        try:
            self._hear(task, ended)
        finally:  # a fault in a slot must not leave the rest waiting
            if not self._closed:
                self._next()

    def _hear(self, task: _Task, ended: Future[Any]) -> None:
        if task.job.cancelled:
            return
        task.job.deliver()
        error = ended.exception()
        if error is None:
            task.done(ended.result())
        elif not isinstance(error, Cancelled):
            task.failed()
            self.failed.emit(error)

    def _announce(self) -> None:
        current = self.current
        title = current.title if current is not None else ""
        if title != self._title:
            self._title = title
            self.busy_changed.emit(title)
