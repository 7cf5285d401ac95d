"""``calcarine study`` with made-up plans that take no time: ``python tests/study/cheap.py paper --out DIR``."""

from __future__ import annotations

import hashlib
import random
import sys
import time
import types
from pathlib import Path
from typing import Any

sys.path[:0] = [str(Path(__file__).parents[2]), str(Path(__file__).parent)]  # of this process and of its workers

from planner.study.cells import Cell, StudyCase  # noqa: E402

SECONDS = 0.08


def measure(cell: Cell) -> dict[str, Any]:
    """Numbers drawn from the cell's settings, whoever draws them and whenever."""
    time.sleep(random.uniform(0, 2 * SECONDS))
    draw = random.Random(hashlib.sha256(cell.key("cheap").encode()).digest())
    broken = draw.randrange(3) if "unsafe" in cell.method else 0
    return {
        **{name: draw.random() for name in ("mse", "ssim", "psnr", "coverage", "usable_contacts", "vessel_mm")},
        "recognition": draw.random() if cell.task == "reading" else None,
        "violations": broken,
        "violations_vessel": broken,
        "threads_violating": broken,
        "threads": cell.threads,
        "feasible": not broken,
        "status": "converged",
        "message": "",
        "seconds": time.monotonic(),
        "seconds_check": 0.0,
        "plan": "0123abcd",
        "synthetic": True,
    }


def main() -> int:
    """Run the program with this instead of `planner.study.measure`, which loads a case and torch."""
    import cheap

    made_up = types.ModuleType("planner.study.measure")
    vars(made_up).update(measure=cheap.measure, study_case=lambda name: StudyCase(name, "made up"))
    vars(made_up).update(case_content=lambda case: "made up")
    sys.modules["planner.study.measure"] = made_up
    from planner.cli import main as calcarine

    return calcarine(["study", *sys.argv[1:]])


if __name__ == "__main__":
    sys.exit(main())
