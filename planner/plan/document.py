"""A plan as plain JSON values and back; what the values mean is published in ``assets/schema/plan-2.json``.

Every number keeps all its digits, so that a plan read back equals the plan that was written. JSON has no infinity: a
margin of ``inf`` is written as ``null``, which means *unknown, not safe* of vessels unless the thread is exempt, and of
the others that nothing in the case could break them; ``-inf`` (nothing could satisfy it, such as a thread in a
hemisphere that the case lacks) as the text ``"-inf"``.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import replace
from typing import Final

from planner import RESEARCH_NOTICE, __version__
from planner.anatomy.access import CLOSED_MM, Access, Window
from planner.anatomy.regions import Region, vertices_from_text, vertices_text
from planner.design.limits import CONSTRAINTS, Limits, ThreadMargins, Verdict, Violation
from planner.errors import InputError
from planner.frames import Space
from planner.implant.catalogue import device_from
from planner.implant.device import Device, Devices, Shank
from planner.implant.thread import Implant, Thread, vector
from planner.percept.parameters import MODELS, model_name
from planner.percept.settings import Seeing, Stimulus, Variation
from planner.plan.case_document import case_of, case_values
from planner.plan.consistency import check_mix, check_threads, check_verdict
from planner.plan.json_values import Json, Record
from planner.plan.json_values import finite as _finite
from planner.plan.json_values import record_of as _record
from planner.plan.json_values import values_of as _values
from planner.plan.plan import Plan
from planner.plan.versions import library_versions
from planner.tasks.goal import Goal
from planner.tasks.record import Stroke, TaskRecord, UsedFile

SCHEMA_VERSION: Final = 2


def to_document(plan: Plan, created: str) -> Json:
    """The JSON values of a plan.

    Parameters
    ----------
    plan : Plan
    created : str
        When, UTC, ISO 8601.

    Raises
    ------
    ValueError
        Where a number is NaN or infinite that must not be: a bug of whoever made the plan.
    """
    return {
        "schema_version": SCHEMA_VERSION,
        "program": f"Calcarine {__version__}",
        "versions": library_versions(),
        "notice": RESEARCH_NOTICE,
        "created": created,
        "space": Space.SCANNER_RAS.value,
        "units": {"length": "mm", "visual_field": "deg", "current": "uA"},
        "case": case_values(plan.case),
        "devices": [device_values(device) for device in plan.devices],
        "task": task_values(plan.task),
        "seeing": seeing_values(plan.seeing),
        "goal": _values(plan.goal),
        "constraints": limits_values(plan.limits),
        "method": plan.method,
        "avoid_vessels": plan.avoid_vessels,
        "seed": int(plan.seed),
        "threads": _threads(plan.implant),
        **({"aside": _threads(replace(plan.implant, threads=plan.aside))} if plan.aside else {}),
        "measures": None if plan.measures is None else _measures(plan.measures),
        "baselines": None if plan.baselines is None else {method: _measures(m) for method, m in plan.baselines.items()},
        "verdict": None if plan.verdict is None else verdict_values(plan.verdict),
    }


def from_document(document: Json) -> Plan:
    """The plan that JSON values hold.

    Parameters
    ----------
    document : dict
        Valid by the schema.

    Raises
    ------
    ValueError
        Where the numbers contradict one another, in words that finish a sentence about the file.
    """
    plan = Plan(
        case=case_of(document["case"]),
        devices=_devices(document["devices"]),
        limits=_limits(document["constraints"]),
        task=_task(document["task"]),
        threads=tuple(_thread(values) for values in document["threads"]),
        aside=tuple(_thread(values) for values in document.get("aside", [])),
        method=document["method"],
        avoid_vessels=document["avoid_vessels"],
        seed=int(document["seed"]),
        seeing=_seeing(document["seeing"]) if "seeing" in document else Seeing(),
        goal=_checked(Goal, document["goal"], "goal") if "goal" in document else Goal(),
        baselines=document.get("baselines"),
        measures=None if document["measures"] is None else {k: float(x) for k, x in document["measures"].items()},
        verdict=None if document["verdict"] is None else _verdict(document["verdict"]),
    )
    check_mix(plan.limits, plan.devices)
    check_threads(plan.everyone, [*document["threads"], *document.get("aside", [])])
    if plan.verdict is not None:
        check_verdict(plan.verdict, plan.implant)
    return plan


def _threads(implant: Implant) -> list[Json]:
    """The JSON values of an implant's threads; their group is written where they have one."""
    return [
        {
            "name": thread.name,
            "hemisphere": thread.hemisphere,
            "entry_mm": [_finite(x) for x in thread.entry_mm],
            "direction": [_finite(x) for x in thread.direction],
            "depth_mm": _finite(thread.depth_mm),
            "locked": bool(thread.locked),
            "device": thread.device,
            "across": None if thread.across is None else [_finite(x) for x in thread.across],
            "contacts_mm": [[_finite(x) for x in contact] for contact in contacts],
            **({"group": thread.group} if thread.group else {}),
        }
        for thread, contacts in zip(implant.threads, implant.contacts_by_thread(), strict=True)
    ]


