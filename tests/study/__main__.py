"""Kill a study at random moments, go on, compare with an undisturbed one: ``python tests/study --kills 20``."""

from __future__ import annotations

import argparse
import os
import random
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

HERE = Path(__file__).parent
VARYING = ("results.jsonl", "results.jsonl.lock", "paper-times.csv", "paper-times-1-demo.png")
"""Files that hold times, or rows as they came."""
MADE_UP = ("--seeds", "2", "--threads", "8,16")
REAL = ("--seeds", "1", "--threads", "4", "--methods", "coverage,percept,unsafe", "--steps", "3")


def command(out: Path, real: bool) -> list[str]:
    """The study that is killed: made-up plans, or real ones that are small."""
    program = ["-m", "planner", "study"] if real else [str(HERE / "cheap.py")]
    return [sys.executable, *program, "paper", "--out", str(out), "--workers", "2", *(REAL if real else MADE_UP)]


def started(out: Path, real: bool) -> subprocess.Popen[bytes]:
    """A study in a session of its own, so that it can be killed with all of its processes."""
    place = {**os.environ, "PYTHONPATH": str(HERE.parents[1])}
    silent = subprocess.DEVNULL
    return subprocess.Popen(
        command(out, real), env=place, start_new_session=True, stdout=silent, stderr=subprocess.PIPE
    )


def finished(out: Path, real: bool) -> float:
    """Run until the end; how long that took, seconds."""
    begun = time.monotonic()
    process = started(out, real)
    _, said = process.communicate()
    if process.returncode != 0:
        raise SystemExit(f"a study ended with {process.returncode}:\n{said.decode(errors='replace')}")
    return time.monotonic() - begun


def killed(out: Path, real: bool, seconds: float, draw: random.Random) -> bool:
    """Kill a study, either after some time or as its ledger grows; False where it was done before."""
    process = started(out, real)
    ledger = out / "results.jsonl"
    size = ledger.stat().st_size if ledger.exists() else 0
    grown = size + draw.randrange(1, 2000) if draw.random() < 0.6 else sys.maxsize
    until = time.monotonic() + (seconds * draw.random() if grown == sys.maxsize else 60 + 2 * seconds)
    while process.poll() is None and time.monotonic() < until:
        if ledger.exists() and ledger.stat().st_size >= grown:
            break
        time.sleep(0.001)
    done = process.poll() is not None
    if not done:
        os.killpg(process.pid, signal.SIGKILL)
    _, said = process.communicate()
    if done and process.returncode != 0:
        raise SystemExit(f"a study ended with {process.returncode}:\n{said.decode(errors='replace')}")
    return not done


def compared(out: Path, undisturbed: Path) -> list[str]:
    """Names of the files that differ, but for what a kill left half written beside them, which a later day clears."""
    files = [file.name for folder in (out, undisturbed) for file in folder.iterdir()]
    names = {name for name in files if not (name.startswith(".") and name.endswith(".tmp"))} - set(VARYING)
    content = {name: [folder / name for folder in (out, undisturbed)] for name in sorted(names)}
    return [
        n
        for n, (one, two) in content.items()
        if not two.exists() or not one.exists() or one.read_bytes() != two.read_bytes()
    ]


def main() -> int:
    """Kill, go on, compare; 1 where a table differs."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--real", action="store_true", help="small real plans instead of made-up ones")
    given = parser.parse_args()
    draw, kills, rounds = random.Random(given.seed), 0, 0
    with tempfile.TemporaryDirectory() as folder:
        undisturbed, out = Path(folder) / "undisturbed", Path(folder) / "killed"
        seconds = finished(undisturbed, given.real)
        print(f"undisturbed: {seconds:.1f} s", flush=True)
        while kills < given.kills:
            shutil.rmtree(out, ignore_errors=True)
            while kills < given.kills and killed(out, given.real, seconds, draw):
                kills += 1
                lines = (out / "results.jsonl").read_bytes().count(b"\n") if (out / "results.jsonl").exists() else 0
                print(f"kill {kills}: {lines} results", flush=True)
            finished(out, given.real)
            rounds += 1
            if different := compared(out, undisturbed):
                print(f"after {kills} kills these differ: {', '.join(different)}")
                return 1
    print(f"{kills} kills in {rounds} studies, the same tables and figures to the byte")
    return 0


if __name__ == "__main__":
    sys.exit(main())
