"""The site of surgery: a case's anatomy made ready for fast, differentiable queries."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
from scipy.spatial import cKDTree
from torch import Tensor

from planner.anatomy.hemisphere import V1, Anatomy, Hemisphere
from planner.anatomy.regions import Region, region_solid
from planner.anatomy.ribbon import Ribbon
from planner.anatomy.sheet import Sheet, v1_sheet
from planner.design.vasculature import Vasculature
from planner.frames import HemisphereName
from planner.geometry.surface import Surface
from planner.geometry.walls import Wall

REACH_MM = 40.0  # of cortex around V1 that queries know; farther away nothing can be planned


@dataclass(frozen=True, eq=False)
class Side:
    """One hemisphere's ribbon and its surfaces around V1."""

    hemisphere: Hemisphere
    ribbon: Ribbon
    pial: Surface
    white: Surface


@dataclass(frozen=True, eq=False)
class Site:
    """Everything the planner asks of a case while planning.

    Attributes
    ----------
    anatomy : Anatomy
    sides : mapping of hemisphere name to Side
    vessels : Vasculature
        Their indices are those of ``anatomy.vessels``.
    """

    anatomy: Anatomy
    sides: Mapping[HemisphereName, Side]
    vessels: Vasculature

    @torch.no_grad()
    def onto_pial(self, entry_mm: Tensor, right: Tensor, free: Tensor) -> None:
        """Move the free ones of entries ``(T, 3)``, in place, to the nearest point of their hemisphere's pial.

        Parameters
        ----------
        right, free : (T,) bool
            In which hemisphere each is, and whether it may be moved.
        """
        for name, side in self.sides.items():
            rows = torch.nonzero(free & (right == (name == "rh"))).flatten()
            if len(rows):
                entry_mm[rows] = torch.from_numpy(side.pial.closest(entry_mm[rows].numpy())[0])

    def sheet(self, spacing_mm: float) -> Sheet:
        """V1 of all hemispheres as patches of about so many mm; cut once for each spacing."""
        return _sheet(self, spacing_mm)

    def regions(self, regions: tuple[Region, ...]) -> tuple[Wall, ...]:
        """Regions as closed walls from pial to white; made once for each set of them."""
        return _walls(self, regions)


@lru_cache(maxsize=4)
def _walls(site: Site, regions: tuple[Region, ...]) -> tuple[Wall, ...]:
    hemispheres = site.anatomy.hemispheres
    return tuple(Wall(*region_solid(hemispheres[r.hemisphere], r)) for r in regions if r.hemisphere in hemispheres)


@lru_cache(maxsize=4)
def _sheet(site: Site, spacing_mm: float) -> Sheet:
    return v1_sheet(site.anatomy.hemispheres.values(), spacing_mm)


def prepare_site(anatomy: Anatomy) -> Site:
    """Build the search structures of a case, both sides at the same time; takes a second or two."""
    with ThreadPoolExecutor() as pool:
        sides = dict(zip(anatomy.hemispheres, pool.map(_side, anatomy.hemispheres.values()), strict=True))
    return Site(anatomy, sides, Vasculature(anatomy.vessels))


def _side(hemisphere: Hemisphere) -> Side:
    v1 = hemisphere.pial_mm[hemisphere.retinotopy.area == V1]
    distance, _ = cKDTree(v1).query(hemisphere.pial_mm, distance_upper_bound=REACH_MM, workers=-1)
    near = np.isfinite(distance)
    faces = hemisphere.faces[near[hemisphere.faces].all(axis=1)]
    used, numbered = np.unique(faces, return_inverse=True)
    faces = numbered.reshape(-1, 3)
    pial, white = (Surface(points[used], faces) for points in (hemisphere.pial_mm, hemisphere.white_mm))
    return Side(hemisphere, Ribbon(hemisphere), pial, white)
