"""Python's garbage collector, kept to one moment: between two events of the window's thread.

Left to itself it runs in whichever thread happens to make an object, also in the middle of a call into Qt. A `QObject`
that it frees there may end in the worker, where no widget may, or want a lock of Qt's that its own thread holds just
then, and wait for ever. So it is turned off, and a timer looks, as it would itself, whether there is enough to collect.
What was made up to then (modules, the window) is set aside: it stays, and going through it takes long.
"""

from __future__ import annotations

import gc
from typing import Final

from PySide6.QtCore import QObject, QTimer

EVERY_MS: Final = 1000  # ours


class Collecting(QObject):
    """Collects now and then, from now on until it is stopped."""

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        gc.disable()
        gc.freeze()
        self._timer = QTimer(self, interval=EVERY_MS)
        self._timer.timeout.connect(self.collect)
        self._timer.start()

    def collect(self) -> None:
        """The oldest generation of which Python would say that it is due, with those younger."""
        due = [count > most for count, most in zip(gc.get_count(), gc.get_threshold(), strict=True)]
        if any(due):
            gc.collect(max(generation for generation, is_due in enumerate(due) if is_due))

    def stop(self) -> None:
        """Leave it to Python again."""
        self._timer.stop()
        gc.unfreeze()
        gc.enable()
