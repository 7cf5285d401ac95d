"""How long a case takes from its files to being ready to plan on, with an empty cache and with a filled one.

Run ``python tests/benchmarks/bench_load.py [CASE]``: ``fsaverage`` in full resolution unless another case is named; the
cache used is a temporary one. ``--quick`` loads the demo.
"""

from __future__ import annotations

import argparse
import os
import tempfile
import time


def main(argv: list[str] | None = None) -> None:
    """Print one table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true")
    parser.add_argument("case", nargs="?", default="fsaverage")
    arguments = parser.parse_args(argv)

    from planner.anatomy.named import locate_case
    from planner.anatomy.request import CaseRequest
    from planner.anatomy.subject import load_anatomy
    from planner.design.site import prepare_site
    from planner.errors import InputError

    request = CaseRequest("demo" if arguments.quick else arguments.case)
    if not arguments.quick:
        try:
            locate_case(request.source)
        except InputError as error:
            print(f"{error} Timed is the demo.")
            request = CaseRequest()
    before = os.environ.get("CALCARINE_CACHE")
    with tempfile.TemporaryDirectory() as folder:
        os.environ["CALCARINE_CACHE"] = folder
        try:
            for cache in ("empty", "filled"):
                began = time.perf_counter()
                anatomy = load_anatomy(request)
                loaded = time.perf_counter()
                prepare_site(anatomy)
                ready = time.perf_counter()
                print(f"load {anatomy.name}, cache {cache:<18}{loaded - began:8.2f} s")
                print(f"    until ready to plan on{ready - began:>{24}.2f} s")
        finally:
            if before is None:
                del os.environ["CALCARINE_CACHE"]
            else:
                os.environ["CALCARINE_CACHE"] = before


if __name__ == "__main__":
    main()
