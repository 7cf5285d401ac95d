"""A FreeView point set of all contacts, in scanner RAS; FreeView opens it with ``-c contacts.json``.

Each point's comment says which contact it is and what it shows; the plan's own words stand on the first one, since a
point set has no place for them that FreeView shows.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import numpy as np

from planner.plan.contacts import Contact, contacts_of
from planner.plan.export.readback import require_equal, require_same
from planner.plan.make import Examined
from planner.plan.stamp import fingerprint, limits_words, notice, verdict_words

FILE: Final = "contacts.json"
NAMES: Final = (FILE,)
COLOUR: Final = (255, 212, 0)
USER: Final = "Calcarine"


def write(examined: Examined, folder: Path) -> list[Path]:
    """Write ``contacts.json`` and read it back."""
    plan = examined.plan
    stamp = f"Calcarine plan {fingerprint(plan)}, {verdict_words(plan)}. {limits_words(plan)} {notice(plan)}"
    points = [_point(contact) for contact in contacts_of(examined)]
    points[0]["comments"].append(_comment(stamp))
    document = {
        "data_type": "fs_pointset",
        "version": 1,
        "vox2ras": "scanner_ras",
        "color": list(COLOUR),
        "points": points,
    }
    file = folder / FILE
    file.write_text(json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
    read = json.loads(file.read_text(encoding="utf-8"))
    require_same(file, "the document", read, document)
    found = np.array([[point["coordinates"][axis] for axis in "xyz"] for point in read["points"]])
    require_equal(file, "the contacts", found.reshape(-1, 3), plan.implant.contacts_mm())
    return [file]


def _point(contact: Contact) -> dict[str, Any]:
    x, y = contact.field_deg
    return {
        "coordinates": dict(zip("xyz", contact.position_mm, strict=True)),
        "legacy_stat": 1,
        "statistics": {
            "field x deg": x,
            "field y deg": y,
            "size deg": contact.size_deg,
            "depth in cortex": contact.depth,
        },
        "comments": [_comment(f"{contact.label} ({contact.hemisphere})")],
    }


def _comment(text: str) -> dict[str, str]:
    return {"text": text, "user": USER}
