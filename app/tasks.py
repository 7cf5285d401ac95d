"""Background work: one worker, one job at a time. The only place that knows about threads.

A job's function runs in the worker; everything it says (`Job.report`) and how it ends is heard in the thread of the
window, in order.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from time import perf_counter
from typing import Any, Final

from PySide6.QtCore import QObject, Qt, QTimer, Signal

PACE_MS: Final = 150  # reports are heard no more often: what the window makes of them has to be drawn as well


class Cancelled(Exception):
    """Raised in the worker by `Job.report` once the program is closing."""


class Job(QObject):
    """One piece of work, as its function and the window both see it."""

    _reported = Signal()

    def __init__(self, title: str, key: str, reported: Callable[[list[Any]], None]) -> None:
        super().__init__()
        self.title = title
        self.key = key
        self.stopping = False
        self.cancelled = False
        self._waiting: deque[Any] = deque()
        self._heard = reported
        self._pace = QTimer(self, singleShot=True)
        self._pace.timeout.connect(self.deliver)
        self._last_s = 0.0
        self._reported.connect(self._arrange, Qt.ConnectionType.QueuedConnection)

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
            self._reported.emit()

    def stop(self) -> None:
        """Ask the function to come to an end; it looks at `stopping` where that makes sense."""
        self.stopping = True

    def cancel(self) -> None:
        """Stop, and hear nothing more."""
        self.stopping = self.cancelled = True

    def deliver(self) -> None:
        """Let the window hear, in its own thread, all that was reported since the last time."""
        self._last_s = perf_counter()
        items = []
        while self._waiting:
            items.append(self._waiting.popleft())
        if items and not self.cancelled:
            self._heard(items)

    def _arrange(self) -> None:
        waited_ms = 1000 * (perf_counter() - self._last_s)
        if not self._pace.isActive():
            self._pace.start(max(0, round(PACE_MS - waited_ms)))


@dataclass(frozen=True, eq=False)
class _Task:
    job: Job
    function: Callable[[Job], Any]
    done: Callable[[Any], None]
    failed: Callable[[], None]


class Worker(QObject):
    """Runs jobs one after another. A job begins once the window has heard all of the one before.

    Signals
    -------
    failed(exception)
        A job raised something.
    busy_changed(title)
        The title of the job that runs or waits, empty when there is none.
    """

    failed = Signal(object)
    busy_changed = Signal(str)
    _finished = Signal(object, object)

    def __init__(self) -> None:
        super().__init__()
        self._executor = ThreadPoolExecutor(max_workers=1, thread_name_prefix="calcarine")
        self._running: _Task | None = None
        self._queue: list[_Task] = []
        self._title = ""
        self._closed = False
        self._finished.connect(self._finish, Qt.ConnectionType.QueuedConnection)

    def submit(
        self,
        title: str,
        function: Callable[[Job], Any],
        done: Callable[[Any], None],
        *,
        reported: Callable[[list[Any]], None] = lambda items: None,
        failed: Callable[[], None] = lambda: None,
        key: str = "",
    ) -> Job:
        """Run a function in the worker.

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
        key : str
            For what the screen waits for: it goes before all that waits without a key, and a job that still waits under
            the same key is dropped, since only the newest question matters.
        """
        job = Job(title, key, reported)
        if self._closed:
            job.cancel()
            return job
        if key:
            self._queue = [task for task in self._queue if task.job.key != key]
        keyed = sum(bool(task.job.key) for task in self._queue)
        self._queue.insert(keyed if key else len(self._queue), _Task(job, function, done, failed))
        self._next()
        return job

    @property
    def busy(self) -> bool:
        """Whether anything runs or waits."""
        return self._running is not None or bool(self._queue)

    def shutdown(self) -> None:
        """Drop what waits, ask what runs to end, and wait for that; nothing is delivered afterwards."""
        self._closed = True
        self._queue.clear()
        if self._running is not None:
            self._running.job.cancel()
        self._executor.shutdown(wait=True)
        self._running = None

    def _next(self) -> None:
        self._queue = [task for task in self._queue if not task.job.cancelled]
        if self._running is None and self._queue:
            task = self._running = self._queue.pop(0)
            future = self._executor.submit(task.function, task.job)
            future.add_done_callback(lambda ended: self._finished.emit(task, ended))
        self._announce()

    def _finish(self, task: _Task, ended: Future[Any]) -> None:
        self._running = None
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
        waiting = [self._running, *self._queue]
        title = next((task.job.title for task in waiting if task is not None and task.job.title), "")
        if title != self._title:
            self._title = title
            self.busy_changed.emit(title)
