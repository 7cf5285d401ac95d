"""Placements that do not look at the percept: what plans are compared with, and where optimisation starts.

All choose among the same candidate threads, which keep every limit, so that a baseline is as safe as the plan it is
compared with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import cache
from itertools import count
from typing import Final, Literal, get_args

import numpy as np
import torch
from numpy.typing import NDArray

from planner.anatomy.hemisphere import V1
from planner.anatomy.vessels.kinds import PLURAL
from planner.design.candidates import MANY_CONTACTS, SAFETY_MM, candidates, shares_refused
from planner.design.limits import Limits
from planner.design.packing import packed
from planner.design.progress import Progress, silent
from planner.design.site import Site
from planner.design.spacing import ball_gaps, shaft_gaps
from planner.design.spreading import CortexDistance, FieldDistance, grid_order
from planner.errors import InfeasibleError
from planner.frames import IntArray
from planner.implant.device import Devices
from planner.implant.parameters import ThreadTensors, joined, to_tensors, to_threads
from planner.implant.thread import Thread

Baseline = Literal["coverage", "field", "grid", "random"]
BASELINES: Final[tuple[Baseline, ...]] = get_args(Baseline)
POOL = 20  # candidates for each thread wanted
LEAST_POOL = 1000
LEAST_IMAGED = 0.01  # ours: of V1; less leaves no room


@dataclass(frozen=True, eq=False)
class Room:
    """What a baseline chooses from.

    Attributes
    ----------
    site, devices, limits
        Of the plan.
    pool : ThreadTensors
        Candidates that keep every limit of their own.
    held : ThreadTensors
        What is placed already and stays.
    extent_deg : float
        Width of the visual field that is shown.
    seed : int
    avoid_vessels : bool
    """

    site: Site
    devices: Devices
    limits: Limits
    pool: ThreadTensors
    held: ThreadTensors
    extent_deg: float
    seed: int = 0
    avoid_vessels: bool = True

    @property
    def wanted(self) -> IntArray:
        """How many of each device are still to be placed."""
        have = torch.bincount(self.held.kind, minlength=len(self.devices)).numpy()
        return np.asarray(np.maximum(np.array(self.limits.shares(len(self.devices))) - have, 0), dtype=np.int64)


def pool_of(
    site: Site,
    devices: Devices,
    limits: Limits,
    seed: int,
    avoid_vessels: bool = True,
    progress: Progress = silent,
    stop: Callable[[], bool] = lambda: False,
) -> ThreadTensors:
    """The candidates that baselines and the optimiser choose among, of every device that is wanted."""
    parts = [to_tensors((), devices)]
    for kind, share in enumerate(limits.shares(len(devices))):
        if share:
            least = LEAST_POOL if devices[kind].contact_count <= MANY_CONTACTS else 0
            count = max(least, POOL * share)
            parts.append(candidates(site, devices, limits, count, seed, avoid_vessels, stop, progress, kind))
    return joined(parts)


def baseline(
    method: Baseline,
    site: Site,
    devices: Devices,
    limits: Limits,
    seed: int,
    extent_deg: float,
    avoid_vessels: bool = True,
    placed: Sequence[Thread] = (),
    progress: Progress = silent,
    stop: Callable[[], bool] = lambda: False,
) -> tuple[Thread, ...]:
    """Threads by a method that does not look at the percept, as many as the budget has besides those `placed`.

    Once `stop`, asked after each round of candidates and each thread, says so, there are as many as by then.

    Raises
    ------
    InfeasibleError
        Where room is found for fewer threads than that.
    """
    pool = pool_of(site, devices, limits, seed, avoid_vessels, progress, stop)
    room = Room(site, devices, limits, pool, to_tensors(placed, devices), extent_deg, seed, avoid_vessels)
    return threads_by(method, room, frozenset(thread.name for thread in placed), progress, stop)


def threads_by(
    method: Baseline,
    room: Room,
    taken: frozenset[str] = frozenset(),
    progress: Progress = silent,
    stop: Callable[[], bool] = lambda: False,
) -> tuple[Thread, ...]:
    """See `baseline`; of a room that is there already, with names that are not `taken`."""
    chosen = choose(method, room, progress, stop)
    if len(chosen) < int(room.wanted.sum()) and not stop():
        chosen = _packed(room, chosen)
    missing = int(room.wanted.sum()) - len(chosen)
    if missing and not (chosen and stop()):
        raise no_room(room, room.limits.threads - missing)
    names = (name for number in count(1) if (name := f"T{number:02d}") not in taken)
    threads = to_threads(room.pool.take(torch.tensor(chosen, dtype=torch.int64)), room.devices)
    return tuple(replace(thread, name=next(names)) for thread in threads)


def choose(
    method: Baseline, room: Room, progress: Progress = silent, stop: Callable[[], bool] = lambda: False
) -> list[int]:
    """Rows of the pool that a method takes, fewer than wanted where there is no room.

    *coverage*: the next one is the candidate farthest, along the cortex, from all others (farthest-point sampling;
    Eldar et al. 1997). *field*: the same in degrees of the visual field, among those that show something in the field
    shown. *grid*: those nearest to the nodes of a regular lattice on the cortex. *random*: candidates as they come.
    Arrays are placed before threads, which find room between them.
    """
    everyone = joined([room.pool, room.held])
    chosen: list[int] = []
    if method == "random" or method == "grid":
        order = grid_order(room.site, room.pool, room.devices, room.wanted) if method == "grid" else None
        return _in_order(room, np.arange(len(room.pool)) if order is None else order, stop)
    distance = (
        CortexDistance(room.site, everyone, room.devices)
        if method == "coverage"
        else FieldDistance(room.site, everyone, room.devices, room.extent_deg)
    )
    far = np.full(len(everyone), np.inf)
    for row in range(len(room.pool), len(far)):
        far = np.minimum(far, distance.from_thread(row))
    free = apart(room.pool, room.held, room.devices, room.limits)
    kind, wanted = room.pool.kind.numpy(), room.wanted
    total = int(wanted.sum())
    for device in _largest_first(room.devices):
        for _ in range(wanted[device]):
            allowed = free & (kind == device)
            if not allowed.any() or (chosen and stop()):
                break
            progress("Spreading threads over V1", len(chosen), total)
            # Where hemispheres are untouched (infinitely far) the first allowed candidate is as good as any.
            pick = int(np.argmax(np.where(allowed, distance.rank(far[: len(room.pool)]), -np.inf)))
            chosen.append(pick)
            far = np.minimum(far, distance.from_thread(pick))
            free &= apart(room.pool, room.pool.take(torch.tensor([pick])), room.devices, room.limits)
    return chosen


def _packed(room: Room, chosen: list[int]) -> list[int]:
    """The chosen rows with as many more as can be made room for; see `planner.design.packing`."""

    @cache
    def crowded(row: int) -> NDArray[np.bool_]:
        near = ~apart(room.pool, room.pool.take(torch.tensor([row])), room.devices, room.limits)
        near[row] = True
        return near

    beside_held = ~apart(room.pool, room.held, room.devices, room.limits)
    rows = np.array(chosen, dtype=np.int64)
    return [int(row) for row in packed(rows, room.pool.kind.numpy(), room.wanted, beside_held, crowded)]


def _in_order(room: Room, order: IntArray, stop: Callable[[], bool]) -> list[int]:
    """The first of the pool's rows, in an order, that leave each other room."""
    free = apart(room.pool, room.held, room.devices, room.limits)
    kind, wanted = room.pool.kind.numpy(), room.wanted
    chosen: list[int] = []
    for device in _largest_first(room.devices):
        for _ in range(wanted[device]):
            allowed = order[(free & (kind == device))[order]]
            if len(allowed) == 0 or (chosen and stop()):
                break
            chosen.append(int(allowed[0]))
            free &= apart(room.pool, room.pool.take(torch.tensor(chosen[-1:])), room.devices, room.limits)
    return chosen


