from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest


@pytest.mark.slow
def test_broken_files_of_every_format_are_read_or_refused_in_a_sentence(tmp_path: Path) -> None:
    """The short form of ``python tests/fuzz``, which says what it found."""
    command = [sys.executable, str(Path(__file__).parent), "--files", "96", "--seed", "1", "--keep", str(tmp_path)]
    run = subprocess.run(command, capture_output=True, text=True, timeout=240, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
    assert "96 files" in run.stdout
