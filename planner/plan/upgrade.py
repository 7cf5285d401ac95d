"""Plans that an earlier version wrote, as this one reads them."""

from __future__ import annotations

from typing import Any

Json = dict[str, Any]
_NEW_MARGINS = dict.fromkeys(("angle", "access", "approach", "reach", "region", "current"))


def upgraded(document: Json) -> Json:
    """A plan's JSON values in the present version; what is no such plan comes back as it is, for the schema to refuse.

    Version 1 had one device, always a thread, and knew neither mixed implants nor clearances of their own to veins.
    """
    if document.get("schema_version") != 1 or not all(
        isinstance(document.get(key), kind)
        for key, kind in (("device", dict), ("constraints", dict), ("threads", list))
    ):
        return document
    device = {
        **document["device"],
        "kind": "thread",
        "shanks": [{"x_mm": 0.0, "y_mm": 0.0, "short_mm": 0.0}],
        "gray_share": 1.0,
        "crosses_sulci": False,
        "gap_mm": 0.0,
    }
    constraints = {
        **document["constraints"],
        "vein_clearance_mm": None,
        "array_clearance_mm": None,
        "localisation_mm": 0.0,
        "mix": [],
        "angle_deg": 90.0,
        "access": {"name": "unrestricted", "windows": []},
        "regions": [],
    }
    threads = [{**t, "device": "", "across": None} if isinstance(t, dict) else t for t in document["threads"]]
    verdict = document.get("verdict")
    if isinstance(verdict, dict) and isinstance(verdict.get("violations"), list):
        margins = verdict.get("margins")
        given = margins.items() if isinstance(margins, dict) else ()
        verdict = {
            **verdict,
            "margins": {name: {**_NEW_MARGINS, "exempt": [], **m} if isinstance(m, dict) else m for name, m in given},
            "violations": [_violation(v) for v in verdict["violations"]],
        }
    kept = {key: value for key, value in document.items() if key != "device"}
    return {
        **kept,
        "schema_version": 2,
        "devices": [device],
        "constraints": constraints,
        "threads": threads,
        "verdict": verdict,
    }


def _violation(values: Any) -> Any:
    if not isinstance(values, dict) or "margin_mm" not in values:
        return values
    return {("margin" if key == "margin_mm" else key): value for key, value in values.items()}
