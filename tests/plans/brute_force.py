"""A search that knows nothing but the exact gate: entries, directions and depths at random, one after the other."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from planner.anatomy.hemisphere import V1, Anatomy
from planner.design.limits import CONSTRAINTS, Limits
from planner.design.verify import ExactGate
from planner.frames import HemisphereName
from planner.geometry.exact_shafts import nearest_shafts
from planner.implant.device import Device, Devices
from planner.implant.thread import Implant, Thread, vector

DRAWS = 1500  # of each device
FEWER = ((32, 1), (200, 4), (10_000, 50))  # so many contacts, and so many times fewer draws
BATCH = 250
SHAFTS = 300  # that the gate is given together
STEEPEST_DEG = 80.0


def easily_found(
    anatomy: Anatomy, gate: ExactGate, devices: Devices, limits: Limits, seed: int, held: tuple[Thread, ...] = ()
) -> bool:
    """Whether so many draws hold as many threads as the budget has, that keep every limit and their spacing.

    Threads that are `held` stay and count; vessels must be known around all others where any was imaged in a part.
    """
    generator = np.random.default_rng([seed, 7])
    placed = list(held)
    known = any(vessel.imaged is not None for vessel in anatomy.vessels)
    for device, wanted in zip(devices, limits.shares(len(devices)), strict=True):
        count = sum((thread.device or devices[0].name) == device.name for thread in held)
        draws = next(DRAWS // less for most, less in FEWER if device.contact_count <= most)
        for _ in range(0, draws, BATCH):
            singles = drawn(anatomy, device, min(BATCH, draws), generator)
            for thread in _passing(gate, devices, limits, singles, known):
                if count < wanted and _apart(devices, limits, [*placed, thread]):
                    placed.append(replace(thread, name=f"B{len(placed)}"))
                    count += 1
            if count == wanted:
                break
        if count < wanted:
            return False
    return True


def drawn(anatomy: Anatomy, device: Device, count: int, generator: np.random.Generator) -> list[Thread]:
    """Threads of a device that enter V1's pial somewhere, at some angle to it, to some depth."""
    names: list[HemisphereName] = list(anatomy.hemispheres)
    threads = []
    for number in range(count):
        name = names[int(generator.integers(len(names)))]
        hemisphere = anatomy.hemispheres[name]
        v1 = np.flatnonzero((hemisphere.retinotopy.area[hemisphere.faces] == V1).all(axis=1))
        a, b, c = hemisphere.pial_mm[hemisphere.faces[generator.choice(v1)]]
        u, v = np.sort(generator.random(2))
        normal = -np.cross(b - a, c - a)
        normal /= np.linalg.norm(normal)
        across = np.cross(normal, generator.normal(size=3))
        across /= np.linalg.norm(across)
        angle = np.deg2rad(generator.uniform(0.0, STEEPEST_DEG if device.kind == "thread" else 20.0))
        direction = np.cos(angle) * normal + np.sin(angle) * across
        side = np.cross(direction, across)
        needed = device.span_mm + device.tip_mm
        depth = generator.uniform(needed, min(device.max_depth_mm, needed + 4.0)) if device.penetrates else 0.0
        threads.append(
            Thread(
                f"B{number}",
                name,
                vector(a + u * (b - a) + (1 - v) * (c - a)),
                vector(direction),
                float(depth),
                device=device.name,
                across=vector(side / np.linalg.norm(side)) if len(device.shanks) > 1 else None,
            )
        )
    return threads


def _passing(gate: ExactGate, devices: Devices, limits: Limits, singles: list[Thread], known: bool) -> list[Thread]:
    """Those that keep every limit of their own; a few at a time, since the gate measures between all their shafts."""
    own = [name for name in CONSTRAINTS if name != "spacing"]
    shanks = len(Implant(devices, ()).device_of(singles[0]).shanks)
    some, found = max(SHAFTS // shanks, 1), []
    for few in (singles[start : start + some] for start in range(0, len(singles), some)):
        alone = replace(limits, threads=len(few), mix=(), spacing_mm=0.0)
        margins = gate.verdict(Implant(devices, tuple(few)), alone).margins
        sound = [t for t in few if all(margins[t.name].margins[name] >= 0 for name in own)]
        found += [t for t in sound if not (known and margins[t.name].vessels_unknown)]
    return found


def _apart(devices: Devices, limits: Limits, threads: list[Thread]) -> bool:
    implant = Implant(devices, tuple(threads))
    shafts = implant.shafts()
    radius = np.array([implant.device_of(t).shaft_radius_mm for t in threads])[shafts.thread]
    gap, _ = nearest_shafts(shafts.start_mm, shafts.tip_mm, radius, shafts.thread, len(threads))
    return bool((gap >= limits.spacing_mm).all())
