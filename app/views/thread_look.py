"""How the threads of a plan look in the 3D view: where their lines, contacts and entries are, and how thick."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from functools import lru_cache, reduce
from typing import TYPE_CHECKING, Final, cast

import numpy as np
from numpy.typing import NDArray
from scipy.spatial import ConvexHull, cKDTree

from app.cortex import Carrier
from app.preview import Preview, same_place
from app.views.shaft_lines import NO_LINES, Lines, dashed, dotted, joined, ringed, straight
from app.views.status import STATES, State, fresh, margins_of, states_of
from planner.frames import FloatArray, HemisphereName, IntArray
from planner.implant.device import Device, shaft_table
from planner.implant.thread import Implant, Thread, axes_of
from planner.plan.plan import Plan

if TYPE_CHECKING:  # torch comes with it
    from planner.design.faults import Faults

SHAFT_MM: Final = 0.16  # radii as drawn; the real ones would be too thin to see
LINK_MM: Final = 0.06  # from an entry to its contacts on the inflated surface
RIM_MM: Final = 0.07  # of an array's base
CONTACT_MM: Final = 0.21
UNKNOWN_TIMES: Final = 0.55  # of contacts on a dashed shaft, which would fill its openings
UNUSED_TIMES, UNUSED_DOT_TIMES = 0.8, 0.4  # of the shaft of a thread that is not used, and of its contacts
ROOM_MM: Final = 1.0  # shanks that stand nearer to each other than this are drawn thinner by as much


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
    outside : (N,) bool
        Known to be outside the gray matter.
    thread : (N,) int64
    """

    points_mm: FloatArray
    radius_mm: FloatArray
    axis: FloatArray
    flat: NDArray[np.bool_]
    outside: NDArray[np.bool_]
    thread: IntArray

    def of_rows(self, keep: NDArray[np.bool_]) -> Dots:
        """Only some of them."""
        flat, outside, thread = self.flat[keep], self.outside[keep], self.thread[keep]
        return Dots(self.points_mm[keep], self.radius_mm[keep], self.axis[keep], flat, outside, thread)

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
        A thread's shaft; an array's shanks and the rim of its base. Shafts around which vessels are not known are
        dashed, those that are not used dotted.
    rings : Lines
        Stretches of shafts that are too near to vessels; see `planner.design.faults`.
    links : Lines
        What joins contacts on the inflated surface instead: of each shank the outermost first, and before it a thread's
        entry.
    dots : Dots
        The contacts.
    states : (T,) int64
        What is known of their safety, as indices of `STATES`.
    selected, current, locked, right : (T,) bool
        Current: the one of the selected that panels are about. Right: of the right hemisphere.
    linked : bool
        Whether the lines are mere links, and no shafts.
    """

    entry_mm: FloatArray
    gauge: FloatArray
    lines: Lines
    rings: Lines
    links: Lines
    dots: Dots
    states: IntArray
    selected: NDArray[np.bool_]
    current: NDArray[np.bool_]
    locked: NDArray[np.bool_]
    right: NDArray[np.bool_]
    linked: bool = False

    def carried(self, carriers: Mapping[HemisphereName, Carrier]) -> ThreadLook:
        """As they are drawn on an unfolded surface: entries and contacts go to their columns, the links join them.

        Stretches of shafts have no place there: an unsafe thread is told by its entry and colour.
        """

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
            rings=NO_LINES,
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
            self.rings.of(shown, renumbered),
            self.links.of(shown, renumbered),
            self.dots.of(shown, renumbered),
            self.states[shown],
            self.selected[shown],
            self.current[shown],
            self.locked[shown],
            self.right[shown],
            self.linked,
        )


class _Itself:
    """A record as a key that only it equals: to compare plans would cost what is to be saved."""

    def __init__(self, record: object) -> None:
        self.record = record

    def __hash__(self) -> int:
        return id(self.record)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, _Itself) and other.record is self.record


def thread_look(
    plan: Plan,
    preview: Preview | None,
    selection: str,
    selected: frozenset[str] = frozenset(),
    changed: bool = False,
) -> ThreadLook:
    """All threads of a plan where they are in the scanner, and what is known of them; last those that are not used.

    Where the anatomy has `changed` since, none is known to be safe.
    While a thread is dragged, faults are where they were found a moment ago, along where it is now; see `_states`.
    The 3D view and the slices ask for the same one after the other, so the last ones are kept.
    """
    return _look(_Itself(plan), _Itself(preview), selection, selected | {selection}, changed)


@lru_cache(maxsize=2)
def _look(of: _Itself, seen: _Itself, selection: str, selected: frozenset[str], changed: bool) -> ThreadLook:
    plan, preview = cast(Plan, of.record), cast("Preview | None", seen.record)
    states, margins, everyone = _states(plan, preview, changed), margins_of(plan, preview), plan.everyone
    threads = everyone.threads
    unknown = np.array([t.name in margins and margins[t.name].vessels_unknown for t in threads], dtype=bool)
    unused = np.arange(len(threads)) >= len(plan.threads)
    faults = _faults(plan, preview)
    return ThreadLook(
        np.array([t.entry_mm for t in threads], dtype=np.float64).reshape(-1, 3),
        np.array([_gauge(everyone.device_of(t)) for t in threads], dtype=np.float64),
        _lines(everyone, unknown, unused),
        NO_LINES if faults is None else ringed(plan.implant.shafts(), shaft_mm(plan.implant), faults),
        _links(everyone),
        _dots(everyone, unknown, unused, faults),
        states=np.array([STATES.index(states[t.name]) for t in threads], dtype=np.int64),
        selected=np.array([t.name in selected for t in threads], dtype=bool),
        current=np.array([t.name == selection for t in threads], dtype=bool),
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


def shaft_mm(implant: Implant) -> FloatArray:
    """How thick each thread's shafts are drawn ``(T,)``: their radius."""
    return np.array([SHAFT_MM * _gauge(implant.device_of(t)) for t in implant.threads], dtype=np.float64)