def _largest_first(devices: Devices) -> list[int]:
    return sorted(range(len(devices)), key=lambda number: -devices[number].halfwidth_mm)


@torch.no_grad()
def apart(pool: ThreadTensors, placed: ThreadTensors, devices: Devices, limits: Limits) -> NDArray[np.bool_]:
    """Which of the pool's threads keep the spacing to every placed one, ``(K,)``."""
    if len(placed) == 0 or len(pool) == 0:
        return np.ones(len(pool), dtype=bool)
    least_mm = limits.spacing_mm + SAFETY_MM
    free = ball_gaps(pool, placed, devices) >= least_mm
    near = torch.nonzero(~free).flatten()
    free[near] = shaft_gaps(pool.take(near), placed, devices) >= least_mm
    return np.asarray(free.numpy())


def no_room(room: Room, found: int) -> InfeasibleError:
    """The error that says how many threads room was found for, and what stands in the way of more."""
    kinds = [kind for kind, share in enumerate(room.wanted) if share] or [0]
    refused = shares_refused(room.site, room.devices, room.limits, room.seed, kinds[0])
    strictest = [
        f"{share:.0%} by {name}"
        for name, share in refused.items()
        if share > 0 and (room.avoid_vessels or name != "vessel")
    ]
    why = f" (of the places tried {', '.join(strictest[:3])} alone are refused)" if strictest else ""
    if len(room.pool) >= 2 * room.limits.threads:
        why = f" (of the {len(room.pool)} places found for one thread by itself, spacing leaves no more together)"
    unimaged = _unimaged(room.site) if room.avoid_vessels else ""
    where = f"check why V1 lies outside the imaged region of {unimaged}, or leave their file out, " if unimaged else ""
    return InfeasibleError(
        f"Room was found for only {found} of {room.limits.threads} threads under these limits{why}; "
        f"{where}lower the clearance or spacing, take a shorter device, or fewer threads."
    )


def _unimaged(site: Site) -> str:
    """Kinds of vessels that were imaged somewhere, and not around V1."""
    v1_mm = [h.pial_mm[h.retinotopy.area == V1] for h in site.anatomy.hemispheres.values()]
    points = torch.from_numpy(np.concatenate(v1_mm))
    inside = (site.vessels.imaged_depth(points, points) >= 0.0).double().mean(dim=0)
    return " and ".join(
        PLURAL[kind]
        for kind, imaged, share in zip(site.vessels.kinds, site.vessels.imaged.tolist(), inside.tolist(), strict=True)
        if imaged and share < LEAST_IMAGED
    )
