"""Situations to plan in, drawn from a seed, and what becomes of them."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch
from brute_force import easily_found

from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.regions import Region, painted
from planner.anatomy.subject import load_anatomy
from planner.anatomy.vessels.synthetic import grow_pial_trees
from planner.anatomy.windows import PRESETS, access_preset
from planner.design.limits import Limits
from planner.design.optimise import optimise
from planner.design.site import Site, prepare_site
from planner.design.verify import ExactGate
from planner.errors import InfeasibleError
from planner.frames import HEMISPHERES
from planner.implant.catalogue import load_device
from planner.implant.device import Devices
from planner.implant.thread import Implant
from planner.plan.make import device_limits
from planner.tasks.make import make_task
from planner.tasks.record import TaskRecord

CASES = 6
STEPS = 20
DEVICES = (
    (("long-thread",), (1, 24)),
    (("thread",), (1, 24)),
    (("icvp",), (1, 6)),
    (("utah",), (1, 3)),
    (("icvp", "long-thread"), (2, 12)),
)


@dataclass(frozen=True)
class Situation:
    """What is asked for."""

    case: int
    devices: Devices
    limits: Limits
    avoid_vessels: bool
    words: str


@dataclass(frozen=True)
class Outcome:
    """What became of it; `fault` is empty where nothing is wrong."""

    seed: int
    words: str
    status: str
    seconds: float
    fault: str


def situation(seed: int) -> Situation:
    """Case, devices, budget and limits by a seed."""
    generator = np.random.default_rng(seed)
    case = int(generator.integers(CASES))
    names, (least, most) = DEVICES[generator.choice(len(DEVICES), p=(0.4, 0.2, 0.15, 0.1, 0.15))]
    devices = tuple(load_device(name) for name in names)
    threads = int(generator.integers(least, most + 1))
    counts = (threads,) if len(devices) == 1 else (max(threads // 6, 1), threads - max(threads // 6, 1))
    clearance_mm = float(np.round(generator.choice([0.05, 0.1, 0.3, 0.5, 1.0, 2.0]), 3))
    limits = device_limits(devices, counts, clearance_mm)
    words = [f"case {case}", "+".join(f"{n}:{c}" for n, c in zip(names, counts, strict=True)), f"{clearance_mm:g} mm"]
    if generator.random() < 0.3:
        limits = replace(limits, vein_clearance_mm=clearance_mm / 2, localisation_mm=0.1)
        words.append("veins")
    if generator.random() < 0.3:
        limits = replace(limits, angle_deg=float(generator.choice([30.0, 50.0, 70.0])))
        words.append(f"{limits.angle_deg:g}°")
    if generator.random() < 0.3:
        limits = replace(limits, access=access_preset(str(generator.choice(PRESETS[1:])), anatomy(case)))
        words.append(limits.access.name)
    if generator.random() < 0.3:
        limits = replace(limits, regions=(_region(anatomy(case), generator),))
        words.append("region")
    avoid = bool(generator.random() < 0.85)
    return Situation(case, devices, limits, avoid, ", ".join(words + ([] if avoid else ["vessels ignored"])))


@lru_cache(maxsize=CASES)
def anatomy(case: int) -> Anatomy:
    """The demo with other vessels: grown from another seed, known to another error."""
    demo = load_anatomy()
    trees = []
    for name, other in zip(HEMISPHERES, reversed(HEMISPHERES), strict=True):
        grown = grow_pial_trees(demo.hemispheres[name], 100 + case, demo.hemispheres[other])
        trees += [replace(tree, error_mm=0.25 * (case % 3), sides=(name,)) for tree in grown]
    return replace(demo, vessels=tuple(trees))


@lru_cache(maxsize=CASES)
def _site(case: int) -> Site:
    return prepare_site(anatomy(case))


@lru_cache(maxsize=CASES)
def _gate(case: int) -> ExactGate:
    return ExactGate(anatomy(case))


def outcome(seed: int) -> Outcome:
    """Plan in a situation, and hold what comes back against the exact gate and against brute force."""
    torch.set_num_threads(1)
    asked, began = situation(seed), time.monotonic()
    task = make_task(TaskRecord(pixels=32))
    last = None
    try:
        for last in optimise(  # noqa: B007 - the last step is the answer
            _site(asked.case),
            Implant(asked.devices, ()),
            task,
            asked.limits,
            steps=STEPS,
            seed=seed,
            avoid_vessels=asked.avoid_vessels,
        ):
            pass
    except InfeasibleError as error:
        status, fault = "no room", _missed(asked, seed, str(error))
    else:
        assert last is not None
        status = last.status
        verdict = _gate(asked.case).verdict(last.implant, asked.limits)
        wanted = [v for v in verdict.violations if asked.avoid_vessels or v.constraint != "vessel"]
        fault = ""
        if last.status != "infeasible" and wanted:
            fault = f"returned as {last.status}, but: {wanted[0].message}"
        elif last.status == "infeasible" and not wanted:
            fault = "returned as infeasible, and is not"
        elif last.status == "infeasible" or len(last.implant.threads) < asked.limits.threads:
            status = "infeasible" if last.status == "infeasible" else "fewer"
            fault = _missed(asked, seed, last.message)
    return Outcome(seed, asked.words, status, time.monotonic() - began, fault)


def _missed(asked: Situation, seed: int, message: str) -> str:
    """A sentence where brute force, which always keeps clear of vessels, finds easily what the optimiser did not."""
    found = easily_found(anatomy(asked.case), _gate(asked.case), asked.devices, asked.limits, seed)
    return f"brute force found room for all; the optimiser said: {message}" if found else ""


def _region(case: Anatomy, generator: np.random.Generator) -> Region:
    name = HEMISPHERES[int(generator.integers(2))]
    hemisphere = case.hemispheres[name]
    v1 = np.flatnonzero(hemisphere.retinotopy.area == 1)
    centre = hemisphere.pial_mm[generator.choice(v1)]
    return Region("painted", name, painted(hemisphere, centre[None], 4.0), "painted for a test")
