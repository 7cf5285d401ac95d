from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_the_benchmark_runs_in_its_quick_form() -> None:
    script = Path(__file__).with_name("bench_plan.py")
    root = script.parents[2]
    done = subprocess.run(
        [sys.executable, str(script), "--quick"], cwd=root, capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "total" in done.stdout
    assert "every limit is kept" in done.stdout