def margin_values(margins: ThreadMargins) -> Json:
    """The JSON values of one thread's margins."""
    return {
        **{name: margin_value(margins.margins[name]) for name in CONSTRAINTS},
        "nearest_vessel": margins.nearest_vessel,
        "nearest_thread": margins.nearest_thread,
        "unknown_kinds": list(margins.unknown_kinds),
        "exempt": list(margins.exempt),
    }


def margin_value(value: float) -> float | str | None:
    """A margin as JSON has it: ``null`` for ``inf``, ``"-inf"`` for ``-inf``."""
    if value == math.inf:
        return None
    return "-inf" if value == -math.inf else _finite(value)


def verdict_values(verdict: Verdict) -> Json:
    """The JSON values of a verdict."""
    return {
        "feasible": bool(verdict.feasible),
        "vessels_unknown": list(verdict.vessels_unknown),
        "margins": {thread: margin_values(margins) for thread, margins in verdict.margins.items()},
        "violations": [
            {
                "thread": violation.thread,
                "constraint": violation.constraint,
                "margin": margin_value(violation.margin),
                "message": violation.message,
            }
            for violation in verdict.violations
        ],
    }


def seeing_values(seeing: Seeing) -> Json:
    """The JSON values of how a plan is seen."""
    return {
        "model": {"name": model_name(seeing.model), **_values(seeing.model)},
        "stimulus": _values(seeing.stimulus),
        "variation": _values(seeing.variation),
    }


def _seeing(values: Json) -> Seeing:
    """What a plan says of it; plans from before there was a choice say nothing."""
    return Seeing(
        _checked(MODELS[values["model"]["name"]], values["model"], "model"),
        _checked(Stimulus, values["stimulus"], "stimulus"),
        _checked(Variation, values["variation"], "variation"),
    )


def _checked(kind: type[Record], values: Json, what: str) -> Record:
    try:
        return _record(kind, values)
    except InputError as error:
        raise ValueError(f"its {what} is none: {error.what}") from error


def task_values(task: TaskRecord) -> Json:
    """The JSON values of a task's settings."""
    files = [_values(file) for file in task.files]
    lists = {"further_heights_deg": list(task.further_heights_deg), "words": list(task.words)}
    strokes = [{**_values(s), "points_deg": [list(map(_finite, at)) for at in s.points_deg]} for s in task.strokes]
    return {**_values(task), **lists, "pictures": list(task.pictures), "files": files, "strokes": strokes}


def _measures(measures: Mapping[str, float]) -> Json:
    return {name: _finite(x) for name, x in measures.items()}


