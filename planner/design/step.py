"""What an optimisation says of itself, step by step."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from planner.design.limits import Verdict
from planner.implant.thread import Implant, Thread

Phase = Literal["start", "exchange", "gradient", "verdict"]
Status = Literal["running", "converged", "stopped", "infeasible", "diverged"]


@dataclass(frozen=True)
class Control:
    """A random search of the same length, to hold an optimisation against.

    Attributes
    ----------
    evaluations : int
        How many choices of threads were looked at: as many as the optimisation computed whole percepts of.
    weighed : int
        How many single moves (a swap, a removal, an addition) the optimisation's choices weighed besides, by inner
        products alone; a random search has no such thing.
    error : float
        The task's error of the best of them.
    threads : tuple of Thread
        The best of them.
    """

    evaluations: int
    weighed: int
    error: float
    threads: tuple[Thread, ...]


@dataclass(frozen=True, eq=False)
class Step:
    """One step of an optimisation.

    Attributes
    ----------
    index, total : int
        Gradient steps done, of how many at most.
    phase : "start", "exchange", "gradient" or "verdict"
    implant : Implant
        The threads as they are now; what was there keeps its name, what is new has a new one. Only the last step's are
        repaired and verified.
    loss : float
        The task's error as a share of a black percept's (1 = nothing seen), without penalties.
    terms : mapping of str to float
        ``error`` and each constraint's squared shortfall, mm².
    percept_images : (B, H, W) float32
        What is seen of each of the task's pictures, at the best gain; on the last step by the exact gate of reports.
    status : "running", "converged", "stopped" (all steps done, or told to), "infeasible" or "diverged"
    message : str
        A sentence for the user; empty while running.
    verdict : Verdict, optional
        Of the exact gate; on the last step only.
    warnings : tuple of str
        Sentences, on the last step: where the optimum lies on a bound.
    control : Control, optional
        On the last step, where threads were chosen among candidates.
    """

    index: int
    total: int
    phase: Phase
    implant: Implant
    loss: float
    terms: Mapping[str, float]
    percept_images: NDArray[np.float32]
    status: Status = "running"
    message: str = ""
    verdict: Verdict | None = None
    warnings: tuple[str, ...] = ()
    control: Control | None = None
