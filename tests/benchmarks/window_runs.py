"""What `bench_window` measures, each in a process of its own (`tests.e2e.child`), told as one line of JSON.

A *frame* is the time from when VTK begins to draw the 3D view until the window with it is on screen (`frameSwapped`),
or where it has nothing new to draw, from when Qt begins to put the window together (`aboutToCompose`): a window with a
3D view in it is drawn as a whole by OpenGL whatever of it has changed.
"""

from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from time import monotonic, perf_counter, process_time

import numpy as np
from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtGui import QImage

from app.collecting import REST_MS
from app.window import MainWindow
from tests.e2e.hand import Hand

THREADS = 32  # of 16 contacts: 512
STEP_PX = 3


class Frames:
    """When the 3D view was being drawn, so that it can be taken off what is measured."""

    def __init__(self, window: MainWindow) -> None:
        self.spans: list[tuple[float, float]] = []
        self._began = 0.0
        plotter = window.brain.plotter
        plotter.render_window.AddObserver("StartEvent", lambda *_: self._begin())
        plotter.aboutToCompose.connect(self._begin)
        plotter.frameSwapped.connect(self._end)

    def _begin(self) -> None:
        self._began = self._began or perf_counter()

    def _end(self) -> None:
        if self._began:
            self.spans.append((self._began, perf_counter()))
        self._began = 0.0

    def within(self, begin: float, end: float) -> float:
        """How much of a time was spent on frames, seconds; one that has not ended counts until then."""
        spans = [*self.spans[-50:], *([(self._began, end)] if self._began else [])]
        return sum(max(0.0, min(end, b) - max(begin, a)) for a, b in spans)


class Percepts:
    """When the percept's picture was set, and for which plan's preview."""

    def __init__(self, window: MainWindow) -> None:
        self._session = window.session
        self.seen: list[tuple[float, object]] = []
        picture = window.percept.percept
        show = picture.show_image

        def show_and_note(image: object, extent_deg: float) -> None:
            show(image, extent_deg)
            preview = self._session.preview
            if preview is not None and isinstance(picture.image, QImage):
                self.seen.append((perf_counter(), preview.plan))

        picture.show_image = show_and_note

    def when(self, plan: object) -> float | None:
        """When the percept of a plan was set; None before that."""
        return next((time for time, its in self.seen if its is plan), None)


def tell(**values: float) -> None:
    """One line for the one who asked."""
    print(json.dumps(values), flush=True)


def filled_demo(hand: Hand) -> None:
    """The demo with 512 contacts in 32 threads spread over V1, at rest."""
    hand.loaded()
    session = hand.window.session
    if len(session.plan.threads) == THREADS:
        return
    from planner.design.baselines import baseline  # torch comes with it, which the window does not wait for

    plan = replace(session.plan, limits=replace(session.plan.limits, threads=THREADS))
    site = session.case.site
    threads = baseline("coverage", site, plan.devices, plan.limits, 0, plan.task.extent_deg)
    session.edit("Cover V1", replace(plan, threads=threads))
    hand.rest(120)
    assert len(session.plan.implant.contacts_mm()) == 512


# --- the runs ------------------------------------------------------------------------------------


