"""Threads as tensors: what the optimiser learns, and the way back to records."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import torch
from torch import Tensor

from planner.frames import HemisphereName
from planner.implant.thread import Thread, Vector


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
    """

    entry_mm: Tensor
    direction: Tensor
    depth_mm: Tensor
    right: Tensor

    def __len__(self) -> int:
        return len(self.depth_mm)

    @property
    def unit(self) -> Tensor:
        """Unit directions ``(T, 3)``."""
        length: Tensor = self.direction.norm(dim=-1, keepdim=True)
        return self.direction / length

    @property
    def tip_mm(self) -> Tensor:
        """Tips ``(T, 3)``."""
        return self.entry_mm + self.depth_mm[:, None] * self.unit

    def rows(self, name: HemisphereName) -> Tensor:
        """Indices of the threads of one hemisphere."""
        return torch.nonzero(self.right == (name == "rh")).flatten()

    def take(self, rows: Tensor) -> ThreadTensors:
        """Some of the threads."""
        return ThreadTensors(self.entry_mm[rows], self.direction[rows], self.depth_mm[rows], self.right[rows])

    def put(self, rows: Tensor, others: ThreadTensors) -> ThreadTensors:
        """A copy with some of the threads replaced."""
        pairs = zip(self._fields(), others._fields(), strict=True)
        return ThreadTensors(*(mine.index_copy(0, rows, theirs) for mine, theirs in pairs))

    def _fields(self) -> tuple[Tensor, Tensor, Tensor, Tensor]:
        return self.entry_mm, self.direction, self.depth_mm, self.right


def to_tensors(threads: Sequence[Thread]) -> ThreadTensors:
    """Records to tensors, in the same order."""
    return ThreadTensors(
        torch.tensor([t.entry_mm for t in threads], dtype=torch.float64).reshape(-1, 3),
        torch.tensor([t.direction for t in threads], dtype=torch.float64).reshape(-1, 3),
        torch.tensor([t.depth_mm for t in threads], dtype=torch.float64),
        torch.tensor([t.hemisphere == "rh" for t in threads], dtype=torch.bool),
    )


def to_threads(tensors: ThreadTensors, like: Sequence[Thread] = ()) -> tuple[Thread, ...]:
    """Tensors to records, names and locks taken from `like`, locked threads whole; without it T01, T02 and so on."""
    entry, unit = tensors.entry_mm.detach().tolist(), tensors.unit.detach().tolist()
    depth, right = tensors.depth_mm.detach().tolist(), tensors.right.tolist()
    blank = like or [Thread(f"T{i + 1:02d}", "lh", (0.0, 0.0, 0.0), (0.0, 0.0, 1.0), 0.0) for i in range(len(depth))]
    return tuple(
        thread
        if thread.locked
        else replace(
            thread,
            hemisphere="rh" if right[i] else "lh",
            entry_mm=_vector(entry[i]),
            direction=_vector(unit[i]),
            depth_mm=depth[i],
        )
        for i, thread in enumerate(blank)
    )


def _vector(values: list[float]) -> Vector:
    x, y, z = values
    return (x, y, z)
