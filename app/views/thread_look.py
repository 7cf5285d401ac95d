"""How the threads of a plan look in the 3D view: where their lines, contacts and entries are, and how thick."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, cKDTree

from app.cortex import Carrier
from app.preview import Preview
from app.views.status import STATES, states_of
from planner.frames import FloatArray, HemisphereName, IntArray
from planner.implant.device import Device, shaft_table
from planner.implant.thread import Implant, Thread, axes_of
from planner.plan.plan import Plan

SHAFT_MM: Final = 0.16  # radii as drawn; the real ones would be too thin to see
LINK_MM: Final = 0.06  # from an entry to its contacts on the inflated surface
RIM_MM: Final = 0.07  # of an array's base
CONTACT_MM: Final = 0.21
DASHES: Final = 6  # of the shaft of a thread that is not used
PALE_TIMES, PALE_DOT_TIMES = 0.8, 0.4  # how thin it is, and how small its contacts, which would hide the dashes
ROOM_MM: Final = 1.0  # shanks that stand nearer to each other than this are drawn thinner by as much


@dataclass(frozen=True, eq=False)
class Lines:
    """Lines of any number of points, which follow each other.

    Attributes
    ----------
    points_mm : (P, 3) float64
    radius_mm : (P,) float64
    line : (P,) int64
        Which line each point is on, rising.
    thread : (P,) int64
        Whose it is.
    """

    points_mm: FloatArray
    radius_mm: FloatArray
    line: IntArray
    thread: IntArray

    def of(self, shown: NDArray[np.bool_], renumbered: IntArray) -> Lines:
        """Only those of some threads, which have other numbers from then on."""
        keep = shown[self.thread]
        line = np.unique(self.line[keep], return_inverse=True)[1]
        return Lines(self.points_mm[keep], self.radius_mm[keep], line, renumbered[self.thread[keep]])


@dataclass(frozen=True, eq=False)
class Dots:
    """Contacts: balls, or discs of a surface device.

    Attributes
    ----------
    points_mm : (N, 3) float64
    radius_mm : (N,) float64
    axis : (N, 3) float64
        At right angles to a disc.
    flat : (N,) bool
    thread : (N,) int64
    """

    points_mm: FloatArray
    radius_mm: FloatArray
    axis: FloatArray
    flat: NDArray[np.bool_]
    thread: IntArray

    def of_rows(self, keep: NDArray[np.bool_]) -> Dots:
        """Only some of them."""
        return Dots(self.points_mm[keep], self.radius_mm[keep], self.axis[keep], self.flat[keep], self.thread[keep])

    def of(self, shown: NDArray[np.bool_], renumbered: IntArray) -> Dots:
        """Only those of some threads, which have other numbers from then on."""
        kept = self.of_rows(shown[self.thread])
        return replace(kept, thread=renumbered[kept.thread])


@dataclass(frozen=True, eq=False)
class ThreadLook:
    """How T threads are drawn.

    Attributes
    ----------
    entry_mm : (T, 3) float64
    gauge : (T,) float64
        By how much shafts are drawn thinner than single ones; 1 for these.
    lines : Lines
        A thread's shaft; an array's shanks and the rim of its base.
    links : Lines
        What joins contacts on the inflated surface instead: of each shank the outermost first, and before it a thread's
        entry.
    dots : Dots
        The contacts.
    states : (T,) int64
        What is known of their safety, as indices of `STATES`.
    selected, locked, right : (T,) bool
        Right: of the right hemisphere.
    linked : bool
        Whether the lines are mere links, and no shafts.
    """

    entry_mm: FloatArray
    gauge: FloatArray
    lines: Lines
    links: Lines
    dots: Dots
    states: IntArray
    selected: NDArray[np.bool_]
    locked: NDArray[np.bool_]
    right: NDArray[np.bool_]
    linked: bool = False

    def carried(self, carriers: Mapping[HemisphereName, Carrier]) -> ThreadLook:
        """As they are drawn on the inflated surface: entries and contacts go to their columns, the links join them."""

        def carry(points_mm: FloatArray, thread: IntArray) -> FloatArray:
            points_mm = points_mm.copy()
            for name, carrier in carriers.items():
                rows = self.right[thread] == (name == "rh")
                points_mm[rows] = carrier(points_mm[rows])
            return points_mm

        return replace(
            self,
            entry_mm=carry(self.entry_mm, np.arange(len(self.entry_mm))),
            lines=replace(self.links, points_mm=carry(self.links.points_mm, self.links.thread)),
            dots=replace(self.dots, points_mm=carry(self.dots.points_mm, self.dots.thread)),
            linked=True,
        )

    def of(self, shown: NDArray[np.bool_]) -> ThreadLook:
        """Only some of the threads."""
        renumbered = np.cumsum(shown) - 1
        return ThreadLook(
            self.entry_mm[shown],
            self.gauge[shown],
            self.lines.of(shown, renumbered),
            self.links.of(shown, renumbered),
            self.dots.of(shown, renumbered),
            self.states[shown],
            self.selected[shown],
            self.locked[shown],
            self.right[shown],
            self.linked,
        )


def thread_look(plan: Plan, preview: Preview | None, selection: str) -> ThreadLook:
    """All threads of a plan where they are in the scanner, and what is known of them; last those that are not used."""
    states, everyone = states_of(plan, preview), plan.everyone
    threads, used = everyone.threads, len(plan.threads)
    return ThreadLook(
        np.array([t.entry_mm for t in threads], dtype=np.float64).reshape(-1, 3),
        np.array([_gauge(everyone.device_of(t)) for t in threads], dtype=np.float64),
        _lines(everyone, used),
        _links(everyone),
        _dots(everyone, used),
        states=np.array([STATES.index(states[t.name]) for t in threads], dtype=np.int64),
        selected=np.array([t.name == selection for t in threads], dtype=bool),
        locked=np.array([t.locked for t in threads], dtype=bool),
        right=np.array([t.hemisphere == "rh" for t in threads], dtype=bool),
    )


def samples_of(look: ThreadLook, each: int = 9) -> tuple[FloatArray, IntArray]:
    """Points ``(K, 3)`` along all lines, at entries and at contacts, and whose each is ``(K,)``."""
    joined = np.flatnonzero(np.diff(look.lines.line) == 0)
    start, end = look.lines.points_mm[joined], look.lines.points_mm[joined + 1]
    along = start[:, None] + np.linspace(0.0, 1.0, each)[:, None] * (end - start)[:, None]
    points = np.concatenate([along.reshape(-1, 3), look.dots.points_mm, look.entry_mm])
    owner = np.concatenate([look.lines.thread[joined].repeat(each), look.dots.thread, np.arange(len(look.entry_mm))])
    return points, owner


def _lines(implant: Implant, used: int) -> Lines:
    """Each shaft that has a length, in dashes where its thread is none of the first, which are used; and each rim."""
    shafts = implant.shafts()
    thick = np.array([SHAFT_MM * _gauge(implant.device_of(t)) for t in implant.threads], dtype=np.float64)
    thick[used:] *= PALE_TIMES
    long = (shafts.start_mm != shafts.tip_mm).any(axis=1)
    whole, pale = np.flatnonzero(long & (shafts.thread < used)), np.flatnonzero(long & (shafts.thread >= used))
    share = np.linspace(0.0, 1.0, 2 * DASHES)[:, None]
    dashes = shafts.start_mm[pale, None] + share * (shafts.tip_mm - shafts.start_mm)[pale, None]
    ends = np.concatenate([np.stack([shafts.start_mm, shafts.tip_mm], axis=1)[whole], dashes.reshape(-1, 2, 3)])
    whose = np.concatenate([shafts.thread[whole], shafts.thread[pale].repeat(DASHES)])
    rims = [(number, _rim(thread, implant.device_of(thread))) for number, thread in enumerate(implant.threads)]
    rims = [(number, rim) for number, rim in rims if len(rim)]
    counts = [2] * len(ends) + [len(rim) for _, rim in rims]
    owner = np.concatenate([whose, np.array([number for number, _ in rims], dtype=np.int64)])
    return Lines(
        np.concatenate([ends.reshape(-1, 3), *(rim for _, rim in rims)]),
        np.concatenate([thick[whose].repeat(2), np.full(sum(len(rim) for _, rim in rims), RIM_MM)]),
        np.repeat(np.arange(len(counts)), counts),
        np.repeat(owner, counts),
    )


def _links(implant: Implant) -> Lines:
    parts: list[tuple[int, FloatArray]] = []
    for number, (thread, contacts) in enumerate(zip(implant.threads, implant.contacts_by_thread(), strict=True)):
        device = implant.device_of(thread)
        chains = contacts.reshape(len(device.shanks), device.contacts, 3)[:, ::-1]
        if device.kind == "thread":
            chains = np.concatenate([np.array([[thread.entry_mm]]), chains], axis=1)
        if chains.shape[1] > 1:
            parts += [(number, chain) for chain in chains]
    counts = [len(chain) for _, chain in parts]
    return Lines(
        np.concatenate([np.zeros((0, 3)), *(chain for _, chain in parts)]),
        np.full(sum(counts), LINK_MM),
        np.repeat(np.arange(len(counts)), counts),
        np.repeat(np.array([number for number, _ in parts], dtype=np.int64), counts),
    )


def _dots(implant: Implant, used: int) -> Dots:
    devices = [implant.device_of(t) for t in implant.threads]
    counts, owner = implant.contact_counts(), implant.contact_owners()
    flat = np.array([not d.penetrates for d in devices], dtype=bool)
    radius = np.array([_dot_mm(d) for d in devices], dtype=np.float64)
    radius[used:] *= np.where(flat[used:], 1.0, PALE_DOT_TIMES)  # a disc is as large as it is
    axis = np.array([t.direction for t in implant.threads], dtype=np.float64).reshape(-1, 3)
    return Dots(implant.contacts_mm(), radius.repeat(counts), axis.repeat(counts, axis=0), flat.repeat(counts), owner)


def _dot_mm(device: Device) -> float:
    """How large a contact is drawn; discs as large as they are."""
    return CONTACT_MM * _gauge(device) if device.penetrates else device.shaft_radius_mm


@lru_cache(maxsize=64)
def _gauge(device: Device) -> float:
    """By how much shafts are drawn thinner, so that neighbours stay apart; 1 for a single one."""
    if len(device.shanks) < 2:
        return 1.0
    places = np.array([(s.x_mm, s.y_mm) for s in device.shanks])
    return min(1.0, float(cKDTree(places).query(places, k=2)[0][:, 1].min()) / ROOM_MM)


def _rim(thread: Thread, device: Device) -> FloatArray:
    """The outline of an array's base ``(K, 3)``, closed, scanner RAS; of a single thread none."""
    corners = _corners(device)
    if len(corners) == 0:
        return np.zeros((0, 3))
    (first, second), unit = axes_of([thread])[0], np.asarray(thread.direction)
    long_mm = float(shaft_table(device)[1].max())  # the longest shank's tip is at the depth
    base = np.asarray(thread.entry_mm) + (thread.depth_mm - long_mm) * unit
    return np.asarray(base + corners[:, :1] * first + corners[:, 1:] * second)


@lru_cache(maxsize=64)
def _corners(device: Device) -> FloatArray:
    """Corners ``(K, 2)`` of the convex outline of an array's shanks, the first one again at the end; mm."""
    places = np.array([(s.x_mm, s.y_mm) for s in device.shanks])
    if len(places) < 2:
        return np.zeros((0, 2))
    spread = places - places.mean(axis=0)
    if np.linalg.matrix_rank(spread, tol=1e-6) < 2:  # in a row
        along = spread @ np.linalg.svd(spread)[2][0]
        return np.asarray(places[[along.argmin(), along.argmax()]])
    hull = ConvexHull(places).vertices
    return np.asarray(places[[*hull, hull[0]]])