def _verdict(values: Json) -> Verdict:
    margins = {
        thread: ThreadMargins(
            {name: _margin(name, given[name]) for name in CONSTRAINTS},
            nearest_vessel=given["nearest_vessel"],
            nearest_thread=given["nearest_thread"],
            unknown_kinds=tuple(given["unknown_kinds"]),
            exempt=tuple(given["exempt"]),
        )
        for thread, given in values["margins"].items()
    }
    violations = tuple(
        Violation(v["thread"], v["constraint"], _margin(v["constraint"], v["margin"]), v["message"])
        for v in values["violations"]
    )
    verdict = Verdict(values["feasible"], margins, violations)
    if list(verdict.vessels_unknown) != values["vessels_unknown"]:
        raise ValueError("the verdict's vessels_unknown are not the threads whose vessel margin is null and applies")
    return verdict


def device_values(device: Device) -> Json:
    """The JSON values of a device."""
    return {**_values(device), "shanks": [_values(shank) for shank in device.shanks]}


def limits_values(limits: Limits) -> Json:
    """The JSON values of a plan's limits."""
    windows = [{**_values(w), "centre_mm": list(w.centre_mm), "axis": list(w.axis)} for w in limits.access.windows]
    regions = [{**_values(r), "vertices": vertices_text(r.vertices)} for r in limits.regions]
    access = {"name": limits.access.name, "windows": windows}
    return {**_values(replace(limits, regions=())), "mix": list(limits.mix), "access": access, "regions": regions}


def _limits(values: Json) -> Limits:
    mix = tuple(map(int, values["mix"]))
    if mix and sum(mix) != values["threads"]:
        raise ValueError(f"its mix of {sum(mix)} threads is not its budget of {values['threads']}")
    try:
        windows = tuple(
            Window(**{**w, "centre_mm": vector(w["centre_mm"]), "axis": vector(w["axis"])})
            for w in values["access"]["windows"]
        )
        regions = tuple(Region(**{**r, "vertices": vertices_from_text(r["vertices"])}) for r in values["regions"])
    except InputError as error:
        raise ValueError(f"its limits are none: {error.what}") from error
    access = Access(values["access"]["name"], windows)
    return replace(_record(Limits, values), mix=mix, access=access, regions=regions)


def _devices(several: list[Json]) -> Devices:
    names = [values["name"] for values in several]
    if len(set(names)) < len(names):
        raise ValueError("two of its devices have one name")
    return tuple(_device(values) for values in several)


def _device(values: Json) -> Device:
    shanks = [_values(_record(Shank, shank)) for shank in values["shanks"]]
    numbers = _values(_record(Device, {**values, "shanks": ()}))
    try:
        found = device_from({**_without(numbers, "name"), "shanks": shanks}, values["name"], "device")
    except InputError as error:
        raise ValueError(f"its device is none: {error.what}") from error
    return found


def _without(values: Json, name: str) -> Json:
    return {key: value for key, value in values.items() if key != name}


def _task(values: Json) -> TaskRecord:
    known = {**task_values(TaskRecord()), **values}  # plans from before there were more settings
    try:
        lists = {
            "further_heights_deg": tuple(map(float, known["further_heights_deg"])),
            "words": tuple(known["words"]),
            "pictures": tuple(known["pictures"]),
            "files": tuple(_record(UsedFile, file) for file in known["files"]),
            "strokes": tuple(map(_stroke, known["strokes"])),
        }
        return _record(TaskRecord, {**known, **lists})
    except InputError as error:
        raise ValueError(f"its task is none: {error.what}") from error


def _stroke(values: Json) -> Stroke:
    points = tuple((float(x), float(y)) for x, y in values["points_deg"])
    return replace(_record(Stroke, values), points_deg=points)


def _thread(values: Json) -> Thread:
    return Thread(
        name=values["name"],
        hemisphere=values["hemisphere"],
        entry_mm=vector(values["entry_mm"]),
        direction=vector(values["direction"]),
        depth_mm=float(values["depth_mm"]),
        locked=values["locked"],
        device=values["device"],
        across=None if values["across"] is None else vector(values["across"]),
        group=values.get("group", ""),
    )


def _margin(name: str, value: float | str | None) -> float:
    margin = math.inf if value is None else float(value)
    closed = name == "access" and margin == -CLOSED_MM  # as it was written once
    return -math.inf if closed else margin
