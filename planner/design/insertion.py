"""At which angle threads go in, for whoever looks at a plan: whether that is a limit or not."""

from __future__ import annotations

import torch

from planner.design.access import angle_margin
from planner.design.site import Site
from planner.frames import FloatArray
from planner.implant.parameters import to_tensors
from planner.implant.thread import Implant


@torch.no_grad()
def insertion_angles(site: Site, implant: Implant) -> FloatArray:
    """Angle ``(T,)`` of each thread's direction to the inward normal of pial at its entry, degrees, by the fast fields.

    NaN where a thread goes into nothing, or into a hemisphere that the case lacks.
    """
    threads = to_tensors(implant.threads, implant.devices)
    pials = {name: side.pial for name, side in site.sides.items()}
    angle = -angle_margin(pials, threads.entry_mm, threads.unit, threads.right, 0.0)
    known = torch.tensor([device.penetrates for device in implant.devices])[threads.kind] & angle.isfinite()
    return torch.where(known, angle, torch.nan).numpy()
