"""How near vessels are to each place of the cortex, and where that is not known: what is shown, not what is kept to."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from planner.anatomy.cache import Arrays, cached, key_of
from planner.anatomy.vessels.wall import Vessel, VesselWall
from planner.design.limits import KNOWN_REACH_MM
from planner.design.site import Site
from planner.frames import FloatArray, HemisphereName

RECIPE: Final = "nearness of vessels 1"
AT_ONCE: Final = 8192  # vertices that are measured together, so that progress can be told


@dataclass(frozen=True, eq=False)
class Nearness:
    """Of each vertex of a hemisphere's pial surface how near vessels are.

    Attributes
    ----------
    distance_mm : (V,) float64
        To the nearest wall of any vessel, less that vessel's localisation error; `KNOWN_REACH_MM` where none is nearer.
    known : (V,) bool
        Whether that is all there is to know of every kind of vessel of the case; see
        `planner.design.limits.KNOWN_REACH_MM`. Where it is not, a vessel that nobody traced may be nearer.
    """

    distance_mm: FloatArray
    known: NDArray[np.bool_]


def vessel_nearness(
    site: Site, name: HemisphereName, progress: Callable[[int, int], None] = lambda done, of: None
) -> Nearness:
    """Measure a hemisphere's pial vertices; some seconds at first, then it is kept between runs by what it is of.

    Parameters
    ----------
    site : Site
    name : "lh" or "rh"
        A hemisphere that the case has.
    progress : callable
        Told how many vertices are done, of how many.
    """
    pial_mm = site.anatomy.hemispheres[name].pial_mm
    sources = [_source(number, vessel) for number, vessel in enumerate(site.anatomy.vessels)]
    recipe = "; ".join([f"{RECIPE}, {name}, within {KNOWN_REACH_MM} mm", *(words for words, _ in sources)])
    arrays = {"pial": pial_mm, **{key: array for _, its in sources for key, array in its.items()}}
    found = cached(key_of(recipe, arrays), lambda: _measure(site, pial_mm, name == "rh", progress))
    return Nearness(found["distance_mm"].astype(np.float64), found["known"].astype(bool))


@torch.no_grad()
def _measure(site: Site, pial_mm: FloatArray, right: bool, progress: Callable[[int, int], None]) -> Arrays:
    distance = np.full(len(pial_mm), KNOWN_REACH_MM)
    known = np.zeros(len(pial_mm), dtype=bool)
    for first in range(0, len(pial_mm) if site.vessels.kinds else 0, AT_ONCE):
        progress(first, len(pial_mm))
        rows = slice(first, first + AT_ONCE)
        points = torch.from_numpy(pial_mm[rows])
        found = site.vessels.clearance(points, points, KNOWN_REACH_MM)
        covered = site.vessels.imaged_depth(points, points) >= 0
        near = site.vessels.near(points, points, KNOWN_REACH_MM)[..., int(right)]
        distance[rows] = found.distance_mm.numpy().min(axis=1)
        known[rows] = (covered | near).all(dim=1).numpy()
    return {"distance_mm": distance, "known": known}


def _source(number: int, vessel: Vessel) -> tuple[str, Arrays]:
    """All of a vessel that its nearness follows from: in words, and as arrays."""
    parts = (
        {"points": vessel.vertices_mm, "faces": vessel.faces}
        if isinstance(vessel, VesselWall)
        else {"points": vessel.points_mm, "radius": vessel.radius_mm, "edges": vessel.edges}
    )
    if vessel.imaged is not None:
        parts |= {"normals": np.asarray(vessel.imaged.normals), "offsets": np.asarray(vessel.imaged.offsets_mm)}
    words = f"{vessel.kind} over {' '.join(vessel.sides)}, error {vessel.error_mm!r} mm"
    return words, {f"{number} {key}": array for key, array in parts.items()}
