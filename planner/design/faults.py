"""Where an implant breaks limits that have a place: stretches of shafts near vessels, contacts outside the gray matter.

By the fast fields, as the live margins are. Only threads whose margins say that there is something to find are looked
at, all of them at once, so that this follows a hand.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray

from planner.design.limits import Limits, ThreadMargins
from planner.design.site import Site
from planner.frames import FloatArray, IntArray
from planner.implant.thread import Implant

PIECE_MM: Final = 0.25
"""Ours: a shaft is looked at by pieces no longer than this; the whole of a piece counts, so no near place is missed."""


@dataclass(frozen=True, eq=False)
class Faults:
    """Where limits are broken. P stretches of shafts, and the N contacts of `Implant.contacts_mm`.

    Attributes
    ----------
    shaft, thread : (P,) int64
        On which of `Implant.shafts` each stretch is, and whose that is.
    begin, end : (P,) float64
        From where to where, as shares of the way from the shaft's start to its tip; to a piece's length.
    outside : (N,) bool
        Contacts whose centre is not in the gray matter; of a surface device those too far off pial.
    """

    shaft: IntArray
    thread: IntArray
    begin: FloatArray
    end: FloatArray
    outside: NDArray[np.bool_]


@torch.no_grad()
def find_faults(site: Site, implant: Implant, limits: Limits, margins: Mapping[str, ThreadMargins]) -> Faults:
    """Find what is to be marked of an implant.

    Parameters
    ----------
    site : Site
    implant : Implant
    limits : Limits
    margins : mapping of thread name to ThreadMargins
        As `planner.design.constraints.thread_margins` gives them. A thread whose margin to vessels is negative has at
        least one stretch, the others have none.
    """
    near = np.array([margins[t.name].margins["vessel"] < 0 for t in implant.threads], dtype=bool)
    astray = np.array(
        [margins[t.name].margins["gray"] < 0 or implant.device_of(t).gray_share < 1 for t in implant.threads],
        dtype=bool,
    )
    return Faults(*_near_vessels(site, implant, limits, near), outside=_outside(site, implant, astray))


def gathered(implant: Implant, parts: Sequence[tuple[Implant, Faults]]) -> Faults:
    """The faults of an implant, of each thread those that one of the parts has of the very same thread.

    Parameters
    ----------
    implant : Implant
    parts : sequence of Implant and its Faults
        Of the same devices; each thread of the implant is in exactly one of them.
    """
    place = {thread: number for number, thread in enumerate(implant.threads)}
    first_shaft, first_contact = _firsts(implant)
    outside = np.zeros(int(implant.contact_counts().sum()), dtype=bool)
    columns: list[tuple[IntArray, IntArray, FloatArray, FloatArray]] = []
    for part, its in parts:
        to = np.array([place.get(thread, -1) for thread in part.threads], dtype=np.int64)
        shaft, contact = _firsts(part)
        owner = part.contact_owners()
        rows = np.flatnonzero(to[owner] >= 0)
        outside[first_contact[to[owner[rows]]] + rows - contact[owner[rows]]] = its.outside[rows]
        kept = np.flatnonzero(to[its.thread] >= 0)
        was = its.thread[kept]
        columns.append((its.shaft[kept] - shaft[was] + first_shaft[to[was]], to[was], its.begin[kept], its.end[kept]))
    shafts, threads, begin, end = (np.concatenate(column) for column in zip(*columns, strict=True))
    order = np.lexsort((begin, shafts))
    return Faults(shafts[order], threads[order], begin[order], end[order], outside)


def _firsts(implant: Implant) -> tuple[IntArray, IntArray]:
    """Of each thread ``(T,)`` the number of its first shaft and of its first contact."""
    shanks = np.array([len(implant.device_of(t).shanks) for t in implant.threads], dtype=np.int64)
    contacts = implant.contact_counts()
    return np.cumsum(shanks) - shanks, np.cumsum(contacts) - contacts


def _near_vessels(
    site: Site, implant: Implant, limits: Limits, near: NDArray[np.bool_]
) -> tuple[IntArray, IntArray, FloatArray, FloatArray]:
    kinds = site.vessels.kinds
    if not near.any() or not kinds:
        none = np.zeros(0, dtype=np.int64)
        return none, none, np.zeros(0), np.zeros(0)
    shafts = implant.shafts()
    rows = np.flatnonzero(near[shafts.thread])
    along = shafts.tip_mm - shafts.start_mm
    count = np.maximum(np.ceil(np.linalg.norm(along[rows], axis=1) / PIECE_MM), 1).astype(np.int64)
    shaft, cuts = np.repeat(rows, count), np.repeat(count, count)
    rank = np.arange(len(shaft)) - np.repeat(np.cumsum(count) - count, count)
    first_mm, last_mm = (
        torch.from_numpy(shafts.start_mm[shaft] + (place / cuts)[:, None] * along[shaft]) for place in (rank, rank + 1)
    )
    asked = np.array([[limits.required_mm(d, kind) for kind in kinds] for d in implant.devices])
    device = np.array([implant.devices.index(implant.device_of(t)) for t in implant.threads], dtype=np.int64)
    thread = shafts.thread[shaft]
    found = site.vessels.clearance(first_mm, last_mm, float(asked.max()))
    margin = (found.distance_mm.numpy() - asked[device[thread]]).min(axis=1)
    least = np.full(len(implant.threads), np.inf)
    np.minimum.at(least, thread, margin)
    close = np.flatnonzero((margin < 0) | (margin <= least[thread]))  # whatever rounding makes of a bare violation
    # neighbouring pieces are one stretch
    fresh = np.ones(len(close), dtype=bool)
    fresh[1:] = (np.diff(close) > 1) | (np.diff(shaft[close]) != 0)
    first, last = close[fresh], close[np.append(fresh[1:], True)]
    return shaft[first], thread[first], rank[first] / cuts[first], (rank[last] + 1) / cuts[last]


def _outside(site: Site, implant: Implant, astray: NDArray[np.bool_]) -> NDArray[np.bool_]:
    owner = implant.contact_owners()
    outside = np.zeros(len(owner), dtype=bool)
    rows = np.flatnonzero(astray[owner])
    if len(rows) == 0:
        return outside
    contacts = implant.contacts_mm()
    right = np.array([t.hemisphere == "rh" for t in implant.threads])[owner]
    lies_on = np.array([not implant.device_of(t).penetrates for t in implant.threads])[owner]
    gap_mm = np.array([implant.device_of(t).gap_mm for t in implant.threads])[owner]
    outside[rows] = True  # of a hemisphere that the case has not
    for name, side in site.sides.items():
        its = rows[right[rows] == (name == "rh")]
        points = torch.from_numpy(contacts[its])
        deep = -side.pial.signed_distance(points).numpy()
        above = side.white.signed_distance(points).numpy()
        outside[its] = np.where(lies_on[its], np.abs(deep) > gap_mm[its], (deep < 0) | (above < 0))
    return outside
