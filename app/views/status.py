"""What is known of a plan's safety at this moment, in the words and colours that all views share."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf, isinf
from typing import Final, Literal, get_args

import numpy as np

from app import theme
from app.preview import Preview, same_design
from app.session import Session
from planner.anatomy.vessels.kinds import missing_words
from planner.design.limits import ROUNDING_MM, ThreadMargins
from planner.implant.thread import Thread
from planner.plan import stamp
from planner.plan.plan import Plan

State = Literal["safe", "unsafe", "unknown", "blind", "aside"]
STATES: Final[tuple[State, ...]] = get_args(State)
_RUN_WORDS: Final = {
    "running": "optimising",
    "paused": "optimisation paused",
    "stopping": "optimisation stopping",
}


def fresh(plan: Plan | None, preview: Preview | None) -> Preview | None:
    """The preview, where what it says is of this plan's design; what was computed of another one is not known here."""
    if plan is None or preview is None or not same_design(plan, preview.plan):
        return None
    return preview


def margins_of(plan: Plan | None, preview: Preview | None) -> Mapping[str, ThreadMargins]:
    """The exact check's margins of this plan, otherwise the fast ones, where they are of its very design."""
    if plan is None:
        return {}
    if plan.verdict is not None:
        return plan.verdict.margins
    found = fresh(plan, preview)
    return found.margins if found is not None else {}


def outside_v1(plan: Plan | None, preview: Preview | None) -> Mapping[str, int]:
    """How many contacts of each thread lie outside V1's gray matter; empty where that is not known."""
    found = fresh(plan, preview)
    if found is None or not found.complete:
        return {}
    outside = np.bincount(found.owner[~found.usable], minlength=len(found.plan.threads))
    return {thread.name: int(count) for thread, count in zip(found.plan.threads, outside, strict=True)}


def states_of(plan: Plan, preview: Preview | None, changed: bool = False) -> Mapping[str, State]:
    """What is known of each thread. Where no vessel is known around one that goes in, its safety is unknown.

    Where the anatomy has `changed` since, none is known to be safe.
    A safe thread most of whose contacts lie outside V1 is blind: little or nothing is seen of it. One that is not used
    is set aside: nothing is asked about it.
    """
    margins, outside = margins_of(plan, preview), outside_v1(plan, preview)
    accused = {violation.thread for violation in plan.verdict.violations} if plan.verdict is not None else set()

    def state(thread: Thread) -> State:
        name, device = thread.name, plan.implant.device_of(thread)
        found = margins.get(name)
        if name in accused or (found is not None and found.worst[1] < 0):
            return "unsafe"
        if changed or found is None or (device.penetrates and found.margins["vessel"] == inf):
            return "unknown"
        return "blind" if 2 * outside.get(name, 0) > device.contact_count else "safe"

    used: dict[str, State] = {thread.name: state(thread) for thread in plan.threads}
    return {**used, **{thread.name: "aside" for thread in plan.aside}}


def known_kinds(plan: Plan) -> frozenset[str]:
    """The kinds of vessels of the plan's case."""
    return frozenset(vessel.kind for vessel in plan.case.vessels)


def verdict_words(plan: Plan | None, preview: Preview | None = None, changed: bool = False) -> tuple[str, str]:
    """The exact verdict in a few words, and its colour; without one, whatever is known to be broken already.

    Where the anatomy has `changed` since, it holds for the files as they were.
    """
    if changed and plan is not None and plan.threads and plan.verdict is not None:
        words, colour = verdict_words(plan, preview)
        return f"{words} before the anatomy changed", theme.WARNING if plan.verdict.feasible else colour
    if plan is None:
        return "not verified", theme.WARNING
    if not plan.threads:
        return "no threads", theme.MUTED
    if plan.verdict is None:
        faults = _known_faults(plan, preview)
        return (f"not verified, {faults}", theme.UNSAFE) if faults else ("not verified", theme.WARNING)
    if plan.verdict.feasible:
        missing = missing_words(known_kinds(plan))
        if plan.verdict.vessels_unknown:
            return f"verified {stamp.verdict_words(plan)}", theme.WARNING
        return (f"verified feasible, {missing}", theme.WARNING) if missing else ("verified feasible", theme.SAFE)
    count = len(plan.verdict.violations)
    return f"{count} violation{'s' if count != 1 else ''}", theme.UNSAFE


def unchecked_line(plan: Plan) -> str:
    """What no verdict on a plan counts, in few words that stand beside it: its green alone would say too much."""
    surfaces = {window.surface for window in plan.limits.access.windows}
    found = [] if errors_counted(plan) else ["localisation error"]
    found += [] if surfaces else ["the way from the skull to an entry"]
    found += ["vessels between window and entry"] if "hull" in surfaces else []
    found += ["the way to cortex that is laid bare"] if "pial" in surfaces else []
    return f"Not counted: {', '.join(found)}."


def errors_counted(plan: Plan) -> bool:
    """Whether a localisation error is counted for every vessel; half a voxel of a volume is none."""
    own = [vessel.error_mm - vessel.half_voxel_mm > ROUNDING_MM for vessel in plan.case.vessels]
    return plan.limits.localisation_mm > 0 or (bool(own) and all(own))


def begun(words: str) -> str:
    """Words as they begin a line; in the middle of one, as in the status line, they are as they are."""
    return words[:1].upper() + words[1:]


def run_words(session: Session) -> str:
    """What an optimisation that is still at work does, in the words of every view; empty for none."""
    return _RUN_WORDS.get(session.run.state, "") if session.run is not None else ""


def run_line(session: Session) -> str:
    """The same as a line of its own."""
    words = run_words(session).capitalize()
    return words if not words or words == _RUN_WORDS["paused"].capitalize() else f"{words}…"


def standing(session: Session) -> tuple[str, str]:
    """What is to be said of the plan on screen, which is not the document where a result waits for its answer."""
    if run := run_words(session):
        return run, theme.MUTED
    words, colour = verdict_words(session.shown, session.preview, bool(session.read_only))
    return (words if session.run is None else f"result: {words}"), colour


def _known_faults(plan: Plan, preview: Preview | None) -> str:
    broken = sum(state == "unsafe" for state in states_of(plan, preview).values())
    over = len(plan.threads) - plan.limits.threads
    words = [f"{broken} thread{'s break' if broken > 1 else ' breaks'} a limit"] if broken else []
    return ", ".join([*words, f"{over} over the budget"] if over > 0 else words)


def millimetres(value: float | None) -> str:
    """A margin for a table cell: two decimals with its sign, or a dash."""
    if value is None or isinf(value):
        return "–"
    return f"{value:+.2f}"


def percent(share: float) -> str:
    """A share in whole per cent; one that is not nothing does not read as 0 %."""
    return "<1%" if 0.0 < share < 0.01 else f"{share:.0%}"
