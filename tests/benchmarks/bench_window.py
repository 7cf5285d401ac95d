"""How quick and how frugal the window is: ``python tests/benchmarks/bench_window.py [RUN…]``.

Each run is the real program on the demo in a process of its own, with real mouse events; without a display it goes on
under Xvfb (software GL). Each number stands beside its limit. ``--quick`` is a smoke run: its numbers mean nothing.

start   from starting the process to the demo on screen with a plan that may be edited, second start
reopen  by how much the process grows, at rest, when the demo is opened 100 times, after 10 that are not counted
drag    32 threads × 16 contacts, one held by its entry: from the mouse's move to the moment at which the percept's
        picture of just that place is set, less what of that time went into frames of the 3D view (from when VTK begins
        to draw until the window is on screen); 95th percentile
idle    share of one processor with 32 threads on screen and nobody there
beats   how late a timer of 10 ms beats from the start of an optimisation on, less frames; 95th percentile
"""

from __future__ import annotations

import argparse
import json
import sys
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from time import monotonic

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from tests.e2e.stage import begin_child, see_to_a_display


@dataclass(frozen=True)
class Measure:
    """What is told of a run beside its limit.

    Attributes
    ----------
    what, value, unit : str
        Its title, which of the told numbers it is, and that one's unit.
    limit : float
    more : str
        The other numbers, to be formatted.
    asked : str
        What the run is asked for in the full form: how many moves, seconds or times.
    """

    what: str
    value: str
    unit: str
    limit: float
    more: str
    asked: str = ""


RUNS = {
    "start": Measure("start until editable", "editable_s", "s", 4.0, "with the percept {complete_s:.1f} s"),
    "reopen": Measure(
        "growth over 100 × open", "grown_mb", "MB", 50.0, "from {first_mb:.0f} to {last_mb:.0f} MB", "100"
    ),
    "drag": Measure(
        "drag to percept, p95",
        "besides_p95_ms",
        "ms",
        60.0,
        "median {besides_median_ms:.0f}; with frames p95 {whole_p95_ms:.0f}; a frame {frame_median_ms:.0f} ms",
        "60",
    ),
    "idle": Measure("processor while idle", "cpu_percent", "%", 2.0, "{frames:.0f} frames drawn", "20"),
    "beats": Measure(
        "late while optimising, p95",
        "late_p95_ms",
        "ms",
        50.0,
        "most {late_most_ms:.0f} ms; {beats:.0f} beats, {steps:.0f} steps; a frame {frame_median_ms:.0f} ms",
        "45",
    ),
}


def told(story: str, *arguments: str) -> list[dict[str, float]]:
    """What a run tells, in a program whose user has seen the notice; times of its start count from here."""
    with TemporaryDirectory() as place:
        folder = Path(place)
        (folder / "config").mkdir()
        (folder / "config" / "settings.ini").write_text("[notice]\nseen=true\n", encoding="utf-8")
        began = str(monotonic())
        child = begin_child(f"tests.benchmarks.window_runs:{story}", "demo", *arguments or (began,), folder=folder)
        output, _ = child.communicate()
    if child.returncode:
        raise RuntimeError(f"the run {story!r} failed with {child.returncode}")
    return [json.loads(line) for line in output.splitlines()]


def show(measure: Measure, found: dict[str, float]) -> None:
    """One line of the table."""
    value = found[measure.value]
    verdict = "kept" if value <= measure.limit else "MISSED"
    numbers = f"{value:8.2f} {measure.unit:3s} limit {measure.limit:3g}  {verdict:7s}"
    print(f"{measure.what:28s}{numbers}{measure.more.format(**found)}", flush=True)


def main(arguments: list[str] | None = None) -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="all runs in one program, as short as they can be")
    parser.add_argument("runs", nargs="*", metavar="RUN", help=f"some of {', '.join(RUNS)}; all unless named")
    asked = parser.parse_args(arguments)
    if unknown := set(asked.runs) - set(RUNS):
        parser.error(f"no run is called {', '.join(sorted(unknown))}; there are {', '.join(RUNS)}")
    see_to_a_display()
    if asked.quick:
        for measure, found in zip(RUNS.values(), told("every"), strict=True):
            show(measure, found)
        return
    for name in asked.runs or RUNS:
        measure = RUNS[name]
        if name == "start":
            told(name)  # the first start reads what the second finds in the system's memory
        show(measure, *told(name, *filter(None, (measure.asked,))))


if __name__ == "__main__":
    main()
