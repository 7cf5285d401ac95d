"""A small case for window tests: two spherical hemispheres whose posterior caps are V1, with one vessel each."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from threading import Event

import numpy as np
import pytest
import trimesh
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from app import actions, theme
from app.case import Case
from app.cortex import prepare_cortex
from app.places import STATE_VARIABLE
from app.preview import Preview, resolve
from app.session import Session
from app.tasks import Worker
from app.window import MainWindow
from planner.anatomy.hemisphere import Anatomy, Hemisphere, Retinotopy
from planner.anatomy.request import CaseRequest
from planner.anatomy.vessels.tree import VesselTree
from planner.assets import CONFIG_VARIABLE
from planner.design.baselines import baseline
from planner.design.site import Site, prepare_site
from planner.frames import HemisphereName
from planner.implant.catalogue import load_device
from planner.plan.make import device_limits, new_plan
from planner.plan.plan import Plan, TaskRecord

RADIUS_MM, THICKNESS_MM, CENTRE_MM = 40.0, 2.5, 45.0


def sphere(name: HemisphereName) -> Hemisphere:
    ball = trimesh.creation.icosphere(subdivisions=4)
    direction = np.asarray(ball.vertices) / np.linalg.norm(ball.vertices, axis=1, keepdims=True)
    side = -1.0 if name == "lh" else 1.0
    centre = np.array([side * CENTRE_MM, 0.0, 0.0])
    lateral = side * direction[:, 0]
    v1 = (direction[:, 1] < 0) & (np.hypot(lateral, direction[:, 2]) < 0.6)
    retinotopy = Retinotopy(
        eccentricity_deg=np.where(v1, 0.5 * np.exp(2.0 * (0.6 - lateral)), 0.0),
        polar_angle_deg=np.where(v1, 90.0 + 90.0 * direction[:, 2] / 0.6, 0.0).clip(0.0, 180.0),
        area=v1.astype(np.int64),
        source="test caps",
    )
    return Hemisphere(
        name=name,
        white_mm=centre + (RADIUS_MM - THICKNESS_MM) * direction,
        pial_mm=centre + RADIUS_MM * direction,
        inflated_mm=centre + (RADIUS_MM + 5.0) * direction,
        faces=np.asarray(ball.faces, dtype=np.int64),
        curvature=direction[:, 2],
        retinotopy=retinotopy,
    )


def vessel(name: HemisphereName) -> VesselTree:
    """Three courses over the cap, so that no point of V1 is farther than 10 mm from a known vessel."""
    side = -1.0 if name == "lh" else 1.0
    angle = np.linspace(-0.65, 0.65, 27)
    courses = [
        np.stack(
            [
                side * CENTRE_MM + 41.0 * np.sin(turn) * np.cos(angle),
                -np.cos(angle) * np.cos(turn) * 41.0,
                np.sin(angle) * 41.0,
            ],
            axis=1,
        )
        for turn in (-0.4, 0.0, 0.4)
    ]
    points = np.concatenate(courses)
    first = np.arange(len(points) - 1)
    edges = np.stack([first, first + 1], axis=1)[(first + 1) % 27 != 0]
    return VesselTree(f"{name} pial artery", "artery", points, np.full(len(points), 0.6), edges, "test", synthetic=True)


@pytest.fixture(scope="session")
def case() -> Case:
    hemispheres: dict[HemisphereName, Hemisphere] = {"lh": sphere("lh"), "rh": sphere("rh")}
    anatomy = Anatomy(
        "spheres", CaseRequest("spheres"), hemispheres, (vessel("lh"), vessel("rh")), {"spheres": "0" * 64}
    )
    return Case(prepare_site(anatomy), {name: prepare_cortex(h) for name, h in hemispheres.items()})


@pytest.fixture(scope="session")
def empty_plan(case: Case) -> Plan:
    device = load_device("long-thread")
    return new_plan(case.anatomy, device, device_limits(device, 6), task=TaskRecord(pixels=32))


@pytest.fixture(scope="session")
def plan(case: Case, empty_plan: Plan) -> Plan:
    """Six feasible threads."""
    return replace(
        empty_plan,
        threads=baseline("coverage", case.site, empty_plan.devices, empty_plan.limits, 0, empty_plan.task.extent_deg),
    )


@pytest.fixture(scope="session")
def windows_plan(plan: Plan) -> Plan:
    """What a window opens with: room for two more threads."""
    return replace(plan, limits=replace(plan.limits, threads=8))


@pytest.fixture(scope="session")
def seen(case: Case, windows_plan: Plan) -> Preview:
    """What is seen of that, which is the same whichever of hundreds of windows asks."""
    return resolve(case.site, windows_plan)


@pytest.fixture(autouse=True)
def own_places(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No test finds or leaves anything among the user's settings and kept plans."""
    monkeypatch.setenv(CONFIG_VARIABLE, str(tmp_path / "config"))
    monkeypatch.setenv(STATE_VARIABLE, str(tmp_path / "state"))


@pytest.fixture(scope="session")
def settled_heap(case: Case) -> None:
    """What is there for good is not looked through whenever a window has gone."""
    gc.collect()
    gc.freeze()


@pytest.fixture
def session(
    qtbot: object, case: Case, plan: Plan, settled_heap: None, request: pytest.FixtureRequest
) -> Iterator[Session]:
    gc.disable()  # a former window that went while Qt connects two others would wait for a lock that its thread holds
    session = Session(Worker())
    if "window" not in request.fixturenames:  # which opens a plan of its own once it is on screen
        session.open(case, plan)
    yield session
    session.worker.shutdown()
    for owner in (session.worker, session):  # what is connected to them is kept until they go, whole windows among it
        owner.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    del session
    gc.collect()
    gc.enable()


@pytest.fixture
def window(
    qtbot, session: Session, case: Case, windows_plan: Plan, seen: Preview, monkeypatch: pytest.MonkeyPatch
) -> Iterator[MainWindow]:
    def known(site: Site, plan: Plan, progress: Callable[[str, int, int], None]) -> Preview:
        return seen if site is case.site and plan is windows_plan else resolve(site, plan, progress)

    monkeypatch.setattr(actions, "resolve", known)
    theme.dress(QApplication.instance())
    window = MainWindow(session)
    window.resize(1280, 800)
    with qtbot.waitExposed(window):
        window.show()
    with qtbot.waitActive(window):  # shortcuts go to the active window alone
        window.activateWindow()
    qtbot.waitUntil(lambda: window.brain.plotter.render_window.GetReadyForRendering(), timeout=10_000)
    session.open(case, windows_plan)
    qtbot.waitUntil(lambda: session.preview is not None and not session.worker.busy, timeout=20_000)
    yield window
    session.end_run()
    session.saved(session.plan, session.path or Path("plan.json"))
    window.close()
    window.deleteLater()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # or 18 MB a window are kept


@pytest.fixture
def settled(qtbot, session: Session) -> Callable[[], None]:
    """Wait until the worker has nothing to do."""
    return lambda: qtbot.waitUntil(lambda: not session.worker.busy, timeout=30_000)


@pytest.fixture
def held(session: Session) -> Iterator[Event]:
    """What is asked of the worker waits, aside or not, until this is set."""
    gate = Event()
    for aside in (False, True):
        session.worker.submit("", lambda job: gate.wait(30), lambda _: None, aside=aside)
    yield gate
    gate.set()
