"""``calcarine devices``: the catalogue."""

from __future__ import annotations

import argparse
from typing import Final

HELP: Final = "list the devices of the catalogue"
DETAILS: Final = (
    "Your own TOML files are found in the folder devices of the one that CALCARINE_CONFIG names, or else of the "
    "system's place for settings."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options: it has none of its own."""


def run(arguments: argparse.Namespace) -> int:
    """List every device with its geometry."""
    from dataclasses import asdict

    from planner.cli import DONE
    from planner.cli.output import print_json, print_table
    from planner.implant.catalogue import device_names, load_device

    devices = [load_device(name) for name in device_names()]
    if arguments.json:
        print_json([asdict(device) for device in devices])
    else:
        rows = [("name", "kind", "contacts", "pitch mm", "shaft radius mm", "longest mm", "clearance mm", "title")]
        rows += [
            (
                d.name,
                d.kind,
                str(d.contact_count),
                f"{d.pitch_mm:g}",
                f"{d.shaft_radius_mm:g}",
                f"{d.max_depth_mm:g}",
                f"{d.clearance_mm:g}",
                d.title,
            )
            for d in devices
        ]
        print_table(rows)
    return DONE
