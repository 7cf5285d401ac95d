"""3D Slicer markups: one line a thread and one list of all contacts, in one ``.mrk.json``.

Points are written in LPS and say so. Slicer reads several markups from one file, and shows a point in slice views only
where its position status is "defined" (Slicer's markups schema 1.0.3).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

import numpy as np

from planner.frames import RAS_TO_LPS, FloatArray
from planner.plan.contacts import Contact, contacts_of
from planner.plan.export.readback import require_equal, require_same
from planner.plan.make import Examined
from planner.plan.stamp import fingerprint, limits_words, notice, unknown_threads, unsafe_threads, verdict_words

FILE: Final = "plan.mrk.json"
NAMES: Final = (FILE,)
SCHEMA: Final = (
    "https://raw.githubusercontent.com/slicer/slicer/master/Modules/Loadable/Markups/Resources/Schema/"
    "markups-schema-v1.0.3.json#"
)
SAFE_COLOUR: Final = (0.2, 0.8, 0.4)
UNSAFE_COLOUR: Final = (1.0, 0.0, 1.0)
UNKNOWN_COLOUR: Final = (1.0, 0.55, 0.0)
CONTACT_COLOUR: Final = (1.0, 0.83, 0.0)  # of all contacts in one list, whatever their threads are

Json = dict[str, Any]


def write(examined: Examined, folder: Path) -> list[Path]:
    """Write ``plan.mrk.json`` and read it back."""
    plan = examined.plan
    contacts = contacts_of(examined)
    colours = {
        **dict.fromkeys(unknown_threads(plan), UNKNOWN_COLOUR),
        **dict.fromkeys(unsafe_threads(plan), UNSAFE_COLOUR),
    }
    stamp = f"{fingerprint(plan)}, {verdict_words(plan)}. {limits_words(plan)} {notice(plan)}"
    lines = [
        _markup(
            "Line",
            thread.name,
            [
                _point(1, f"{thread.name} entry", f"Entry on pial; plan {stamp}", thread.entry_mm),
                _point(2, f"{thread.name} tip", f"Tip, {thread.depth_mm:.3f} mm deep; plan {stamp}", thread.tip_mm),
            ],
            colours.get(thread.name, SAFE_COLOUR),
            stamp,
        )
        for thread in plan.threads
    ]
    points = [_point(n, contact.label, _words(contact), contact.position_mm) for n, contact in enumerate(contacts, 1)]
    document: Json = {
        "@schema": SCHEMA,
        "markups": [*lines, _markup("Fiducial", "contacts", points, CONTACT_COLOUR, stamp)],
    }
    file = folder / FILE
    file.write_text(json.dumps(document, indent=1, ensure_ascii=False, allow_nan=False) + "\n", encoding="utf-8")
    _check(file, document, examined)
    return [file]


def _check(file: Path, document: Json, examined: Examined) -> None:
    read = json.loads(file.read_text(encoding="utf-8"))
    require_same(file, "the document", read, document)
    *lines, fiducials = read["markups"]
    threads = examined.plan.threads
    ends = np.array([[t.entry_mm, t.tip_mm] for t in threads], dtype=np.float64).reshape(-1, 2, 3)
    require_equal(file, "the lines", np.array([_ras(line) for line in lines]).reshape(-1, 2, 3), ends)
    require_equal(file, "the contacts", _ras(fiducials), examined.plan.implant.contacts_mm())


def _ras(markup: Json) -> FloatArray:
    positions = np.array([p["position"] for p in markup["controlPoints"]], dtype=np.float64).reshape(-1, 3)
    return RAS_TO_LPS.inverse()(positions)


def _words(contact: Contact) -> str:
    x, y = contact.field_deg
    return f"Field {x:.2f}, {y:.2f} deg; size {contact.size_deg:.2f} deg; depth in cortex {contact.depth:.2f}"


def _point(number: int, label: str, description: str, position_mm: tuple[float, float, float]) -> Json:
    return {
        "id": str(number),
        "label": label,
        "description": description,
        "associatedNodeID": "",
        "position": RAS_TO_LPS(np.array(position_mm, dtype=np.float64)).tolist(),
        "orientation": [-1.0, 0.0, 0.0, 0.0, -1.0, 0.0, 0.0, 0.0, 1.0],
        "selected": True,
        "locked": True,
        "visibility": True,
        "positionStatus": "defined",
    }


def _markup(kind: str, name: str, points: list[Json], colour: tuple[float, float, float], stamp: str) -> Json:
    return {
        "type": kind,
        "name": name,
        "description": f"Calcarine plan, {stamp}",
        "coordinateSystem": "LPS",
        "coordinateUnits": "mm",
        "locked": True,
        "fixedNumberOfControlPoints": True,
        "labelFormat": "%N-%d",
        "lastUsedControlPointNumber": len(points),
        "controlPoints": points,
        "measurements": [],
        "display": {
            "visibility": True,
            "opacity": 1.0,
            "color": list(colour),
            "selectedColor": list(colour),
            "propertiesLabelVisibility": False,
            "pointLabelsVisibility": False,
            "glyphType": "Sphere3D",
            "useGlyphScale": False,
            "glyphSize": 0.3,
            "lineThickness": 0.3,
        },
    }
