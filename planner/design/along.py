"""What lies along a thread: how near vessels are and what they ask for, how deep it is, and in which tissue."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final, Literal

import numpy as np
import torch
from numpy.typing import NDArray

from planner.design.limits import KNOWN_REACH_MM, ConstraintName, Limits
from planner.design.site import Site
from planner.frames import FloatArray, IntArray
from planner.implant.device import Device, contact_table
from planner.implant.thread import Implant, Thread, Vector, vector

TissueName = Literal["outside", "gray", "white"]
TISSUES: Final[tuple[TissueName, ...]] = ("outside", "gray", "white")


@dataclass(frozen=True, eq=False)
class Along:
    """Places along one shaft, K of them from its beginning to its tip; of an array along the shank with least margin.

    Attributes
    ----------
    at_mm : (K,) float64
        From the entry, along the direction; negative where an array's shank stands off.
    points_mm : (K, 3) float64
        Scanner RAS, on the shaft's axis.
    vessel_mm : (K,) float64
        From the axis to the wall of the vessel that leaves the least margin there, less that vessel's localisation
        error; negative inside. The reach of `profile_along` where none is nearer.
    vessel : (K,) int64
        Which one, as in ``anatomy.vessels``; −1 where none is nearer.
    required_mm : (K,) float64
        How far the axis has to keep from it: `Limits.required_mm` of its kind; of no vessel the widest.
    below_pial_mm, above_white_mm : (K,) float64
        Signed: gray matter is where both are positive.
    contact_at_mm : (C,) float64
        The shank's contacts, from the entry; contact 1 first.
    contacts_mm : (C, 3) float64
    unknown_kinds : tuple of str
        The case's kinds of vessels that are not known around the shaft, so that its clearance is not known to be kept.
    """

    at_mm: FloatArray
    points_mm: FloatArray
    vessel_mm: FloatArray
    vessel: IntArray
    required_mm: FloatArray
    below_pial_mm: FloatArray
    above_white_mm: FloatArray
    contact_at_mm: FloatArray
    contacts_mm: FloatArray
    unknown_kinds: tuple[str, ...]

    @property
    def margin_mm(self) -> FloatArray:
        """Distance to vessels beyond the required one ``(K,)``; positive is safe, where vessels are known."""
        return self.vessel_mm - self.required_mm

    @property
    def least(self) -> int:
        """The place with the least margin to vessels."""
        return int(self.margin_mm.argmin())

    @property
    def tissue(self) -> IntArray:
        """Of each place ``(K,)`` the tissue, as an index of `TISSUES`."""
        inside = np.where(self.above_white_mm < 0, 2, 1)
        return np.where(self.below_pial_mm < 0, 0, inside).astype(np.int64)

    def stretches(self) -> tuple[tuple[float, float, TissueName], ...]:
        """The tissues in the order in which the shaft goes through them: from where to where, mm from the entry."""
        tissue = self.tissue
        change = np.flatnonzero(np.diff(tissue)) + 1
        between = (self.at_mm[change - 1] + self.at_mm[change]) / 2
        edges = [float(self.at_mm[0]), *between.tolist(), float(self.at_mm[-1])]
        kinds = tissue[[0, *change.tolist()]].tolist()
        return tuple((a, b, TISSUES[kind]) for a, b, kind in zip(edges[:-1], edges[1:], kinds, strict=True))

    def culprit_mm(self, constraint: ConstraintName) -> Vector:
        """Where along the shaft a limit is nearest to being broken; its middle contact where that has no place.

        Of vessels the place with the least margin, where any is near; of gray matter the contact that is nearest to
        leaving it; of the path where it is least deep after its first contact; of what is asked of the entry, that.
        """
        middle = self.contacts_mm[len(self.contacts_mm) // 2]
        if constraint == "vessel" and self.vessel[self.least] >= 0:
            return vector(self.points_mm[self.least])
        if constraint == "gray":
            depth = np.minimum(self.below_pial_mm, self.above_white_mm)
            return vector(self.contacts_mm[np.interp(self.contact_at_mm, self.at_mm, depth).argmin()])
        if constraint == "path":
            deeper = self.at_mm >= min(float(self.contact_at_mm.min()), float(self.at_mm[-1]))
            return vector(self.points_mm[np.where(deeper, self.below_pial_mm, np.inf).argmin()])
        if constraint in ("angle", "access", "approach"):
            return vector(self.points_mm[np.abs(self.at_mm).argmin()])
        if constraint in ("depth", "reach"):
            return vector(self.points_mm[-1])
        return vector(middle)


@torch.no_grad()
def profile_along(
    site: Site, device: Device, limits: Limits, thread: Thread, samples: int = 65, reach_mm: float = KNOWN_REACH_MM
) -> Along:
    """Sample a thread's shaft, or that shank of an array that keeps the least margin to vessels.

    By the fast fields, as the live margins are; the verdict is the exact gate's.

    Parameters
    ----------
    site : Site
    device : Device
        The thread's; one that penetrates.
    limits : Limits
    thread : Thread
        Of a hemisphere that the site has.
    samples : int
        K, at least 2.
    reach_mm : float
        Vessels farther away are not looked for.

    Raises
    ------
    ValueError
        Of a device that penetrates nothing, so that it has no shaft.
    """
    if not device.penetrates:
        raise ValueError(f"{device.name} has no shaft")
    implant = Implant((device,), (replace(thread, device=device.name),))
    shafts = implant.shafts()
    kinds = site.vessels.kinds
    required = np.array([limits.required_mm(device, kind) for kind in kinds])
    shank = 0
    if kinds and len(shafts.thread) > 1:
        whole = site.vessels.clearance(torch.from_numpy(shafts.start_mm), torch.from_numpy(shafts.tip_mm), reach_mm)
        shank = int((whole.distance_mm.numpy() - required).min(axis=1).argmin())
    share = np.linspace(0.0, 1.0, samples)[:, None]
    points = shafts.start_mm[shank] + share * (shafts.tip_mm - shafts.start_mm)[shank]
    line = torch.from_numpy(points)
    widest = float(required.max()) if kinds else limits.required_mm(device, "vessel")
    away, vessel, asked = np.full(samples, reach_mm), np.full(samples, -1), np.full(samples, widest)
    if kinds:
        found = site.vessels.clearance(line, line, reach_mm)
        each = np.where(found.vessel.numpy() >= 0, required, widest)
        row, worst = np.arange(samples), (found.distance_mm.numpy() - each).argmin(axis=1)
        away, vessel, asked = (v[row, worst] for v in (found.distance_mm.numpy(), found.vessel.numpy(), each))
    side = site.sides[thread.hemisphere]
    entry, unit = np.asarray(thread.entry_mm), np.asarray(thread.direction)
    contacts = implant.contacts_mm()[contact_table(device)[1] == shank]
    return Along(
        at_mm=(points - entry) @ unit,
        points_mm=points,
        vessel_mm=away,
        vessel=vessel,
        required_mm=asked,
        below_pial_mm=-side.pial.signed_distance(line).numpy(),
        above_white_mm=side.white.signed_distance(line).numpy(),
        contact_at_mm=(contacts - entry) @ unit,
        contacts_mm=contacts,
        unknown_kinds=_unknown(site, thread, shafts.start_mm[[shank]], shafts.tip_mm[[shank]], required),
    )


def _unknown(site: Site, thread: Thread, start: FloatArray, tip: FloatArray, required: FloatArray) -> tuple[str, ...]:
    """The kinds of vessels that are not known around a shaft; see `planner.design.limits.KNOWN_REACH_MM`."""
    first, last = torch.from_numpy(start), torch.from_numpy(tip)
    covered = site.vessels.imaged_depth(first, last).numpy()[0] >= required
    near = site.vessels.near(first, last, KNOWN_REACH_MM).numpy()[0, :, int(thread.hemisphere == "rh")]
    known: NDArray[np.bool_] = covered | near
    return tuple(kind for kind, its in zip(site.vessels.kinds, known.tolist(), strict=True) if not its)
