"""How long the demo plan takes, stage by stage, from an empty process to a verified plan.

Run ``python tests/benchmarks/bench_plan.py``; ``--quick`` for a smoke run with few threads and steps.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from dataclasses import replace
from typing import TYPE_CHECKING, TypeVar

import torch

if TYPE_CHECKING:
    from planner.anatomy.hemisphere import Anatomy
    from planner.design.limits import Limits
    from planner.design.site import Site
    from planner.design.step import Step
    from planner.implant.device import Device
    from planner.implant.parameters import ThreadTensors
    from planner.tasks.task import Task

T = TypeVar("T")


class Clock:
    """Measures named stages and prints them as they end."""

    def __init__(self) -> None:
        self.total = 0.0

    def stage(self, name: str, work: Callable[[], T]) -> T:
        """Do `work`, print how long it took."""
        began = time.perf_counter()
        result = work()
        took = time.perf_counter() - began
        self.total += took
        print(f"{name:<42}{took:8.2f} s")
        return result


def main(argv: list[str] | None = None) -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    quick = parser.parse_args(argv).quick
    count, steps = (4, 3) if quick else (32, 150)
    clock = Clock()

    def imports() -> None:
        import planner.design.optimise
        import planner.tasks.reading  # noqa: F401

    clock.stage("import", imports)
    from planner.anatomy.subject import load_anatomy
    from planner.design.site import prepare_site
    from planner.implant.catalogue import load_device
    from planner.plan.make import device_limits
    from planner.tasks.reading import reading_task

    task = clock.stage("draw the 26 letters", reading_task)
    anatomy = clock.stage("load the demo (vessels from the cache)", load_anatomy)
    site = clock.stage("prepare the site", lambda: prepare_site(anatomy))
    device = load_device("long-thread")
    limits = device_limits(device, count)
    _plan(clock, site, device, task, limits, steps)
    print(f"{'total':<42}{clock.total:8.2f} s")
    if not quick:
        print("\nthe same with every constraint in force")
        strict = every_constraint(anatomy, limits)
        _plan(clock, site, device, task, strict, steps)
        _parts(site, device, task, strict)
    _parts(site, device, task, limits, repeats=2 if quick else 30)


def every_constraint(anatomy: Anatomy, limits: Limits) -> Limits:
    """Limits with all that there is: veins apart, an error, an angle, a window and a forbidden piece of V1."""
    from planner.anatomy.brush import Brush
    from planner.anatomy.hemisphere import V1
    from planner.anatomy.regions import painted_region
    from planner.anatomy.windows import access_preset

    left = anatomy.hemispheres["lh"]
    centre = left.pial_mm[left.retinotopy.area == V1][:1]
    return replace(
        limits,
        vein_clearance_mm=0.2,
        localisation_mm=0.05,
        angle_deg=80.0,
        access=access_preset("interhemispheric", anatomy),
        regions=(painted_region("lh", Brush(left).painted(centre, 5.0)),),
    )


def _plan(clock: Clock, site: Site, device: Device, task: Task, limits: Limits, steps: int) -> None:
    """Optimise from nothing, phase by phase, and say what it is worth beside coverage."""
    from planner.design.assess import assess
    from planner.design.baselines import baseline
    from planner.design.optimise import optimise
    from planner.implant.thread import Implant

    seen: list[tuple[Step, float]] = []

    def run() -> None:
        found = optimise(site, Implant((device,), ()), task, limits, steps=steps)
        seen.extend((step, time.perf_counter()) for step in found)

    began = time.perf_counter()
    clock.stage(f"plan {limits.threads} threads, {steps} gradient steps", run)
    for phase in ("start", "exchange", "gradient", "verdict"):
        times = [at for step, at in seen if step.phase == phase]
        if times:
            print(f"    until the last {phase}, {len(times)} steps{times[-1] - began:>{26 - len(phase)}.2f} s")
    last = seen[-1][0]
    covered = Implant((device,), baseline("coverage", site, (device,), limits, 0, task.visual_field.extent_deg))
    before, after = (assess(site, implant, task).measures["mse"] for implant in (covered, last.implant))
    print(f"MSE {before:.4f} by coverage, {after:.4f} percept-aware ({100 * (after / before - 1):+.1f} %)")
    print(last.message)


def _parts(site: Site, device: Device, task: Task, limits: Limits, repeats: int = 30) -> None:
    """A gradient step's two parts, forward and backward: what is seen of the threads, and their margins."""
    from planner.design.baselines import baseline
    from planner.design.descent import Descent
    from planner.design.objective import Objective
    from planner.design.penalty import Lagrangian
    from planner.implant.parameters import to_tensors

    objective = Objective(site, (device,), task, limits)
    threads = to_tensors(baseline("coverage", site, (device,), limits, 0, task.visual_field.extent_deg), (device,))
    free = torch.ones(len(threads), dtype=torch.bool)
    descent = Descent(objective, threads, free, repeats)

    def learned() -> ThreadTensors:
        return replace(threads, entry_mm=threads.entry_mm.clone().requires_grad_())

    def percept() -> None:
        objective.shown(learned())[1].backward()

    def margins() -> None:
        Lagrangian().penalty(objective.margins(learned())).backward()

    times = {}
    for name, work in (("whole step", descent.step), ("percept", percept), ("margins", margins)):
        work()
        began = time.perf_counter()
        for _ in range(repeats):
            work()
        times[name] = (time.perf_counter() - began) / repeats
        print(f"    {name:<38}{1e3 * times[name]:8.1f} ms")
    others = (times["whole step"] - times["percept"]) / times["percept"]
    print(f"    all but the percept, as a share of it {others:11.2f}")


if __name__ == "__main__":
    main()
