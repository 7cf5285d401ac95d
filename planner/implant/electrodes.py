"""From threads' parameters to their contacts and shafts."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from torch import Tensor

from planner.implant.device import Devices, contact_table, shaft_table
from planner.implant.parameters import ThreadTensors


@dataclass(frozen=True, eq=False)
class ShaftTensors:
    """Shafts of some threads.

    Attributes
    ----------
    start_mm, tip_mm : (S, 3)
        A thread's shaft begins at its entry, an array's at its base.
    thread : (S,) int64
        Whose it is.
    """

    start_mm: Tensor
    tip_mm: Tensor
    thread: Tensor


@dataclass(frozen=True, eq=False)
class _Tables:
    """The devices' tables below each other, and where each one's begins."""

    contacts: Tensor  # (K, 3)
    contact_start: Tensor  # (D,)
    contact_count: Tensor
    tips: Tensor
    length_mm: Tensor
    shaft_start: Tensor
    shaft_count: Tensor


def contact_positions(threads: ThreadTensors, devices: Devices) -> tuple[Tensor, Tensor]:
    """Contact centres ``(N, 3)`` in mm, differentiable in every parameter, and whose each is ``(N,)``.

    Thread by thread, shank by shank, of each shank the deepest first.
    """
    tables = _tables(devices)
    owner, row = _rows(threads.kind, tables.contact_start, tables.contact_count)
    return _placed(threads, owner, tables.contacts[row]), owner


def shafts(threads: ThreadTensors, devices: Devices) -> ShaftTensors:
    """All shafts, thread by thread, differentiable in every parameter."""
    tables = _tables(devices)
    owner, row = _rows(threads.kind, tables.shaft_start, tables.shaft_count)
    tip = _placed(threads, owner, tables.tips[row])
    length = torch.where(torch.isinf(tables.length_mm[row]), threads.depth_mm[owner], tables.length_mm[row])
    return ShaftTensors(tip - length[:, None] * threads.unit[owner], tip, owner)


def of_devices(values: list[float], threads: ThreadTensors) -> Tensor:
    """One of the devices' numbers for each thread ``(T,)``."""
    return torch.tensor(values, dtype=threads.depth_mm.dtype)[threads.kind]


def enters(threads: ThreadTensors, devices: Devices) -> Tensor:
    """Which threads ``(T,)`` are of a device that goes into the cortex; the others lie on it and have no depth."""
    return torch.tensor([device.penetrates for device in devices], dtype=torch.bool)[threads.kind]


def least(values: Tensor, owner: Tensor, count: int) -> Tensor:
    """The least of the values ``(K,)`` of each of so many threads ``(T,)``; inf where one has none."""
    start = values.new_full((count,), torch.inf)
    return start.scatter_reduce(0, owner, values, "amin", include_self=True)


def _rows(kind: Tensor, start: Tensor, count: Tensor) -> tuple[Tensor, Tensor]:
    """Owner and row in the tables of every entry of threads of the given kinds."""
    counts = count[kind]
    owner = torch.arange(len(kind)).repeat_interleave(counts)
    before = counts.cumsum(0) - counts
    return owner, start[kind][owner] + torch.arange(len(owner)) - before[owner]


def _placed(threads: ThreadTensors, owner: Tensor, table: Tensor) -> Tensor:
    first, second = threads.axes
    along = threads.depth_mm[owner] - table[:, 2]
    sideways = table[:, :1] * first[owner] + table[:, 1:2] * second[owner]
    return threads.entry_mm[owner] + along[:, None] * threads.unit[owner] + sideways


@lru_cache(maxsize=16)
def _tables(devices: Devices) -> _Tables:
    contacts = [contact_table(device)[0] for device in devices]
    tips = [shaft_table(device)[0] for device in devices]
    lengths = [shaft_table(device)[1] for device in devices]
    return _Tables(
        torch.from_numpy(np.concatenate(contacts)),
        *_starts([len(table) for table in contacts]),
        torch.from_numpy(np.concatenate(tips)),
        torch.from_numpy(np.concatenate(lengths)),
        *_starts([len(table) for table in tips]),
    )


def _starts(counts: list[int]) -> tuple[Tensor, Tensor]:
    count = torch.tensor(counts, dtype=torch.int64)
    return count.cumsum(0) - count, count
