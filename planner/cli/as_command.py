"""The command line that plans as a plan was planned: what the window copies for use without it."""

from __future__ import annotations

import os
import shlex
from collections.abc import Iterator
from dataclasses import fields, replace
from math import isfinite
from pathlib import Path
from typing import Any, Final

from planner.anatomy.approaches import ANY, PRESETS
from planner.anatomy.request import CaseRequest, VesselFile
from planner.cli.limits import LARGEST_MM, OPTIONS
from planner.cli.plan import MOST_THREADS
from planner.cli.task import ABOUT, SAYABLE
from planner.design.limits import Limits
from planner.errors import InputError
from planner.implant.catalogue import device_names, load_device
from planner.percept.parameters import model_name
from planner.percept.settings import Seeing, Stimulus, Variation
from planner.plan.make import device_limits
from planner.plan.plan import Plan
from planner.plan.starts import Start
from planner.tasks.goal import Goal
from planner.tasks.record import TaskRecord, usual_height

_PLAIN: Final = ("pixels", "polarity", "encoding", "contrast", "symbol", "orientations", "font")
_LISTS: Final = ("words", "pictures")
_UNITS: Final = {"offset": "offset_mm", "error": "error_mm"}
_STIMULUS: Final = {"encoder": "encoder", "total-current": "total_ua", "at-once": "at_once", "apart": "apart"}
_VESSEL: Final = ("name", "kind", "space", "axes", "scale", "offset", "threshold", "labels", "error", "imaged")


def command_of(plan: Plan, path: Path | None = None, steps: int | None = None, start: Start | None = None) -> str:
    """A shell command that plans this case anew with the same devices, limits, task, percept, method and seed.

    Options say everything where they can. What they cannot say (forbidden regions, windows of one's own, limits that
    are no options, devices that are not in the catalogue, threads placed by hand or locked) is taken from the plan's
    file with ``--from``; its threads are then one of the starts. With a `start` it is the command that optimises the
    plan from there, by whichever method its threads were found.

    Parameters
    ----------
    plan : Plan
    path : Path, optional
        Where the plan is saved as it is; None where it is not.
    steps : int, optional
        Gradient steps at most; a plan does not record them.
    start : "coverage", "plan" or "refine", optional
        See `planner.plan.starts`.

    Returns
    -------
    str
        Quoted for a POSIX shell.

    Raises
    ------
    InputError
        Where it takes the plan's file and there is none, or no option can say what is seen.
    """
    words = ["calcarine", "plan", *_case(plan.case.request)]
    if _sayable(plan, start):
        words += [*_devices(plan), *_limits(plan)]
    elif path is None:
        raise InputError(
            "the plan has threads, limits or devices that only its file can say",
            remedy="save the plan first, then copy the command",
        )
    else:
        words.append(f"--from={os.path.abspath(path)}")
    if start is not None:
        words.append(f"--start={start}")
    elif plan.method not in ("percept", "manual"):
        words.append(f"--method={plan.method}")
    if not plan.avoid_vessels:
        words.append("--no-vessels")
    if steps is not None:
        words.append(f"--steps={steps}")
    if plan.seed:
        words.append(f"--seed={plan.seed}")
    return shlex.join([*words, *_task(plan.task), *_seeing(plan.seeing), *_goal(plan.goal)])


def _case(request: CaseRequest) -> Iterator[str]:
    yield request.source
    if request.retinotopy:
        yield f"--retinotopy={request.retinotopy}"
    if request.least_variance != CaseRequest().least_variance:
        yield f"--least-variance={_number(request.least_variance)}"
    for vessel in request.vessels:
        yield f"--vessels={vessel.file}"
        plain = VesselFile(vessel.file)
        for option in _VESSEL:
            field = _UNITS.get(option, option)
            if (value := getattr(vessel, field)) != getattr(plain, field):
                yield f"--vessel-{option}={_text(value)}"


def _sayable(plan: Plan, start: Start | None) -> bool:
    """Whether options alone say threads, devices and limits."""
    known = all(device.name in device_names() and load_device(device.name) == device for device in plan.devices)
    needed = plan.method == "manual" if start is None else start != "coverage"
    if not known or (needed and plan.threads) or plan.aside or any(thread.locked for thread in plan.threads):
        return False
    if plan.limits.regions or not 1 <= plan.limits.threads <= MOST_THREADS:
        return False
    return _said_limits(plan) == plan.limits


def _said_limits(plan: Plan) -> Limits:
    """The limits that the options of `_limits` make of the devices' own."""
    given = _given_limits(plan)
    access = given.pop("access", ANY)
    shares = plan.limits.shares(len(plan.devices))
    own = device_limits(plan.devices, shares, given.get("clearance_mm"))
    windows = plan.limits.access if plan.limits.access.name == access and access in PRESETS else own.access
    return replace(own, **given, access=windows)


