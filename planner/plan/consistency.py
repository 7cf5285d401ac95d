"""Whether the numbers of a plan's file agree with one another."""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np

from planner.design.limits import Limits, Verdict, exempt
from planner.implant.device import Devices
from planner.implant.thread import Implant, Vector

Json = dict[str, Any]
TOLERANCE_MM: Final = 1e-6
"""How far a written contact may lie from where its thread puts it; the same, without unit, for a direction's length."""


def check_mix(limits: Limits, devices: Devices) -> None:
    """Refuse a budget that is not shared among the devices that there are.

    Raises
    ------
    ValueError
        In words that finish a sentence about the file.
    """
    if limits.mix and len(limits.mix) != len(devices):
        raise ValueError(f"its mix says how many of {len(limits.mix)} devices, and the plan is of {len(devices)}")


def check_threads(implant: Implant, written: list[Json]) -> None:
    """Refuse threads whose written values contradict each other or their devices.

    Raises
    ------
    ValueError
        In words that finish a sentence about the file.
    """
    names = [thread.name for thread in implant.threads]
    for i, name in enumerate(names):
        if name in names[:i]:
            raise ValueError(f"two threads are named {name}")
    for thread in implant.threads:
        if thread.device and thread.device not in {device.name for device in implant.devices}:
            raise ValueError(f"thread {thread.name} is of {thread.device}, which is none of the plan's devices")
        if (thread.across is None) != (len(implant.device_of(thread).shanks) == 1):
            raise ValueError(f"thread {thread.name} says {thread.across} of how it is turned")
    for thread, contacts_mm, values in zip(implant.threads, implant.contacts_by_thread(), written, strict=True):
        if thread.across is not None:
            _check_across(thread.name, thread.across, thread.direction)
        length = math.hypot(*thread.direction)
        if abs(length - 1.0) > TOLERANCE_MM:
            raise ValueError(f"the direction of thread {thread.name} has length {length:.6g}, not 1")
        given_mm = np.array(values["contacts_mm"], dtype=np.float64).reshape(-1, 3)
        if len(given_mm) != len(contacts_mm):
            raise ValueError(f"thread {thread.name} has {len(given_mm)} contacts, its device has {len(contacts_mm)}")
        apart_mm = float(np.abs(given_mm - contacts_mm).max())
        if apart_mm > TOLERANCE_MM:
            raise ValueError(
                f"the contacts of thread {thread.name} lie up to {apart_mm:.3g} mm from where its numbers put them"
            )


def _check_across(name: str, across: Vector, direction: Vector) -> None:
    along = sum(a * b for a, b in zip(across, direction, strict=True))
    if abs(math.hypot(*across) - 1.0) > TOLERANCE_MM or abs(along) > TOLERANCE_MM:
        raise ValueError(f"the axis across thread {name} is no unit vector at right angles to its direction")


def check_verdict(verdict: Verdict, implant: Implant) -> None:
    """Refuse a verdict that contradicts itself or is not of these threads.

    Raises
    ------
    ValueError
        In words that finish a sentence about the file.
    """
    names = {thread.name for thread in implant.threads}
    if verdict.feasible == bool(verdict.violations):
        raise ValueError(
            f"the verdict says feasible = {verdict.feasible} and lists {len(verdict.violations)} violations"
        )
    if verdict.feasible and any(found.worst[1] < -TOLERANCE_MM for found in verdict.margins.values()):
        raise ValueError("the verdict says feasible = True and has a negative margin")
    if set(verdict.margins) != names:
        raise ValueError("the verdict's margins are not those of its threads")
    unknown = {violation.thread for violation in verdict.violations} - names - {""}
    if unknown:
        raise ValueError(f"the verdict names {min(unknown)}, which is no thread of the plan")
    for thread in implant.threads:
        said, is_ = verdict.margins[thread.name].exempt, exempt(implant.device_of(thread))
        if said != is_:
            words, device = (" and ".join(names) or "nothing" for names in (said, is_))
            raise ValueError(f"the verdict exempts {thread.name} from {words}, its device from {device}")
