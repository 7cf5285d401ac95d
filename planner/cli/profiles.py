"""``calcarine profiles``: the sets of limits that have a name."""

from __future__ import annotations

import argparse
from typing import Final

HELP: Final = "list the profiles: named sets of limits"
DETAILS: Final = (
    "Your own TOML files are found in the folder profiles of the one that CALCARINE_CONFIG names, or else of the "
    "system's place for settings. What a profile leaves out stays as the devices ask."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options: it has none of its own."""


def run(arguments: argparse.Namespace) -> int:
    """List every profile with what it sets."""
    from dataclasses import asdict

    from planner.cli import DONE
    from planner.cli.output import print_json, print_lines
    from planner.design.limits import field_words
    from planner.design.profiles import NUMBERS, load_profile, profile_names

    profiles = [load_profile(name) for name in profile_names()]
    if arguments.json:
        print_json([asdict(profile) for profile in profiles])
        return DONE
    for profile in profiles:
        given = {name: getattr(profile, name) for name in NUMBERS}
        words = [field_words(name, value) for name, value in given.items() if value is not None]
        words += [f"access {profile.access}"] if profile.access is not None else []
        print(f"{profile.name}: {profile.title}")
        print_lines([", ".join(words)])
    return DONE
