"""Threads under way, and which of an implant's each of them is."""

from __future__ import annotations

from dataclasses import dataclass, replace

import torch
from torch import Tensor

from planner.frames import IntArray
from planner.implant.parameters import ThreadTensors, to_tensors, to_threads
from planner.implant.thread import Implant, Thread


@dataclass(frozen=True, eq=False)
class Lineage:
    """T threads, and where they come from.

    Attributes
    ----------
    threads : ThreadTensors
    origin : (T,) int64
        Which of the implant's threads each is, moved or not; −1 for those that are new.
    free : (T,) bool
        False for locked threads.
    """

    threads: ThreadTensors
    origin: Tensor
    free: Tensor

    @staticmethod
    def of(implant: Implant) -> Lineage:
        """An implant's own threads."""
        free = torch.tensor([not thread.locked for thread in implant.threads], dtype=torch.bool)
        return Lineage(to_tensors(implant.threads, implant.devices), torch.arange(len(free)), free)

    def moved(self, threads: ThreadTensors) -> Lineage:
        """The same threads elsewhere."""
        return replace(self, threads=threads)

    def chosen(self, table: ThreadTensors, rows: IntArray) -> Lineage:
        """Some rows of a table that begins with these threads; the others in it are new."""
        at = torch.from_numpy(rows)
        mine = at < len(self.threads)
        known = at.clamp_max(max(len(self.threads) - 1, 0))
        nothing = torch.full_like(at, -1)
        origin = torch.where(mine, self.origin[known], nothing) if len(self.threads) else nothing
        free = torch.where(mine, self.free[known], True) if len(self.threads) else nothing.bool()
        return Lineage(table.take(at), origin, free)

    def reseeded(self, threads: ThreadTensors, rows: Tensor) -> Lineage:
        """The same rows, of which some hold other threads now."""
        return replace(self, threads=threads, origin=self.origin.index_fill(0, rows, -1))

    def implant(self, start: Implant) -> Implant:
        """The records: names and locks as they were, locked threads whole, new ones with names nobody had."""
        taken = {thread.name for thread in start.threads}
        like = []
        for row in self.origin.tolist():
            if row >= 0:
                like.append(start.threads[row])
                continue
            number = next(n for n in range(1, len(taken) + 2) if f"T{n:02d}" not in taken)
            taken.add(f"T{number:02d}")
            like.append(Thread(f"T{number:02d}", "lh", (0.0, 0.0, 0.0), (0.0, 0.0, 1.0), 0.0))
        return replace(start, threads=to_threads(self.threads, start.devices, like))
