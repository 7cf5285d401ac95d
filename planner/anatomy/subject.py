"""Where a case's files enter: its surfaces, retinotopy and vessels, checked and in scanner RAS."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import numpy as np

from planner.anatomy.assembly import assemble
from planner.anatomy.demo import load_demo
from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.laterality import check_laterality
from planner.anatomy.mirrored import check_vessel_side
from planner.anatomy.named import locate_case
from planner.anatomy.request import DEMO, PENETRATING, CaseRequest
from planner.anatomy.vessels.files import load_vessels
from planner.anatomy.vessels.kinds import kinds_of, missing_kind
from planner.anatomy.vessels.sides import sides_of
from planner.anatomy.vessels.soundness import check_near, check_side
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
    sides_mm = {name: h.pial_mm for name, h in anatomy.hemispheres.items()}
    pial_mm = np.concatenate(list(sides_mm.values()))
    for number, wanted in enumerate(request.vessels, start=1):
        path = Path(wanted.file)
        if any(os.path.realpath(other.file) == os.path.realpath(path) for other in request.vessels[: number - 1]):
            raise InputError("is given twice", source=path, remedy="give each vessel file once")
        progress(f"Reading vessels from {path.name}")
        vessels, finding = load_vessels(wanted, anatomy.spaces)
        for vessel in vessels:
            check_near(vessel, pial_mm)
            check_side(vessel, path.name, sides_mm)
            check_vessel_side(vessel, anatomy)
        anatomy = replace(
            anatomy,
            vessels=(*anatomy.vessels, *(replace(vessel, sides=sides_of(vessel, sides_mm)) for vessel in vessels)),
            hashes={**anatomy.hashes, f"vessels {number} {path.name}": finding.sha256},
            findings=(*anatomy.findings, finding),
        )
    missing = missing_kind(kinds_of(anatomy.vessels))
    return replace(anatomy, notes=(*anatomy.notes, missing)) if missing else anatomy
