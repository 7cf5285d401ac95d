"""One cell, from its settings to its row: the only place that knows how plans are made and measured."""

from __future__ import annotations

import json
import os
import time
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import lru_cache
from hashlib import sha256
from math import isfinite
from typing import Any, Final

import torch

from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.request import CaseRequest
from planner.anatomy.subject import load_anatomy
from planner.design.baselines import Baseline, baseline
from planner.design.limits import CONSTRAINTS, Verdict
from planner.design.optimise import optimise
from planner.design.site import Site, prepare_site
from planner.design.step import Control
from planner.errors import InfeasibleError, InputError
from planner.implant.thread import Thread
from planner.plan.make import case_record, device_limits, examine, measured, new_plan, task_of
from planner.plan.plan import Plan
from planner.plan.stamp import fingerprint
from planner.study.cells import IGNORING, OPTIMISED, Cell, StudyCase, StudyMethod, shift_columns
from planner.study.ledger import Row
from planner.study.shifts import shift_shares
from planner.study.vessels import vessel_words, with_vessels
from planner.tasks.record import TaskRecord

MEASURES: Final = ("mse", "ssim", "psnr", "recognition", "coverage", "usable_contacts")
OF_CHANCE: Final = ("mse", "ssim", "recognition")
CHANCE: Final = (*(f"chance_{name}" for name in OF_CHANCE), "chance_evaluations", "chance_weighed")
"""What the random search found that an optimisation is held against, how many choices of threads it looked at, and how
many single moves the optimisation weighed besides, which a random search does not."""
NO_ROOM: Final = "no room"
"""Status of a cell whose budget does not fit under the limits: an answer, not a failure."""

Place = Callable[[Site, Plan], tuple[Thread, ...]]


def _by(method: Baseline) -> Place:
    def place(site: Site, plan: Plan) -> tuple[Thread, ...]:
        extent_deg, safe = plan.task.extent_deg, plan.avoid_vessels
        return baseline(method, site, plan.devices, plan.limits, plan.seed, extent_deg, safe)

    return place


PLACES: Final[Mapping[StudyMethod, Place]] = {
    "random": _by("random"),
    "coverage": _by("coverage"),
    "field": _by("field"),
    "grid": _by("grid"),
    "coverage_unsafe": _by("coverage"),
}
"""How the threads of the methods are placed that do not look at the percept."""


def study_case(name: str) -> StudyCase:
    """A case by its name or folder, with the hash of what is in it, and its vessels in words.

    Raises
    ------
    InputError
        Where it cannot be loaded.
    """
    anatomy = _anatomy(name)
    folder = os.path.realpath(os.path.expanduser(name))  # else it is found by its name, elsewhere too
    source = folder if folder == anatomy.source else ""
    return StudyCase(name, _content(anatomy), source, vessel_words(anatomy))


def case_content(case: StudyCase) -> str:
    """The hash of what this process finds where a case was found; see `study_case`."""
    return _content(_anatomy(case.found_by))


def measure(cell: Cell) -> Row:
    """Plan a cell, check the plan exactly, and say what it is worth.

    Everything runs on one of torch's threads, so that the numbers do not depend on how many there are.

    Returns
    -------
    mapping
        `MEASURES` (``recognition`` of reading only) and ``vessel_mm``, the least margin to a vessel, mm; None where
        there is none. ``violations`` in all and by constraint, ``threads_violating``, ``feasible``; ``threads`` placed;
        ``status`` and ``message`` of the search; ``seconds`` of the search alone, ``seconds_check`` of what followed;
        ``plan``, its fingerprint; ``placed``, its threads, each a mapping of ``name``, ``hemisphere``, ``entry_mm``
        (x, y, z), ``direction``, ``depth_mm`` and, of arrays, ``across``; `CHANCE`, of optimised plans, else None;
        ``synthetic``, whether the case's vessels are; and what `planner.study.shifts` says of the cell's actual errors.

    Raises
    ------
    InputError
        Where the case is not the one that the study began with, or something asked for cannot be had.
    """
    torch.set_num_threads(1)
    site = _site(cell.case.found_by)
    if _content(site.anatomy) != cell.case.content:
        raise InputError(
            "is not the case that the study began with",
            source=cell.case.name,
            remedy="give every worker the same files",
        )
    empty = _empty(cell, site.anatomy)
    common = {"synthetic": any(vessel.synthetic for vessel in site.anatomy.vessels)}
    began = time.monotonic()
    try:
        plan, status, message, control = _searched(cell, empty, site)
    except InfeasibleError as error:
        nothing = _without_room(str(error), time.monotonic() - began)
        return common | nothing | dict.fromkeys(shift_columns(cell.actual_mm))
    found = time.monotonic()
    examined = examine(plan, site).plan
    measures, verdict = examined.measures, examined.verdict
    if measures is None or verdict is None:
        raise RuntimeError("a plan was examined without measures or verdict")
    return common | {
        **{name: _finite(measures.get(name)) for name in MEASURES},
        **_violations(verdict),
        "threads": len(plan.threads),
        "status": status,
        "message": message,
        "seconds": round(found - began, 3),
        "seconds_check": round(time.monotonic() - found, 3),
        "plan": fingerprint(examined),
        "placed": [_placed(thread) for thread in plan.threads],
        **_chance(control, empty, site),
        **shift_shares(plan.implant, site.anatomy.vessels, plan.limits, cell.actual_mm),
    }


