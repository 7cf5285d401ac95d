"""Percept-aware optimisation: exchange across the cortex, then gradient in the threads' coordinates, then repair.

`optimise` is a generator of immutable steps. Whoever iterates it shows or stores them; to cancel is to stop asking, and
to end early with a repaired and verified implant is to answer `stop` with True.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from planner.design.candidates import candidates
from planner.design.descent import Descent
from planner.design.exchange import exchange
from planner.design.limits import Limits, Verdict, Violation
from planner.design.objective import Objective, Seen, phosphenes_of
from planner.design.progress import Progress, silent
from planner.design.repair import repaired
from planner.design.site import Site
from planner.design.verify import verify
from planner.implant.parameters import ThreadTensors, to_tensors, to_threads
from planner.implant.thread import Implant
from planner.percept.settings import Seeing
from planner.tasks.goal import Goal
from planner.tasks.measures import best_gain
from planner.tasks.task import Task

Phase = Literal["start", "exchange", "gradient", "verdict"]
Status = Literal["running", "converged", "stopped", "infeasible", "diverged"]

POOL = 1000  # candidates that the exchange chooses among
SECOND_TRIES = 3  # for threads that pass the fast margins and not the exact gate


@dataclass(frozen=True, eq=False)
class Step:
    """One step of an optimisation.

    Attributes
    ----------
    index, total : int
        Gradient steps done, of how many at most.
    phase : "start", "exchange", "gradient" or "verdict"
    implant : Implant
        The threads as they are now. Only the last step's are repaired and verified.
    loss : float
        The task's error as a share of a black percept's (1 = nothing seen), without penalties.
    terms : mapping of str to float
        ``error`` and each constraint's penalty, mm².
    percept_images : (B, H, W) float32
        What is seen of each of the task's pictures, at the best gain; on the last step by the exact gate of reports.
    status : "running", "converged", "stopped" (all steps done, or told to), "infeasible" or "diverged"
    message : str
        A sentence for the user; empty while running.
    verdict : Verdict, optional
        Of the exact gate; on the last step only.
    exchanged : frozenset of int
        Rows of the threads that were given up so far: what stands there now is a candidate, not the thread that moved.
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
    exchanged: frozenset[int] = frozenset()


def optimise(
    site: Site,
    implant: Implant,
    task: Task,
    limits: Limits,
    steps: int = 150,
    seed: int = 0,
    avoid_vessels: bool = True,
    stop: Callable[[], bool] = lambda: False,
    progress: Progress = silent,
    seeing: Seeing | None = None,
    goal: Goal | None = None,
    exchanging: bool = True,
) -> Iterator[Step]:
    """Move an implant's unlocked threads so that the task's percepts come nearest to its pictures, within the limits.

    Parameters
    ----------
    implant : Implant
        Where to start, e.g. from `coverage_threads`; the number of threads does not change.
    steps : int
        Gradient steps at most.
    seed : int
        Same seed, same result.
    avoid_vessels : bool
        False ignores vessels while optimising; the verdict never does.
    stop : callable
        Asked before every step and while candidates are looked for; once True, nothing new is begun: the threads are
        repaired and verified as they are.
    progress : callable
        Told what goes on between the steps; what it raises ends everything. See `planner.design.progress`.
    seeing : Seeing, optional
        Model, stimulus and what varies over patients.
    goal : Goal, optional
        The losses that are lowered.
    exchanging : bool
        False keeps every thread: none is given up for a candidate, neither for a better percept nor to keep a limit.

    Yields
    ------
    Step
        The last one holds the repaired threads and their exact verdict. Its status is ``infeasible`` where the exact
        gate finds a limit broken that was to be kept.
    """
    objective = Objective(site, implant.devices, task, limits, avoid_vessels, seeing or Seeing(), goal or Goal())
    free = torch.tensor([not thread.locked for thread in implant.threads], dtype=torch.bool)
    threads = to_tensors(implant.threads, implant.devices)
    report = _Report(objective, implant, steps, progress)
    yield report.running("start", threads, 0)
    if not free.any():
        yield report.final(threads, "stopped", 0, "Every thread is locked")
        return
    pool = to_tensors((), implant.devices)
    if exchanging and not stop():
        kinds = sorted(set(threads.kind[free].tolist()))
        pool = candidates(site, implant.devices, limits, POOL, seed, avoid_vessels, stop, progress, kinds)
        for swapped in exchange(objective, threads, pool, free, progress, stop):
            report.note_exchange(swapped, threads)
            threads = swapped
            yield report.running("exchange", threads, 0)
    descent = Descent(objective, threads, free, steps)
    status: Status = "running"
    index = 0
    while status == "running" and index < steps and not stop():
        status = descent.step()
        index += 1
        if status == "running":
            yield report.running("gradient", descent.threads, index, descent.seen)
    words = _ending(index, steps)
    ended: Status = "stopped" if status == "running" else status
    threads = repaired(objective, descent.threads, descent.kept, pool, free, progress=progress)
    report.note_exchange(threads, descent.threads, descent.kept)
    last = report.final(threads, ended, index, words)
    for _ in range(SECOND_TRIES):
        refused = report.refused(last) & set(torch.nonzero(free).flatten().tolist())
        if not refused:
            break
        before, threads = threads, repaired(objective, threads, threads, pool, free, refused, progress)
        report.note_exchange(threads, before)
        last = report.final(threads, ended, index, words)
    yield last


