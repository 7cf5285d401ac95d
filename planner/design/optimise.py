"""Percept-aware optimisation: choice among candidates, gradient in the threads' coordinates, repair, exact verdict.

Starts from the threads given, from every baseline and at random. Each is improved by `choice`, which swaps threads
across the cortex; the best of them are moved by their gradient side by side, the lesser ones for a trial only. Then
there is a second choice, among the candidates and all that these descents found, and a second descent. `repair` brings
back whatever broke a limit.

`optimise` is a generator of immutable steps. Whoever iterates it shows or stores them; to cancel is to stop asking, and
to end early with a repaired and verified implant is to answer `stop` with True. An optimisation is resumed by
optimising from the threads it gave.
"""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace

import numpy as np
import torch

from planner.design.baselines import BASELINES, Room, choose, no_room, pool_of
from planner.design.candidates import feasible
from planner.design.choice import Choice
from planner.design.control import random_search
from planner.design.descent import Descent
from planner.design.limits import Limits
from planner.design.lineage import Lineage
from planner.design.objective import Objective
from planner.design.percepts import SinglePercepts
from planner.design.progress import Progress, silent
from planner.design.repair import repaired, resettled
from planner.design.report import Report
from planner.design.site import Site
from planner.design.step import Control, Status, Step
from planner.design.stopping import Ending
from planner.frames import IntArray
from planner.implant.parameters import joined, to_tensors
from planner.implant.thread import Implant
from planner.percept.settings import Seeing
from planner.tasks.goal import Goal
from planner.tasks.task import Task

