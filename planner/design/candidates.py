"""Candidate threads: many proposals drawn through V1's gray matter, of which those that keep every limit remain."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import torch
from numpy.random import Generator
from torch import Tensor

from planner.design.constraints import own_margins
from planner.design.limits import ConstraintName, Limits
from planner.design.progress import Progress, silent
from planner.design.site import Side, Site
from planner.frames import FloatArray, HemisphereName, IntArray
from planner.implant.device import Device
from planner.implant.parameters import ThreadTensors

# Ours: what the fast margins must show beyond the limit, so that the exact ones keep it too. Clearances to vessels are
# known to `vasculature.SMOOTH_ERROR_MM`, a twentieth of it.
SAFETY_MM = 0.02
PROPOSALS = 4096  # a round, over all hemispheres
ROUNDS = 12
SLANT = 1.3  # steepest proposals span this much of the cortex's thickness


def candidates(
    site: Site,
    device: Device,
    limits: Limits,
    count: int,
    seed: int,
    avoid_vessels: bool = True,
    stop: Callable[[], bool] = lambda: False,
    progress: Progress = silent,
) -> ThreadTensors:
    """About `count` feasible threads spread over V1 of every hemisphere, in random order.

    A proposal is a contact row through a random point of V1's gray matter, at a random slant that such a row can have
    within the cortex's thickness; its entry is where the row, continued outwards, meets pial. Fewer are returned where
    the cortex has little room, or where `stop`, asked after each round of proposals, says so. Spacing is left out:
    it depends on what else is placed.
    """
    generator = np.random.default_rng(seed)
    kept: list[ThreadTensors] = []
    found = 0
    for _ in range(ROUNDS):
        progress("Looking for places in V1", min(found, count), count)
        proposals = propose(site, device, PROPOSALS, generator)
        good = feasible(site, proposals, device, limits, avoid_vessels)
        kept.append(proposals.take(good))
        found += len(good)
        if found >= count or stop():
            break
    threads = joined(kept)
    order = torch.from_numpy(generator.permutation(len(threads)))
    return threads.take(order[:count])


@torch.no_grad()
def feasible(
    site: Site,
    threads: ThreadTensors,
    device: Device,
    limits: Limits,
    avoid_vessels: bool = True,
    safety_mm: float = SAFETY_MM,
) -> Tensor:
    """Indices of the threads whose own margins (all but spacing) are at least `safety_mm`."""
    if len(threads) == 0:
        return torch.zeros(0, dtype=torch.int64)
    table = own_margins(site, threads, device, limits)
    if not avoid_vessels:
        del table["vessel"]
    return torch.nonzero(torch.stack(list(table.values())).amin(dim=0) >= safety_mm).flatten()


@torch.no_grad()
def shares_refused(site: Site, device: Device, limits: Limits, seed: int) -> dict[ConstraintName, float]:
    """Share of a round's proposals that each constraint refuses by itself, the strictest first; empty without any."""
    proposals = propose(site, device, PROPOSALS, np.random.default_rng(seed))
    if len(proposals) == 0:
        return {}
    table = own_margins(site, proposals, device, limits)
    refused = {name: float((margin < SAFETY_MM).double().mean()) for name, margin in table.items()}
    return dict(sorted(refused.items(), key=lambda item: -item[1]))


def propose(site: Site, device: Device, count: int, generator: Generator) -> ThreadTensors:
    """Up to `count` threads whose contact rows lie roughly in V1's gray matter; not yet checked against the limits."""
    area = {name: float(_areas(side).sum()) for name, side in site.sides.items()}
    total = sum(area.values())
    parts = []
    for name, side in site.sides.items():
        middle, direction = _rows(side, device, round(count * area[name] / total), generator)
        parts.append(entered(side, name, device, middle, direction))
    return joined(parts)


def entered(
    side: Side, name: HemisphereName, device: Device, middle: FloatArray, direction: FloatArray
) -> ThreadTensors:
    """Threads through given middles of contact rows along unit directions, ``(K, 3)`` each.

    A thread enters where its row, followed outwards, first meets pial; those that start outside pial or meet none are
    left out.
    """
    outermost = middle - direction * (device.span_mm / 2)
    inside = side.pial.signed_distance(torch.from_numpy(outermost)).numpy() < 0
    outermost, direction = outermost[inside], direction[inside]
    hit, way = side.pial.first_hit(outermost, -direction)
    meets = hit & (way > 0)
    entry = outermost[meets] - direction[meets] * way[meets, None]
    depth = way[meets] + device.span_mm + device.tip_mm
    return ThreadTensors(
        torch.from_numpy(entry),
        torch.from_numpy(direction[meets]),
        torch.from_numpy(depth),
        torch.full((len(depth),), name == "rh"),
    )


def joined(parts: list[ThreadTensors]) -> ThreadTensors:
    """Several batches as one."""
    return ThreadTensors(
        torch.cat([p.entry_mm for p in parts]),
        torch.cat([p.direction for p in parts]),
        torch.cat([p.depth_mm for p in parts]),
        torch.cat([p.right for p in parts]),
    )


def _areas(side: Side) -> FloatArray:
    a, b, c = side.hemisphere.white_mm[side.hemisphere.faces[side.hemisphere.v1_faces]].transpose(1, 0, 2)
    return np.asarray(np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2)


def _rows(side: Side, device: Device, count: int, generator: Generator) -> tuple[FloatArray, FloatArray]:
    """Middles and directions of contact rows that might fit the cortex, prefiltered by their ends."""
    areas = _areas(side)
    face = side.hemisphere.v1_faces[generator.choice(len(areas), size=count, p=areas / areas.sum())]
    corners = side.hemisphere.faces[face]
    weight, depth = generator.dirichlet([1.0, 1.0, 1.0], count), generator.uniform(0.25, 0.75, (count, 1))
    pial, white = (
        (weight[..., None] * points[corners]).sum(axis=1)
        for points in (side.hemisphere.pial_mm, side.hemisphere.white_mm)
    )
    middle, column = pial + depth * (white - pial), white - pial
    thickness = np.maximum(np.linalg.norm(column, axis=1, keepdims=True), 1e-6)
    column /= thickness
    sideways = np.cross(column, generator.normal(size=(count, 3)))
    sideways /= np.linalg.norm(sideways, axis=1, keepdims=True)
    steepest = np.minimum(1.0, SLANT * thickness / max(device.span_mm, 1e-6))
    cosine = generator.uniform(0.0, 1.0, (count, 1)) * steepest
    direction = cosine * column + np.sqrt(1 - cosine**2) * sideways
    ends = np.stack([middle - direction * (device.span_mm / 2), middle + direction * (device.span_mm / 2)], axis=1)
    points = torch.from_numpy(ends)
    within = (side.pial.signed_distance(points) < 0) & (side.white.signed_distance(points) > 0)
    keep: IntArray = np.flatnonzero(within.all(dim=1).numpy())
    return middle[keep], direction[keep]
