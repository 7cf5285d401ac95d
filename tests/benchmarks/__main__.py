"""All benchmarks in one run: ``python tests/benchmarks`` (``--quick`` for a smoke run)."""

from __future__ import annotations

import subprocess
import sys

import bench_load
import bench_percept
import bench_plan
import bench_vessels
import bench_window

if __name__ == "__main__":
    bench_percept.main(sys.argv[1:])
    print()
    bench_plan.main(sys.argv[1:])
    print()
    bench_vessels.main(sys.argv[1:])
    print()
    bench_load.main(sys.argv[1:])
    print(flush=True)
    # a process of its own: where there is no display it begins anew under one
    sys.exit(subprocess.call([sys.executable, bench_window.__file__, *sys.argv[1:]]))
