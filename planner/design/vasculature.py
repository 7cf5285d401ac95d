"""All vessels of a case, of whatever kind, behind one differentiable question: the clearance of shafts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final

import numpy as np
import torch
from torch import Tensor

from planner.anatomy.vessels.kinds import kinds_of
from planner.anatomy.vessels.tree import VesselTree
from planner.anatomy.vessels.wall import Vessel, VesselWall
from planner.frames import HEMISPHERES, HemisphereName, IntArray
from planner.geometry.capsules import Capsules
from planner.geometry.walls import TOLERANCE_MM, Wall

SMOOTH_ERROR_MM: Final = TOLERANCE_MM
"""How far the clearance outside vessels is from the exact gate's at most; the optimiser's safety margin is twenty times
this. Measured on random shafts: 0.5 µm at walls, rounding at trees; in a lumen, where only the sign counts, 1.1 µm."""


@dataclass(frozen=True, eq=False)
class Clearance:
    """What is known of the vessels around T shafts.

    Attributes
    ----------
    distance_mm : (T, K) float tensor
        From the shaft's axis to the nearest wall of any vessel of each kind, less that vessel's localisation error;
        negative inside. The reach, without gradient, where none is nearer.
    vessel : (T, K) int64 tensor
        Index of that vessel; −1 where none is nearer than the reach.
    """

    distance_mm: Tensor
    vessel: Tensor


class Vasculature:
    """Vessels with their search structures, built once.

    Parameters
    ----------
    vessels : sequence of VesselTree or VesselWall
        In the order that indices refer to; empty ones are allowed.

    Attributes
    ----------
    kinds : tuple of K kinds
        Those that there are; what is known is known of each, see `planner.design.limits.KNOWN_REACH_MM`.
    imaged : (K,) bool tensor
        Whether it is known of any vessel of each kind where it was imaged.
    """

    def __init__(self, vessels: Sequence[Vessel]) -> None:
        self.kinds = kinds_of(vessels)
        self._numbered = numbered = [(i, v) for i, v in enumerate(vessels) if v.kind in self.kinds]
        self._of_kind = [_Group([(i, v) for i, v in numbered if v.kind == kind]) for kind in self.kinds]
        regions = {
            (v.kind, id(v.imaged), v.error_mm): (self.kinds.index(v.kind), v.imaged, v.error_mm)
            for _, v in numbered
            if v.imaged is not None
        }
        self._regions = [
            (kind, torch.from_numpy(np.array(region.normals)), torch.from_numpy(np.array(region.offsets_mm)), error)
            for kind, region, error in regions.values()
        ]
        of_regions = {kind for kind, *_ in self._regions}
        self.imaged = torch.tensor([kind in of_regions for kind in range(len(self.kinds))], dtype=torch.bool)

    def clearance(self, start_mm: Tensor, end_mm: Tensor, reach_mm: float = 5.0) -> Clearance:
        """Distance of shafts to the nearest vessel of each kind, differentiable in their ends ``(T, 3)``."""
        if not self.kinds:
            return Clearance(start_mm.new_zeros((len(start_mm), 0)), torch.full((len(start_mm), 0), -1))
        distances, vessels = zip(*(g.clearance(start_mm, end_mm, reach_mm) for g in self._of_kind), strict=True)
        return Clearance(torch.stack(distances, dim=1), torch.stack(vessels, dim=1))

    @torch.no_grad()
    def near(self, start_mm: Tensor, end_mm: Tensor, within_mm: float) -> Tensor:
        """Whether a vessel of each kind, of which nobody said where it was imaged, is so near to shafts.

        ``(T, K, 2)``: of those over the left hemisphere, and of those over the right one.
        """
        found = torch.zeros((len(start_mm), len(self.kinds), len(HEMISPHERES)), dtype=torch.bool)
        for kind, sides, group in self._not_imaged:
            over = torch.tensor([name in sides for name in HEMISPHERES])
            found[:, kind] |= (group.clearance(start_mm, end_mm, within_mm)[1] >= 0)[:, None] & over
        return found

    @cached_property
    def _not_imaged(self) -> list[tuple[int, tuple[HemisphereName, ...], _Group]]:
        """Vessels of which nobody said where they were imaged, by kind and by the hemispheres that they are over."""
        members: dict[tuple[int, tuple[HemisphereName, ...]], list[tuple[int, Vessel]]] = {}
        for i, vessel in self._numbered:
            if vessel.imaged is None:
                members.setdefault((self.kinds.index(vessel.kind), tuple(vessel.sides)), []).append((i, vessel))
        return [(kind, sides, _Group(some)) for (kind, sides), some in members.items()]

    def imaged_depth(self, start_mm: Tensor, end_mm: Tensor) -> Tensor:
        """How deep whole shafts lie in the imaged region of some vessel of each kind, less its error, differentiable.

        ``(T, K)``; negative outside, −inf where no region is known. A region is convex, so a shaft is as deep as its
        ends.
        """
        deepest = [torch.full_like(start_mm[:, 0], -torch.inf) for _ in self.kinds]
        ends = torch.stack([start_mm, end_mm])
        for kind, normals, offsets, error_mm in self._regions:
            depth = (offsets - ends.double() @ normals.T).amin(dim=(0, 2)) - error_mm
            deepest[kind] = torch.maximum(deepest[kind], depth.to(deepest[kind].dtype))
        return torch.stack(deepest, dim=1) if deepest else start_mm.new_zeros((len(start_mm), 0))


class _Group:
    """Some vessels: all trees as one set of capsules, each as much thicker as it may lie elsewhere, and the walls."""

    def __init__(self, vessels: list[tuple[int, Vessel]]) -> None:
        trees = [(i, v) for i, v in vessels if isinstance(v, VesselTree) and len(v.edges)]
        self._owner: IntArray = np.concatenate(
            [np.zeros(0, np.int64), *(np.full(len(tree.edges), i) for i, tree in trees)]
        )
        empty = np.zeros((0, 3))
        ends = [np.concatenate([empty, *(t.points_mm[t.edges[:, end]] for _, t in trees)]) for end in (0, 1)]
        radii = [
            np.concatenate([empty[:, 0], *(t.radius_mm[t.edges[:, end]] + t.error_mm for _, t in trees)])
            for end in (0, 1)
        ]
        self._trees = Capsules(ends[0], ends[1], radii[0], radii[1])
        self._walls = [
            (i, Wall(v.vertices_mm, v.faces), v.error_mm)
            for i, v in vessels
            if isinstance(v, VesselWall) and len(v.faces)
        ]

    def clearance(self, start_mm: Tensor, end_mm: Tensor, reach_mm: float) -> tuple[Tensor, Tensor]:
        """Distance less error, and which vessel; the reach and −1 where none is nearer."""
        nearest, capsule = self._trees.clearance(start_mm, end_mm, reach_mm)
        vessel = torch.full_like(capsule, -1)
        found = capsule >= 0
        vessel[found] = torch.from_numpy(self._owner).to(capsule.device)[capsule[found]]
        for index, wall, error_mm in self._walls:
            distance = wall.clearance(start_mm, end_mm, reach_mm + error_mm) - error_mm
            nearer = distance < nearest
            nearest = torch.where(nearer, distance, nearest)
            vessel = torch.where(nearer, index, vessel)
        return nearest, vessel
