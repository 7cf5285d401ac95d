from __future__ import annotations

import subprocess
import sys
from pathlib import Path


def test_all_benchmarks_run_in_their_quick_form() -> None:
    folder = Path(__file__).parent
    done = subprocess.run(
        [sys.executable, str(folder), "--quick"],
        cwd=folder.parents[1],
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.count(" ms ") == 12
    assert "dense rendering" in done.stdout
    assert "total" in done.stdout
    assert "every limit is kept" in done.stdout
    assert done.stdout.count("exact gate") == 2
