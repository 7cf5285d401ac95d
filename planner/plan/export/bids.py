"""BIDS iEEG: the contacts as electrodes of a derived data set, with their coordinate system.

Planned contacts were never recorded from, so they lie under ``derivatives/calcarine`` and say so. The columns keep
BIDS' order (name, x, y, z, size; then material, manufacturer, group, hemisphere), and size is a contact's surface area
in mm². Coordinates are BIDS' ``ScanRAS``; what the tables cannot say of a plan stands in the JSON beside them.
"""

from __future__ import annotations

import csv
import json
import re
from pathlib import Path
from typing import Any, Final

from planner import __version__
from planner.anatomy.hemisphere import Anatomy
from planner.plan.contacts import contacts_of
from planner.plan.export.readback import require_same
from planner.plan.make import Examined
from planner.plan.stamp import fingerprint, limits_words, notice, verdict_words

NAMES: Final[tuple[str, ...]] = ()
"""Two cases' files bear their own names, so that none of another export could be taken for one of this."""
VERSION: Final = "1.9.0"
FOLDER: Final = Path("derivatives") / "calcarine"
SPACE: Final = "ScanRAS"
UNKNOWN: Final = "n/a"
SIDES: Final = {"lh": "L", "rh": "R"}
COLUMNS: Final = {
    "name": "The thread's name and the contact's number on it; of each shank 1 is the deepest",
    "x": "To the right, mm, scanner RAS",
    "y": "To the front, mm, scanner RAS",
    "z": "Upwards, mm, scanner RAS",
    "size": "Surface area of the contact, mm²",
    "material": "Not known of a plan",
    "manufacturer": "Not known of a plan",
    "group": "The group that the thread was put into; the thread itself where it is in none",
    "hemisphere": "L or R",
    "type": "What the thread is of",
    "field_x": "Centre of the contact's phosphene, degrees of visual angle, to the right",
    "field_y": "The same upwards",
}
UNITS: Final = {"x": "mm", "y": "mm", "z": "mm", "size": "mm^2", "field_x": "deg", "field_y": "deg"}

Json = dict[str, Any]


def write(examined: Examined, folder: Path) -> list[Path]:
    """Write the description of the data set, ``electrodes.tsv`` with its columns, and ``coordsystem.json``."""
    label = subject_label(examined.anatomy)
    place = folder / FOLDER / f"sub-{label}" / "ieeg"
    place.mkdir(parents=True)
    stem = f"sub-{label}_space-{SPACE}"
    tables = place / f"{stem}_electrodes.tsv"
    _save_table(tables, examined)
    documents = {
        folder / FOLDER / "dataset_description.json": _description(),
        place / f"{stem}_electrodes.json": _columns(examined),
        place / f"{stem}_coordsystem.json": _coordinates(examined),
    }
    for file, values in documents.items():
        file.write_text(json.dumps(values, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
        require_same(file, "the document", json.loads(file.read_text(encoding="utf-8")), values)
    return [tables, *documents]


def subject_label(anatomy: Anatomy) -> str:
    """The case's name as BIDS allows it: letters and digits alone, without its own ``sub-``."""
    return re.sub("[^0-9A-Za-z]", "", anatomy.name.removeprefix("sub-")) or "case"


def _save_table(file: Path, examined: Examined) -> None:
    threads = {thread.name: thread for thread in examined.plan.threads}
    rows = []
    for contact in contacts_of(examined):
        device = examined.plan.implant.device_of(threads[contact.thread])
        place = [repr(x) for x in contact.position_mm]
        seen = [repr(x) for x in contact.field_deg]
        ours = [UNKNOWN, UNKNOWN, contact.group or contact.thread, SIDES[contact.hemisphere], device.name]
        rows.append([contact.label, *place, repr(device.contact_area_mm2), *ours, *seen])
    with file.open("w", encoding="utf-8", newline="") as opened:
        csv.writer(opened, delimiter="\t", lineterminator="\n").writerows([list(COLUMNS), *rows])
    with file.open(encoding="utf-8", newline="") as opened:
        require_same(file, "the table", list(csv.reader(opened, delimiter="\t")), [list(COLUMNS), *rows])


def _description() -> Json:
    return {
        "Name": "Calcarine: planned electrodes of a visual cortical prosthesis",
        "BIDSVersion": VERSION,
        "DatasetType": "derivative",
        "GeneratedBy": [{"Name": "Calcarine", "Version": __version__}],
    }


def _columns(examined: Examined) -> Json:
    columns = {
        name: {"Description": words} | ({"Units": UNITS[name]} if name in UNITS else {})
        for name, words in COLUMNS.items()
    }
    return {**columns, "Plan": _stamp(examined)}


def _coordinates(examined: Examined) -> Json:
    return {
        "iEEGCoordinateSystem": SPACE,
        "iEEGCoordinateUnits": "mm",
        "iEEGCoordinateSystemDescription": "RAS of the scanner, of the image that the case's surfaces were made from",
        "iEEGCoordinateProcessingDescription": "Planned positions; nothing was implanted or localised",
        "Plan": _stamp(examined),
    }


def _stamp(examined: Examined) -> Json:
    plan = examined.plan
    return {
        "Fingerprint": fingerprint(plan),
        "Verdict": verdict_words(plan),
        "Limits": limits_words(plan),
        "Notice": notice(plan),
    }
