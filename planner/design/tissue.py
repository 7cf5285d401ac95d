"""What threads ask of the tissue, fast and differentiable: gray matter, one way in, the right hemisphere."""

from __future__ import annotations

from math import ceil

import torch
from torch import Tensor

from planner.design.limits import DIMPLE_MM, ENTRY_TOLERANCE_MM, Limits
from planner.design.site import Site
from planner.frames import HEMISPHERES
from planner.implant.device import Device, Devices
from planner.implant.electrodes import ShaftTensors, contact_positions, enters, least, of_devices, shafts
from planner.implant.parameters import ThreadTensors

PATH_SAMPLES = 12
ACROSS_SAMPLES = 4  # of a shaft, that are looked for in the other hemisphere
APART_MM = 1.0  # from the other hemisphere; by how much more is not looked at
JUST_IN_MM = 0.01  # a shaft that is not below pial this soon after its entry does not go in there


def tissue(
    site: Site, threads: ThreadTensors, found: ShaftTensors, devices: Devices, limits: Limits
) -> tuple[Tensor, Tensor, Tensor]:
    """Margins ``(T,)`` gray, path and hemisphere, each from signed distances to pial and white."""
    contacts, owner = contact_positions(threads, devices)
    way, samples = _way(threads, found, devices)
    points = torch.cat([contacts, found.tip_mm, way.reshape(-1, 3)])
    whose = torch.cat([owner, found.thread, found.thread.repeat_interleave(samples)])
    below_pial, above_white = torch.zeros_like(points[:, 0]), torch.zeros_like(contacts[:, 0])
    for name, side in site.sides.items():
        rows = torch.nonzero(threads.right[whose] == (name == "rh")).flatten()
        if len(rows) == 0:
            continue
        below_pial = below_pial.index_copy(0, rows, -side.pial.signed_distance(points[rows]))
        inner = rows[rows < len(contacts)]
        above_white = above_white.index_copy(0, inner, side.white.signed_distance(contacts[inner]))
    ends = len(contacts) + len(found.thread)
    deep, tip, along = below_pial[: len(contacts)], below_pial[len(contacts) : ends], below_pial[ends:]
    right = threads.right[owner]
    nearer = _nearer(site, contacts, deep, _to_look_at(threads, owner, devices), right)
    there = torch.tensor([name in site.sides for name in HEMISPHERES])[threads.right.long()]
    own_side = torch.minimum(least(nearer, owner, len(threads)), _out_of_other(site, threads, found))
    own_side = torch.where(there, own_side, -torch.inf)
    gray = _gray(deep, above_white, threads, owner, devices, limits)
    path = _path(deep, tip, along.reshape(-1, samples), threads, owner, found.thread, devices)
    return gray, path, own_side


def gray_margin(site: Site, threads: ThreadTensors, devices: Devices, limits: Limits) -> Tensor:
    """The margin gray alone ``(T,)``: what many-shanked arrays seldom keep, at a fraction of the others' cost."""
    contacts, owner = contact_positions(threads, devices)
    asked = (of_devices([d.gray_share for d in devices], threads) > 0)[owner]
    deep, above_white = torch.zeros_like(contacts[:, 0]), torch.zeros_like(contacts[:, 0])
    for name, side in site.sides.items():
        rows = torch.nonzero(asked & (threads.right[owner] == (name == "rh"))).flatten()
        if len(rows):
            deep = deep.index_copy(0, rows, -side.pial.signed_distance(contacts[rows]))
            above_white = above_white.index_copy(0, rows, side.white.signed_distance(contacts[rows]))
    return _gray(deep, above_white, threads, owner, devices, limits)


def entry_margin(site: Site, threads: ThreadTensors, devices: Devices) -> Tensor:
    """How far entries ``(T,)`` are off pial beyond `ENTRY_TOLERANCE_MM`, negative; inf where they are not.

    While optimising every entry is brought back to pial; what was typed or read from a file may be anywhere. What lies
    on the cortex does not enter.
    """
    margin = torch.full_like(threads.depth_mm, torch.inf)
    inserted = enters(threads, devices)
    for name, side in site.sides.items():
        rows = torch.nonzero(inserted & (threads.right == (name == "rh"))).flatten()
        off = ENTRY_TOLERANCE_MM - side.pial.signed_distance(threads.entry_mm[rows]).abs()
        margin[rows] = torch.where(off < 0, off, torch.inf)
    return margin


def _way(threads: ThreadTensors, found: ShaftTensors, devices: Devices) -> tuple[Tensor, int]:
    """Points of every shaft ``(S, P, 3)`` from just below a thread's entry, or an array's base, on to its contacts."""
    reach = of_devices([d.span_mm + d.tip_mm for d in devices], threads)[found.thread]
    off = torch.tensor([d.stands_off for d in devices])[threads.kind[found.thread]]
    along = found.tip_mm - found.start_mm
    length = along.norm(dim=1)
    unit = threads.unit[found.thread]
    first = (length - reach).clamp_min(0.0)
    fraction = (torch.arange(PATH_SAMPLES, dtype=torch.float64) + 0.5) / PATH_SAMPLES
    begin = torch.where(off, 0.0, JUST_IN_MM).to(first)[:, None]
    at = torch.cat([begin, fraction * first[:, None]], dim=1)
    return found.start_mm[:, None] + at[..., None] * unit[:, None], PATH_SAMPLES + 1


