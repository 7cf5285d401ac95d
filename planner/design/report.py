"""Steps of an optimisation, made of tensors; the last one with the exact gate's word."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import torch

from planner.design.exact_currents import Driven
from planner.design.limits import UNITS, ConstraintName, Verdict, Violation, counted
from planner.design.lineage import Lineage
from planner.design.objective import Objective, Seen, phosphenes_of
from planner.design.progress import Progress
from planner.design.step import Phase, Status, Step
from planner.design.verify import verify
from planner.implant.parameters import ThreadTensors
from planner.implant.thread import Implant
from planner.percept.forward import Percept
from planner.tasks.measures import best_gain

ON_BOUND = 0.05  # ours: a margin below this, in mm, is none to speak of
ON_BOUND_DEG = 0.5
BOUNDS: dict[ConstraintName, str] = {
    "depth": "as deep as allowed",
    "angle": "as oblique as allowed",
    "access": "at the edge of the approach window",
    "approach": "at the edge of the window's cone",
    "reach": "as far from the window as allowed",
}


class Report:
    """Makes the steps of one optimisation."""

    def __init__(self, objective: Objective, start: Implant, total: int, progress: Progress) -> None:
        self._objective, self._start, self._total, self._progress = objective, start, total, progress

    def running(self, phase: Phase, threads: Lineage, index: int, seen: Seen | None = None) -> Step:
        """A step under way; what was seen in it may be given, so that it is not computed again."""
        return self._step(phase, threads, index, seen)

    def final(self, threads: Lineage, status: Status, index: int, words: str) -> Step:
        """The last step, with the exact gate's word; `words` say why a run that was not ended by itself has ended."""
        objective = self._objective
        self._progress("Verifying", 0, 0)
        step = self._step("verdict", threads, index, None)
        verdict = verify(objective.site.anatomy, step.implant, objective.limits, self._driven(threads.threads))
        wanted = self._wanted(verdict)
        if not step.implant.threads:  # only where it was stopped so early: what has no room is an error
            return replace(step, status="stopped", message="Stopped before a thread was found.", verdict=verdict)
        status = "infeasible" if wanted else status
        message = _message(status, verdict, wanted, words, {t.name for t in step.implant.threads if t.locked})
        return replace(step, status=status, message=message, verdict=verdict, warnings=_on_bounds(verdict))

    def refused(self, step: Step) -> set[int]:
        """Rows of the threads that break, by a step's verdict, a limit that was to be kept."""
        names = {v.thread for v in self._wanted(step.verdict)} if step.verdict else set()
        return {row for row, thread in enumerate(step.implant.threads) if thread.name in names}

    def _wanted(self, verdict: Verdict) -> list[Violation]:
        return [v for v in verdict.violations if self._objective.avoid_vessels or v.constraint != "vessel"]

    def _step(self, phase: Phase, threads: Lineage, index: int, seen: Seen | None) -> Step:
        with torch.no_grad():
            seen = seen or self._objective.see(threads.threads)
            images = self._exact(threads.threads).images if phase == "verdict" else seen.percept.images
            images = images * best_gain(images, self._objective.task.targets)
            terms: dict[str, float] = {"error": float(seen.error)}
            terms.update({name: float(value) for name, value in seen.penalties.items()})
        implant = threads.implant(self._start)
        return Step(index, self._total, phase, implant, terms["error"], terms, images.float().cpu().numpy())

    @torch.no_grad()
    def _driven(self, threads: ThreadTensors) -> Driven:
        """What the contacts are driven with, for the exact gate."""
        stimulus = self._objective.seeing.stimulus
        current_ua = self._exact(threads).current_ua.float().cpu().numpy()
        return Driven(current_ua, stimulus.total_ua, stimulus.groups(current_ua.shape[1]))

    def _exact(self, threads: ThreadTensors) -> Percept:
        """What is seen by the gate of reports."""
        lit, _ = phosphenes_of(self._objective.site, threads, self._objective.devices)
        return self._objective.percept(lit, gate="exact")


def _message(status: Status, verdict: Verdict, wanted: list[Violation], words: str, locked: Collection[str]) -> str:
    if status == "infeasible":
        threads: dict[str, list[str]] = {}
        for violation in wanted:
            threads.setdefault(violation.constraint, []).append(violation.thread or "the plan")
        binding = "; ".join(f"{constraint}: {', '.join(names)}" for constraint, names in threads.items())
        if all(violation.thread in locked for violation in wanted):
            return f"Locked threads break a limit ({binding}): unlock them, or change the limit. {wanted[0].message}"
        if all(violation.constraint == "budget" for violation in wanted):
            return f"Too many threads are locked for the budget. {wanted[0].message}"
        return f"No feasible place was found ({binding}). {wanted[0].message}"
    if status == "diverged":
        return "The optimisation ran into numbers that are not finite; the last good threads were kept."
    ended = "No further progress" if status == "converged" else words
    broken = len({v.thread for v in verdict.violations})
    found = f"{counted(broken, 'thread')} break{'s' if broken == 1 else ''} a limit"
    return f"{ended}; {'every limit is kept' if verdict.feasible else found}."


def _on_bounds(verdict: Verdict) -> tuple[str, ...]:
    """A sentence for each bound that threads have been pushed to: beyond it they might do better."""
    sentences = []
    for constraint, words in BOUNDS.items():
        near = ON_BOUND_DEG if UNITS.get(constraint) == "°" else ON_BOUND
        names = [name for name, found in verdict.margins.items() if 0 <= found.margins[constraint] < near]
        if names:
            those = ", ".join(names[:4]) + (" and others" if len(names) > 4 else "")
            each = "is" if len(names) == 1 else "are"
            sentences.append(
                f"{counted(len(names), 'thread')} ({those}) {each} {words}: a wider limit might serve better."
            )
    return tuple(sentences)
