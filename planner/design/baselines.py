"""Placements that do not look at the percept: what plans are compared with, and where optimisation starts.

Both choose among the same candidate threads, which keep every limit, so that a baseline is as safe as the plan it is
compared with.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from itertools import count

import numpy as np
import torch
from scipy.sparse import csr_array
from scipy.sparse.csgraph import dijkstra
from scipy.spatial import cKDTree

from planner.anatomy.hemisphere import V1
from planner.anatomy.vessels.kinds import PLURAL
from planner.design.candidates import SAFETY_MM, candidates, joined, shares_refused
from planner.design.limits import Limits
from planner.design.progress import Progress, silent
from planner.design.site import Side, Site
from planner.errors import InfeasibleError
from planner.frames import FloatArray, IntArray
from planner.geometry.segments import segment_distance
from planner.implant.device import Device
from planner.implant.electrodes import contact_positions
from planner.implant.parameters import ThreadTensors, to_tensors, to_threads
from planner.implant.thread import Thread

POOL = 20  # candidates for each thread wanted
LEAST_POOL = 400
LEAST_IMAGED = 0.01  # ours: of V1; less leaves no room


def coverage_threads(
    site: Site,
    device: Device,
    limits: Limits,
    seed: int,
    avoid_vessels: bool = True,
    placed: Sequence[Thread] = (),
    progress: Progress = silent,
    stop: Callable[[], bool] = lambda: False,
) -> tuple[Thread, ...]:
    """Spread threads over the V1 sheet until, with those already `placed`, there are `limits.threads`.

    Each next one is the candidate farthest, along the cortex, from all others (farthest-point sampling; Eldar et al.
    1997). Once `stop`, asked after each round of candidates and each thread, says so, there are as many as by then.

    Raises
    ------
    InfeasibleError
        Where fewer threads than that have room.
    """
    pool = _pool(site, device, limits, seed, avoid_vessels, progress, stop)
    held = to_tensors(placed)
    sheet = _Sheet(site, joined([pool, held]), device)
    far = np.full(len(pool) + len(held), np.inf)
    for row in range(len(pool), len(far)):
        far = np.minimum(far, sheet.from_thread(row))
    allowed = apart(pool, held, device, limits)
    chosen: list[int] = []
    while len(chosen) + len(held) < limits.threads and allowed.any():
        progress("Spreading threads over V1", len(chosen), limits.threads - len(held))
        # Where hemispheres are untouched (infinitely far) the first allowed candidate is as good as any.
        pick = int(np.argmax(np.where(allowed, far[: len(pool)], -1.0)))
        chosen.append(pick)
        if stop():
            break
        far = np.minimum(far, sheet.from_thread(pick))
        allowed &= apart(pool, pool.take(torch.tensor([pick])), device, limits)
    if len(chosen) + len(placed) < limits.threads and not (chosen and stop()):
        raise _no_room(site, device, limits, seed, avoid_vessels, len(chosen) + len(placed))
    return _named(pool, chosen, placed)


def random_threads(
    site: Site, device: Device, limits: Limits, seed: int, avoid_vessels: bool = True
) -> tuple[Thread, ...]:
    """`limits.threads` candidates as they come.

    Raises
    ------
    InfeasibleError
        Where fewer threads than that have room.
    """
    pool = _pool(site, device, limits, seed, avoid_vessels)
    chosen: list[int] = []
    allowed = np.ones(len(pool), dtype=bool)
    while len(chosen) < limits.threads and allowed.any():
        chosen.append(int(np.argmax(allowed)))
        allowed &= apart(pool, pool.take(torch.tensor(chosen[-1:])), device, limits)
    if len(chosen) < limits.threads:
        raise _no_room(site, device, limits, seed, avoid_vessels, len(chosen))
    return _named(pool, chosen, ())


@torch.no_grad()
def apart(pool: ThreadTensors, placed: ThreadTensors, device: Device, limits: Limits) -> np.typing.NDArray[np.bool_]:
    """Which of the pool's threads keep the spacing to every placed one, ``(K,)``."""
    if len(placed) == 0:
        return np.ones(len(pool), dtype=bool)
    gap = segment_distance(
        pool.entry_mm[:, None], pool.tip_mm[:, None], placed.entry_mm[None], placed.tip_mm[None]
    ).amin(dim=1)
    return np.asarray((gap - 2 * device.shaft_radius_mm - limits.spacing_mm >= SAFETY_MM).numpy())