def _gray(
    deep: Tensor, above_white: Tensor, threads: ThreadTensors, owner: Tensor, devices: Devices, limits: Limits
) -> Tensor:
    """Margin of that contact which is the last of the share that has to lie in the gray matter."""
    gap = of_devices([d.gap_mm for d in devices], threads)[owner]
    surface = torch.tensor([not d.penetrates for d in devices])[threads.kind[owner]]
    margin = torch.where(surface, gap - deep.abs(), torch.minimum(deep, above_white) - limits.gray_mm)
    gray = least(margin, owner, len(threads))
    for number, device in enumerate(devices):
        if device.gray_share < 1:
            rows = torch.nonzero(threads.kind == number).flatten()
            theirs = margin[threads.kind[owner] == number].reshape(len(rows), device.contact_count)
            gray = gray.index_copy(0, rows, of_share(theirs, device))
    return gray


def of_share(margin: Tensor, device: Device) -> Tensor:
    """Of the contacts' margins ``(T, C)`` the least among the best that make up a device's share; inf for none."""
    needed = ceil(device.gray_share * device.contact_count - 1e-9)
    if needed == 0:
        return torch.full_like(margin[:, 0], torch.inf)
    return margin.topk(needed, dim=1).values[:, -1]


def _path(
    deep: Tensor,
    tip: Tensor,
    along: Tensor,
    threads: ThreadTensors,
    owner: Tensor,
    shaft: Tensor,
    devices: Devices,
) -> Tensor:
    """Depth below pial of a thread's contacts, and how far a shaft is out of the cortex after it has entered."""
    count = len(threads)
    off = torch.tensor([d.stands_off for d in devices])[threads.kind]
    free = ~enters(threads, devices)
    crosses = torch.tensor([d.crosses_sulci for d in devices])[threads.kind]
    stretch = torch.minimum(least(deep, owner, count), least(tip, shaft, count))
    # Of an array the base must not be pressed into the cortex; its shanks enter where they meet pial.
    base = least(DIMPLE_MM - along[:, 0], shaft, count)
    order = torch.cat([along, tip[:, None]], dim=1)
    inside = order.detach() > 0
    entered = (inside | ~off[shaft, None]).cumsum(dim=1) > 0
    out = torch.where(entered & (order < 0), order, torch.inf).amin(dim=1)
    whole = torch.minimum(torch.where(off, base, stretch), least(out, shaft, count))
    # What may cross sulci still begins at pial, where the optimiser keeps every entry.
    path = torch.where(crosses, torch.where(off, base, torch.inf), whole)
    return torch.where(free, torch.inf, path)


def _nearer(site: Site, contacts: Tensor, below_pial: Tensor, looked_at: Tensor, right: Tensor) -> Tensor:
    """How much nearer contacts ``(N,)`` are to their own hemisphere's pial surface than to the other one's.

    `inf` for those that are not looked at, where there is no other hemisphere, and where its box alone is so far away
    that it is nearer by no less than `APART_MM`.
    """
    margin = torch.full_like(contacts[:, 0], torch.inf)
    for name in site.sides:
        theirs = looked_at & (right == (name == "rh"))
        for other, side in site.sides.items():
            if other == name:
                continue
            near = side.pial.box_distance(contacts.detach()) + below_pial.detach() < APART_MM
            rows = torch.nonzero(theirs & near).flatten()
            if len(rows):
                away = side.pial.signed_distance(contacts[rows]) + below_pial[rows]
                margin = margin.index_copy(0, rows, away)
    return margin


def _to_look_at(threads: ThreadTensors, owner: Tensor, devices: Devices) -> Tensor:
    """Which contacts say on which side a thread is: its middle one; of an array, which may be wide, all of them."""
    counts = torch.bincount(owner, minlength=len(threads))
    looked_at = torch.tensor([d.stands_off for d in devices])[threads.kind[owner]]
    looked_at[counts.cumsum(0) - counts + counts // 2] = True
    return looked_at


def _out_of_other(site: Site, threads: ThreadTensors, found: ShaftTensors) -> Tensor:
    """Minus how deep ``(T,)`` samples of each thread's shafts lie in the other hemisphere; inf where none does."""
    away = torch.full_like(found.start_mm[:, 0], torch.inf)
    along = torch.linspace(0.0, 1.0, ACROSS_SAMPLES, dtype=torch.float64)[:, None, None]
    for name, side in site.sides.items():
        rows = torch.nonzero(threads.right[found.thread] != (name == "rh")).flatten()
        points = found.start_mm[rows] + along * (found.tip_mm[rows] - found.start_mm[rows])
        # Hardly any shaft comes near the other hemisphere: only within its box is it looked for.
        boxed = (side.pial.box_distance(points.detach()) <= 0).any(dim=0)
        if not boxed.any():
            continue
        nearest = side.pial.signed_distance(points[:, boxed]).amin(dim=0)
        away = away.index_copy(0, rows[boxed], torch.where(nearest < 0, nearest, torch.inf))
    return least(away, found.thread, len(threads))


def whole_row_nearer(site: Site, threads: ThreadTensors, devices: Devices) -> Tensor:
    """The least of what the hemisphere's margin says of the middle contact, over all: as the exact gate measures it."""
    contacts, owner = contact_positions(threads, devices)
    margin = torch.full_like(contacts[:, 0], torch.inf)
    for name in HEMISPHERES:
        rows = torch.nonzero(threads.right[owner] == (name == "rh")).flatten()
        if name not in site.sides:
            margin[rows] = -torch.inf
        for other, side in site.sides.items():
            if other != name and name in site.sides:
                own = site.sides[name].pial.signed_distance(contacts[rows])
                margin[rows] = side.pial.signed_distance(contacts[rows]).abs() - own
    return torch.minimum(least(margin, owner, len(threads)), _out_of_other(site, threads, shafts(threads, devices)))
