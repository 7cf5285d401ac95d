"""How threads go in, for whoever looks at a plan: at which angle, and with how much of them in the gray matter."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass

import torch
from torch import Tensor

from planner.design.access import angle_margin
from planner.design.site import Site
from planner.frames import FloatArray
from planner.implant.electrodes import contact_positions
from planner.implant.parameters import to_tensors
from planner.implant.thread import Implant


@dataclass(frozen=True, eq=False)
class Insertion:
    """Of T threads; NaN where a thread goes into nothing, or into a hemisphere that the case lacks.

    Attributes
    ----------
    angle_deg : (T,) float64
        Between the direction and the inward normal of pial at the entry, degrees, as the limit of that name has it.
    gray_share : (T,) float64
        Share of the contacts that lie between pial and white, in V1 or elsewhere, 0…1.
    """

    angle_deg: FloatArray
    gray_share: FloatArray


@torch.no_grad()
def insertion_of(site: Site, implant: Implant, inside: Collection[str] = ()) -> Insertion:
    """How each of an implant's threads goes in, by the fast fields.

    Parameters
    ----------
    inside : collection of str
        Names of threads of which it is known that all contacts are in the gray matter: they are not looked at again.
    """
    threads = to_tensors(implant.threads, implant.devices)
    pials = {name: side.pial for name, side in site.sides.items()}
    angle = -angle_margin(pials, threads.entry_mm, threads.unit, threads.right, 0.0)
    contacts, owner = contact_positions(threads, implant.devices)
    sure = torch.tensor([thread.name in inside for thread in implant.threads], dtype=torch.bool)[owner]
    gray = torch.where(sure, 1.0, torch.full_like(contacts[:, 0], torch.nan))
    for name, side in site.sides.items():
        rows = torch.nonzero(~sure & (threads.right[owner] == (name == "rh"))).flatten()
        points = contacts[rows]
        gray[rows] = ((side.pial.signed_distance(points) < 0) & (side.white.signed_distance(points) > 0)).to(gray)
    total = torch.zeros_like(angle).index_add(0, owner, gray)
    share = total / torch.bincount(owner, minlength=len(threads)).clamp_min(1)
    known = torch.tensor([device.penetrates for device in implant.devices])[threads.kind] & angle.isfinite()
    return Insertion(_where(known, angle), _where(known, share))


def _where(known: Tensor, values: Tensor) -> FloatArray:
    return torch.where(known, values, torch.nan).numpy()
