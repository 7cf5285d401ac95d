"""What the table of threads is about: a row a thread, a pure function of what the session knows."""

from __future__ import annotations

from dataclasses import dataclass
from math import inf, nan

import numpy as np

from app.preview import Preview
from app.views.status import State, fresh, margins_of, outside_v1, states_of
from app.words import CONSTRAINT_WORDS
from planner.design.limits import CONSTRAINTS, ConstraintName, ThreadMargins
from planner.implant.device import Device
from planner.implant.thread import Thread
from planner.plan.plan import Plan

FARTHEST_DEG = 90.0  # no eccentricity beyond is seen
UNKNOWN, NOT_KNOWN, VESSELS_UNKNOWN, NOT_USED = "…", "unknown", "vessels unknown", "not used"
VERIFIED, VERIFIED_BEFORE, CHANGED = "verified", "verified before", "anatomy changed"


@dataclass(frozen=True)
class Reached:
    """Where in the visual field a thread's contacts in V1 are seen, as medians; degrees.

    Attributes
    ----------
    eccentricity_deg : float
    polar_deg : float
        From the upper vertical meridian, positive to the right; -180…180.
    outside : int
        How many of its contacts are not in V1, of which nothing is seen.
    """

    eccentricity_deg: float
    polar_deg: float
    outside: int


@dataclass(frozen=True)
class Row:
    """One thread as the table shows it; lengths in mm, NaN and None where a number is not known.

    Attributes
    ----------
    thread : Thread
    device : Device
    margins : ThreadMargins or None
    reached : Reached or None
        None too where no contact is in V1.
    seen : bool
        Whether it is known what is reached.
    words : str
        What is known of its safety.
    state : State
    angle_deg : float
        To pial's normal at the entry.
    gray_share : float
        Share of its contacts that lie between pial and white, in V1 or elsewhere.
    gap_mm : float
        To the nearest other thread; inf where there is none.
    used : bool
    """

    thread: Thread
    device: Device
    margins: ThreadMargins | None
    reached: Reached | None
    seen: bool
    words: str
    state: State
    angle_deg: float = nan
    gray_share: float = nan
    gap_mm: float = nan
    used: bool = True

    def margin(self, name: ConstraintName) -> float | None:
        """A margin, where it is known."""
        return None if self.margins is None else self.margins.margins.get(name)

    @property
    def found(self) -> str:
        """What a search looks in: name, group, device, side, status and nearest vessel."""
        near = self.margins.nearest_vessel if self.margins is not None else ""
        side = "left" if self.thread.hemisphere == "lh" else "right"
        words = (self.thread.name, self.thread.group, self.device.name, side, self.words, near)
        return "\n".join((*words, "locked" if self.thread.locked else "unlocked"))


def rows_of(plan: Plan | None, preview: Preview | None, changed: bool = False) -> tuple[Row, ...]:
    """The table's rows, those of threads that are not used last.

    Where the anatomy has `changed` since, what was verified was so before.
    """
    if plan is None:
        return ()
    margins, states, outside = margins_of(plan, preview), states_of(plan, preview, changed), outside_v1(plan, preview)
    known = fresh(plan, preview)
    seen = reached(known) if known is not None else {}
    names = [thread.name for thread in plan.threads]
    angles = dict(zip(names, known.angle_deg.tolist(), strict=False)) if known is not None else {}
    shares = gray_shares(known) if known is not None else {}

    def row(thread: Thread) -> Row:
        name, its = thread.name, margins.get(thread.name)
        return Row(
            thread,
            plan.implant.device_of(thread),
            its,
            seen.get(name),
            name in seen,
            _words(its, states[name], outside.get(name, 0), plan, thread, changed),
            states[name],
            angles.get(name, nan),
            shares.get(name, nan),
            nan if its is None else its.margins["spacing"] + plan.limits.spacing_mm,
        )

    unused = (Row(t, plan.implant.device_of(t), None, None, False, NOT_USED, "aside", used=False) for t in plan.aside)
    return (*map(row, plan.threads), *unused)


def reached(preview: Preview) -> dict[str, Reached | None]:
    """Of each of a preview's threads where its contacts in V1 are seen; None where none is in it."""
    found: dict[str, Reached | None] = {}
    seen = preview.usable & (preview.eccentricity_deg <= FARTHEST_DEG)
    for row, thread in enumerate(preview.plan.threads if preview.complete else ()):
        its = preview.owner == row
        mapped = its & seen
        x, y = np.median(preview.field_deg[mapped], axis=0).tolist() if mapped.any() else (nan, nan)
        found[thread.name] = (
            Reached(
                float(np.median(preview.eccentricity_deg[mapped])),
                float(np.degrees(np.arctan2(x, y))),
                int((its & ~seen).sum()),
            )
            if mapped.any()
            else None
        )
    return found


def gray_shares(preview: Preview) -> dict[str, float]:
    """Of each of a preview's threads that go in the share of its contacts that lie in the gray matter."""
    if preview.faults is None:
        return {}
    implant = preview.plan.implant
    counts = implant.contact_counts()
    outside = np.bincount(preview.owner, weights=preview.faults.outside, minlength=len(counts))
    shares = (1.0 - outside / counts).tolist()
    pairs = zip(implant.threads, shares, strict=True)
    return {thread.name: share for thread, share in pairs if implant.device_of(thread).penetrates}


def _words(margins: ThreadMargins | None, state: State, outside: int, plan: Plan, thread: Thread, changed: bool) -> str:
    if state == "unsafe":
        found = margins.margins if margins is not None else {}
        broken = [CONSTRAINT_WORDS[c] for c in CONSTRAINTS if found.get(c, inf) < 0]
        return "breaks " + ", ".join(broken).lower() if broken else "breaks a limit"
    if margins is None:
        return UNKNOWN
    if margins.margins["vessel"] == inf and plan.implant.device_of(thread).penetrates:
        return VESSELS_UNKNOWN
    if changed:
        return VERIFIED_BEFORE if plan.verdict is not None else CHANGED
    words = VERIFIED if plan.verdict is not None else "safe so far"
    count = plan.implant.device_of(thread).contact_count
    return f"{outside} of {count} outside V1, {words}" if state == "blind" else words
