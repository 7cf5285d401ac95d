from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
@pytest.mark.skipif(sys.platform == "win32", reason="a group of processes cannot be killed there")
def test_a_study_that_is_killed_goes_on_and_gives_the_same_table() -> None:
    """The short form of ``python tests/study --kills 20``, which says what differed."""
    command = [sys.executable, str(Path(__file__).parent), "--kills", "2", "--seed", "1"]
    run = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "2 kills in" in run.stdout
