"""The command is parsed by the real parser and must ask for the very plan that it was made of."""

from __future__ import annotations

import shlex
from argparse import Namespace
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

import planner.anatomy.subject
from planner.anatomy.access import Access
from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.regions import Region
from planner.anatomy.request import CaseRequest, VesselFile
from planner.anatomy.windows import access_preset
from planner.cli.as_command import command_of
from planner.cli.limits import asked_limits, limits_on
from planner.cli.parser import build_parser
from planner.cli.plan import devices_of
from planner.cli.request import request_of
from planner.cli.seeing import goal_of, seeing_of
from planner.cli.task import task_of
from planner.design.limits import Limits
from planner.errors import InputError
from planner.implant.catalogue import load_device
from planner.implant.thread import Thread
from planner.percept.parameters import Dynaphos, Scoreboard
from planner.percept.settings import Seeing, Stimulus, Variation
from planner.plan.files import save_plan
from planner.plan.make import device_limits, new_plan
from planner.plan.plan import Plan, TaskRecord
from planner.plan.starts import STARTS, Start
from planner.tasks.goal import Goal
from planner.tasks.record import Stroke

pytestmark = pytest.mark.usefixtures("once")
THREAD = Thread("T01", "lh", (-12.0, -90.0, 2.0), (0.0, 0.0, -1.0), 1.5)


@pytest.fixture
def anatomy(once: None) -> Anatomy:
    return planner.anatomy.subject.load_anatomy(CaseRequest())


def plan_on(anatomy: Anatomy, *devices: str, limits: dict[str, Any] | None = None, **settings: Any) -> Plan:
    """A plan of devices of the catalogue, with limits besides theirs."""
    loaded = tuple(load_device(name) for name in devices or ("long-thread",))
    counts = tuple(range(7, 7 + len(loaded)))
    return new_plan(
        anatomy, loaded, replace(device_limits(loaded, counts), **(limits or {})), **{"method": "percept", **settings}
    )


def parsed(command: str) -> Namespace:
    program, *words = shlex.split(command)
    assert program == "calcarine"
    return build_parser().parse_args(words)


def limits_asked(arguments: Namespace, anatomy: Anatomy) -> Limits:
    """As the verb makes them without a plan to go on from."""
    devices, counts = devices_of(arguments.device, arguments.threads)
    return limits_on(asked_limits(arguments), device_limits(devices, counts, arguments.clearance), anatomy)


@pytest.mark.parametrize(
    ("devices", "limits"),
    [
        (("long-thread",), {}),
        (("utah",), {"clearance_mm": 0.1 + 0.2, "angle_deg": 62.5}),
        (("thread",), {"vein_clearance_mm": 0.0, "localisation_mm": 1.25, "clearance_mm": 2.0}),
        (("utah", "long-thread"), {}),
        (("utah", "long-thread"), {"clearance_mm": 0.7, "array_clearance_mm": 1.5}),
        (("utah", "long-thread"), {"array_clearance_mm": None}),
    ],
)
def test_devices_and_limits_come_back(anatomy: Anatomy, devices: tuple[str, ...], limits: dict[str, Any]) -> None:
    plan = plan_on(anatomy, *devices, limits=limits)
    arguments = parsed(command_of(plan))
    assert arguments.start is None
    assert devices_of(arguments.device, arguments.threads)[0] == plan.devices
    assert limits_asked(arguments, anatomy) == plan.limits


def test_an_approach_comes_back_with_its_windows(anatomy: Anatomy) -> None:
    plan = plan_on(anatomy, limits={"access": access_preset("occipital pole", anatomy)})
    assert limits_asked(parsed(command_of(plan)), anatomy) == plan.limits


@pytest.mark.parametrize(
    "task",
    [
        TaskRecord(),
        TaskRecord(extent_deg=12.5, pixels=48, polarity="dark", font="serif", height_deg=6.0),
        TaskRecord("words", words=("MOON", "TREES"), height_deg=2.4),
        TaskRecord("words", height_deg=4.0),
        TaskRecord("images", pictures=("cat", "coffee"), encoding="linear", contrast="stretch", edges=True),
        TaskRecord("symbols", symbol="landolt-c", orientations=8, height_deg=12.0, further_heights_deg=(6.0, 3.5)),
        TaskRecord("symbols", symbol="tumbling-e"),
    ],
)
def test_tasks_come_back(anatomy: Anatomy, task: TaskRecord) -> None:
    found, skipped = task_of(parsed(command_of(plan_on(anatomy, task=task))))
    assert found == task
    assert skipped == ()


def test_a_folder_of_pictures_comes_back(anatomy: Anatomy, tmp_path: Path) -> None:
    from PIL import Image

    folder = tmp_path / "my pictures; and 'more'"
    folder.mkdir()
    for name in ("b.png", "a.png", "c.png"):
        Image.new("L", (64, 64), 40).save(folder / name)
    task, _ = task_of(parsed(shlex.join(["calcarine", "plan", "--task=images", f"--images={folder}", "--most=2"])))
    found, _ = task_of(parsed(command_of(plan_on(anatomy, task=task))))
    assert found == task


