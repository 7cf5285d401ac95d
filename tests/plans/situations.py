"""Situations to plan in, drawn from a seed, and what becomes of them."""

from __future__ import annotations

import time
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np
import torch
from brute_force import easily_found
from oracle import Oracle
from scipy.spatial import cKDTree

from planner.anatomy.brush import Brush
from planner.anatomy.hemisphere import V1, Anatomy, Hemisphere
from planner.anatomy.regions import Region, painted_region
from planner.anatomy.subject import load_anatomy
from planner.anatomy.vessels.region import ImagedRegion
from planner.anatomy.vessels.synthetic import grow_pial_trees
from planner.anatomy.vessels.tree import VesselTree
from planner.anatomy.vessels.wall import Vessel, VesselWall
from planner.anatomy.windows import PRESETS, access_preset
from planner.design.baselines import baseline
from planner.design.limits import Limits, Verdict
from planner.design.optimise import optimise
from planner.design.placing import propose_thread
from planner.design.site import Site, prepare_site
from planner.design.step import Step
from planner.design.vasculature import Vasculature
from planner.design.verify import ExactGate
from planner.errors import InfeasibleError, PlannerError
from planner.frames import HEMISPHERES, FloatArray
from planner.implant.catalogue import load_device
from planner.implant.device import Devices
from planner.implant.thread import Implant, Thread
from planner.plan.files import load_plan, save_plan
from planner.plan.make import device_limits, new_plan
from planner.tasks.make import make_task
from planner.tasks.record import TaskRecord

STEPS = 20
TREES, WALLS, IMAGED, ONE, IMAGED_WALLS = 6, 6, 7, 8, 9
"""Cases below the first have trees over both hemispheres; of the others each has one thing more: veins as walls,
vessels imaged around a part of V1 only, the left hemisphere alone, the right one with walls that were partly imaged."""
CASES = 10
DEVICES = (
    (("long-thread",), (1, 24), 0.34),
    (("thread",), (1, 24), 0.18),
    (("icvp",), (1, 6), 0.12),
    (("utah",), (1, 3), 0.08),
    (("icvp", "long-thread"), (2, 12), 0.12),
    (("orion",), (1, 2), 0.06),
    (("orion", "long-thread"), (2, 8), 0.05),
    (("vimplant-grid",), (1, 1), 0.05),
)
AROUND_V1_MM = 8.0  # vessels' walls farther than that from V1 are left out
SPACINGS_MM = (0.0, 0.25, 1.0, 2.5)


@dataclass(frozen=True)
class Situation:
    """What is asked for; of the threads given those that are locked stay."""

    case: int
    devices: Devices
    given: tuple[Thread, ...]
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
    case = int(generator.integers(TREES) if generator.random() < 0.6 else generator.integers(TREES, CASES))
    names, (least, most), _ = DEVICES[generator.choice(len(DEVICES), p=[share for *_, share in DEVICES])]
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
    if generator.random() < 0.3:
        limits = replace(limits, spacing_mm=float(generator.choice(SPACINGS_MM)))
        words.append(f"{limits.spacing_mm:g} mm apart")
    if generator.random() < 0.2:
        limits = replace(limits, gray_mm=float(generator.choice([0.0, 0.25])))
        words.append(f"gray {limits.gray_mm:g} mm")
    avoid = bool(generator.random() < 0.85)
    words += [] if avoid else ["vessels ignored"]
    given: tuple[Thread, ...] = ()
    if generator.random() < 0.3:
        given = _given(case, devices, limits, seed, generator)
        words.append(f"{sum(t.locked for t in given)} of {len(given)} locked")
    return Situation(case, devices, given, limits, avoid, ", ".join(words))


@lru_cache(maxsize=CASES)
def anatomy(case: int) -> Anatomy:
    """The demo with other vessels: grown from another seed, known to another error, and see `TREES`."""
    demo = _demo()
    vessels: list[Vessel] = []
    for name, other in zip(HEMISPHERES, reversed(HEMISPHERES), strict=True):
        grown = grow_pial_trees(demo.hemispheres[name], 100 + case, demo.hemispheres[other])
        vessels += [replace(tree, error_mm=0.25 * (case % 3), sides=(name,)) for tree in grown]
    alone = {ONE: "lh", IMAGED_WALLS: "rh"}.get(case)
    sides = {name: h for name, h in demo.hemispheres.items() if alone in (None, name)}
    if case in (WALLS, IMAGED_WALLS):
        v1_mm = np.concatenate([h.pial_mm[h.retinotopy.area == V1] for h in sides.values()])
        vessels = [walls_of(v, v1_mm) if v.kind == "vein" and isinstance(v, VesselTree) else v for v in vessels]
    if case in (IMAGED, IMAGED_WALLS):
        vessels = [replace(v, imaged=_half_of_v1(demo.hemispheres[v.sides[0]], v.kind)) for v in vessels]
    return replace(demo, hemispheres=sides, vessels=tuple(vessels))


