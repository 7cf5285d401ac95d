"""Changes to a plan's threads that need no search: pure functions from thread to thread and from plan to plan.

What the window does when a thread is typed, dragged or renamed, for programs without one too. What was measured of a
plan does not survive a change of it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Sequence
from dataclasses import replace
from typing import Any

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
    wished = _printable(wished, "thread")
    if wished != name and wished in names_of(plan):
        raise InputError(f"another thread is called {wished} already", remedy="choose another name")
    changed = each(plan, (name,), lambda thread: replace(thread, name=wished))
    return changed if changed.threads == plan.threads else replace(changed, verdict=None)


def grouped(plan: Plan, names: Collection[str], group: str) -> Plan:
    """The plan with some of its threads in a group of that name, or with an empty one in none.

    Raises
    ------
    InputError
        Where the name is too long or cannot be printed.
    """
    group = _printable(group, "group") if group.strip() else ""
    return each(plan, names, lambda thread: replace(thread, group=group))


def _printable(wished: str, what: str) -> str:
    wished = wished.strip()
    if not 1 <= len(wished) <= LONGEST_NAME or not wished.isprintable():
        raise InputError(
            f"{wished[:20]!r} is no name for a {what}",
            remedy=f"give 1 to {LONGEST_NAME} characters that can be printed",
        )
    return wished


def each(plan: Plan, names: Collection[str], change: Callable[[Thread], Thread]) -> Plan:
    """The plan with some of its threads changed, used or not, in what nothing is measured by, as lock or group."""
    threads, aside = (tuple(change(t) if t.name in names else t for t in some) for some in (plan.threads, plan.aside))
    return replace(plan, threads=threads, aside=aside)


def set_aside(plan: Plan, names: Collection[str]) -> Plan:
    """The plan with some of its threads kept, but not used."""
    going = tuple(t for t in plan.threads if t.name in names)
    left = with_threads(plan, tuple(t for t in plan.threads if t.name not in names))
    return replace(left, aside=(*plan.aside, *going))


def used_again(plan: Plan, names: Collection[str]) -> Plan:
    """The plan with some of the threads that were set aside among those that are used, as they were."""
    coming = tuple(t for t in plan.aside if t.name in names)
    back = with_threads(plan, (*plan.threads, *coming))
    return replace(back, aside=tuple(t for t in plan.aside if t.name not in names))


def without(plan: Plan, names: Collection[str]) -> Plan:
    """The plan without some of its threads, used or not."""
    left = replace(plan, aside=tuple(t for t in plan.aside if t.name not in names))
    threads = tuple(t for t in plan.threads if t.name not in names)
    return left if len(threads) == len(plan.threads) else with_threads(left, threads)


def names_of(plan: Plan) -> frozenset[str]:
    """The names of all its threads, used or not."""
    return frozenset(thread.name for thread in plan.everyone.threads)


def free_name(taken: Collection[str]) -> str:
    """The first name of the form ``T01`` that is not taken."""
    return next(name for number in range(1, len(taken) + 2) if (name := f"T{number:02d}") not in taken)


def named(plan: Plan, found: Sequence[Thread], given: Sequence[Thread]) -> tuple[Thread, ...]:
    """What a search found for a plan from the threads given: of these the plan's own keep their names.

    All others are named anew, by none of the plan's names, used or not and found again or not: a name stays with its
    thread, so that undo brings back what had it. Threads that were given and never the plan's have no name to keep.
    """
    taken = set(names_of(plan))
    own = {thread.name for thread in plan.threads} & {thread.name for thread in given}
    threads: list[Thread] = []
    for thread in found:
        name = thread.name if thread.name in own else free_name(taken)
        taken.add(name)
        threads.append(replace(thread, name=name))
    return tuple(threads)


def with_threads(plan: Plan, threads: tuple[Thread, ...], method: Method = "manual") -> Plan:
    """The plan with other threads: what was measured of it no longer holds."""
    return unmeasured(plan, threads=threads, method=method)


def unmeasured(plan: Plan, **changes: Any) -> Plan:
    """The plan with other fields, if any are given, and without all that was found of it as it was."""
    return replace(plan, **changes, measures=None, verdict=None, baselines=None)
