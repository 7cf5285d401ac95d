"""Threads as tensors: what the optimiser learns, and the way back to records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, fields, replace

import torch
from torch import Tensor

from planner.frames import HemisphereName
from planner.implant.device import Devices
from planner.implant.thread import Thread, axes_of, vector


@dataclass(frozen=True, eq=False)
class ThreadTensors:
    """T threads as tensors, float64, scanner RAS mm.

    Attributes
    ----------
    entry_mm : (T, 3)
    direction : (T, 3)
        Of any length above zero; made a unit vector where it is used.
    depth_mm : (T,)
        From the entry to the tip.
    right : (T,) bool
        True for threads of the right hemisphere.
    kind : (T,) int64
        Which of the implant's devices each is of.
    across : (T, 3)
        Of any length above zero, not along the direction; what is at right angles to it is an array's x axis.
    """

    entry_mm: Tensor
    direction: Tensor
    depth_mm: Tensor
    right: Tensor
    kind: Tensor
    across: Tensor

    def __len__(self) -> int:
        return len(self.depth_mm)

    @property
    def unit(self) -> Tensor:
        """Unit directions ``(T, 3)``."""
        return _unit(self.direction)

    @property
    def axes(self) -> tuple[Tensor, Tensor]:
        """Unit vectors ``(T, 3)`` across the direction and each other: an array's x and y axes."""
        unit = self.unit
        first = _unit(self.across - (self.across * unit).sum(dim=-1, keepdim=True) * unit)
        return first, torch.linalg.cross(unit, first)

    @property
    def tip_mm(self) -> Tensor:
        """Tips ``(T, 3)``."""
        return self.entry_mm + self.depth_mm[:, None] * self.unit

    def rows(self, name: HemisphereName) -> Tensor:
        """Indices of the threads of one hemisphere."""
        return torch.nonzero(self.right == (name == "rh")).flatten()

    def take(self, rows: Tensor) -> ThreadTensors:
        """Some of the threads."""
        return ThreadTensors(*(values[rows] for values in self._values()))

    def put(self, rows: Tensor, others: ThreadTensors) -> ThreadTensors:
        """A copy with some of the threads replaced."""
        pairs = zip(self._values(), others._values(), strict=True)
        return ThreadTensors(*(mine.index_copy(0, rows, theirs) for mine, theirs in pairs))

    def _values(self) -> tuple[Tensor, ...]:
        return tuple(getattr(self, field.name) for field in fields(self))


def joined(parts: Sequence[ThreadTensors]) -> ThreadTensors:
    """Several batches as one."""
    return ThreadTensors(*(torch.cat(values) for values in zip(*(p._values() for p in parts), strict=True)))


def to_tensors(threads: Sequence[Thread], devices: Devices = ()) -> ThreadTensors:
    """Records to tensors, in the same order; threads that name no device are of the first."""
    number = {device.name: i for i, device in enumerate(devices)} | {"": 0}
    return ThreadTensors(
        torch.tensor([t.entry_mm for t in threads], dtype=torch.float64).reshape(-1, 3),
        torch.tensor([t.direction for t in threads], dtype=torch.float64).reshape(-1, 3),
        torch.tensor([t.depth_mm for t in threads], dtype=torch.float64),
        torch.tensor([t.hemisphere == "rh" for t in threads], dtype=torch.bool),
        torch.tensor([number[t.device] for t in threads], dtype=torch.int64),
        torch.from_numpy(axes_of(threads)[:, 0].copy()),
    )


def to_threads(tensors: ThreadTensors, devices: Devices, like: Sequence[Thread] = ()) -> tuple[Thread, ...]:
    """Tensors to records, names and locks taken from `like`, locked threads whole; without it T01, T02 and so on."""
    entry, unit = tensors.entry_mm.detach().tolist(), tensors.unit.detach().tolist()
    depth, right = tensors.depth_mm.detach().tolist(), tensors.right.tolist()
    across, kind = tensors.axes[0].detach().tolist(), tensors.kind.tolist()
    blank = like or [Thread(f"T{i + 1:02d}", "lh", (0.0, 0.0, 0.0), (0.0, 0.0, 1.0), 0.0) for i in range(len(depth))]
    return tuple(
        thread
        if thread.locked
        else replace(
            thread,
            hemisphere="rh" if right[i] else "lh",
            entry_mm=vector(entry[i]),
            direction=vector(unit[i]),
            depth_mm=depth[i],
            device=devices[kind[i]].name if len(devices) > 1 else thread.device,
            across=vector(across[i]) if len(devices[kind[i]].shanks) > 1 else None,
        )
        for i, thread in enumerate(blank)
    )


def _unit(vectors: Tensor) -> Tensor:
    length: Tensor = vectors.norm(dim=-1, keepdim=True)
    return vectors / length