def _empty(cell: Cell, anatomy: Anatomy) -> Plan:
    """The cell's plan before there are threads."""
    if cell.method not in (*PLACES, *OPTIMISED):
        known = ", ".join((*PLACES, *OPTIMISED))
        raise InputError(f"there is no method {cell.method!r}", remedy=f"choose one of {known}")
    limits = device_limits(cell.device, cell.threads)
    return new_plan(
        anatomy,
        cell.device,
        replace(limits, localisation_mm=cell.localisation_mm),
        task=TaskRecord(cell.task),
        avoid_vessels=cell.method not in IGNORING,
        seed=cell.seed,
    )


def _searched(cell: Cell, empty: Plan, site: Site) -> tuple[Plan, str, str, Control | None]:
    """The plan with its threads, how the search ended, and what chance found."""
    if cell.method in PLACES:
        return replace(empty, threads=PLACES[cell.method](site, empty)), "placed", "", None
    steps: dict[str, Any] = {} if cell.steps is None else {"steps": cell.steps}
    last = None
    for last in optimise(  # noqa: B007 - its last step is the answer
        site,
        empty.implant,
        task_of(empty),
        empty.limits,
        seed=empty.seed,
        avoid_vessels=empty.avoid_vessels,
        seeing=empty.seeing,
        goal=empty.goal,
        **steps,
    ):
        pass
    if last is None:
        raise RuntimeError("the optimiser ended without a step")
    return replace(empty, threads=last.implant.threads), last.status, last.message, last.control


def _placed(thread: Thread) -> dict[str, object]:
    """A thread as plain values."""
    across = {} if thread.across is None else {"across": list(thread.across)}
    return {
        "name": thread.name,
        "hemisphere": thread.hemisphere,
        "entry_mm": list(thread.entry_mm),
        "direction": list(thread.direction),
        "depth_mm": thread.depth_mm,
        **across,
    }


def _chance(control: Control | None, empty: Plan, site: Site) -> dict[str, object]:
    if control is None:
        return dict.fromkeys(CHANCE)
    found = measured(replace(empty, threads=control.threads), site).measures
    values = [*(_finite(found.get(name)) for name in OF_CHANCE), control.evaluations, control.weighed]
    return dict(zip(CHANCE, values, strict=True))


def _violations(verdict: Verdict) -> dict[str, object]:
    by = Counter(violation.constraint for violation in verdict.violations)
    margins = [found.margins["vessel"] for found in verdict.margins.values()]
    return {
        "violations": len(verdict.violations),
        **{f"violations_{name}": by.pop(name, 0) for name in CONSTRAINTS},
        "violations_plan": by.total(),
        "threads_violating": len({violation.thread for violation in verdict.violations if violation.thread}),
        "feasible": verdict.feasible,
        "vessel_mm": _finite(min(margins, default=None)),
    }


def _without_room(message: str, seconds: float) -> dict[str, object]:
    counts = ("violations", *(f"violations_{name}" for name in CONSTRAINTS), "violations_plan", "threads_violating")
    nothing = dict.fromkeys((*MEASURES, *counts, "vessel_mm", "plan", *CHANCE))
    ended = {"status": NO_ROOM, "message": message, "seconds": round(seconds, 3), "seconds_check": 0.0}
    return {**nothing, "threads": 0, "placed": [], "feasible": False, **ended}


def _finite(value: float | None) -> float | None:
    return None if value is None or not isfinite(value) else float(value)


@lru_cache(maxsize=4)
def _site(case: str) -> Site:
    """A case ready for planning; made once in each process."""
    return prepare_site(_anatomy(case))


@lru_cache(maxsize=4)
def _anatomy(case: str) -> Anatomy:
    return with_vessels(load_anatomy(CaseRequest(case)))


def _content(anatomy: Anatomy) -> str:
    record = case_record(anatomy)
    vessels = [[v.name, v.kind, v.synthetic, v.error_mm] for v in record.vessels]
    text = json.dumps([dict(record.hashes), record.retinotopy, vessels], sort_keys=True)
    return sha256(text.encode()).hexdigest()[:16]