def _ending(index: int, steps: int) -> str:
    if steps == 0:
        return "No gradient steps were asked for"
    return "All steps done" if index == steps else f"Stopped after {index} of {steps} steps"


class _Report:
    """Makes steps of tensors."""

    def __init__(self, objective: Objective, start: Implant, total: int, progress: Progress) -> None:
        self._objective, self._start, self._total, self._progress = objective, start, total, progress
        self._exchanged: frozenset[int] = frozenset()

    def note_exchange(self, now: ThreadTensors, *own: ThreadTensors) -> None:
        """Remember which threads are new ones: those whose entry is none of their `own`."""
        new = torch.stack([(now.entry_mm != pose.entry_mm).any(dim=1) for pose in own]).all(dim=0)
        self._exchanged |= frozenset(torch.nonzero(new).flatten().tolist())

    def running(self, phase: Phase, threads: ThreadTensors, index: int, seen: Seen | None = None) -> Step:
        """A step under way; what was seen in it may be given, so that it is not computed again."""
        return self._step(phase, threads, index, seen)

    def final(self, threads: ThreadTensors, status: Status, index: int, words: str) -> Step:
        """The last step, with the exact gate's word; `words` say why a run that was not ended by itself has ended."""
        objective = self._objective
        self._progress("Verifying", 0, 0)
        step = self._step("verdict", threads, index, None)
        verdict = verify(objective.site.anatomy, step.implant, objective.limits)
        wanted = self._wanted(verdict)
        status = "infeasible" if wanted else status
        return replace(step, status=status, message=_message(status, verdict, wanted, words), verdict=verdict)

    def refused(self, step: Step) -> set[int]:
        """Rows of the threads that break, by a step's verdict, a limit that was to be kept."""
        names = {v.thread for v in self._wanted(step.verdict)} if step.verdict else set()
        return {row for row, thread in enumerate(step.implant.threads) if thread.name in names}

    def _wanted(self, verdict: Verdict) -> list[Violation]:
        return [v for v in verdict.violations if self._objective.avoid_vessels or v.constraint != "vessel"]

    def _step(self, phase: Phase, threads: ThreadTensors, index: int, seen: Seen | None) -> Step:
        with torch.no_grad():
            seen = seen or self._objective.see(threads)
            images = self._exact(threads) if phase == "verdict" else seen.percept.images
            images = images * best_gain(images, self._objective.task.targets)
            terms: dict[str, float] = {"error": float(seen.error)}
            terms.update({name: float(value) for name, value in seen.penalties.items()})
        implant = replace(self._start, threads=to_threads(threads, self._start.devices, self._start.threads))
        return Step(
            index,
            self._total,
            phase,
            implant,
            terms["error"],
            terms,
            images.float().cpu().numpy(),
            exchanged=self._exchanged,
        )

    def _exact(self, threads: ThreadTensors) -> Tensor:
        """What is seen by the gate of reports."""
        lit, _ = phosphenes_of(self._objective.site, threads, self._objective.devices)
        return self._objective.percept(lit, gate="exact").images


def _message(status: Status, verdict: Verdict, wanted: list[Violation], words: str) -> str:
    if status == "infeasible":
        names = ", ".join(dict.fromkeys(v.thread or v.constraint for v in wanted))
        return f"No feasible place was found for {names}. {wanted[0].message}"
    if status == "diverged":
        return "The optimisation ran into numbers that are not finite; the last good threads were kept."
    ended = "No further progress" if status == "converged" else words
    broken = len({v.thread for v in verdict.violations})
    found = f"{broken} thread{'s break' if broken != 1 else ' breaks'} a limit"
    return f"{ended}; {'every limit is kept' if verdict.feasible else found}."
