"""``calcarine phosphenes``: what each contact of a plan shows, and where."""

from __future__ import annotations

import argparse
from io import BytesIO
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from planner.cli.request import add_moved_case_argument

if TYPE_CHECKING:
    from planner.design.limits import ConstraintName, ThreadMargins
    from planner.plan.contacts import Contact

HELP: Final = "list the phosphene of every contact"
DETAILS: Final = (
    "Positions in scanner RAS mm, the visual field in degrees (x right, y up), size as diameter, depth 0 at pial and 1 "
    "at white, margins in mm, angle and approach in degrees, current in µA. A vessel margin of null is a clearance "
    "that is unknown, not safe; of others, null means that nothing could break them, or that no such limit is set."
)


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Add the verb's options."""
    parser.add_argument("plan", type=Path, metavar="PLAN", help="a plan.json")
    add_moved_case_argument(parser)
    parser.add_argument("--map", type=Path, metavar="PNG", help="also draw them over the visual field")


def run(arguments: argparse.Namespace) -> int:
    """Examine and list."""
    from planner.cli import DONE
    from planner.cli.case import open_measured_plan, site_of
    from planner.cli.output import print_json, print_table, warn
    from planner.plan.atomic import write_file
    from planner.plan.claims import false_claims
    from planner.plan.contacts import contacts_of
    from planner.plan.field_map import field_map
    from planner.plan.make import examine
    from planner.plan.stamp import limits_words, notice, verdict_words

    plan = open_measured_plan(arguments.plan, arguments.case)
    examined = examine(plan, site_of(plan))
    contacts = contacts_of(examined)
    for sentence in false_claims(plan, examined.plan, examined.anatomy):
        warn(sentence)
    if arguments.map is not None:
        picture = BytesIO()
        field_map(examined, picture)
        write_file(arguments.map, picture.getvalue(), check=lambda written: None)
    if arguments.json:
        print_json([record(contact) for contact in contacts])
    else:
        header = (
            "contact",
            "hemisphere",
            "x mm",
            "y mm",
            "z mm",
            "field x °",
            "field y °",
            "size °",
            "depth",
            "worst",
            "",
        )
        print_table([header, *map(_cells, contacts)])
        print(f"Verdict: {verdict_words(examined.plan)}. {limits_words(examined.plan)} {notice(examined.plan)}")
    return DONE


def record(contact: Contact) -> dict[str, Any]:
    """A contact as JSON values."""
    from planner.plan.document import margin_values

    x_mm, y_mm, z_mm = contact.position_mm
    return {
        "contact": contact.number,
        "thread": contact.thread,
        "hemisphere": contact.hemisphere,
        "x_mm": x_mm,
        "y_mm": y_mm,
        "z_mm": z_mm,
        "field_x_deg": contact.field_deg[0],
        "field_y_deg": contact.field_deg[1],
        "eccentricity_deg": contact.eccentricity_deg,
        "size_deg": contact.size_deg,
        "depth": contact.depth,
        "retinotopy_filled": contact.retinotopy_filled,
        "usable": contact.usable,
        "margins": margin_values(contact.margins),
        "nearest_vessel_error_mm": contact.vessel_error_mm,
    }


def _cells(contact: Contact) -> tuple[str, ...]:
    numbers = (*contact.position_mm, *contact.field_deg, contact.size_deg, contact.depth)
    return (contact.label, contact.hemisphere, *(f"{value:.2f}" for value in numbers), *_worst(contact.margins))


def _worst(margins: ThreadMargins) -> tuple[str, ConstraintName]:
    """The least margin in words, and of what; a clearance that is unknown is worse than any that is kept."""
    name, margin = margins.worst
    if margin >= 0 and margins.vessels_unknown:
        name = "vessel"
    return margins.words(name), name