def drag(hand: Hand, moves: str) -> None:
    """From a move of the mouse with a thread's entry held to the percept of just that place, besides frames."""
    window, session = hand.window, hand.window.session
    filled_demo(hand)
    brain, view = window.brain, window.brain.plotter
    name = next(t.name for t in session.plan.threads if brain.entry_visible(t.name))
    frames, percepts = Frames(window), Percepts(window)
    at = brain.entry_position(name).toPoint()
    hand.press(view, at)
    for _ in range(6):  # takes hold, and the first answers load what later ones have
        at += QPoint(STEP_PX, 0)
        hand.move(view, at)
        hand.wait(200)
    whole, besides = [], []
    for turn in range(int(moves)):
        back = (turn // 4) % 2  # to and fro, so that it stays over V1
        before = session.draft
        at += QPoint(-STEP_PX if back else STEP_PX, 0)
        began = perf_counter()
        hand.move(view, at)
        hand.until(lambda before=before: session.draft is not before, "the thread moved", 5)
        plan = session.draft
        hand.until(lambda plan=plan: percepts.when(plan) is not None, "the percept of this place", 5)
        ended = percepts.when(plan)
        whole.append(ended - began)
        besides.append(ended - began - frames.within(began, ended))
        hand.wait(120)  # the frame of this place is drawn
    hand.key(Qt.Key.Key_Escape)
    hand.release(view, at)
    tell(
        besides_p95_ms=1e3 * float(np.percentile(besides, 95)),
        besides_median_ms=1e3 * float(np.median(besides)),
        whole_p95_ms=1e3 * float(np.percentile(whole, 95)),
        frame_median_ms=1e3 * float(np.median([b - a for a, b in frames.spans])),
    )


def beats(hand: Hand, seconds: str) -> None:
    """How late a timer of 10 ms is from the start of an optimisation on, besides frames."""
    window, session = hand.window, hand.window.session
    hand.loaded()
    hand.rest()
    window.optimiser.steps.setValue(5000)
    hand.click(window.optimiser.start)
    hand.until(lambda: session.run is not None, "a run")
    frames = Frames(window)
    late: list[float] = []
    last = perf_counter()

    def beat() -> None:
        nonlocal last
        now = perf_counter()
        late.append(max(0.0, now - last - frames.within(last, now) - 0.01))
        last = now

    timer = QTimer(interval=10, timerType=Qt.TimerType.PreciseTimer)
    timer.timeout.connect(beat)
    timer.start()
    hand.wait(round(1000 * float(seconds)))
    timer.stop()
    steps = len(session.run.losses)
    tell(
        late_p95_ms=1e3 * float(np.percentile(late, 95)),
        late_most_ms=1e3 * max(late),
        beats=len(late),
        steps=steps,
        frame_median_ms=1e3 * float(np.median([b - a for a, b in frames.spans])) if frames.spans else 0.0,
    )


def start(hand: Hand, began: str) -> None:
    """From a moment of the clock that all processes share until the demo could be edited, and its percept was there."""
    session, brain = hand.window.session, hand.window.brain
    drawn: list[float] = []
    brain.plotter.frameSwapped.connect(lambda: drawn.append(monotonic()) if session.editable else None)
    hand.until(lambda: drawn, "the demo drawn, with a plan that may be edited", 120)
    hand.until(lambda: session.preview is not None, "its percept", 120)
    tell(editable_s=drawn[0] - float(began), complete_s=monotonic() - float(began))


def idle(hand: Hand, seconds: str) -> None:
    """The processor's time that the program takes with the demo open and nobody there."""
    filled_demo(hand)
    hand.wait(3000)
    frames = Frames(hand.window)
    began, used = perf_counter(), process_time()
    hand.wait(round(1000 * float(seconds)))
    share = (process_time() - used) / (perf_counter() - began)
    tell(cpu_percent=100 * share, frames=len(frames.spans))


def reopen(hand: Hand, times: str, warming: str = "10", looks: str = "5", rest_ms: int = REST_MS + 1000) -> None:
    """By how much the process grows while the demo is opened so many times, after some that are not counted.

    What it holds is looked at once it is at rest, and of some openings the median is taken: each is held elsewhere.
    """
    hand.loaded()
    hand.rest()
    demo, session = hand.window.commands.file.demo, hand.window.session
    sizes = []
    for opening in range(1, int(warming) + int(times) + 1):
        former = session.case
        demo.trigger()
        hand.until(lambda former=former: session.case is not former and session.loading is None, "the case again")
        former = None
        hand.until(lambda: session.preview is not None and not session.worker.busy, "its percept")
        hand.wait(50)
        if any(0 <= end - opening < int(looks) for end in (int(warming), int(warming) + int(times))):
            hand.wait(rest_ms)
            sizes.append(resident_mb())
    first, last = float(np.median(sizes[: int(looks)])), float(np.median(sizes[-int(looks) :]))
    tell(grown_mb=last - first, first_mb=first, last_mb=last)


def every(hand: Hand, began: str) -> None:
    """All runs, as short as they can be, one after the other in one program."""
    start(hand, began)
    reopen(hand, "1", "1", "1", 50)
    drag(hand, "4")
    idle(hand, "1")
    beats(hand, "1")


def resident_mb() -> float:
    """What the process holds in memory."""
    pages = int(Path("/proc/self/statm").read_text(encoding="ascii").split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 1e6
