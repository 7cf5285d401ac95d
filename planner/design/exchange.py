"""Exchange: swap placed threads for better candidates, by the task's error alone.

Percepts add up over threads, so the error of any choice of threads follows from the inner products of the single
threads' percepts with each other and with the targets. They are computed once, on a coarser picture; after that a swap
costs a few additions, and every pair of (placed thread, candidate) is weighed at once. This is the exchange algorithm
of Fedorov (1972), Theory of Optimal Experiments, with the task's error as criterion.

The gradient then refines what the exchange has found: it cannot itself carry a thread across the cortex.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from planner.design.baselines import apart
from planner.design.objective import Objective, phosphenes_of
from planner.design.progress import Progress, silent
from planner.frames import FloatArray, IntArray
from planner.implant.electrodes import contact_positions
from planner.implant.parameters import ThreadTensors
from planner.percept.settings import Stimulus

COARSE_PIXELS = 32
BATCH = 64
LEAST_GAIN = 1e-4  # of a black percept's error; smaller gains are left to the gradient


def exchange(
    objective: Objective,
    threads: ThreadTensors,
    pool: ThreadTensors,
    free: Tensor,
    progress: Progress = silent,
    stop: Callable[[], bool] = lambda: False,
) -> Iterator[ThreadTensors]:
    """Threads after each swap, best swap first, until none lowers the error noticeably.

    Parameters
    ----------
    threads : ThreadTensors
        What is placed.
    pool : ThreadTensors
        Candidates that keep every limit by themselves; spacing to the placed ones is respected here.
    free : (T,) bool
        Which of the placed threads may be given up.
    progress : callable, optional
        See `planner.design.progress`.
    stop : callable, optional
        Asked before each batch of percepts and each swap; once True, no swap follows.
    """
    parts = [_single_percepts(objective, some, progress, stop) for some in (threads, pool)]
    if stop():
        return  # percepts may be missing
    single = torch.cat(parts)
    targets = _coarse(objective.task.targets).reshape(-1)
    gram = (single @ single.T).double().numpy()
    match = (single @ targets).double().numpy()
    whole = float(targets.double() @ targets.double())
    everyone = len(threads)
    placed: IntArray = np.arange(everyone, dtype=np.int64)
    fits = np.stack(
        [apart(pool, threads.take(torch.tensor([row])), objective.devices, objective.limits) for row in range(everyone)]
    )
    alike = threads.kind[:, None] == pool.kind[None]
    may_go = (free[:, None] & alike).numpy()
    while not stop():
        error, best = _best_swap(gram, match, whole, placed, fits, may_go, everyone)
        if best is None or error < LEAST_GAIN:
            return
        out, come = best
        placed[out] = everyone + come
        threads = threads.put(torch.tensor([out]), pool.take(torch.tensor([come])))
        fits[out] = apart(pool, pool.take(torch.tensor([come])), objective.devices, objective.limits)
        yield threads


def _best_swap(
    gram: FloatArray,
    match: FloatArray,
    whole: float,
    placed: IntArray,
    fits: NDArray[np.bool_],
    may_go: NDArray[np.bool_],
    offset: int,
) -> tuple[float, tuple[int, int] | None]:
    """The gain (as a share of a black percept's error) of the best swap, and (row of the placed, index in the pool)."""
    candidates = np.arange(offset, len(match))
    overlap = gram[placed].sum(axis=0)  # of the whole percept with each single one
    energy, hit = overlap[placed].sum(), match[placed].sum()
    now = hit**2 / max(energy, 1e-30)
    new_hit = hit - match[placed][:, None] + match[candidates][None]
    new_energy = (
        energy
        + np.diag(gram)[placed][:, None]
        + np.diag(gram)[candidates][None]
        - 2 * overlap[placed][:, None]
        + 2 * overlap[candidates][None]
        - 2 * gram[np.ix_(placed, candidates)]
    )
    gain = (new_hit**2 / np.maximum(new_energy, 1e-30) - now) / whole
    # A candidate must keep its distance to every placed thread but the one it replaces.
    crowded = (~fits).sum(axis=0)[None] - (~fits)
    gain = np.where((crowded == 0) & may_go, gain, -np.inf)
    if not np.isfinite(gain).any():
        return 0.0, None
    out, come = np.unravel_index(int(np.argmax(gain)), gain.shape)
    return float(gain[out, come]), (int(out), int(come))


@torch.no_grad()
def _single_percepts(
    objective: Objective, threads: ThreadTensors, progress: Progress, stop: Callable[[], bool]
) -> Tensor:
    """What each thread alone shows of all pictures, coarsened and flattened: ``(T, B·P·P)``; fewer where stopped."""
    task = objective.task
    coarse = replace(task, targets=_coarse(task.targets), visual_field=replace(task.visual_field, pixels=COARSE_PIXELS))
    view = replace(objective, task=coarse).view
    sampled = replace(
        objective, seeing=replace(objective.seeing, stimulus=Stimulus())
    )  # candidates beside each other share no limits and no search
    sampled = replace(
        objective, seeing=replace(objective.seeing, stimulus=Stimulus())
    )  # candidates beside each other share no limits and no search
    found = []
    for part in torch.split(torch.arange(len(threads)), BATCH):
        if stop():
            break
        progress("Computing what each candidate shows", int(part[0]), len(threads))
        some = threads.take(part)
        lit, _ = phosphenes_of(objective.site, some, objective.devices)
        _, owner = contact_positions(some, objective.devices)
        light = sampled.percept(lit).brightness  # (B, N)
        working_ua = objective.devices[0].working_current_ua if lit.working_ua is None else lit.working_ua
        pictures = view.footprints(lit.to(task.targets), working_ua).pictures().flatten(1)  # (N, P·P)
        alone = (light[:, :, None] * pictures[None]).transpose(0, 1)  # (N, B, P·P)
        found.append(alone.new_zeros((len(part), *alone.shape[1:])).index_add(0, owner, alone).flatten(1))
    return torch.cat(found) if found else task.targets.new_zeros((0, coarse.targets.numel()))


def _coarse(images: Tensor) -> Tensor:
    return torch.nn.functional.adaptive_avg_pool2d(images, COARSE_PIXELS)
