"""What single threads show, and the inner products of that: all that a choice among them asks for."""

from __future__ import annotations

from collections.abc import Callable
from copy import copy
from dataclasses import replace

import numpy as np
import torch
from torch import Tensor

from planner.design.objective import Objective, phosphenes_of
from planner.design.progress import Progress, silent
from planner.frames import FloatArray
from planner.implant.parameters import ThreadTensors, joined
from planner.percept.settings import Stimulus

COARSE_PIXELS = 32
CONTACTS = 1024  # that are drawn at a time


class SinglePercepts:
    """A table of threads with what each alone shows of all of the task's pictures, coarsened.

    Once `stop` says so no more is computed: what is left shows nothing, and nothing should be chosen by it.

    Attributes
    ----------
    threads : ThreadTensors
        K of them.
    gram : (K, K) float64
        Inner products of the single percepts.
    match : (K,) float64
        Inner products with the targets.
    whole : float
        Of the targets with themselves.
    """

    def __init__(
        self,
        objective: Objective,
        threads: ThreadTensors,
        progress: Progress = silent,
        stop: Callable[[], bool] = lambda: False,
    ) -> None:
        self.objective = objective
        self._targets = _coarse(objective.task.targets).reshape(-1)
        self._single = _single_percepts(objective, threads, progress, stop)
        self.threads = threads
        self.gram: FloatArray = (self._single @ self._single.T).double().numpy()
        self.match: FloatArray = (self._single @ self._targets).double().numpy()
        self.whole = float(self._targets.double() @ self._targets.double())

    def behind(self, threads: ThreadTensors) -> SinglePercepts:
        """A table that begins with other threads and goes on with these; what is known is not computed again."""
        first = _single_percepts(self.objective, threads, silent, lambda: False)
        longer = copy(self)
        longer._single = torch.cat([first, self._single])
        longer.threads = joined([threads, self.threads])
        beside, own = (first @ self._single.T).double().numpy(), (first @ first.T).double().numpy()
        longer.gram = np.block([[own, beside], [beside.T, self.gram]])
        longer.match = np.concatenate([(first @ self._targets).double().numpy(), self.match])
        return longer


@torch.no_grad()
def _single_percepts(
    objective: Objective, threads: ThreadTensors, progress: Progress, stop: Callable[[], bool]
) -> Tensor:
    """What each thread alone shows of all pictures, coarsened and flattened: ``(T, B·P·P)``; 0 where stopped before."""
    task = objective.task
    coarse = replace(task, targets=_coarse(task.targets), visual_field=replace(task.visual_field, pixels=COARSE_PIXELS))
    view = replace(objective, task=coarse).view
    # Candidates beside each other share no limits and no search.
    sampled = replace(objective, seeing=replace(objective.seeing, stimulus=Stimulus()))
    found = task.targets.new_zeros((len(threads), coarse.targets.numel()))
    done = 0
    for kind, device in enumerate(objective.devices):
        alike = torch.nonzero(threads.kind == kind).flatten()
        for part in torch.split(alike, max(CONTACTS // device.contact_count, 1)):
            if stop() or not len(part):
                break
            progress("Computing what each candidate shows", done, len(threads))
            lit, _ = phosphenes_of(objective.site, threads.take(part), objective.devices)
            working_ua = objective.devices[0].working_current_ua if lit.working_ua is None else lit.working_ua
            shape = (len(part), device.contact_count)
            light = sampled.percept(lit).brightness.reshape(-1, *shape).transpose(0, 1)  # (T, B, C)
            pictures = view.footprints(lit.to(task.targets), working_ua).pictures().reshape(*shape, -1)  # (T, C, P·P)
            found[part] = (light @ pictures).flatten(1)
            done += len(part)
    return found


def _coarse(images: Tensor) -> Tensor:
    return torch.nn.functional.adaptive_avg_pool2d(images, COARSE_PIXELS)
