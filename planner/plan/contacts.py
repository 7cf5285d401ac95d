"""Each contact of a plan with where it lies, what it shows and how safe its thread is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import torch

from planner.anatomy.ribbon import Ribbon
from planner.design.limits import ThreadMargins
from planner.frames import HemisphereName
from planner.implant.thread import Vector
from planner.plan.make import Examined


@dataclass(frozen=True)
class Contact:
    """One contact.

    Attributes
    ----------
    thread : str
        Name of its thread.
    number : int
        1 is the deepest.
    hemisphere : "lh" or "rh"
    position_mm : (x, y, z)
        Scanner RAS.
    field_deg : (x, y)
        Centre of its phosphene, degrees, x right and y up.
    eccentricity_deg : float
    size_deg : float
        Diameter P of the phosphene at the device's working current, degrees; its Gaussian has σ = P/4.
    depth : float
        In the cortex, 0 at pial and 1 at white.
    retinotopy_filled : float
        Share of `field_deg` that comes from a gap of the retinotopic map, filled in from around it; 0 where measured.
    usable : float
        Share of its light that the phosphene keeps: 1 inside V1's gray matter, towards 0 outside.
    margins : ThreadMargins
        Of its thread, by the exact check.
    vessel_error_mm : float or None
        Localisation error of the vessel nearest to its thread, half a voxel in it, which its clearance allows for.
    group : str
        Of its thread; empty for none.
    """

    thread: str
    number: int
    hemisphere: HemisphereName
    position_mm: Vector
    field_deg: tuple[float, float]
    eccentricity_deg: float
    size_deg: float
    depth: float
    retinotopy_filled: float
    usable: float
    margins: ThreadMargins
    vessel_error_mm: float | None
    group: str

    @property
    def label(self) -> str:
        """Name of the contact, unique in its plan, e.g. ``T01-1``."""
        return f"{self.thread}-{self.number}"


def contacts_of(examined: Examined) -> tuple[Contact, ...]:
    """All contacts of an examined plan, thread by thread, the deepest first."""
    plan, seen = examined.plan, examined.assessment
    margins: Mapping[str, ThreadMargins] = plan.verdict.margins if plan.verdict else {}
    field_deg, usable = seen.phosphenes.field_deg.tolist(), seen.phosphenes.weight.tolist()
    errors_mm = {vessel.name: vessel.error_mm for vessel in plan.case.vessels}
    filled = _filled(examined)
    found: list[Contact] = []
    for thread, positions_mm in zip(plan.threads, plan.implant.contacts_by_thread(), strict=True):
        for c, (x, y, z) in enumerate(positions_mm.tolist()):
            n = len(found)
            found.append(
                Contact(
                    thread=thread.name,
                    number=c + 1,
                    hemisphere=thread.hemisphere,
                    position_mm=(x, y, z),
                    field_deg=(field_deg[n][0], field_deg[n][1]),
                    eccentricity_deg=float(seen.eccentricity_deg[n]),
                    size_deg=float(seen.diameter_deg[n]),
                    depth=float(seen.depth[n]),
                    retinotopy_filled=filled[n],
                    usable=float(usable[n]),
                    margins=margins[thread.name],
                    vessel_error_mm=errors_mm.get(margins[thread.name].nearest_vessel),
                    group=thread.group,
                )
            )
    return tuple(found)


def _filled(examined: Examined) -> list[float]:
    """Of each contact the share that a filled gap has in its place in the visual field."""
    implant = examined.plan.implant
    sides = np.array([thread.hemisphere for thread in implant.threads])[implant.contact_owners()]
    points = torch.from_numpy(implant.contacts_mm())
    found = np.zeros(len(points))
    for name, hemisphere in examined.anatomy.hemispheres.items():
        here = np.flatnonzero(sides == name)
        if hemisphere.retinotopy.filled is not None and len(here):
            ribbon = Ribbon(hemisphere)
            found[here] = ribbon.filled(ribbon.locate(points[here])).numpy()
    return [float(share) for share in found]
