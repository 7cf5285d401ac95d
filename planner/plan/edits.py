"""Changes to a plan's threads that need no search: pure functions from thread to thread and from plan to plan.

What the window does when a thread is typed, dragged or renamed, for programs without one too. What was measured of a
plan does not survive a change of it.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import numpy as np

from planner.design.limits import Limits
from planner.errors import InputError
from planner.frames import FloatArray
from planner.implant.device import Device
from planner.implant.thread import Thread, Vector, vector
from planner.plan.plan import Method, Plan

LONGEST_NAME = 64


def depth_range(device: Device, limits: Limits) -> tuple[float, float]:
    """The least and the greatest depth of a device, mm."""
    return device.least_depth_mm, limits.longest_mm(device)


def with_tip(thread: Thread, tip_mm: Vector, device: Device, limits: Limits) -> Thread:
    """A thread that points from its entry towards a point, and ends there as far as its device and limits allow.

    An array is turned about its entry without spinning about its own axis. A point at the entry changes nothing.
    """
    way = np.subtract(tip_mm, thread.entry_mm)
    length = float(np.linalg.norm(way))
    if length < 1e-6:
        return thread
    least, most = depth_range(device, limits)
    depth_mm = min(max(length, least), most)
    return replace(pointed(thread, way / length), depth_mm=depth_mm)


def pointed(thread: Thread, unit: FloatArray) -> Thread:
    """A thread with another direction ``(3,)``, of length 1; what is across it stays as near to where it was as can be.

    Raises
    ------
    InputError
        Where an array would point along its own x axis, so that nothing says how it is turned.
    """
    if thread.across is None:
        return replace(thread, direction=vector(unit))
    across = np.asarray(thread.across) - (np.asarray(thread.across) @ unit) * unit
    length = float(np.linalg.norm(across))
    if length < 1e-6:
        raise InputError(f"{thread.name} cannot be turned so far at once", remedy="turn it in two steps")
    return replace(thread, direction=vector(unit), across=vector(across / length))


def renamed(plan: Plan, name: str, wished: str) -> Plan:
    """The plan with another name for one of its threads, also in its verdict's place: that is dropped.

    Raises
    ------
    InputError
        Where the name is taken, empty, too long or cannot be printed.
    """
    wished = wished.strip()
    if not 1 <= len(wished) <= LONGEST_NAME or not wished.isprintable():
        raise InputError(
            f"{wished[:20]!r} is no name for a thread",
            remedy=f"give 1 to {LONGEST_NAME} characters that can be printed",
        )
    if wished != name and wished in {thread.name for thread in plan.threads}:
        raise InputError(f"another thread is called {wished} already", remedy="choose another name")
    threads = tuple(replace(t, name=wished) if t.name == name else t for t in plan.threads)
    return replace(plan, threads=threads, verdict=None)


def without(plan: Plan, names: Collection[str]) -> Plan:
    """The plan without some of its threads."""
    return with_threads(plan, tuple(t for t in plan.threads if t.name not in names))


def with_threads(plan: Plan, threads: tuple[Thread, ...], method: Method = "manual") -> Plan:
    """The plan with other threads: what was measured of it no longer holds."""
    return replace(plan, threads=threads, method=method, measures=None, verdict=None, baselines=None)