def _states(plan: Plan, preview: Preview | None, changed: bool) -> Mapping[str, State]:
    """What is known of each thread; where others have moved since the preview, of those that stayed what it says.

    Only how far these are from the moved ones can have changed, until the next preview comes. A thread that has moved
    is shown as unsafe where it was a moment ago, and otherwise as unknown: never as safe.
    """
    states = dict(states_of(plan, preview, changed))
    if (
        changed
        or preview is None
        or not preview.complete
        or plan.verdict is not None
        or fresh(plan, preview) is not None
    ):
        return states
    before = preview.plan
    if (before.limits, before.devices, before.case) != (plan.limits, plan.devices, plan.case):
        return states
    then, were = states_of(before, preview), {t.name: t for t in before.threads}
    for thread in plan.threads:
        was = were.get(thread.name)
        if was is None:
            continue
        if same_place(was, thread) or then[was.name] == "unsafe":
            states[thread.name] = then[was.name]
    return states


def _faults(plan: Plan, preview: Preview | None) -> Faults | None:
    """What is marked of the plan's threads, where the preview is of threads of the same names and devices."""
    if preview is None or preview.faults is None or preview.plan.devices != plan.devices:
        return None
    its, ours = ([(t.name, t.device) for t in one.threads] for one in (preview.plan, plan))
    return preview.faults if its == ours else None


def _lines(implant: Implant, unknown: NDArray[np.bool_], unused: NDArray[np.bool_]) -> Lines:
    """Each shaft that has a length, and each base's rim."""
    shafts = implant.shafts()
    thick = shaft_mm(implant) * np.where(unused, UNUSED_TIMES, 1.0)
    long = (shafts.start_mm != shafts.tip_mm).any(axis=1)
    rims = [(number, _rim(thread, implant.device_of(thread))) for number, thread in enumerate(implant.threads)]
    rims = [(number, rim) for number, rim in rims if len(rim)]
    counts = [len(rim) for _, rim in rims]
    lines = [
        draw(shafts.start_mm[rows], shafts.tip_mm[rows], thick[shafts.thread[rows]], shafts.thread[rows])
        for draw, these in ((straight, ~unknown & ~unused), (dashed, unknown), (dotted, unused))
        for rows in (long & these[shafts.thread],)
    ]
    outlines = Lines(
        np.concatenate([np.zeros((0, 3)), *(rim for _, rim in rims)]),
        np.full(sum(counts), RIM_MM),
        np.repeat(np.arange(len(counts)), counts),
        np.repeat(np.array([number for number, _ in rims], dtype=np.int64), counts),
    )
    return reduce(joined, (*lines, outlines))


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


def _dots(implant: Implant, unknown: NDArray[np.bool_], unused: NDArray[np.bool_], faults: Faults | None) -> Dots:
    devices = [implant.device_of(t) for t in implant.threads]
    counts, owner = implant.contact_counts(), implant.contact_owners()
    flat = np.array([not d.penetrates for d in devices], dtype=bool)
    times = np.where(unused, UNUSED_DOT_TIMES, np.where(unknown, UNKNOWN_TIMES, 1.0))
    radius = np.array([_dot_mm(d) for d in devices], dtype=np.float64) * np.where(flat, 1.0, times)
    axis = np.array([t.direction for t in implant.threads], dtype=np.float64).reshape(-1, 3)
    outside = np.zeros(len(owner), dtype=bool)
    if faults is not None:
        outside[: len(faults.outside)] = faults.outside
    flat, radius, axis = flat.repeat(counts), radius.repeat(counts), axis.repeat(counts, axis=0)
    return Dots(implant.contacts_mm(), radius, axis, flat, outside, owner)


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
