"""Constraints as signed margins in mm, positive = safe: fast, differentiable, approximate.

The same margins drive the optimiser's penalty and the live display. The verdict does not come from here but from
`planner.design.verify`, which has geometry of its own.
"""

from __future__ import annotations

from dataclasses import dataclass

import torch
from torch import Tensor

from planner.design.limits import CONSTRAINTS, KNOWN_REACH_MM, ConstraintName, Limits, ThreadMargins
from planner.design.site import Site
from planner.frames import HEMISPHERES
from planner.geometry.segments import segment_distance
from planner.implant.device import Device
from planner.implant.electrodes import contact_positions
from planner.implant.parameters import ThreadTensors, to_tensors
from planner.implant.thread import Implant

PATH_SAMPLES = 12
JUST_IN_MM = 0.01  # a shaft that is not below pial this soon after its entry does not go in there

Margins = dict[ConstraintName, Tensor]


def margins(site: Site, threads: ThreadTensors, device: Device, limits: Limits) -> Margins:
    """Margins ``(T,)`` of each thread by constraint, differentiable in the threads' parameters.

    See `planner.design.limits.ThreadMargins` for what each one is; of vessels, it is `VesselMargin.kept_mm`. `inf`
    where nothing can break a constraint.
    """
    return {**own_margins(site, threads, device, limits), "spacing": spacing(threads, device, limits)[0]}


def own_margins(site: Site, threads: ThreadTensors, device: Device, limits: Limits) -> Margins:
    """The margins that a thread has by itself: all but spacing."""
    gray, path, hemisphere = tissue(site, threads, device, limits)
    return {
        "vessel": vessel(site, threads, device, limits).kept_mm,
        "gray": gray,
        "path": path,
        "depth": _depth(threads, device, limits),
        "hemisphere": hemisphere,
    }


def _depth(threads: ThreadTensors, device: Device, limits: Limits) -> Tensor:
    short = threads.depth_mm - device.span_mm - device.tip_mm
    return torch.where(short < 0, short, limits.max_depth_mm - threads.depth_mm)


@dataclass(frozen=True, eq=False)
class VesselMargin:
    """Margins ``(T,)`` of whole shafts to vessels' walls, and the nearest vessel.

    Attributes
    ----------
    shown_mm
        As `ThreadMargins` has it: inf where the clearance is unknown.
    kept_mm
        What the optimiser keeps to: where vessels of a kind were imaged somewhere, it stays within what is known of
        that kind. Outside it is how far the shaft is from that, negative, so that its gradient leads back.
    nearest : int64
        Index in ``anatomy.vessels``; −1 where none is known within `KNOWN_REACH_MM`.
    unknown : (T, K) bool
        Which of the case's kinds of vessels are not known around the shaft.
    """

    shown_mm: Tensor
    kept_mm: Tensor
    nearest: Tensor
    unknown: Tensor


def vessel(site: Site, threads: ThreadTensors, device: Device, limits: Limits) -> VesselMargin:
    """Margins of shafts to vessels; see `planner.design.limits.KNOWN_REACH_MM` for what is known."""
    entry, tip, grown_mm = threads.entry_mm, threads.tip_mm, device.shaft_radius_mm + limits.clearance_mm
    found = site.vessels.clearance(entry, tip, reach_mm=KNOWN_REACH_MM)
    margin = found.distance_mm - grown_mm
    near = torch.where(threads.right[:, None], found.near[..., 1], found.near[..., 0])
    covered = torch.where(near, torch.inf, site.vessels.imaged_depth(entry, tip) - grown_mm)
    unknown, imaged = ~(covered >= 0), site.vessels.imaged
    known = ~unknown.any(dim=1) & bool(site.vessels.kinds)
    shown = torch.where(known | (margin < 0), margin, torch.inf)
    kept = torch.minimum(margin, covered[:, imaged].amin(dim=1)) if imaged.any() else shown
    return VesselMargin(shown, kept, found.vessel, unknown)