class _Sheet:
    """Distances along V1's mid-gray surface between threads, from the middle of each contact row."""

    def __init__(self, site: Site, pool: ThreadTensors, device: Device) -> None:
        middles = contact_positions(pool, device).mean(dim=1).numpy()
        self._rows = {name: pool.rows(name).numpy() for name in site.sides}
        self._name = {int(row): name for name, rows in self._rows.items() for row in rows}
        self._graphs = {name: _graph(side) for name, side in site.sides.items()}
        self._vertex: IntArray = np.zeros(len(pool), dtype=np.int64)
        for name, (_, points) in self._graphs.items():
            self._vertex[self._rows[name]] = cKDTree(points).query(middles[self._rows[name]])[1]

    def from_thread(self, index: int) -> FloatArray:
        """Distance in mm from one thread to every other; infinite to the other hemisphere."""
        name = self._name[index]
        reach = dijkstra(self._graphs[name][0], directed=False, indices=int(self._vertex[index]))
        distance = np.full(len(self._vertex), np.inf)
        distance[self._rows[name]] = reach[self._vertex[self._rows[name]]]
        return distance


def _graph(side: Side) -> tuple[csr_array, FloatArray]:
    """V1's mid-gray surface as a graph of edge lengths, and its vertices."""
    hemisphere = side.hemisphere
    used, numbered = np.unique(hemisphere.faces[hemisphere.v1_faces], return_inverse=True)
    faces = numbered.reshape(-1, 3)
    points = (hemisphere.white_mm[used] + hemisphere.pial_mm[used]) / 2
    edges = np.unique(np.sort(np.concatenate([faces[:, [0, 1]], faces[:, [1, 2]], faces[:, [2, 0]]]), axis=1), axis=0)
    length = np.linalg.norm(points[edges[:, 0]] - points[edges[:, 1]], axis=1)
    return csr_array((length, (edges[:, 0], edges[:, 1])), shape=(len(used), len(used))), points


def _pool(
    site: Site,
    device: Device,
    limits: Limits,
    seed: int,
    avoid_vessels: bool,
    progress: Progress = silent,
    stop: Callable[[], bool] = lambda: False,
) -> ThreadTensors:
    count = max(LEAST_POOL, POOL * limits.threads)
    return candidates(site, device, limits, count, seed, avoid_vessels, stop, progress)


def _no_room(site: Site, device: Device, limits: Limits, seed: int, avoid_vessels: bool, found: int) -> InfeasibleError:
    """The error that says how many threads have room, and what stands in the way of more."""
    refused = shares_refused(site, device, limits, seed)
    strictest = [
        f"{share:.0%} by {name}" for name, share in refused.items() if share > 0 and (avoid_vessels or name != "vessel")
    ]
    why = f" (of the places tried {', '.join(strictest[:3])} alone are refused)" if strictest else ""
    unimaged = _unimaged(site) if avoid_vessels else ""
    where = f"check why V1 lies outside the imaged region of {unimaged}, or leave their file out, " if unimaged else ""
    return InfeasibleError(
        f"Only {found} of {limits.threads} threads have room under these limits{why}; "
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


def _named(pool: ThreadTensors, chosen: list[int], placed: Sequence[Thread]) -> tuple[Thread, ...]:
    taken = {thread.name for thread in placed}
    names = (name for number in count(1) if (name := f"T{number:02d}") not in taken)
    threads = to_threads(pool.take(torch.tensor(chosen, dtype=torch.int64)))
    return tuple(replace(thread, name=next(names)) for thread in threads)
