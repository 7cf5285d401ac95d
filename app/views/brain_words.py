"""What is said over the 3D picture: what a click will do, what is awaited, and what the picture does not show."""

from __future__ import annotations

from collections.abc import Sequence

from app.cortex import UNFOLDED, SurfaceName
from app.session import Session
from app.views.status import run_line
from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.vessels.kinds import kinds_of, missing_words
from planner.anatomy.vessels.wall import Vessel

NO_VESSELS = "No vessels known: clearance unknown"
SYNTHETIC, SOME_SYNTHETIC = "Synthetic vessels", "Some vessels are synthetic"
INFLATED = "Inflated: not in scanner space; contacts drawn at their column, joined to their entry"
FLAT = (
    "Laid flat: not in scanner space, areas stretched; fovea outward, dorsal cortex (lower field) above\n"
    "Contacts drawn at their column, joined to their entry"
)
ROOM = "Tubes: the room round shafts that has to be free of vessels"


def hint_words(session: Session, adding: bool) -> str:
    """One line about what is going on or what can be done now; empty where nothing needs to be said."""
    if session.loading is not None:
        return f"{session.loading.title}…" + ("  ·  Esc keeps what is shown" if session.case is not None else "")
    if session.case is None:
        return "Loading the case…" if session.worker.busy else ""
    if words := run_line(session):
        return words
    if session.run is not None:
        return "Accept or discard the result to edit threads again"
    if adding:
        return "Click on V1 or within 5 mm of it to add a thread  ·  A or Esc to finish"
    if session.shown is not None and not session.shown.threads:
        return "Double-click within V1's outline to add a thread, or optimise from a coverage start"
    return ""


def picture_notes(
    anatomy: Anatomy, drawn: Sequence[Vessel], surface: SurfaceName = "pial", cut: str = "", room: bool = False
) -> str:
    """What a reader of the picture has to know of it and of the vessels `drawn` in it, a line each.

    `cut` says what is left out of the picture; see `Stage.left_out`.
    """
    lines = []
    if any(vessel.synthetic for vessel in drawn):
        lines.append(SYNTHETIC if all(vessel.synthetic for vessel in drawn) else SOME_SYNTHETIC)
    kinds = kinds_of(anatomy.vessels)
    if not kinds:
        lines.append(NO_VESSELS)
    elif missing := missing_words(kinds):
        lines.append(f"{missing[:1].upper()}{missing[1:]}")
    if cut:
        lines.append(cut)
    if room and surface not in UNFOLDED:
        lines.append(ROOM)
    if surface in UNFOLDED:
        lines.append(FLAT if surface == "flat" else INFLATED)
    return "\n".join(lines)
