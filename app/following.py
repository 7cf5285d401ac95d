"""The crosshair, and so the slices, go along with what is dragged in the 3D view."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QObject, QTimer

from app.actions import any_thread_of
from app.session import Session
from app.views.brain_view import BrainView
from app.views.four_up import FourUp
from app.views.status import fresh
from planner.implant.thread import Vector, vector

REST_MS: Final = 300  # ours: a hand that has not moved for so long since the percept came rests


class DragFollower(QObject):
    """Has the crosshair follow what is dragged, and go back where that is cancelled.

    New slices take longer than a percept, so they wait until that is there and the hand rests. While the cortex is cut
    open at the crosshair they wait for the drop: the cut would go along, and take away what one drags over.
    """

    def __init__(self, session: Session, slices: FourUp, brain: BrainView) -> None:
        super().__init__(brain)
        self._session, self._slices, self._brain = session, slices, brain
        self._held: tuple[str, bool] | None = None  # the thread, and whether it is held by its tip
        self._before: tuple[Vector | None, Callable[[], None]] | None = None  # crosshair and slices as they were
        self._resting = QTimer(self, singleShot=True, interval=REST_MS)
        self._resting.timeout.connect(self._rest)
        session.preview_changed.connect(self._wait)
        session.opened.connect(self._forget)
        brain.tools.dragged.connect(lambda name, at, whole: self._drag(name, False))
        brain.tools.tip_dragged.connect(lambda name, tip: self._drag(name, True))

    def end_too(self) -> None:
        """Hear of the end of a drag from now on: after those who drop the thread, or put it back."""
        self._brain.tools.dropped.connect(lambda name, tip: self._drop())
        self._brain.tools.drag_cancelled.connect(lambda name: self._return())

    def _drag(self, name: str, by_tip: bool) -> None:
        self._held = name, by_tip
        self._before = self._before or (self._session.cross_mm, self._slices.framed())
        self._resting.start()

    def _wait(self) -> None:
        if self._held is not None and self._seen():
            self._resting.start()

    def _seen(self) -> bool:
        """Whether the percept of what is dragged is there."""
        return fresh(self._session.draft, self._session.preview) is not None

    def _rest(self) -> None:
        if self._seen() and not self._brain.stage.cut_open():
            self._go()

    def _go(self) -> None:
        thread = None if self._held is None else any_thread_of(self._session.shown, self._held[0])
        if self._held is not None and thread is not None:
            self._session.look_at(vector(thread.tip_mm if self._held[1] else thread.entry_mm))

    def _drop(self) -> None:
        self._go()
        self._forget()

    def _return(self) -> None:
        if self._before is not None:
            cross_mm, frame = self._before
            self._session.look_at(cross_mm)
            frame()
        self._forget()

    def _forget(self) -> None:
        self._resting.stop()
        self._held = self._before = None
