"""Python's garbage collector, kept to one moment: between two events of the window's thread.

Left to itself it runs in whichever thread happens to make an object, also in the middle of a call into Qt. A `QObject`
that it frees there may end in the worker, where no widget may, or want a lock of Qt's that its own thread holds just
then, and wait for ever. So it is turned off, and a timer looks, as it would itself, whether there is enough to collect.
What was made up to then (modules, the window) is set aside: it stays, and going through it takes long. Once another
case has been opened, and all is at rest, whatever there is is collected.
"""

from __future__ import annotations

import gc
from typing import Final

from PySide6.QtCore import QObject, QTimer

from app.memory import give_back
from app.tasks import Worker

EVERY_MS: Final = 1000  # ours
REST_MS: Final = 3000  # ours: after a case has been opened, and its percept drawn


class Collecting(QObject):
    """Collects now and then, from now on until it is stopped, and gives back what a former case has left."""

    def __init__(self, worker: Worker) -> None:
        super().__init__()
        gc.disable()
        gc.freeze()
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(self.collect)
        self._timer.start()
        self._worker = worker
        self._rest = QTimer(self, singleShot=True, interval=REST_MS)
        self._rest.timeout.connect(self._clear)

    def opened(self) -> None:
        """Another case is there: what the one before took is not needed."""
        self._rest.start()

    def collect(self) -> None:
        """The oldest generation of which Python would say that it is due, with those younger."""
        due = [count > most for count, most in zip(gc.get_count(), gc.get_threshold(), strict=True)]
        if any(due):
            gc.collect(max(generation for generation, is_due in enumerate(due) if is_due))

    def _clear(self) -> None:
        gc.collect()  # a few dozen milliseconds; or a former case might stay until many more objects are made
        self._worker.submit("", lambda _: give_back(), lambda _: None, aside=True)

    def stop(self) -> None:
        """Leave it to Python again."""
        self._timer.stop()
        self._rest.stop()
        gc.unfreeze()
        gc.enable()
