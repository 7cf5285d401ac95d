"""Where a case's files enter: its surfaces, retinotopy and vessels, checked and in scanner RAS."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

from planner.anatomy.assembly import assemble
from planner.anatomy.demo import load_demo
from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.laterality import check_laterality
from planner.anatomy.mirrored import check_vessel_side
from planner.anatomy.named import locate_case
from planner.anatomy.report import Finding
from planner.anatomy.request import DEMO, PENETRATING, CaseRequest
from planner.anatomy.vessels.files import imaged_finding, load_vessels
from planner.anatomy.vessels.kinds import kinds_of, missing_kind
from planner.anatomy.vessels.pial_index import PialIndex
from planner.anatomy.vessels.sides import sides_of
from planner.anatomy.vessels.soundness import check_has_side, check_near, check_side
from planner.anatomy.vessels.wall import Vessel
from planner.errors import InputError


def _silent(_message: str) -> None:
    return None


def load_anatomy(request: CaseRequest | None = None, progress: Callable[[str], None] = _silent) -> Anatomy:
    """Load a case.

    Parameters
    ----------
    request : CaseRequest
        The demo case by default.
    progress : callable
        Told, in a few words, what is being done.

    Raises
    ------
    InputError
        Where a file cannot be used, or left and right disagree.
    """
    request = (request or CaseRequest()).resolved()
    progress(f"Loading case {request.source}")
    anatomy = (
        load_demo(request) if request.source in (DEMO, PENETRATING) else assemble(locate_case(request.source), request)
    )
    anatomy = replace(anatomy, request=replace(request, source=anatomy.source))
    anatomy = replace(anatomy, notes=(*anatomy.notes, *check_laterality(anatomy)))
    pials = PialIndex.of(anatomy.hemispheres)
    for number, wanted in enumerate(request.vessels, start=1):
        path = Path(wanted.file)
        if any(os.path.realpath(other.file) == os.path.realpath(path) for other in request.vessels[: number - 1]):
            raise InputError("is given twice", source=path, remedy="give each vessel file once")
        progress(f"Reading vessels from {path.name}")
        read, finding = load_vessels(wanted, anatomy.spaces)
        vessels = [_compared(vessel, path.name, pials) for vessel in read]
        found = {f"vessels {number} {path.name}": finding}
        if wanted.imaged:
            found[f"imaged region {number} {Path(wanted.imaged).name}"] = imaged_finding(wanted)
        notes = [
            f"Left and right of {vessel.name} could not be checked: its mirror image fits the cortex about as well."
            for vessel in vessels
            if not vessel.sides_checked
        ]
        anatomy = replace(
            anatomy,
            vessels=(*anatomy.vessels, *vessels),
            hashes={**anatomy.hashes, **{name: one.sha256 for name, one in found.items()}},
            findings=(*anatomy.findings, *found.values()),
            notes=(*anatomy.notes, *notes),
        )
    kinds = kinds_of(anatomy.vessels)
    if not kinds:
        none = Finding("vessels", "missing", detail="clearance to them is unknown")
        anatomy = replace(anatomy, findings=(*anatomy.findings, none))
    missing = missing_kind(kinds)
    return replace(anatomy, notes=(*anatomy.notes, missing)) if missing else anatomy


def _compared(vessel: Vessel, file_name: str, pials: PialIndex) -> Vessel:
    """A vessel held against the cortex: in the right place, on its side, and over which hemispheres."""
    check_has_side(vessel, file_name, pials)
    fits = check_vessel_side(vessel, pials)
    check_near(vessel, pials)
    named = check_side(vessel, file_name, pials)
    return replace(vessel, sides=sides_of(vessel, pials), sides_checked=named or fits)
