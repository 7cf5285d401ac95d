"""Mutation fuzzer over every reader: ``python tests/fuzz --files 20000 --seed 0``."""

from __future__ import annotations

import argparse
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))  # the checkout, for the processes as well

from harness import fuzz_format
from seeds import FORMATS


def main() -> int:
    """Fuzz, print counts and findings, and return 1 where there are findings."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--files", type=int, default=20_000, help="broken files in all")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--formats", default="", help="only those whose name contains this")
    parser.add_argument("--jobs", type=int, default=2)
    parser.add_argument("--keep", type=Path, default=Path(tempfile.gettempdir()) / "calcarine-fuzz")
    given = parser.parse_args()
    forms = [form for form in FORMATS if given.formats.lower() in form.name.lower()]
    each = -(-given.files // len(forms))
    start, found = time.perf_counter(), []
    print(f"{'format':20} {'files':>6} {'read':>6} {'refused':>8} {'findings':>9} {'s':>6}")
    with ThreadPoolExecutor(given.jobs) as pool:
        runs = pool.map(lambda form: (form, *fuzz_format(form.name, each, given.seed, given.keep)), forms)
        for form, count, findings in runs:
            found += findings
            print(
                f"{form.name:20} {each:6} {count.read:6} {count.refused:8} {len(findings):9} {count.seconds:6.0f}",
                flush=True,
            )
    for finding in found:
        print(f"\n{finding.format} {finding.number}: {finding.file}\n{finding.what}")
    print(f"\n{each * len(forms)} files in {time.perf_counter() - start:.0f} s, {len(found)} findings")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
