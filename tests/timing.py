"""How long work takes, on a machine on which other programs run besides."""

from __future__ import annotations

import time
from collections.abc import Callable


def cpu_seconds(work: Callable[[], object], rounds: int = 3) -> float:
    """The least processor time of this process over several rounds, all its threads together.

    Time in which other programs run does not count, so a busy machine, which still slows memory and shared cores, makes
    it some two times longer and not ten.
    """
    taken = []
    for _ in range(rounds):
        began = time.process_time()
        work()
        taken.append(time.process_time() - began)
    return min(taken)
