"""Feeds broken files to readers in processes of their own: each must give a record or an ``InputError``."""

from __future__ import annotations

import faulthandler
import multiprocessing
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
import traceback
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

SLOW_S = 5.0
GROWTH_BYTES = 2**30


@dataclass(frozen=True)
class Finding:
    """A file that was neither read nor refused."""

    format: str
    number: int
    what: str
    file: str


@dataclass
class Count:
    """What became of a format's files."""

    read: int = 0
    refused: int = 0
    seconds: float = 0.0


def mutants(content: bytes, name: str, packed: bool, seed: int, numbers: range) -> Iterator[tuple[int, bytes]]:
    """The files of a format by number, the same for the same seed."""
    from mutation import mutate

    for number in numbers:
        yield number, mutate(content, np.random.default_rng([seed, zlib.crc32(name.encode()), number]), packed)


def _work(name: str, seed: int, numbers: range, folder: str, told: object) -> None:
    """Read one file after the other, telling before each which one it is, so that a crash names its cause."""
    import warnings

    from seeds import FORMATS

    from planner.errors import InputError

    faulthandler.disable()
    os.environ["CALCARINE_CACHE_MIB"] = "0"  # nothing of this is worth keeping
    form = next(form for form in FORMATS if form.name == name)
    path = Path(folder) / form.file
    form.write(path)
    content = path.read_bytes()
    form.read(path)  # the seed itself is right, and everything lazy is loaded
    used = int(Path("/proc/self/statm").read_text().split()[0]) * resource.getpagesize()
    resource.setrlimit(resource.RLIMIT_AS, (used + 2 * GROWTH_BYTES,) * 2)
    warnings.simplefilter("always")
    printed = _stderr_to_file()
    for number, broken in mutants(content, name, form.file.endswith(("gz", "mgz")), seed, numbers):
        path.write_bytes(broken)
        before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        told.send(("start", number, ""))  # type: ignore[attr-defined]
        start = time.process_time()  # what other programs take does not count
        try:
            form.read(path)
            state, what = "read", ""
        except InputError:
            state, what = "refused", ""
        except Exception:  # noqa: BLE001 - whatever else is raised is what is looked for
            state, what = "finding", traceback.format_exc(limit=-4)
        taken = time.process_time() - start
        grown = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before) * 1024
        if state != "finding" and taken > SLOW_S:
            state, what = "finding", f"took {taken:.1f} s"
        elif state != "finding" and grown > GROWTH_BYTES:
            state, what = "finding", f"took {grown / 2**20:.0f} MiB"
        sys.stderr.flush()
        if state != "finding" and printed.seek(0, os.SEEK_END):
            printed.seek(0)
            state, what = "finding", f"printed {printed.read(2000).decode(errors='replace')}"
        printed.seek(0)
        printed.truncate()
        told.send((state, number, what))  # type: ignore[attr-defined]


def _stderr_to_file() -> BinaryIO:
    """A file that takes whatever this process prints for its user, libraries in C included."""
    file = tempfile.TemporaryFile()  # noqa: SIM115 - open as long as the process
    os.dup2(file.fileno(), 2)
    return file


def fuzz_format(name: str, files: int, seed: int, kept: Path) -> tuple[Count, list[Finding]]:
    """Read so many broken files of one format; those that are findings are kept in a folder."""
    count, findings = Count(), []
    start, at = time.perf_counter(), 0
    context = multiprocessing.get_context("spawn")
    while at < files:
        with tempfile.TemporaryDirectory() as folder:
            here, there = context.Pipe(duplex=False)
            worker = context.Process(target=_work, args=(name, seed, range(at, files), folder, there))
            worker.start()
            there.close()
            running = None
            while True:
                if not here.poll(60.0 if running is None else 4 * SLOW_S):
                    os.kill(worker.pid or 0, signal.SIGKILL)
                    what = f"was not done after {4 * SLOW_S:.0f} s"
                    break
                try:
                    state, number, what = here.recv()
                except EOFError:
                    what = ""
                    break
                if state == "start":
                    running = number
                    continue
                running, at = None, number + 1
                count.read += state == "read"
                count.refused += state == "refused"
                if state == "finding":
                    findings.append(_keep(name, number, what, Path(folder), kept))
            worker.join()
            if running is None and at < files:
                raise RuntimeError(f"{name}: the seed file cannot be read (exit code {worker.exitcode})")
            if running is not None:
                what = what or f"ended the process with {worker.exitcode}"
                findings.append(_keep(name, running, what, Path(folder), kept))
                at = running + 1
    count.seconds = time.perf_counter() - start
    return count, findings


def _keep(name: str, number: int, what: str, folder: Path, kept: Path) -> Finding:
    kept.mkdir(parents=True, exist_ok=True)
    (file,) = (path for path in folder.iterdir() if path.is_file())
    copy = kept / f"{name.replace(' ', '_')}-{number}-{file.name}"
    shutil.copyfile(file, copy)
    return Finding(name, number, what, str(copy))
