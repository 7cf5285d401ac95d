"""``calcarine cache``: what is kept between runs, and how to be rid of it."""

from __future__ import annotations

import argparse
from typing import Final

from planner.cli.numbers import whole

HELP: Final = "show, trim or clear what is kept between runs"
DETAILS: Final = (
    "Kept are fields computed of a case; they are made again when they are missing. The environment variable "
    "CALCARINE_CACHE_MIB sets how much is kept (2048 MiB; 0 keeps and reads nothing), CALCARINE_CACHE in which folder; "
    "what was unused for longest goes first. Other files in that folder are left alone."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    what = parser.add_mutually_exclusive_group()
    what.add_argument("--clear", action="store_true", help="remove everything")
    what.add_argument("--limit", type=whole(0, 2**30), metavar="MIB", help="remove, now, what goes beyond so many MiB")


def run(arguments: argparse.Namespace) -> int:
    """Remove what was asked for and say what remains."""
    from planner.anatomy.cache import cache_folder, clear, entries, limit_bytes, trim
    from planner.cli import DONE
    from planner.cli.output import print_json

    limit = limit_bytes()
    removed = 0
    if arguments.clear:
        removed = clear()
    elif arguments.limit is not None:
        removed = trim(arguments.limit * 2**20)
    kept = entries()
    size = sum(entry.size for entry in kept)
    if arguments.json:
        print_json(
            {
                "folder": str(cache_folder()),
                "entries": len(kept),
                "bytes": size,
                "limit_bytes": limit,
                "removed": removed,
            }
        )
    else:
        print(f"Folder: {cache_folder()}")
        print(f"Kept: {len(kept)} {'entry' if len(kept) == 1 else 'entries'}, {size / 2**20:,.1f} MiB")
        print(f"Limit: {limit / 2**20:,.0f} MiB")
        if arguments.clear or arguments.limit is not None:
            print(f"Removed: {removed} {'entry' if removed == 1 else 'entries'}")
    return DONE
