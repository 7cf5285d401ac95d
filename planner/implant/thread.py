"""Threads and implants: frozen records without torch."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from planner.frames import FloatArray, HemisphereName, IntArray
from planner.implant.device import Device, Devices, contact_table, shaft_table

Vector = tuple[float, float, float]


def vector(values: Iterable[float]) -> Vector:
    """Three numbers, of an array or any other sequence, as records have them."""
    x, y, z = (float(value) for value in values)
    return (x, y, z)


@dataclass(frozen=True)
class Thread:
    """One insertion: a straight thread, or an array that moves as one (then all of this is the array's).

    Attributes
    ----------
    name : str
        Unique in its implant, e.g. ``T01``.
    hemisphere : "lh" or "rh"
    entry_mm : (x, y, z)
        Where the shaft passes the pial surface, scanner RAS; of an array the axis through its middle.
    direction : (x, y, z)
        Unit vector of insertion.
    depth_mm : float
        From the entry to the tip, along the direction; of an array to the plane of its longest shank's tip.
    locked : bool
        A locked thread is never moved, by hand or by the optimiser, but still counts.
    device : str
        Name of its device among the implant's; empty for the first of them.
    across : (x, y, z), optional
        Unit vector at right angles to the direction: an array's own x axis. A single thread has none.
    group : str
        Name of the group that the user put it into; empty for none. Nothing is measured by it.
    """

    name: str
    hemisphere: HemisphereName
    entry_mm: Vector
    direction: Vector
    depth_mm: float
    locked: bool = False
    device: str = ""
    across: Vector | None = None
    group: str = ""

    @property
    def tip_mm(self) -> Vector:
        """The deepest point on the axis, scanner RAS."""
        x, y, z = (e + self.depth_mm * d for e, d in zip(self.entry_mm, self.direction, strict=True))
        return (x, y, z)


@dataclass(frozen=True, eq=False)
class Shafts:
    """Straight shafts of some threads, scanner RAS.

    Attributes
    ----------
    start_mm, tip_mm : (S, 3) float64
        A thread's shaft begins at its entry, an array's at its base.
    thread : (S,) int64
        Whose it is.
    """

    start_mm: FloatArray
    tip_mm: FloatArray
    thread: IntArray


@dataclass(frozen=True)
class Implant:
    """All threads of a plan and the devices they are of; threads that name none are of the first."""

    devices: Devices
    threads: tuple[Thread, ...]

    def device_of(self, thread: Thread) -> Device:
        """A thread's device.

        Raises
        ------
        KeyError
            Where the implant has no device of that name.
        """
        if not thread.device:
            return self.devices[0]
        for device in self.devices:
            if device.name == thread.device:
                return device
        raise KeyError(thread.device)

    def contacts_mm(self) -> FloatArray:
        """Contact centres ``(N, 3)``, scanner RAS, thread by thread; of each shank the deepest first."""
        return _placed(self.threads, [contact_table(self.device_of(t))[0] for t in self.threads])

    def contacts_by_thread(self) -> list[FloatArray]:
        """Contact centres ``(C, 3)`` of each thread."""
        return np.split(self.contacts_mm(), np.cumsum(self.contact_counts())[:-1]) if self.threads else []

    def contact_counts(self) -> IntArray:
        """How many contacts each thread has ``(T,)``."""
        return np.array([self.device_of(t).contact_count for t in self.threads], dtype=np.int64)

    def contact_owners(self) -> IntArray:
        """Which thread each contact is on ``(N,)``."""
        return np.repeat(np.arange(len(self.threads)), self.contact_counts())

    def shafts(self) -> Shafts:
        """All shafts, thread by thread."""
        tables = [shaft_table(self.device_of(t)) for t in self.threads]
        owner = np.repeat(np.arange(len(tables)), np.array([len(table) for table, _ in tables], dtype=np.int64))
        tip = _placed(self.threads, [table for table, _ in tables])
        length = np.concatenate([np.zeros(0), *(length for _, length in tables)])
        depth = np.array([t.depth_mm for t in self.threads], dtype=np.float64)[owner]
        unit = np.array([t.direction for t in self.threads], dtype=np.float64).reshape(-1, 3)[owner]
        return Shafts(tip - np.where(np.isinf(length), depth, length)[:, None] * unit, tip, owner)


def axes_of(threads: Sequence[Thread]) -> FloatArray:
    """Each thread's two axes across its direction ``(T, 2, 3)``; those of single threads are any."""
    unit = np.array([t.direction for t in threads], dtype=np.float64).reshape(-1, 3)
    given = np.array([t.across or (0.0, 0.0, 0.0) for t in threads], dtype=np.float64).reshape(-1, 3)
    first = np.where((given == 0).all(axis=1, keepdims=True), any_across(unit), given)
    return np.stack([first, np.cross(unit, first)], axis=1)


def any_across(unit: FloatArray) -> FloatArray:
    """A unit vector at right angles to each of ``(T, 3)``."""
    helping = np.eye(3)[np.abs(unit).argmin(axis=1)] if len(unit) else np.zeros((0, 3))
    across = np.cross(unit, helping)
    return np.asarray(across / np.maximum(np.linalg.norm(across, axis=1, keepdims=True), 1e-300))


def _placed(threads: Sequence[Thread], tables: Sequence[FloatArray]) -> FloatArray:
    """Points of each thread's device's frame, all below each other ``(N, 3)``, where the threads have them."""
    owner = np.repeat(np.arange(len(tables)), np.array([len(table) for table in tables], dtype=np.int64))
    table = np.concatenate([np.zeros((0, 3)), *tables])
    first, second = axes_of(threads)[owner].transpose(1, 0, 2)
    entry, unit = (
        np.array(values, dtype=np.float64).reshape(-1, 3)[owner]
        for values in ([t.entry_mm for t in threads], [t.direction for t in threads])
    )
    along = np.array([t.depth_mm for t in threads], dtype=np.float64)[owner] - table[:, 2]
    return np.asarray(entry + along[:, None] * unit + table[:, :1] * first + table[:, 1:2] * second)
