"""What is known of a point of a case: its coordinates in every space, its tissue, and what is seen there."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

import numpy as np

from planner.frames import HemisphereName, Space
from planner.implant.thread import Vector, vector

if TYPE_CHECKING:
    from planner.design.site import Site

Tissue = Literal["outside", "gray matter", "white matter", "unknown"]
ON_PIAL_MM: Final = 0.05  # ours: points are printed in tenths; one as near outside is on pial
V1_SHARE: Final = 0.5  # ours: from this share of V1's corners on a point is said to be in V1


@dataclass(frozen=True)
class Reading:
    """A point and what is there.

    Attributes
    ----------
    scanner_mm : Vector
    tkras_mm, voxel : Vector or None
        None where the case has no volume geometry.
    hemisphere : "lh", "rh" or None
        In or on whose pial surface it lies; None outside both, and far from V1.
    tissue : Tissue
        ``unknown`` farther from V1 than the site knows of.
    depth : float or None
        In V1's gray matter: 0 on pial, 1 on white.
    field_deg : (eccentricity, polar angle) or None
        What the gray matter there sees, where it is V1: degrees of visual angle, and the angle from the upper vertical
        meridian, positive towards the right (ours).
    """

    scanner_mm: Vector
    tkras_mm: Vector | None
    voxel: Vector | None
    hemisphere: HemisphereName | None
    tissue: Tissue
    depth: float | None = None
    field_deg: tuple[float, float] | None = None


def read(site: Site, point_mm: Vector) -> Reading:
    """Look up a point of scanner RAS; a few milliseconds."""
    import torch

    spaces = site.anatomy.spaces
    point = np.array(point_mm)
    tkras, voxel = (vector(spaces[s](point)) if s in spaces else None for s in (Space.TKRAS, Space.VOXEL))
    query = torch.from_numpy(point[None])
    near = {name: side for name, side in site.sides.items() if float(side.pial.box_distance(query)) <= ON_PIAL_MM}
    inside = {name: float(side.pial.signed_distance(query)) for name, side in near.items()}
    name = min(inside, key=lambda side: inside[side], default=None)
    if name is None:
        return Reading(point_mm, tkras, voxel, None, "unknown")
    if inside[name] > ON_PIAL_MM:
        return Reading(point_mm, tkras, voxel, None, "outside")
    side = site.sides[name]
    if float(side.white.signed_distance(query)) < 0:
        return Reading(point_mm, tkras, voxel, name, "white matter")
    at = side.ribbon.locate(query)
    if float(side.ribbon.v1_share(at)) < V1_SHARE or float(at.outside_mm) > 0.2:
        return Reading(point_mm, tkras, voxel, name, "gray matter")
    x, y = (float(value) for value in side.ribbon.field(at)[0])
    polar = float(np.degrees(np.arctan2(x, y)))
    depth = min(max(float(at.depth), 0.0), 1.0)
    return Reading(point_mm, tkras, voxel, name, "gray matter", depth, (float(np.hypot(x, y)), polar))


def words(reading: Reading) -> tuple[str, ...]:
    """A reading in its parts, for a line of the window."""
    parts = [f"RAS  {_numbers(reading.scanner_mm)} mm"]
    if reading.tkras_mm is not None:
        parts.append(f"tkRAS  {_numbers(reading.tkras_mm)}")
    if reading.voxel is not None:
        parts.append("voxel  " + " ".join(f"{value:.0f}" for value in reading.voxel))
    side = {"lh": "left ", "rh": "right ", None: ""}[reading.hemisphere]
    where = {"outside": "outside the cortex", "unknown": "far from V1"}.get(reading.tissue, f"{side}{reading.tissue}")
    if reading.depth is not None:
        where = f"{side}V1, {reading.depth:.0%} deep"
    parts.append(where)
    if reading.field_deg is not None:
        parts.append(f"field  {field_words(*reading.field_deg)}")
    return tuple(parts)


def field_words(eccentricity_deg: float, polar_deg: float) -> str:
    """A place of the visual field; the angle is that from the upper vertical meridian, positive towards the right."""
    return f"{eccentricity_deg:.2f}° ecc., {abs(polar_deg):.0f}° polar ({'right' if polar_deg >= 0 else 'left'})"


def _numbers(values: Vector) -> str:
    return "  ".join(f"{value:+.1f}" for value in values)