def tissue(site: Site, threads: ThreadTensors, device: Device, limits: Limits) -> tuple[Tensor, Tensor, Tensor]:
    """Margins ``(T,)`` gray, path and hemisphere, each from signed distances to pial and white."""
    contacts = contact_positions(threads, device)
    count = device.contacts
    fraction = (torch.arange(PATH_SAMPLES, dtype=torch.float64) + 0.5) / PATH_SAMPLES
    first = (threads.depth_mm - device.tip_mm - device.span_mm).clamp_min(0.0)
    just_in = torch.full_like(first, JUST_IN_MM)[:, None]
    reach = torch.cat([just_in, fraction * first[:, None]], dim=1)
    between = threads.entry_mm[:, None] + reach[..., None] * threads.unit[:, None]
    points = torch.cat([contacts, threads.tip_mm[:, None], between], dim=1)
    gray, path, own_side = (torch.zeros_like(threads.depth_mm) for _ in range(3))
    for name, side in site.sides.items():
        rows = threads.rows(name)
        if len(rows) == 0:
            continue
        below_pial = -side.pial.signed_distance(points[rows])
        above_white = side.white.signed_distance(contacts[rows])
        nearest = torch.minimum(below_pial[:, :count], above_white).amin(dim=1)
        approach = below_pial[:, count + 1 :]
        leaves = torch.where(approach < 0, approach, torch.inf).amin(dim=1)
        gray = gray.index_copy(0, rows, nearest - limits.gray_mm)
        path = path.index_copy(0, rows, torch.minimum(below_pial[:, : count + 1].amin(dim=1), leaves))
        own_side = own_side.index_copy(0, rows, _nearer(site, contacts[rows], name))
    absent = [name for name in HEMISPHERES if name not in site.sides]
    for name in absent:
        rows = threads.rows(name)
        own_side = own_side.index_fill(0, rows, -torch.inf)
    return gray, path, own_side


def _nearer(site: Site, contacts: Tensor, name: str) -> Tensor:
    """How much nearer the middle contacts are to the named hemisphere's pial surface than to the other one's."""
    others = [side for other, side in site.sides.items() if other != name]
    middle = contacts[:, contacts.shape[1] // 2]
    if not others:
        return torch.full_like(middle[:, 0], torch.inf)
    return others[0].pial.signed_distance(middle) - next(
        side for own, side in site.sides.items() if own == name
    ).pial.signed_distance(middle)


def _whole_row_nearer(site: Site, threads: ThreadTensors, device: Device) -> Tensor:
    """The least of what `_nearer` says of the middle contact, over all contacts: as the exact gate measures it."""
    contacts = contact_positions(threads, device)
    least = torch.full_like(threads.depth_mm, torch.inf)
    for name in HEMISPHERES:
        rows = threads.rows(name)
        if name not in site.sides:
            least[rows] = -torch.inf
        for other, side in site.sides.items():
            if other != name and name in site.sides:
                own = site.sides[name].pial.signed_distance(contacts[rows])
                least[rows] = (side.pial.signed_distance(contacts[rows]).abs() - own).amin(dim=1)
    return least


def spacing(threads: ThreadTensors, device: Device, limits: Limits) -> tuple[Tensor, Tensor]:
    """Margin ``(T,)`` to the nearest other shaft, and that thread's index (−1 for a single thread)."""
    count = len(threads)
    if count < 2:
        return torch.full_like(threads.depth_mm, torch.inf), torch.full((count,), -1)
    first, second = torch.triu_indices(count, count, offset=1)
    entry, tip = threads.entry_mm, threads.tip_mm
    gap = segment_distance(entry[first], tip[first], entry[second], tip[second])
    table = torch.full((count, count), torch.inf, dtype=gap.dtype).index_put((first, second), gap)
    nearest = torch.minimum(table, table.T).min(dim=1)
    return nearest.values - 2 * device.shaft_radius_mm - limits.spacing_mm, nearest.indices


@torch.no_grad()
def thread_margins(site: Site, implant: Implant, limits: Limits) -> dict[str, ThreadMargins]:
    """Each thread's margins by name, for display while editing."""
    if not implant.threads:
        return {}
    threads, device = to_tensors(implant.threads), implant.device
    table = margins(site, threads, device, limits)
    near = vessel(site, threads, device, limits)
    table["vessel"] = near.shown_mm
    table["hemisphere"] = _whole_row_nearer(site, threads, device)
    neighbour = spacing(threads, device, limits)[1]
    names = [known.name for known in site.anatomy.vessels]
    return {
        thread.name: ThreadMargins(
            margins={constraint: float(table[constraint][i]) for constraint in CONSTRAINTS},
            nearest_vessel=names[near.nearest[i]] if near.nearest[i] >= 0 else "",
            nearest_thread=implant.threads[neighbour[i]].name if neighbour[i] >= 0 else "",
            unknown_kinds=tuple(kind for k, kind in enumerate(site.vessels.kinds) if near.unknown[i, k]),
        )
        for i, thread in enumerate(implant.threads)
    }
