"""All that a report says of a plan, as plain JSON values: one source for pages and file of numbers."""

from __future__ import annotations

import platform
from datetime import UTC, datetime
from importlib import metadata
from typing import Any, Final

import numpy as np

from planner import __version__
from planner.design.assess import USABLE
from planner.plan.contacts import Contact, contacts_of
from planner.plan.document import (
    device_values,
    limits_values,
    margin_value,
    margin_values,
    seeing_values,
    task_values,
    verdict_values,
)
from planner.plan.make import Examined
from planner.plan.stamp import fingerprint, limits_words, notice, seen_words, verdict_words

LIBRARIES: Final = ("numpy", "scipy", "torch", "vtk", "nibabel", "libigl")
"""Whose releases may change a plan's last digits."""

Json = dict[str, Any]


def summary_of(examined: Examined) -> Json:
    """What a report says of an examined plan; lengths in mm, angles in degrees, currents in µA, scanner RAS.

    Margins are as a plan's file has them: null of vessels is *unknown, not safe*.
    """
    plan = examined.plan
    return {
        "program": f"Calcarine {__version__}",
        "notice": notice(plan),
        "created": datetime.now(UTC).isoformat(timespec="seconds").replace("+00:00", "Z"),
        "plan": fingerprint(plan),
        "verdict_words": verdict_words(plan),
        "limits_words": limits_words(plan),
        "seen_words": seen_words(plan),
        "space": "scanner_ras",
        "case": {
            "name": examined.anatomy.name,
            "source": plan.case.source,
            "hashes": dict(plan.case.hashes),
            "retinotopy": plan.case.retinotopy,
            "vessels": [
                {
                    "name": vessel.name,
                    "kind": vessel.kind,
                    "source": vessel.source,
                    "synthetic": vessel.synthetic,
                    "error_mm": float(vessel.error_mm),
                }
                for vessel in plan.case.vessels
            ],
            "findings": [
                {"what": finding.what, "state": finding.state, "file": finding.file, "sha256": finding.sha256}
                for finding in examined.anatomy.findings
            ],
        },
        "versions": _versions(),
        "devices": [device_values(device) for device in plan.devices],
        "task": task_values(plan.task),
        "seeing": seeing_values(plan.seeing),
        "goal": {"mse": plan.goal.mse, "ssim": plan.goal.ssim, "recognition": plan.goal.recognition},
        "method": plan.method,
        "avoid_vessels": plan.avoid_vessels,
        "seed": int(plan.seed),
        "constraints": limits_values(plan.limits),
        "measures": {name: float(value) for name, value in (plan.measures or {}).items()},
        "baselines": {
            method: {name: float(value) for name, value in measures.items()}
            for method, measures in (plan.baselines or {}).items()
        },
        "worst_margins": _worst(examined),
        "verdict": verdict_values(plan.verdict) if plan.verdict else None,
        "threads": _threads(examined),
        "aside": [thread.name for thread in plan.aside],
    }


def _versions() -> dict[str, str]:
    return {"python": platform.python_version()} | {name: metadata.version(name) for name in LIBRARIES}


def _worst(examined: Examined) -> Json:
    """Of every limit in force the thread with the least margin, and that margin."""
    plan = examined.plan
    if plan.verdict is None:
        return {}
    found: Json = {}
    for name in plan.limits.in_force:
        held = {t: m.margins[name] for t, m in plan.verdict.margins.items() if name not in m.exempt}
        if held:
            thread = min(held, key=held.__getitem__)
            found[name] = {"thread": thread, "margin": margin_value(held[thread])}
    return found


def _threads(examined: Examined) -> list[Json]:
    plan = examined.plan
    contacts: dict[str, list[Contact]] = {thread.name: [] for thread in plan.threads}
    for contact in contacts_of(examined):
        contacts[contact.thread].append(contact)
    return [
        {
            "name": thread.name,
            "hemisphere": thread.hemisphere,
            "device": plan.implant.device_of(thread).name,
            "locked": thread.locked,
            "group": thread.group,
            "entry_mm": [float(x) for x in thread.entry_mm],
            "tip_mm": [float(x) for x in thread.tip_mm],
            "depth_mm": float(thread.depth_mm),
            **_reached(contacts[thread.name]),
            "margins": margin_values(plan.verdict.margins[thread.name]) if plan.verdict else None,
        }
        for thread in plan.threads
    ]


def _reached(contacts: list[Contact]) -> Json:
    """What a thread's usable contacts show; all of them where none is usable."""
    usable = [contact for contact in contacts if contact.usable >= USABLE]
    reach = np.array([contact.eccentricity_deg for contact in usable or contacts])
    return {
        "contacts": len(contacts),
        "usable_contacts": len(usable),
        "eccentricity_deg": [float(reach.min()), float(reach.max())],
    }
