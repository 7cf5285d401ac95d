"""Seeded plans over varied cases, devices and limits: ``python tests/plans --plans 200 --seed 0``.

Each plan that the optimiser returns as anything but infeasible is checked by a gate built anew and by an oracle that
shares no code with optimiser and gate; each is saved and read again. Each that it returns as infeasible, or with fewer
threads than the budget has, is put to a search by brute force. Locked threads must come back as they were. Exits with 1
where a plan is not what it was returned as, or where brute force finds easily what the optimiser did not.
"""

from __future__ import annotations

import argparse
import sys
import time
from collections import Counter
from concurrent.futures import ProcessPoolExecutor, as_completed
from multiprocessing import get_context
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # the checkout, for the processes as well

from situations import Outcome, outcome


def main() -> int:
    """Plan, check, count, and say what is wrong."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--plans", type=int, default=200)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--jobs", type=int, default=2)
    given = parser.parse_args()
    began = time.monotonic()
    wrong: list[Outcome] = []
    ended: Counter[str] = Counter()
    seeds = range(given.seed, given.seed + given.plans)
    with ProcessPoolExecutor(given.jobs, mp_context=get_context("spawn")) as pool:
        for done in as_completed([pool.submit(outcome, seed) for seed in seeds]):
            found = done.result()
            ended[found.status] += 1
            if found.fault:
                wrong.append(found)
            print(
                f"{found.seed:6}  {found.words:90}  {found.status:10} {found.seconds:5.1f} s  {found.fault}", flush=True
            )
    counts = ", ".join(f"{count} {status}" for status, count in ended.items())
    print(f"\n{given.plans} plans in {time.monotonic() - began:.0f} s: {counts}")
    print(f"{len(wrong)} wrong: " + (", ".join(str(found.seed) for found in wrong) or "none"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
