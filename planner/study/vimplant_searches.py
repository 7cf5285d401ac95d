"""Ways to look for the best pose of a rigid grid, each with its evaluations counted.

A pose judged exactly is one evaluation, and so is a pose whose smooth loss and gradient are taken: every step of the
descent costs as much of the budget as a look of the Gaussian process. Whether a grid leaves the hull is plain geometry
and costs nothing; our descent makes use of that. So chance and the Gaussian process are also tried within the hull:
what is left between them and ours is what the gradient gains.
"""

from __future__ import annotations

import time
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field
from math import ceil, log2
from typing import Final

import numpy as np
import torch
from scipy.stats import qmc
from torch import Tensor

from planner.design.rigid_grid import HIGHEST, LOWEST, on_bounds, outside_hull_mm
from planner.errors import InputError
from planner.frames import FloatArray
from planner.study.vimplant_objective import Objective, Softness

BUDGET: Final = 150
"""Evaluations of vimplant's own search."""

CHUNK: Final = 8  # poses at once; more are no faster
EVALUATIONS_PER_KEPT: Final = 37  # of the budget for each start that is refined: 4 of 150 (ours)
STEPS: Final = 20  # of the descent from each of them (ours)
FIRST, LAST = Softness(1.0, 0.3, 0.2), Softness(0.2, 0.1, 0.05)  # of the descent (ours)
RATE: Final = 0.03  # of its first step, of each range; a fifth of it is left in the last (ours)
DRAWN_PER_START: Final = 8  # so that enough of them lie inside the hull
REPLACEMENTS: Final = 4096  # poses among which the nearest inside the hull is looked for (ours)
DEEPER_MM: Final = 5
LOW: Final = torch.tensor(LOWEST, dtype=torch.float64)
SPAN: Final = torch.tensor(HIGHEST, dtype=torch.float64) - LOW


@dataclass(frozen=True)
class Found:
    """What a search came back with.

    Attributes
    ----------
    pose : tuple of 4 int
        In the order of `planner.design.rigid_grid.PARAMETERS`.
    loss, dice, grid_yield, hellinger, outside_mm : float
        Of the exact objective.
    on_bounds : tuple of str
        Parameters that ended as low or high as they may be.
    evaluations : int
        Exact and smooth ones together.
    seconds : float
        Of the search, on the wall.
    """

    pose: tuple[int, ...]
    loss: float
    dice: float
    grid_yield: float
    hellinger: float
    outside_mm: float
    on_bounds: tuple[str, ...]
    evaluations: int
    seconds: float


@dataclass
class Judge:
    """An objective that counts how many poses it was asked about and keeps the best."""

    objective: Objective
    evaluations: int = 0
    best_loss: float = float("inf")
    best: tuple[int, ...] = ()
    started: float = field(default_factory=time.perf_counter)

    def exact(self, poses: Tensor) -> Tensor:
        """Exact losses ``(B,)`` of poses ``(B, 4)`` of whole numbers."""
        self.evaluations += len(poses)
        loss = torch.cat([self.objective.exact(some).loss for some in torch.split(poses, CHUNK)])
        row = int(loss.argmin())
        if float(loss[row]) < self.best_loss:
            self.best_loss, self.best = float(loss[row]), tuple(int(value) for value in poses[row])
        return loss

    def smooth(self, poses: Tensor, softness: Softness) -> Tensor:
        """Smooth losses ``(B,)``, differentiable."""
        self.evaluations += len(poses)
        return self.objective.smooth(poses, softness).loss

    def found(self) -> Found:
        """The best pose judged exactly so far; looking it up again for its terms is not counted."""
        seconds = time.perf_counter() - self.started
        terms = self.objective.exact(torch.tensor([self.best], dtype=torch.float64))
        return Found(
            self.best,
            loss=float(terms.loss),
            dice=float(terms.dice),
            grid_yield=float(terms.grid_yield),
            hellinger=float(terms.hellinger),
            outside_mm=float(terms.outside_mm),
            on_bounds=on_bounds(self.best),
            evaluations=self.evaluations,
            seconds=seconds,
        )


Search = Callable[[Objective, int, int], Found]


def random_search(objective: Objective, seed: int, budget: int = BUDGET) -> Found:
    """The best of poses drawn evenly from all whole numbers within their ranges."""
    judge = Judge(objective)
    generator = np.random.default_rng(seed)
    judge.exact(torch.from_numpy(generator.integers(LOWEST, np.add(HIGHEST, 1), (budget, 4)).astype(np.float64)))
    return judge.found()


def random_within(objective: Objective, seed: int, budget: int = BUDGET) -> Found:
    """The same, of poses inside the hull: those that leave it are drawn again before any is judged."""
    judge = Judge(objective)
    generator = np.random.default_rng(seed)
    drawn = generator.integers(LOWEST, np.add(HIGHEST, 1), (DRAWN_PER_START * budget, 4)).astype(np.float64)
    judge.exact(_inside_first(objective, torch.from_numpy(drawn))[:budget])
    return judge.found()


def gaussian_process(objective: Objective, seed: int, budget: int = BUDGET) -> Found:
    """scikit-optimize's ``gp_minimize`` over the four whole numbers, with its own defaults.

    Raises
    ------
    InputError
        Where scikit-optimize is not installed.
    """
    return _gaussian_process(objective, seed, budget, lambda poses: poses)


