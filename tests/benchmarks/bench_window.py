"""How quick and how frugal the window is: ``python tests/benchmarks/bench_window.py [RUN…]``.

Each run is the real program on the demo in a process of its own, with real mouse events; without a display it goes on
under Xvfb (software GL). Each number stands beside its limit. ``--quick`` is a smoke run: its numbers mean nothing.

drag    32 threads × 16 contacts, one held by its entry: from the mouse's move to the moment at which the percept's
        picture of just that place is set, less what of that time went into frames of the 3D view (from when VTK begins
        to draw until the window is on screen); 95th percentile
beats   how late a timer of 10 ms beats while 32 threads are optimised, less frames; 95th percentile
start   from starting the process to the demo on screen with a plan that may be edited, second start
idle    share of one processor with 32 threads on screen and nobody there
reopen  by how much the process grows when the demo is opened 100 times, after 10 that are not counted
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.e2e.stage import begin_child, see_to_a_display

Line = tuple[str, float, float, str]
"""What was measured, its number, its limit, and the unit with all else there is to say."""


def told(story: str, *arguments: object) -> dict[str, float]:
    """What a run tells, in a process whose settings are those of whoever has seen the notice."""
    with TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "config").mkdir()
        (folder / "config" / "settings.ini").write_text("[notice]\nseen=true\n", encoding="utf-8")
        child = begin_child(f"tests.benchmarks.window_runs:{story}", "demo", *arguments, folder=folder)
        output, _ = child.communicate()
        if child.returncode:
            raise RuntimeError(f"the run {story!r} failed with {child.returncode}")
    found: dict[str, float] = json.loads(output.strip().splitlines()[-1])
    return found


def drag(quick: bool) -> Line:
    """The percept that follows the hand."""
    found = told("drag", 4 if quick else 60)
    more = "median {besides_median_ms:.0f}; with frames p95 {whole_p95_ms:.0f}; a frame {frame_median_ms:.0f} ms"
    return "drag to percept, p95", found["besides_p95_ms"], 60.0, f"ms ({more.format(**found)})"


def beats(quick: bool) -> Line:
    """The window that answers meanwhile."""
    found = told("beats", 1 if quick else 30)
    more = "most {late_most_ms:.0f} ms; {beats:.0f} beats, {steps:.0f} steps; a frame {frame_median_ms:.0f} ms"
    return "beat late while optimising, p95", found["late_p95_ms"], 50.0, f"ms ({more.format(**found)})"


def start(quick: bool) -> Line:
    """The second start."""
    for _ in range(1 if quick else 2):
        began = monotonic()
        found = told("start")
    complete = found["complete_at"] - began
    return "start until editable", found["editable_at"] - began, 4.0, f"s (with the percept {complete:.1f} s)"


def idle(quick: bool) -> Line:
    """The window that is only open."""
    found = told("idle", 1 if quick else 20)
    return "processor while idle", found["cpu_percent"], 2.0, f"% ({found['frames']:.0f} frames drawn)"


def reopen(quick: bool) -> Line:
    """The memory that cases leave."""
    found = told("reopen", 0 if quick else 100)
    more = "from {first_mib:.0f} to {last_mib:.0f} MiB"
    return "growth over 100 × open", found["grown_mib"] * 2**20 / 1e6, 50.0, f"MB ({more.format(**found)})"


RUNS: dict[str, Callable[[bool], Line]] = {f.__name__: f for f in (drag, beats, start, idle, reopen)}


def main(arguments: list[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("runs", nargs="*", metavar="RUN", help=f"some of {', '.join(RUNS)}; all unless named")
    asked = parser.parse_args(arguments)
    if unknown := set(asked.runs) - set(RUNS):
        parser.error(f"no run is called {', '.join(sorted(unknown))}; there are {', '.join(RUNS)}")
    see_to_a_display()
    for name in asked.runs or RUNS:
        what, value, limit, more = RUNS[name](asked.quick)
        verdict = "kept" if value <= limit else "MISSED"
        print(f"{what:34s}{value:8.2f}  limit {limit:5g}  {verdict:7s}{more}", flush=True)


if __name__ == "__main__":
    main()
