"""What becomes of an answer that cannot be written, and of a program that is stopped at once."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from planner.plan.atomic import staged_folder

pytestmark = pytest.mark.skipif(os.name != "posix", reason="speaks of a POSIX shell's redirections")


def shell(arguments: str, **environment: str) -> subprocess.CompletedProcess[str]:
    command = f"exec '{sys.executable}' -m planner {arguments}"
    return subprocess.run(
        ["sh", "-c", command], capture_output=True, text=True, check=False, env={**os.environ, **environment}
    )


@pytest.mark.parametrize("unbuffered", ["", "1"])
@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
@pytest.mark.parametrize("arguments", ["devices", "devices --json", "--help", "plan --help"])
def test_a_full_disk_is_told_in_a_sentence(arguments: str, unbuffered: str) -> None:
    done = shell(f"{arguments} >/dev/full", PYTHONUNBUFFERED=unbuffered)
    assert done.returncode == 2
    assert done.stderr == (
        "calcarine: standard output cannot be written (No space left on device); send it to a place that has room.\n"
    )


def test_a_closed_output_is_told_in_a_sentence() -> None:
    done = shell("devices >&-")
    assert (done.returncode, done.stdout) == (2, "")
    assert done.stderr == "calcarine: standard output is closed; leave it open, or send it to a file.\n"


def test_closed_errors_do_not_spill_into_the_answer() -> None:
    done = shell("verify missing.json 2>&-")
    assert (done.returncode, done.stdout) == (2, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full")
def test_errors_that_have_no_room_do_not_look_infeasible() -> None:
    for arguments in ("verify missing.json 2>/dev/full", "devices >/dev/full 2>/dev/full"):
        assert shell(arguments).returncode == 2


def test_a_program_stopped_while_it_starts_says_so() -> None:
    code = (
        "import sys, planner.cli, builtins; real = builtins.__import__\n"
        "def stop(name, *a, **k):\n"
        "    if name == 'planner.cli.parser': raise KeyboardInterrupt\n"
        "    return real(name, *a, **k)\n"
        "builtins.__import__ = stop; sys.exit(planner.cli.main(['devices']))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (130, "calcarine: interrupted.\n")


def test_nothing_was_written_is_said_only_while_it_holds(tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt) as stopped, staged_folder(tmp_path / "out"):
        raise KeyboardInterrupt
    assert stopped.value.__notes__ == ["nothing was written"]
    assert not (tmp_path / "out").exists()