def _given_limits(plan: Plan) -> dict[str, Any]:
    """What has to be given by options, by the field of `Limits`; the access by its name."""
    limits = plan.limits
    own = device_limits(plan.devices, limits.shares(len(plan.devices)))
    numbers = [field for field in OPTIONS.values() if field != "access"]
    given: dict[str, Any] = {
        field: getattr(limits, field)
        for field in numbers
        if getattr(limits, field) != getattr(own, field) and getattr(limits, field) is not None
    }
    if limits.array_clearance_mm is None and own.array_clearance_mm is not None:
        given["clearance_mm"] = limits.clearance_mm  # the arrays' own falls away where a clearance is given
    if "clearance_mm" in given and limits.array_clearance_mm is not None:
        given["array_clearance_mm"] = limits.array_clearance_mm
    if limits.access.windows and limits.access.name != ANY:
        given["access"] = limits.access.name
    return {field: value for field, value in given.items() if isinstance(value, str) or value <= LARGEST_MM}


def _devices(plan: Plan) -> Iterator[str]:
    if len(plan.devices) == 1:
        yield f"--device={plan.device.name}"
        yield f"--threads={plan.limits.threads}"
        return
    for device, count in zip(plan.devices, plan.limits.shares(len(plan.devices)), strict=True):
        yield f"--device={device.name}:{count}"


def _limits(plan: Plan) -> Iterator[str]:
    given = _given_limits(plan)
    for option, field in OPTIONS.items():
        if field in given:
            value = given[field]
            said = value.replace(" ", "-") if isinstance(value, str) else _number(value)
            yield f"--{option.replace('_', '-')}={said}"


def _task(task: TaskRecord) -> Iterator[str]:
    usual = TaskRecord()
    if task.name not in SAYABLE:
        raise InputError(
            f"no command line can say a {task.name}",
            remedy="choose another task, or use the plan's file with calcarine verify and export",
        )
    if task.name != usual.name:
        yield f"--task={task.name}"
    if task.extent_deg != usual.extent_deg:
        yield f"--field={_number(task.extent_deg)}"
    if task.name in ABOUT["height"] and task.heights_deg != (usual_height(task.name, task.words),):
        yield f"--height={','.join(map(_number, task.heights_deg))}"
    for option in _PLAIN:
        if task.name in ABOUT.get(option, (task.name,)) and getattr(task, option) != getattr(usual, option):
            yield f"--{option}={getattr(task, option)}"
    for option in _LISTS:
        if task.name in ABOUT[option] and (listed := getattr(task, option)):
            if odd := [text for text in listed if "," in text]:
                raise InputError(f"no command line can list {odd[0]!r}", remedy="leave out what has a comma in it")
            yield f"--{option}={','.join(listed)}"
    if task.name == "images" and task.folder:
        yield f"--images={task.folder}"
        yield f"--most={len(task.files)}"
    if task.name == "images" and task.edges:
        yield "--edges"


def _seeing(seeing: Seeing) -> Iterator[str]:
    plain = type(seeing.model)()
    if model_name(seeing.model) != model_name(Seeing().model):
        yield f"--model={model_name(seeing.model)}"
    yield from (f"--parameter={text}" for text in _differing(seeing.model, plain))
    stimulus, usual = seeing.stimulus, Stimulus()
    for option, field in (
        ("encoder", "encoder"),
        ("total-current", "total_ua"),
        ("at-once", "at_once"),
        ("apart",) * 2,
    ):
        if getattr(stimulus, field) != getattr(usual, field):
            yield f"--{option}={_text(getattr(stimulus, field))}"
    yield from (f"--vary={text}" for text in _differing(seeing.variation, Variation()))


def _goal(goal: Goal) -> Iterator[str]:
    if goal != Goal():
        weights = {field.name: getattr(goal, field.name) for field in fields(goal)}
        yield from (f"--goal={name}={_number(weight)}" for name, weight in weights.items() if weight)


def _differing(record: Any, usual: Any) -> list[str]:
    """The settings of a record that are not the usual ones, as ``NAME=VALUE``."""
    values = {field.name: getattr(record, field.name) for field in fields(record)}
    return [f"{name}={_text(value)}" for name, value in values.items() if value != getattr(usual, name)]


def _text(value: object) -> str:
    if isinstance(value, tuple):
        return ",".join(map(_text, value))
    return _number(value) if isinstance(value, float) else str(value)


def _number(value: float) -> str:
    """All digits of a number, and no more."""
    if not isfinite(value):
        raise ValueError(f"{value} is no number of a command")
    return repr(float(value)).removesuffix(".0")
