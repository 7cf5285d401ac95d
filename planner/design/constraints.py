"""Constraints as signed margins in mm, positive = safe: fast, differentiable, approximate.

The same margins drive the optimiser's penalty and the live display. The verdict does not come from here but from
`planner.design.verify`, which has geometry of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import inf

import torch
from torch import Tensor

from planner.anatomy.access import CLOSED_MM
from planner.design.access import angle_margin, region_margin, window_margins
from planner.design.limits import (
    CONSTRAINTS,
    KNOWN_REACH_MM,
    ROUNDING_MM,
    ConstraintName,
    Limits,
    ThreadMargins,
    exempt,
)
from planner.design.site import Site
from planner.design.spacing import spacing
from planner.design.tissue import entry_margin, tissue, whole_row_nearer
from planner.implant.device import Devices
from planner.implant.electrodes import ShaftTensors, enters, least, of_devices, shafts
from planner.implant.parameters import ThreadTensors, to_tensors
from planner.implant.thread import Implant

Margins = dict[ConstraintName, Tensor]

ENOUGH_MM = 0.5
"""Vessels and regions farther than what is required and this are not looked for while optimising: cheaper (ours)."""


def margins(site: Site, threads: ThreadTensors, devices: Devices, limits: Limits) -> Margins:
    """Margins ``(T,)`` of each thread by constraint, differentiable in the threads' parameters.

    See `planner.design.limits.ThreadMargins` for what each one is; of vessels, it is `VesselMargin.kept_mm`. Those that
    are in force, without current; `inf` where nothing can break one.
    """
    return {**own_margins(site, threads, devices, limits), "spacing": spacing(threads, devices, limits)[0]}


def own_margins(
    site: Site, threads: ThreadTensors, devices: Devices, limits: Limits, near: VesselMargin | None = None
) -> Margins:
    """The margins that a thread has by itself: all but spacing. To vessels too, where these are not `near` already."""
    found = shafts(threads, devices)
    gray, path, hemisphere = tissue(site, threads, found, devices, limits)
    near = near or vessel(site, threads, found, devices, limits, far=False)
    table: Margins = {
        "vessel": near.kept_mm,
        "gray": gray,
        "path": path,
        "depth": _depth(threads, devices, limits),
        "hemisphere": hemisphere,
    }
    pials = {name: side.pial for name, side in site.sides.items()}
    entry, unit, right = threads.entry_mm, threads.unit, threads.right
    if "angle" in limits.in_force:
        table["angle"] = angle_margin(pials, entry, unit, right, limits.angle_deg)
    if limits.access.windows:
        table.update(window_margins(limits.access, pials, entry, unit, threads.tip_mm, right).items())
    if limits.regions:
        radius = of_devices([d.shaft_radius_mm for d in devices], threads)[found.thread]
        grown = radius + limits.localisation_mm
        reach_mm = float(grown.max()) + ENOUGH_MM if len(grown) else ENOUGH_MM
        away = region_margin(site.regions(limits.regions), found.start_mm, found.tip_mm, reach_mm) - grown
        table["region"] = least(away, found.thread, len(threads))
    return table


def _depth(threads: ThreadTensors, devices: Devices, limits: Limits) -> Tensor:
    least_mm = of_devices([d.least_depth_mm for d in devices], threads)
    most = of_devices([limits.longest_mm(d) for d in devices], threads)
    short = threads.depth_mm - least_mm
    deep = torch.where(short < 0, short, most - threads.depth_mm)
    lies_there = ~enters(threads, devices) & (threads.depth_mm.abs() <= ROUNDING_MM)
    return torch.where(lies_there, torch.inf, deep)


@dataclass(frozen=True, eq=False)
class VesselMargin:
    """Margins ``(T,)`` of threads' whole shafts to vessels' walls, and the nearest vessel.

    Attributes
    ----------
    shown_mm
        As `ThreadMargins` has it: inf where the clearance is unknown, or where the device penetrates nothing.
    kept_mm
        What the optimiser keeps to: where vessels of a kind were imaged somewhere, it stays within what is known of
        that kind. Outside it is how far the shaft is from that, negative, so that its gradient leads back.
    nearest : int64
        Index in ``anatomy.vessels``; −1 where none is known within `KNOWN_REACH_MM`.
    unknown : (T, K) bool
        Which of the case's kinds of vessels are not known around the thread.
    """

    shown_mm: Tensor
    kept_mm: Tensor
    nearest: Tensor
    unknown: Tensor


def vessel(
    site: Site,
    threads: ThreadTensors,
    found: ShaftTensors,
    devices: Devices,
    limits: Limits,
    far: bool = True,
) -> VesselMargin:
    """Margins of shafts to vessels; see `planner.design.limits.KNOWN_REACH_MM` for what is known.

    Unless vessels that are `far` matter, a margin is told as at most `ENOUGH_MM` and only `kept_mm` is of use.
    """
    count, kinds = len(threads), site.vessels.kinds
    start, tip, owner = found.start_mm, found.tip_mm, found.thread
    required = torch.tensor([[limits.required_mm(d, kind) for kind in kinds] for d in devices], dtype=start.dtype)
    grown = required.reshape(len(devices), len(kinds))[threads.kind[owner]]
    widest_mm = float(grown.max()) if grown.numel() else 0.0
    # Where something was imaged it matters whether any other vessel is near enough to be known.
    all_known = far or bool(site.vessels.imaged.any())
    measured_mm = max(KNOWN_REACH_MM, widest_mm) if all_known else widest_mm + ENOUGH_MM
    there = site.vessels.clearance(start, tip, measured_mm)
    covered = torch.full_like(there.distance_mm, torch.inf)
    if all_known:
        covered = site.vessels.imaged_depth(start, tip) - grown
        near = site.vessels.near(start, tip, KNOWN_REACH_MM)
        covered = torch.where(torch.where(threads.right[owner, None], near[..., 1], near[..., 0]), torch.inf, covered)
    margin, unknown, imaged = there.distance_mm - grown, ~(covered >= 0), site.vessels.imaged
    if not kinds:
        nothing = torch.full_like(threads.depth_mm, torch.inf)
        return VesselMargin(nothing, nothing, torch.full((count,), -1), unknown.new_zeros((count, 0)))
    worst = margin.min(dim=1)
    margin = worst.values
    known = ~unknown.any(dim=1)
    shown = torch.where(known | (margin < 0), margin, torch.inf)
    kept = torch.minimum(margin, covered[:, imaged].amin(dim=1)) if imaged.any() else shown
    which = there.vessel.gather(1, worst.indices[:, None])[:, 0]
    # Of several shafts the one with the least margin speaks for the thread; unknown anywhere is unknown.
    of_thread = least(margin, owner, count)
    first = least(torch.where(margin <= of_thread[owner], torch.arange(len(owner)), len(owner)).double(), owner, count)
    shown_of = least(shown, owner, count)
    unknown_of = torch.zeros((count, len(kinds))).index_add(0, owner, unknown.float()) > 0
    sure = torch.where(unknown_of.any(dim=1) & (shown_of >= 0), torch.inf, shown_of)
    penetrates = torch.tensor([d.penetrates for d in devices])[threads.kind]
    return VesselMargin(
        torch.where(penetrates, sure, torch.inf),
        torch.where(penetrates, least(kept, owner, count), torch.inf),
        torch.where(penetrates, which[first.long().clamp_max(len(owner) - 1)], -1),
        unknown_of & penetrates[:, None],
    )


@torch.no_grad()
def thread_margins(site: Site, implant: Implant, limits: Limits) -> dict[str, ThreadMargins]:
    """Each thread's margins by name, for display while editing."""
    if not implant.threads:
        return {}
    devices = implant.devices
    threads = to_tensors(implant.threads, devices)
    near = vessel(site, threads, shafts(threads, devices), devices, limits)
    table = own_margins(site, threads, devices, limits, near)
    table["vessel"] = near.shown_mm
    table["path"] = torch.minimum(table["path"], entry_margin(site, threads, devices))
    table["hemisphere"] = whole_row_nearer(site, threads, devices)
    apart = spacings(implant, limits)
    table["spacing"] = torch.tensor([apart[thread.name][0] for thread in implant.threads], dtype=torch.float64)
    table = {name: told(name, margin) for name, margin in table.items()}
    names = [known.name for known in site.anatomy.vessels]
    return {
        thread.name: ThreadMargins(
            margins={name: float(table[name][i]) if name in table else inf for name in CONSTRAINTS},
            nearest_vessel=names[near.nearest[i]] if near.nearest[i] >= 0 else "",
            nearest_thread=apart[thread.name][1],
            unknown_kinds=tuple(kind for k, kind in enumerate(site.vessels.kinds) if near.unknown[i, k]),
            exempt=exempt(implant.device_of(thread)),
        )
        for i, thread in enumerate(implant.threads)
    }


def told(name: ConstraintName, margin: Tensor) -> Tensor:
    """A margin as people are told it: nothing lets a thread through whose hemisphere has no window."""
    return torch.where(margin == -CLOSED_MM, -torch.inf, margin) if name == "access" else margin


@torch.no_grad()
def spacings(implant: Implant, limits: Limits) -> dict[str, tuple[float, str]]:
    """Each thread's margin of spacing by name, and which thread is nearest to it; inf and empty for a single one."""
    margin, neighbour = spacing(to_tensors(implant.threads, implant.devices), implant.devices, limits)
    names = [thread.name for thread in implant.threads]
    near = [names[other] if other >= 0 else "" for other in neighbour.tolist()]
    return dict(zip(names, zip(margin.tolist(), near, strict=True), strict=True))