RANDOM_STARTS = 2
SIDE_BY_SIDE = 2  # starts that are moved by their gradient
TRIAL_STEPS = 45  # after which only the best of them goes on
SHOWN_MOVES = 5  # one of so many moves of a choice is shown
FIRST_SHARE = 0.6  # of the steps, for the descent before the second choice
SECOND_TRIES = 3  # for threads that pass the fast margins and not the exact gate


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
        What is there: locked threads stay, the others are one of the starts. Where the budget has more threads, some
        are added; where it has fewer, those are given up that are missed least.
    steps : int
        Gradient steps of the start that wins, at most.
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
        False keeps every thread and adds none: none is given up for a candidate, neither for a better percept nor to
        keep a limit.

    Yields
    ------
    Step
        The last one holds the repaired threads, their exact verdict and what else there is to know; see `Step`. Its
        status is ``infeasible`` where the exact gate finds a limit broken that was to be kept.
    """
    objective = Objective(site, implant.devices, task, limits, avoid_vessels, seeing or Seeing(), goal or Goal())
    run = _Run(objective, implant, steps, seed, stop, progress)
    yield run.report.running("start", run.given, 0)
    if not run.given.free.any() and not (exchanging and run.may_add):
        yield run.report.final(run.given, "stopped", 0, "Every thread is locked")
        return
    starts = [run.given]
    if exchanging and not stop():
        starts = yield from run.starts()
    first = round(FIRST_SHARE * steps) if exchanging else steps
    found, ending = yield from run.descended(starts, first)
    now = found[0]
    if exchanging and ending != "diverged" and not stop():
        better = run.chosen_again(found)
        yield run.report.running("exchange", better, run.done)
        (now,), ending = yield from run.descended([better], steps - run.done)
    yield run.ended(now, ending)


class _Run:
    """One optimisation: what stays the same in it, and what has been counted."""

    def __init__(
        self,
        objective: Objective,
        implant: Implant,
        steps: int,
        seed: int,
        stop: Callable[[], bool],
        progress: Progress,
    ) -> None:
        self._o, self._implant, self._steps, self._seed = objective, implant, steps, seed
        self._stop, self._progress = stop, progress
        self.report = Report(objective, implant, steps, progress)
        self.given = Lineage.of(implant)
        self.done = 0  # gradient steps of what wins in the end
        self._evaluations = 0  # percepts computed of whole implants
        self._weighed = 0  # moves looked at by inner products alone
        self._pool = to_tensors((), objective.devices)
        self._percepts: SinglePercepts | None = None
        self._choice: Choice | None = None
        self._wanted: IntArray = np.array(objective.limits.shares(len(objective.devices)), dtype=np.int64)

    @property
    def may_add(self) -> bool:
        """Whether the budget has more threads than are there."""
        have = torch.bincount(self.given.threads.kind, minlength=len(self._wanted)).numpy()
        return bool((have < self._wanted).any())

    def starts(self) -> Generator[Step, None, list[Lineage]]:
        """The best choices found from the threads given, from every baseline and at random, the best first."""
        o = self._o
        self._pool = pool_of(o.site, o.devices, o.limits, self._seed, o.avoid_vessels, self._progress, self._stop)
        table = joined([self.given.threads, self._pool])
        self._percepts = SinglePercepts(o, table, self._progress, self._stop)
        if self._stop():
            return [self.given]
        self._choice = choice = self._choosing(self._percepts, self.given)
        found: list[tuple[float, IntArray]] = []
        firsts = self._first_rows(choice)
        for number, first in enumerate(firsts):
            self._progress("Choosing threads", number, len(firsts))
            rows = first
            for rows in choice.improved(first):
                self._evaluations += 1
                if number == 0 and self._evaluations % SHOWN_MOVES == 0:
                    yield self.report.running("exchange", self.given.chosen(table, rows), 0)
                if self._stop():
                    break
            error = choice.error(rows)
            if number and error < found[0][0]:
                yield self.report.running("exchange", self.given.chosen(table, rows), 0)
            found = sorted([*found, (error, rows)], key=lambda pair: pair[0])
            if self._stop():
                break
        self._weighed += choice.weighed
        if not len(found[0][1]):
            raise no_room(self._room(), 0)
        distinct = {tuple(sorted(rows.tolist())): rows for _, rows in found}
        return [self.given.chosen(table, rows) for rows in list(distinct.values())[:SIDE_BY_SIDE]]

    def descended(self, starts: list[Lineage], steps: int) -> Generator[Step, None, tuple[list[Lineage], Ending]]:
        """The starts moved side by side along their gradient, so many steps at most; the best first, and repaired."""
        running = [(start, Descent(self._o, start.threads, start.free, steps)) for start in starts]
        at_rest: list[tuple[Lineage, Descent]] = []
        with ThreadPoolExecutor(len(starts)) as workers:
            for step in range(steps if starts[0].free.any() else 0):
                if self._stop() or not running:
                    break
                endings = list(workers.map(lambda pair: pair[1].step(), running))
                self._evaluations += len(running)
                self.done += 1
                at_rest += [pair for pair, its in zip(running, endings, strict=True) if its != "running"]
                running = [pair for pair, its in zip(running, endings, strict=True) if its == "running"]
                best = min([*running, *at_rest], key=lambda pair: pair[1].loss)
                if step + 1 == TRIAL_STEPS:
                    at_rest += [pair for pair in running if pair is not best]
                    running = [pair for pair in running if pair is best]
                start, descent = best
                yield self.report.running("gradient", start.moved(descent.threads), self.done, descent.seen)
        # A start that ran into numbers that are not finite comes last: its loss is of the step before.
        order = sorted([*running, *at_rest], key=lambda pair: (pair[1].diverged, pair[1].loss))
        (first, best_descent), *rest = order
        now = first.moved(best_descent.kept if best_descent.diverged else best_descent.threads)
        found = [self._repaired(now, first.moved(best_descent.kept)), *(s.moved(d.kept) for s, d in rest)]
        return found, best_descent.ending

    def chosen_again(self, found: list[Lineage]) -> Lineage:
        """The best of what was found, exchanged for candidates and for threads of the others where that helps."""
        if self._percepts is None:
            return found[0]
        o, now = self._o, found[0]
        others = [other.threads.take(torch.nonzero(other.free).flatten()) for other in found[1:]]
        sound = [some.take(feasible(o.site, some, o.devices, o.limits, o.avoid_vessels)) for some in others]
        table = self._percepts.behind(joined([now.threads, *sound]))
        choice = self._choosing(table, now)
        moves = [np.arange(len(now.threads), dtype=np.int64), *choice.improved(np.arange(len(now.threads)))]
        self._evaluations += len(moves) - 1
        self._weighed += choice.weighed
        return now.chosen(table.threads, moves[-1])

    def ended(self, now: Lineage, ending: Ending) -> Step:
        """The last step: verified, what the exact gate refuses replaced, and held against chance."""
        status: Status = "stopped" if ending == "running" else ending
        words = _words(self.done, self._steps)
        last = self.report.final(now, status, self.done, words)
        for _ in range(SECOND_TRIES):
            refused = self.report.refused(last) & set(torch.nonzero(now.free).flatten().tolist())
            if not refused or self._stop():
                break
            self._progress("Looking for other places", 0, 0)
            now = now.reseeded(*resettled(self._o, now.threads, self._pool, refused))
            last = self.report.final(now, status, self.done, words)
        return replace(last, warnings=(*last.warnings, *self._missing(now)), control=self._control())

    def _missing(self, now: Lineage) -> list[str]:
        """A sentence where fewer threads than the budget has were found room for."""
        missing = int(self._wanted.sum()) - len(now.threads)
        if missing <= 0 or self._choice is None or self._stop():
            return []
        return [str(no_room(self._room(), len(now.threads)))]

    def _control(self) -> Control | None:
        if self._choice is None or self._percepts is None or self._stop():
            return None
        self._progress("Searching at random, to compare", 0, 0)
        return random_search(
            self._o,
            self._choice,
            self.given,
            self._percepts.threads,
            self._implant,
            self._evaluations,
            self._weighed,
            self._seed,
        )

    def _choosing(self, percepts: SinglePercepts, of: Lineage) -> Choice:
        fixed = np.zeros(len(percepts.threads), dtype=bool)
        fixed[: len(of.threads)] = ~of.free.numpy()
        return Choice(percepts, self._wanted, fixed)

    def _room(self) -> Room:
        o = self._o
        held = self.given.threads.take(torch.nonzero(~self.given.free).flatten())
        extent_deg = o.task.visual_field.extent_deg
        return Room(o.site, o.devices, o.limits, self._pool, held, extent_deg, self._seed, o.avoid_vessels)

    def _first_rows(self, choice: Choice) -> list[IntArray]:
        """Where choices begin: the threads given, then locked ones with each baseline's, then with random ones."""
        given = self.given
        locked = torch.nonzero(~given.free).flatten()
        rows = [np.arange(len(given.threads), dtype=np.int64)] if len(given.threads) else []
        room = self._room()
        for method in BASELINES:
            if not self._stop():
                chosen = np.array(choose(method, room, self._progress, self._stop), dtype=np.int64)
                rows.append(np.concatenate([locked.numpy(), chosen + len(given.threads)]))
        generator = np.random.default_rng([self._seed, 2])
        rows += [choice.random(locked.numpy(), generator) for _ in range(RANDOM_STARTS)]
        return rows

    def _repaired(self, now: Lineage, kept: Lineage) -> Lineage:
        threads, rows = repaired(self._o, now.threads, kept.threads, self._pool, now.free, self._progress)
        return now.reseeded(threads, rows)


def _words(done: int, steps: int) -> str:
    if steps == 0:
        return "No gradient steps were asked for"
    return "All steps done" if done == steps else f"Stopped after {done} of {steps} steps"