@lru_cache(maxsize=1)
def _demo() -> Anatomy:
    """Loaded once, so that all cases share its surfaces, and what is made of them."""
    return load_anatomy()


@lru_cache(maxsize=1)
def _demo_site() -> Site:
    return prepare_site(_demo())


@lru_cache(maxsize=CASES)
def site(case: int) -> Site:
    """The case made ready; what cases have in common is made once."""
    known, whole = anatomy(case), _demo_site()
    return Site(known, {name: whole.sides[name] for name in known.hemispheres}, Vasculature(known.vessels))


@lru_cache(maxsize=1)
def gate(case: int) -> ExactGate:
    """An exact gate that nobody has used before."""
    return ExactGate(anatomy(case))


@lru_cache(maxsize=1)
def oracle(case: int) -> Oracle:
    """What the gate's word is held against."""
    return Oracle(anatomy(case))


def planned(asked: Situation, seed: int) -> Step:
    """The last step of an optimisation; raises InfeasibleError where it found no room."""
    task = make_task(TaskRecord(pixels=32))
    *_, last = optimise(
        site(asked.case),
        Implant(asked.devices, asked.given),
        task,
        asked.limits,
        steps=STEPS,
        seed=seed,
        avoid_vessels=asked.avoid_vessels,
    )
    return last


def outcome(seed: int) -> Outcome:
    """Plan in a situation, and hold what comes back against oracle, exact gate and brute force."""
    torch.set_num_threads(1)
    asked, began = situation(seed), time.monotonic()
    try:
        last = planned(asked, seed)
    except InfeasibleError as error:
        status, fault = "no room", _missed(asked, seed, str(error))
    else:
        status, fault = _judged(asked, last, seed)
    return Outcome(seed, asked.words, status, time.monotonic() - began, fault)


def _judged(asked: Situation, last: Step, seed: int) -> tuple[str, str]:
    """The status of what came back, and what is wrong with it."""
    held = [thread for thread in asked.given if thread.locked]
    verdict = gate(asked.case).verdict(last.implant, asked.limits)
    if unfit := _not_kept_by_a_file(asked, last, verdict):
        return last.status, unfit
    wanted = [v for v in verdict.violations if asked.avoid_vessels or v.constraint != "vessel"]
    faults = oracle(asked.case).faults(last.implant, asked.limits, asked.avoid_vessels, held)
    if moved := [fault for fault in faults if fault.limit == "locked"]:
        return last.status, f"locked thread {moved[0].thread} did not come back as it was"
    if last.status != "infeasible":
        if wanted:
            return last.status, f"returned as {last.status}, but: {wanted[0].message}"
        if faults:
            worst = max(faults, key=lambda fault: fault.by)
            said = f"{worst.limit} of {worst.thread or 'the plan'} by {worst.by:.4f}"
            return last.status, f"returned as {last.status}, but by the oracle {len(faults)} are broken: {said}"
        if len(last.implant.threads) == asked.limits.threads:
            return last.status, ""
        return "fewer", _missed(asked, seed, last.message)
    if not wanted:
        return last.status, "returned as infeasible, and is not"
    if {v.thread for v in wanted} <= {thread.name for thread in held}:
        return "locked", ""  # the user's own threads break a limit: no search can help
    return last.status, _missed(asked, seed, last.message)


def _not_kept_by_a_file(asked: Situation, last: Step, verdict: Verdict) -> str:
    """A sentence where what came back, with its verdict, cannot be saved as a plan and read as it was."""
    plan = new_plan(anatomy(asked.case), asked.devices, asked.limits, threads=last.implant.threads)
    plan = replace(plan, verdict=verdict)
    with TemporaryDirectory() as folder:
        file = Path(folder, "plan.json")
        try:
            save_plan(plan, file)
            read = load_plan(file)
        except PlannerError as error:
            return f"no file can hold it: {error}"
    return "" if (read.threads, read.limits) == (plan.threads, plan.limits) else "its file holds another plan"


