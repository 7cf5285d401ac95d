"""All benchmarks in one run: ``python tests/benchmarks`` (``--quick`` for a smoke run)."""

from __future__ import annotations

import sys

import bench_load
import bench_percept
import bench_plan
import bench_vessels

if __name__ == "__main__":
    bench_percept.main(sys.argv[1:])
    print()
    bench_plan.main(sys.argv[1:])
    print()
    bench_vessels.main(sys.argv[1:])
    print()
    bench_load.main(sys.argv[1:])