def gaussian_process_within(objective: Objective, seed: int, budget: int = BUDGET) -> Found:
    """The same, but a pose that leaves the hull is replaced by the nearest one of many inside it before it is judged.

    Nearest in shares of the ranges. The process is told what the replacement is worth, as if its own pose were (ours).
    """
    grid: FloatArray = qmc.Sobol(4, rng=np.random.default_rng(seed)).random(REPLACEMENTS)
    poses = (LOW + torch.from_numpy(grid) * SPAN).round()
    inside = poses[~_outside(objective, poses)]

    def replaced(asked: Tensor) -> Tensor:
        if not len(inside) or not _outside(objective, asked).any():
            return asked
        return inside[((inside - asked) / SPAN).square().sum(dim=1).argmin()][None]

    return _gaussian_process(objective, seed, budget, replaced)


def _gaussian_process(objective: Objective, seed: int, budget: int, replaced: Callable[[Tensor], Tensor]) -> Found:
    try:
        from skopt import gp_minimize
        from skopt.space import Integer
    except ImportError as error:
        raise InputError(
            "scikit-optimize is not installed", remedy="install calcarine with the extra named study"
        ) from error
    judge = Judge(objective)

    def loss(pose: list[int]) -> float:
        return float(judge.exact(replaced(torch.tensor([pose], dtype=torch.float64)))[0])

    with warnings.catch_warnings():
        # In whole numbers a pose is proposed twice now and then; skopt goes on with another one.
        warnings.filterwarnings("ignore", "The objective has been evaluated at", UserWarning)
        # How well its kernel fits is the search's own affair.
        warnings.filterwarnings("ignore", category=UserWarning, module=r"sklearn\.gaussian_process")
        space = [Integer(low, high) for low, high in zip(LOWEST, HIGHEST, strict=True)]
        gp_minimize(loss, space, n_calls=budget, random_state=seed)
    return judge.found()


def descend(objective: Objective, seed: int, budget: int = BUDGET) -> Found:
    """Many starts judged exactly, the best few refined by gradient on the smooth loss, then rounded and judged exactly.

    Starts are a scrambled Sobol sequence without the grids that leave the hull: that is plain geometry, and costs no
    evaluation. The descent is Adam's, in shares of each range, while the smooth loss is sharpened; where rounding
    pushes a grid out of the hull, it is set deeper.

    Raises
    ------
    InputError
        Where the budget does not pay for one descent.
    """
    kept = budget // EVALUATIONS_PER_KEPT
    if kept < 1:
        raise InputError(
            f"a budget of {budget} evaluations is too small", remedy=f"give at least {EVALUATIONS_PER_KEPT}"
        )
    judge = Judge(objective)
    poses = _starts(objective, seed, budget - kept * (STEPS + 1))
    chosen = poses[judge.exact(poses).argsort(stable=True)[:kept]]
    share = torch.cat([_refined(judge, (some - LOW) / SPAN) for some in torch.split(chosen, CHUNK)])
    judge.exact(_within(objective, (LOW + share * SPAN).round()))
    return judge.found()


def _starts(objective: Objective, seed: int, count: int) -> Tensor:
    """So many poses of whole numbers ``(count, 4)``, inside the hull as long as there are any."""
    rounds = ceil(log2(DRAWN_PER_START * count))
    drawn: FloatArray = qmc.Sobol(4, rng=np.random.default_rng(seed)).random_base2(rounds)
    poses = (LOW + torch.from_numpy(drawn) * SPAN).round()
    return _inside_first(objective, poses)[:count]


def _outside(objective: Objective, poses: Tensor) -> Tensor:
    """Which ``(B,)`` of poses ``(B, 4)`` leave the hull."""
    return outside_hull_mm(poses, objective.approach, objective.grid) > 0


def _inside_first(objective: Objective, poses: Tensor) -> Tensor:
    """The same poses, those inside the hull before the others, otherwise in their order."""
    return poses[_outside(objective, poses).to(torch.uint8).argsort(stable=True)]


def _refined(judge: Judge, share: Tensor) -> Tensor:
    """Poses ``(B, 4)``, in shares of their ranges, after the descent."""
    share = share.clone().requires_grad_()
    adam = torch.optim.Adam([share], lr=RATE)
    for step in range(STEPS):
        done = step / (STEPS - 1)
        adam.param_groups[0]["lr"] = RATE * (1 - 0.8 * done)
        adam.zero_grad()
        loss = judge.smooth(LOW + share * SPAN, _sharpened(step)).sum()
        loss.backward()  # type: ignore[no-untyped-call]  # torch's stub
        adam.step()
        with torch.no_grad():
            share.clamp_(0.0, 1.0)
    return share.detach()


def _within(objective: Objective, poses: Tensor) -> Tensor:
    """Poses with the least offset, from theirs to `DEEPER_MM` more, at which the grid is inside the hull, if any is."""
    tried = poses[:, None].repeat(1, DEEPER_MM + 1, 1)
    tried[..., 2] = (tried[..., 2] + torch.arange(DEEPER_MM + 1)).clamp(max=HIGHEST[2])
    outside = outside_hull_mm(tried.reshape(-1, 4), objective.approach, objective.grid).reshape(tried.shape[:2])
    return tried[torch.arange(len(poses)), (outside <= 0).to(torch.uint8).argmax(dim=1)]


def _sharpened(step: int) -> Softness:
    """Softness on its way from `FIRST` to `LAST`, in equal ratios."""

    def between(first: float, last: float) -> float:
        return float(np.geomspace(first, last, STEPS)[step])

    return Softness(
        between(FIRST.gray_mm, LAST.gray_mm), between(FIRST.border, LAST.border), between(FIRST.lit, LAST.lit)
    )