def _missed(asked: Situation, seed: int, message: str) -> str:
    """A sentence where brute force, which always keeps clear of vessels, finds easily what the optimiser did not."""
    held = tuple(thread for thread in asked.given if thread.locked)
    found = easily_found(anatomy(asked.case), gate(asked.case), asked.devices, asked.limits, seed, held)
    return f"brute force found room for all; the optimiser said: {message}" if found else ""


def _given(
    case: int, devices: Devices, limits: Limits, seed: int, generator: np.random.Generator
) -> tuple[Thread, ...]:
    """Threads that are there before, most of them locked: of a baseline, or by hand, where limits may be broken."""
    shares = limits.shares(len(devices))
    if generator.random() < 0.3:
        try:
            placed = baseline("random", site(case), devices, limits, seed, 16.0)
        except InfeasibleError:
            return ()
    else:
        placed = ()
        names = list(anatomy(case).hemispheres)
        for number in range(min(int(generator.integers(1, 4)), shares[-1])):
            hemisphere = anatomy(case).hemispheres[names[int(generator.integers(len(names)))]]
            v1 = np.flatnonzero(hemisphere.retinotopy.area == V1)
            x, y, z = hemisphere.pial_mm[generator.choice(v1)].tolist()
            kind = len(devices) - 1
            placed += (
                propose_thread(site(case), devices, limits, hemisphere.name, (x, y, z), f"H{number}", placed, kind),
            )
    taken = placed[: int(generator.integers(1, len(placed) + 1))]
    return tuple(replace(thread, locked=bool(generator.random() < 0.75)) for thread in taken)


def _region(case: Anatomy, generator: np.random.Generator) -> Region:
    name = list(case.hemispheres)[int(generator.integers(len(case.hemispheres)))]
    hemisphere = case.hemispheres[name]
    v1 = np.flatnonzero(hemisphere.retinotopy.area == V1)
    centre = hemisphere.pial_mm[generator.choice(v1)]
    return painted_region(name, Brush(hemisphere).painted(centre[None], 4.0))


def walls_of(tree: VesselTree, v1_mm: FloatArray) -> VesselWall:
    """A tree's segments near V1 as six-sided tubes with caps, that overlap."""
    (a, b), (r, q) = tree.points_mm[tree.edges.T], tree.radius_mm[tree.edges.T]
    near, _ = cKDTree(v1_mm).query((a + b) / 2)
    rows = near <= AROUND_V1_MM
    a, b, r, q = a[rows], b[rows], r[rows], q[rows]
    unit = (b - a) / np.linalg.norm(b - a, axis=1)[:, None]
    side = np.cross(unit, np.eye(3)[np.abs(unit).argmin(axis=1)])
    side /= np.linalg.norm(side, axis=1)[:, None]
    turn = np.arange(6) * np.pi / 3
    ring = np.cos(turn)[:, None] * side[:, None] + np.sin(turn)[:, None] * np.cross(unit, side)[:, None]
    points = np.concatenate([a[:, None] + r[:, None, None] * ring, b[:, None] + q[:, None, None] * ring], axis=1)
    flanks = [((i, (i + 1) % 6, i + 6), ((i + 1) % 6, (i + 1) % 6 + 6, i + 6)) for i in range(6)]
    caps = [((0, i + 1, i), (6, 6 + i, 7 + i)) for i in range(1, 5)]
    faces = np.array([face for pair in (*flanks, *caps) for face in pair])
    every = (12 * np.arange(len(a)))[:, None, None] + faces
    return VesselWall(
        tree.name,
        tree.kind,
        points.reshape(-1, 3),
        every.reshape(-1, 3),
        tree.source,
        synthetic=True,
        error_mm=tree.error_mm,
        sides=tree.sides,
    )


def _half_of_v1(hemisphere: Hemisphere, kind: str) -> ImagedRegion:
    """An oblique box over some three fifths of a hemisphere's V1, another for each kind of vessel."""
    v1_mm = hemisphere.pial_mm[hemisphere.retinotopy.area == V1]
    axis = np.array([0.1, 0.9, 0.3 if kind == "vein" else -0.3])
    axis /= np.linalg.norm(axis)
    side = np.cross(axis, [0.0, 0.0, 1.0])
    side /= np.linalg.norm(side)
    normals = np.array([axis, -axis, side, -side, np.cross(axis, side), -np.cross(axis, side)])
    along = v1_mm @ normals.T
    offsets = along.max(axis=0) + 15.0
    offsets[0] = np.quantile(along[:, 0], 0.6)
    return ImagedRegion(normals, offsets, "a box over a part of V1")