@pytest.mark.parametrize(
    ("seeing", "goal"),
    [
        (Seeing(), Goal()),
        (Seeing(Scoreboard(rho_mm=0.35), Stimulus("fixed", total_ua=1234.5, at_once=64, apart=0.5)), Goal()),
        (Seeing(Dynaphos(moment="steady", rheobase_ua=11.9)), Goal(mse=0.0, ssim=0.25)),
        (Seeing(Dynaphos(moment=7)), Goal(recognition=0.5)),
        (Seeing(variation=Variation(placement_mm=0.5, draws=4, seed=9, worst=0.2)), Goal()),
    ],
)
def test_what_is_seen_and_lowered_comes_back(anatomy: Anatomy, seeing: Seeing, goal: Goal) -> None:
    arguments = parsed(command_of(plan_on(anatomy, seeing=seeing, goal=goal)))
    assert seeing_of(arguments) == seeing
    assert goal_of(arguments) == goal


def test_the_case_its_vessels_and_the_search_come_back(anatomy: Anatomy, tmp_path: Path) -> None:
    vessels = (
        VesselFile(str(tmp_path / "a b.swc"), kind="vein", axes="-x,z,y", scale=0.001, offset_mm=(-1.5, 0.0, 20.25)),
        VesselFile("/data/$HOME.nii.gz", name="angio's", space="tkras", threshold=0.25, labels="1=artery,2=vein"),
        VesselFile("/data/c.vtp", error_mm=0.4, imaged="/data/tof.nii.gz"),
    )
    request = CaseRequest("/cases/subject 1", vessels, "/maps", 0.35)
    plan = plan_on(anatomy, method="grid", seed=2**63 - 1, avoid_vessels=False)
    plan = replace(plan, case=replace(plan.case, request=request))
    arguments = parsed(command_of(plan, steps=40))
    assert request_of(arguments) == request
    assert (arguments.method, arguments.seed, arguments.no_vessels) == ("grid", 2**63 - 1, True)
    assert arguments.steps == 40
    plain = parsed(command_of(plan_on(anatomy)))
    assert (plain.method, plain.seed, plain.no_vessels, plain.steps) == ("percept", 0, False, None)


@pytest.mark.parametrize(
    "change",
    [
        {"limits": {"regions": (Region("V2", "lh", (1, 2, 3), "painted"),)}},
        {"limits": {"gray_mm": 0.2}},
        {"limits": {"spacing_mm": 3.0}},
        {"limits": {"clearance_mm": 150.0}},
        {"limits": {"access": Access("my window")}},
        {"threads": (replace(THREAD, locked=True),)},
        {"threads": (THREAD,), "method": "manual"},
        {"device": {"max_current_ua": 95.0}},
        {"device": {"name": "mine"}},
    ],
)
def test_what_no_option_can_say_is_taken_from_the_plans_file(
    anatomy: Anatomy, tmp_path: Path, change: dict[str, Any]
) -> None:
    own = change.pop("device", {})
    plan = plan_on(anatomy, **change)
    plan = replace(plan, devices=(replace(plan.device, **own),))
    with pytest.raises(InputError, match="save the plan first"):
        command_of(plan)
    file = tmp_path / "my plan.json"
    save_plan(plan, file)
    arguments = parsed(command_of(plan, file))
    assert arguments.start == file
    assert (arguments.device, arguments.threads, arguments.clearance, arguments.forbid) == (None, None, None, [])
    assert asked_limits(arguments).forbidden == ()


@pytest.mark.parametrize("start", STARTS)
def test_where_an_optimisation_starts_is_said_with_the_threads_that_it_needs(
    anatomy: Anatomy, tmp_path: Path, start: Start
) -> None:
    """Only a start from coverage gives unlocked threads up; how they were found says nothing of how to go on."""
    plan, file = plan_on(anatomy, threads=(THREAD,), method="coverage"), tmp_path / "plan.json"
    save_plan(plan, file)
    arguments = parsed(command_of(plan, file, start=start))
    assert (arguments.begin, arguments.method) == (start, "percept")
    assert arguments.start == (None if start == "coverage" else file)
    locked = replace(plan, threads=(replace(THREAD, locked=True),))
    assert parsed(command_of(locked, file, start=start)).start == file
    assert parsed(command_of(replace(plan, threads=()), start=start)).start is None


def test_words_with_a_comma_are_refused(anatomy: Anatomy) -> None:
    with pytest.raises(InputError, match="no command line can list"):
        command_of(plan_on(anatomy, task=TaskRecord("words", words=("A,B",))))


def test_a_drawing_is_refused_since_no_option_holds_it(anatomy: Anatomy) -> None:
    drawing = TaskRecord("drawing", strokes=(Stroke(((0.0, 0.0), (1.0, 2.0)), 1.0),))
    with pytest.raises(InputError, match="no command line can say a drawing"):
        command_of(plan_on(anatomy, task=drawing))
    with pytest.raises(InputError, match="invalid choice: 'drawing'"):
        parsed("calcarine plan --task=drawing")
