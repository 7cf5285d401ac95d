"""Proposals: threads and arrays drawn at random through V1, not yet checked against the limits."""

from __future__ import annotations

import numpy as np
import torch
from numpy.random import Generator
from scipy.spatial import cKDTree

from planner.design.site import Side, Site
from planner.frames import FloatArray, HemisphereName, IntArray
from planner.implant.device import Device, Devices
from planner.implant.parameters import ThreadTensors, joined
from planner.implant.thread import any_across

SLANT = 1.3  # steepest rows of contacts span this much of the cortex's thickness
TILT_DEG = 15.0  # ours: standard deviation of an array's axis about the cortex's mean normal below it


def propose(site: Site, devices: Devices, kind: int, count: int, generator: Generator) -> ThreadTensors:
    """Up to `count` insertions of one of the devices, over V1 of all hemispheres by its area.

    A thread is a contact row through a random point of V1's gray matter, at a random slant that such a row can have
    within the cortex's thickness; its entry is where the row, continued outwards, meets pial. An array enters V1 at a
    random point, about at right angles to the mean of the surface below it, its contacts somewhere in the gray matter.
    """
    area = {name: float(_areas(side).sum()) for name, side in site.sides.items()}
    total = sum(area.values())
    parts = []
    for name, side in site.sides.items():
        share = round(count * area[name] / total)
        if devices[kind].kind == "thread":
            middle, direction = _rows(side, devices[kind], share, generator)
            parts.append(entered(side, name, devices[kind], kind, middle, direction))
        else:
            parts.append(_arrays(side, name, devices[kind], kind, share, generator))
    return joined(parts)


def entered(
    side: Side, name: HemisphereName, device: Device, kind: int, middle: FloatArray, direction: FloatArray
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
    return posed(name, kind, entry, direction[meets], depth)


def posed(
    name: HemisphereName,
    kind: int,
    entry: FloatArray,
    direction: FloatArray,
    depth: FloatArray,
    across: FloatArray | None = None,
) -> ThreadTensors:
    """Poses ``(K, …)`` in one hemisphere as tensors; single threads need no axis across."""
    return ThreadTensors(
        torch.from_numpy(entry),
        torch.from_numpy(direction),
        torch.from_numpy(depth),
        torch.full((len(depth),), name == "rh"),
        torch.full((len(depth),), kind),
        torch.from_numpy(any_across(direction) if across is None else across),
    )


def _areas(side: Side) -> FloatArray:
    a, b, c = side.hemisphere.white_mm[side.hemisphere.faces[side.hemisphere.v1_faces]].transpose(1, 0, 2)
    return np.asarray(np.linalg.norm(np.cross(b - a, c - a), axis=1) / 2)


def _columns(side: Side, count: int, generator: Generator) -> tuple[FloatArray, FloatArray]:
    """Points of pial and white ``(K, 3)`` on either side of random places of V1."""
    areas = _areas(side)
    face = side.hemisphere.v1_faces[generator.choice(len(areas), size=count, p=areas / areas.sum())]
    corners = side.hemisphere.faces[face]
    weight = generator.dirichlet([1.0, 1.0, 1.0], count)
    pial, white = (
        (weight[..., None] * points[corners]).sum(axis=1)
        for points in (side.hemisphere.pial_mm, side.hemisphere.white_mm)
    )
    return pial, white


def _rows(side: Side, device: Device, count: int, generator: Generator) -> tuple[FloatArray, FloatArray]:
    """Middles and directions of contact rows that might fit the cortex, prefiltered by their ends."""
    pial, white = _columns(side, count, generator)
    depth = generator.uniform(0.25, 0.75, (count, 1))
    middle, column = pial + depth * (white - pial), white - pial
    thickness = np.maximum(np.linalg.norm(column, axis=1, keepdims=True), 1e-6)
    column /= thickness
    steepest = np.minimum(1.0, SLANT * thickness / max(device.span_mm, 1e-6))
    cosine = generator.uniform(0.0, 1.0, (count, 1)) * steepest
    direction = cosine * column + np.sqrt(1 - cosine**2) * _sideways(column, generator)
    ends = np.stack([middle - direction * (device.span_mm / 2), middle + direction * (device.span_mm / 2)], axis=1)
    points = torch.from_numpy(ends)
    within = (side.pial.signed_distance(points) < 0) & (side.white.signed_distance(points) > 0)
    keep: IntArray = np.flatnonzero(within.all(dim=1).numpy())
    return middle[keep], direction[keep]


def _arrays(
    side: Side, name: HemisphereName, device: Device, kind: int, count: int, generator: Generator
) -> ThreadTensors:
    pial, white = _columns(side, count, generator)
    hemisphere = side.hemisphere
    points, towards = hemisphere.pial_mm, hemisphere.white_mm - hemisphere.pial_mm
    below = cKDTree(points).query_ball_point(pial, max(device.halfwidth_mm, 0.5))
    counts = np.array([len(rows) for rows in below])
    rows = np.concatenate([np.zeros(0, dtype=np.int64), *(np.array(b, dtype=np.int64) for b in below)])
    summed = np.zeros_like(pial)
    np.add.at(summed, np.repeat(np.arange(count), counts), towards[rows])
    normal = np.where(counts[:, None] > 0, summed, white - pial)
    normal /= np.maximum(np.linalg.norm(normal, axis=1, keepdims=True), 1e-9)
    angle = np.deg2rad(np.abs(generator.normal(scale=TILT_DEG, size=(count, 1)))).clip(max=np.pi / 3)
    direction = np.cos(angle) * normal + np.sin(angle) * _sideways(normal, generator)
    thickness = np.linalg.norm(white - pial, axis=1)
    if not device.penetrates:
        depth = np.zeros(count)
    elif device.crosses_sulci:
        depth = generator.uniform(device.span_mm + device.tip_mm, device.max_depth_mm, count)
    else:
        deepest = device.tip_mm + device.span_mm + max(s.short_mm for s in device.shanks) + 0.9 * thickness
        depth = generator.uniform(0.2, 1.0, count) * np.minimum(device.max_depth_mm, deepest)
    return posed(name, kind, pial, direction, depth, _sideways(direction, generator))


def _sideways(axis: FloatArray, generator: Generator) -> FloatArray:
    """A random unit vector at right angles to each axis ``(K, 3)``."""
    across = np.cross(axis, generator.normal(size=axis.shape))
    return np.asarray(across / np.linalg.norm(across, axis=1, keepdims=True))
