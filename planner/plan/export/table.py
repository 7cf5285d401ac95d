"""CSV: one row a contact, for spreadsheets and statistics. Numbers keep all their digits.

Margins are in mm, degrees or µA, as their columns' names say. A vessel margin is ``unknown`` where the clearance is not
known, so that no filter takes it for safe; margins are ``exempt`` where they do not apply to the thread's device, and
``none`` where nothing could break them or no limit is set.
"""

from __future__ import annotations

import csv
import math
from pathlib import Path
from typing import Final

from planner.design.limits import CONSTRAINTS, ConstraintName, ThreadMargins, with_unit
from planner.frames import Space
from planner.plan.contacts import Contact, contacts_of
from planner.plan.export.readback import require_same
from planner.plan.make import Examined
from planner.plan.stamp import fingerprint, limits_words, notice, verdict_words

FILE: Final = "contacts.csv"
NAMES: Final = (FILE,)
COLUMNS: Final = (
    "contact",
    "thread",
    "group",
    "hemisphere",
    "space",
    "x_mm",
    "y_mm",
    "z_mm",
    "field_x_deg",
    "field_y_deg",
    "eccentricity_deg",
    "size_deg",
    "depth",
    "usable",
    *(f"margin_{with_unit(name)}" for name in CONSTRAINTS),
    "nearest_vessel",
    "nearest_vessel_error_mm",
    "vessels_unknown",
    "nearest_thread",
    "plan",
    "verdict",
    "limits",
    "notice",
)


def write(examined: Examined, folder: Path) -> list[Path]:
    """Write ``contacts.csv`` (UTF-8, comma, one header line) and read it back."""
    stamp = tuple(words(examined.plan) for words in (fingerprint, verdict_words, limits_words, notice))
    rows = [[str(value) for value in (*_row(contact), *stamp)] for contact in contacts_of(examined)]
    file = folder / FILE
    with file.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened, lineterminator="\n").writerows([COLUMNS, *rows])
    with file.open(encoding="utf-8", newline="") as opened:
        require_same(file, "the table", list(csv.reader(opened)), [list(COLUMNS), *rows])
    return [file]


def _row(contact: Contact) -> tuple[object, ...]:
    return (
        contact.number,
        contact.thread,
        contact.group,
        contact.hemisphere,
        Space.SCANNER_RAS.value,
        *contact.position_mm,
        *contact.field_deg,
        contact.eccentricity_deg,
        contact.size_deg,
        contact.depth,
        contact.usable,
        *(_margin(contact.margins, name) for name in CONSTRAINTS),
        contact.margins.nearest_vessel,
        "" if contact.vessel_error_mm is None else contact.vessel_error_mm,
        " ".join(contact.margins.unknown_kinds),
        contact.margins.nearest_thread,
    )


def _margin(margins: ThreadMargins, constraint: ConstraintName) -> float | str:
    if constraint in margins.exempt:
        return "exempt"
    margin = margins.margins[constraint]
    return margins.words(constraint) if math.isinf(margin) else float(margin)
