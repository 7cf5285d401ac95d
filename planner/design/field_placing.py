"""A phosphene wished for at a place of the visual field: inverse retinotopy, and a thread that lights it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import torch
from torch import Tensor

from planner.anatomy.hemisphere import V1
from planner.design.assess import USABLE
from planner.design.limits import Limits
from planner.design.objective import phosphenes_of
from planner.design.progress import Progress, silent
from planner.design.site import Site
from planner.design.tries import TRIES, best_of, how_many, tries_at
from planner.errors import InputError
from planner.frames import FloatArray, HemisphereName
from planner.implant.device import Devices
from planner.implant.parameters import ThreadTensors, to_tensors
from planner.implant.thread import Thread

PLACES = 6  # of the cortex whose place in the field is nearest, that are tried
APART_MM = 2.0  # ours: places nearer to each other than this are one
NEAR_DEG, NEAR_SHARE = 0.25, 0.15  # ours: a vertex counts as there within so much, or this share of the eccentricity
AROUND_MM = 1.5  # how far from such a place entries are tried
OFF_WORTH = 20.0  # ours: what a phosphene as far off as its wished eccentricity costs; beside it margins hardly count


@dataclass(frozen=True)
class Wished:
    """A thread for a phosphene.

    Attributes
    ----------
    thread : Thread
        It keeps every limit where any of the tries did.
    contact : int
        The one of its contacts whose phosphene is nearest to the place wished for.
    off_deg : float
        How far from that place its phosphene is; inf where no contact is in V1's gray matter.
    """

    thread: Thread
    contact: int
    off_deg: float


@torch.no_grad()
def propose_at_field(
    site: Site,
    devices: Devices,
    limits: Limits,
    field_deg: tuple[float, float],
    name: str,
    taken: Sequence[Thread] = (),
    kind: int = 0,
    progress: Progress = silent,
) -> Wished:
    """A thread one of whose contacts lights a phosphene as near as can be to a place of the visual field.

    The map is inverted on V1's vertices: those whose place is nearest to the one wished for, in the hemisphere that
    sees it (both, at the vertical meridian), are where insertions are tried, as for a click on the cortex.

    Parameters
    ----------
    field_deg : (x, y)
        Degrees of visual angle, right and up positive.
    name : str
        Given to the new thread.
    taken : sequence of Thread
        Threads to keep clear of.
    kind : int
        Which of the devices it is of.
    progress : callable
        Told how far the search is, where it takes long.

    Raises
    ------
    InputError
        Where no V1 of the case sees the place.
    """
    wish = np.asarray(field_deg, dtype=np.float64)
    generator = np.random.default_rng(0)  # always the same thread for the same place
    found = [
        _nearest(
            site,
            devices,
            _proposed(site, devices, limits, hemisphere, places, wish, taken, kind, generator, progress),
            wish,
        )
        for hemisphere, places in _places(site, wish).items()
    ]
    best = min(found, key=lambda wished: wished.off_deg)
    return replace(best, thread=replace(best.thread, name=name))


def _places(site: Site, wish: FloatArray) -> dict[HemisphereName, FloatArray]:
    """Points ``(K, 3)`` of each hemisphere's pial V1 whose place in the field is nearest to the one wished for.

    Raises
    ------
    InputError
    """
    reach = max(NEAR_DEG, NEAR_SHARE * float(np.linalg.norm(wish)))
    found: dict[HemisphereName, FloatArray] = {}
    closest = np.inf
    for name, side in site.sides.items():
        shape = side.hemisphere
        v1 = np.flatnonzero(shape.retinotopy.area == V1)
        off = np.linalg.norm(shape.field_deg[v1] - wish, axis=1)
        closest = min(closest, float(off.min(initial=np.inf)))
        chosen: list[int] = []
        for vertex in v1[np.argsort(off)][: int((off <= reach).sum())]:
            gaps = np.linalg.norm(shape.pial_mm[chosen] - shape.pial_mm[vertex], axis=1)
            if (gaps >= APART_MM).all():
                chosen.append(int(vertex))
            if len(chosen) == PLACES:
                break
        if chosen:
            found[name] = shape.pial_mm[chosen]
    if not found:
        x, y = wish.tolist()
        raise InputError(
            f"no V1 of this case sees {x:+.1f}°, {y:+.1f}°: its map's nearest place is {closest:.1f}° away",
            remedy="choose another place of the visual field",
        )
    return found


def _proposed(
    site: Site,
    devices: Devices,
    limits: Limits,
    hemisphere: HemisphereName,
    places_mm: FloatArray,
    wish: FloatArray,
    taken: Sequence[Thread],
    kind: int,
    generator: np.random.Generator,
    progress: Progress,
) -> Thread:
    """The best thread that enters about those places."""
    count = how_many(TRIES, devices[kind])
    near = places_mm[np.arange(count) % len(places_mm)]
    near = near + generator.normal(size=(count, 3)) * AROUND_MM / 2
    tries = tries_at(site.sides[hemisphere], hemisphere, devices, kind, near, generator)
    scale = max(1.0, float(np.linalg.norm(wish)))

    def worth(some: ThreadTensors) -> Tensor:
        off = _off(site, devices, some, wish).amin(dim=1)
        return -OFF_WORTH * (off / scale).clamp_max(1.0)

    return best_of(site, tries, devices, limits, places_mm, taken, worth, progress)


def _nearest(site: Site, devices: Devices, thread: Thread, wish: FloatArray) -> Wished:
    off = _off(site, devices, to_tensors((thread,), devices), wish)[0]
    contact = int(off.argmin())
    return Wished(thread, contact, float(off[contact]))


def _off(site: Site, devices: Devices, threads: ThreadTensors, wish: FloatArray) -> Tensor:
    """How far each contact's phosphene ``(T, C)`` is from a place of the field, degrees; inf where nothing is seen."""
    lit, _ = phosphenes_of(site, threads, devices)
    away = (lit.field_deg - torch.from_numpy(wish)).norm(dim=-1)
    return torch.where(lit.weight >= USABLE, away, torch.inf).reshape(len(threads), -1)
