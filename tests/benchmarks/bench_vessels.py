"""How long a clearance takes: ``python tests/benchmarks/bench_vessels.py [--quick]``.

Shafts of 3 mm through the cortex of a sphere, whose vessels are penetrating ones of 15–30 µm radius in segments of
0.3 mm, two in a hundred of them trunks of up to 0.9 mm; and walls, balls of radius 1 mm strewn in the same shell.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from statistics import median
from time import perf_counter

import numpy as np
import torch
import trimesh

from planner.anatomy.vessels.kinds import KINDS
from planner.anatomy.vessels.tree import VesselTree
from planner.anatomy.vessels.wall import VesselWall
from planner.design.exact_vessels import ExactVessels
from planner.design.limits import KNOWN_REACH_MM
from planner.design.vasculature import Vasculature
from planner.frames import FloatArray

SPHERE_MM = 40.0


def penetrating(segments: int) -> VesselTree:
    """Courses of ten segments inwards from the sphere."""
    rng = np.random.default_rng(0)
    courses = segments // 10
    out = _directions(rng, courses)
    steps = rng.normal(0.0, 0.05, (courses, 11, 3)) - 0.3 * out[:, None]
    points = SPHERE_MM * out[:, None] + np.cumsum(steps, axis=1) - steps[:, :1]
    radius = rng.uniform(0.015, 0.03, courses)
    trunk = rng.random(courses) < 0.02
    radius[trunk] = rng.uniform(0.1, 0.9, trunk.sum())
    first = (11 * np.arange(courses)[:, None] + np.arange(10)).ravel()
    edges = np.stack([first, first + 1], axis=1)
    return VesselTree("penetrating", "artery", points.reshape(-1, 3), np.repeat(radius, 11), edges, "benchmark")


def balls(faces: int) -> VesselWall:
    """Balls of 1280 faces each."""
    rng = np.random.default_rng(1)
    ball = trimesh.creation.icosphere(subdivisions=3, radius=1.0)
    count = max(1, faces // len(ball.faces))
    centres = (SPHERE_MM - 1.0) * _directions(rng, count)
    vertices = (centres[:, None] + np.asarray(ball.vertices)).reshape(-1, 3)
    every = (len(ball.vertices) * np.arange(count)[:, None, None] + np.asarray(ball.faces)).reshape(-1, 3)
    return VesselWall("balls", "vein", vertices, every, "benchmark")


def shafts(count: int) -> tuple[FloatArray, FloatArray]:
    """Shafts of 3 mm inwards from the sphere, at all slants."""
    rng = np.random.default_rng(2)
    out = _directions(rng, count)
    along = rng.normal(0.0, 0.7, (count, 3)) - out
    return SPHERE_MM * out, SPHERE_MM * out + 3.0 * along / np.linalg.norm(along, axis=1, keepdims=True)


def median_ms(work: Callable[[], object], rounds: int) -> float:
    """Median time of several runs; one before them is not counted."""
    times = []
    for _ in range(rounds + 1):
        began = perf_counter()
        work()
        times.append((perf_counter() - began) * 1e3)
    return median(times[1:])


def main(arguments: list[str] | None = None) -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description="Time the clearance of shafts to vessels.")
    parser.add_argument("--quick", action="store_true", help="a small size, to see that it runs")
    quick = parser.parse_args(arguments).quick
    size, many, few, rounds = (2000, 50, 8, 1) if quick else (100_000, 1000, 96, 9)
    print(f"shafts of 3 mm, reach {KNOWN_REACH_MM:g} mm, {torch.get_num_threads()} threads; median of {rounds} rounds")
    for vessel, unit in ((penetrating(size), "segments"), (balls(size), "triangles")):
        fast, exact = Vasculature((vessel,)), ExactVessels((vessel,))
        start, end = (torch.from_numpy(x).requires_grad_() for x in shafts(many))
        first, last = shafts(few)

        def descend(
            fast: Vasculature = fast, start: torch.Tensor = start, end: torch.Tensor = end
        ) -> tuple[torch.Tensor, ...]:
            found = fast.clearance(start, end, KNOWN_REACH_MM).distance_mm
            return torch.autograd.grad(found.sum(), (start, end))

        def check(
            exact: ExactVessels = exact, first: FloatArray = first, last: FloatArray = last
        ) -> tuple[np.ndarray, ...]:
            return exact.margins(first, last, ["lh"] * len(first), {kind: np.full(len(first), 0.1) for kind in KINDS})

        took = {f"{many} shafts, forward and backward": median_ms(descend, rounds)}
        took[f"{few} shafts, exact gate"] = median_ms(check, rounds)
        for name, time_ms in took.items():
            print(f"{size} {unit}, {name:40s} {time_ms:8.1f} milliseconds")


def _directions(rng: np.random.Generator, count: int) -> FloatArray:
    out = rng.normal(size=(count, 3))
    return np.asarray(out / np.linalg.norm(out, axis=1, keepdims=True))


if __name__ == "__main__":
    main()
