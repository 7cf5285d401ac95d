"""How long the demo plan takes, stage by stage, from an empty process to a verified plan.

Run ``python tests/benchmarks/bench_plan.py``; ``--quick`` for a smoke run with few threads and steps.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable
from typing import TypeVar

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
    from planner.design.assess import assess
    from planner.design.baselines import baseline
    from planner.design.limits import Limits
    from planner.design.optimise import Step, optimise
    from planner.design.site import prepare_site
    from planner.implant.catalogue import load_device
    from planner.implant.thread import Implant
    from planner.tasks.reading import reading_task

    task = clock.stage("draw the 26 letters", reading_task)
    anatomy = clock.stage("load the demo (vessels from the cache)", load_anatomy)
    site = clock.stage("prepare the site", lambda: prepare_site(anatomy))
    device = load_device("long-thread")
    limits = Limits(count, device.clearance_mm, device.spacing_mm, device.max_depth_mm)
    start = clock.stage(
        f"coverage of cortex, {count} threads",
        lambda: Implant((device,), baseline("coverage", site, (device,), limits, seed=0, extent_deg=16.0)),
    )
    steps_seen: list[tuple[Step, float]] = []

    def descend() -> None:
        run = optimise(site, start, task, limits, steps=steps)
        steps_seen.extend((step, time.perf_counter()) for step in run)

    began = time.perf_counter()
    clock.stage(f"optimise, {steps} gradient steps", descend)
    for phase in ("start", "exchange", "gradient", "verdict"):
        times = [at for step, at in steps_seen if step.phase == phase]
        if times:
            print(f"    {phase}, {len(times)} steps{times[-1] - began:>{30 - len(phase)}.2f} s")
            began = times[-1]
    before, after = (assess(site, i, task).measures["mse"] for i in (start, steps_seen[-1][0].implant))
    print(f"{'total':<42}{clock.total:8.2f} s")
    print(f"MSE {before:.4f} by coverage, {after:.4f} percept-aware ({100 * (after / before - 1):+.1f} %)")
    print(steps_seen[-1][0].message)


if __name__ == "__main__":
    main()
