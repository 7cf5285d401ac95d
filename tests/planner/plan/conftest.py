"""A small anatomy whose every number is known, and plans on it."""

from __future__ import annotations

import math
from dataclasses import replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest
import torch

from planner.anatomy.hemisphere import Anatomy, Hemisphere, Retinotopy
from planner.anatomy.request import CaseRequest
from planner.anatomy.vessels.tree import VesselTree
from planner.design.limits import CONSTRAINTS, ThreadMargins, Verdict, Violation
from planner.frames import HemisphereName, VolumeGeometry
from planner.implant.device import Device
from planner.implant.thread import Thread
from planner.plan.make import Examined, device_limits, new_plan
from planner.plan.plan import Plan

GRID = np.array([[-1.0, 0.0, 0.0, 31.0], [0.0, 0.0, 0.8, -110.0], [0.0, -0.5, 0.0, 12.0], [0.0, 0.0, 0.0, 1.0]])
"""Voxels of three sizes whose axes run left, down and to the front."""


def slab(name: HemisphereName) -> Hemisphere:
    """A flat sheet of cortex: pial at z = 2, white at z = 0, on its own side of x = 0."""
    side = -1.0 if name == "lh" else 1.0
    x, y = np.meshgrid(side * np.linspace(5.0, 25.0, 6), np.linspace(-100.0, -80.0, 6))
    flat = np.stack([x.ravel(), y.ravel(), np.zeros(36)], axis=1)
    corner = (np.arange(5)[:, None] * 6 + np.arange(5)).ravel()
    faces = np.concatenate(
        [np.stack([corner, corner + 1, corner + 7], 1), np.stack([corner, corner + 7, corner + 6], 1)]
    )
    if name == "lh":
        faces = faces[:, ::-1]
    retinotopy = Retinotopy(
        eccentricity_deg=np.linspace(0.5, 15.0, 36),
        polar_angle_deg=np.linspace(5.0, 175.0, 36),
        area=np.ones(36, dtype=np.int64),
        source="made up for a test",
    )
    return Hemisphere(name, flat, flat + np.array([0.0, 0.0, 2.0]), np.ascontiguousarray(faces), retinotopy)


@pytest.fixture(scope="session")
def anatomy() -> Anatomy:
    artery = VesselTree(
        "lh pial artery",
        "artery",
        np.array([[-20.0, -95.0, 3.0], [-15.0, -90.0, 3.2], [-10.0, -85.0, 3.1], [-12.0, -95.0, 3.0]]),
        np.array([0.5, 0.4, 0.2, 0.3]),
        np.array([[0, 1], [1, 2], [1, 3]]),
        "synthetic, seed 0",
        synthetic=True,
    )
    return Anatomy(
        "slab",
        CaseRequest("/data/slab"),
        {"lh": slab("lh"), "rh": slab("rh")},
        (artery,),
        {"lh.white": "a" * 64, "lh.pial": "b" * 64, "rh.white": "c" * 64, "rh.pial": "d" * 64},
        geometry=VolumeGeometry((64, 48, 40), GRID),
    )


@pytest.fixture(scope="session")
def device() -> Device:
    return Device(
        name="four",
        title="Four contacts",
        contacts=4,
        pitch_mm=0.3,
        tip_mm=0.1,
        shaft_radius_mm=0.02,
        max_depth_mm=6.0,
        spacing_mm=0.1,
        clearance_mm=0.3,
        contact_area_mm2=0.002,
        working_current_ua=80.0,
        max_current_ua=100.0,
        source="made up for a test",
    )


@pytest.fixture
def plan(anatomy: Anatomy, device: Device) -> Plan:
    threads = (
        Thread("T01", "lh", (-12.0, -90.0, 2.0), (0.0, 0.0, -1.0), 1.5),
        Thread("T02", "rh", (11.1, -88.0, 2.0), (0.6, 0.0, -0.8), 1.7, locked=True),
    )
    return new_plan(anatomy, device, device_limits(device, 2), threads=threads, seed=3)


@pytest.fixture
def examined(plan: Plan, anatomy: Anatomy) -> Examined:
    """The plan with made-up percepts and a verdict by which T02 breaks its clearance."""
    off = dict.fromkeys(("angle", "access", "approach", "reach", "region"), math.inf)
    safe = {**dict.fromkeys(CONSTRAINTS, 0.5), **off, "current": 20.0}
    margins = {
        "T01": ThreadMargins({**safe, "vessel": math.inf}, "", "T02"),
        "T02": ThreadMargins({**safe, "vessel": -0.125}, "lh pial artery", "T01"),
    }
    verdict = Verdict(False, margins, (Violation("T02", "vessel", -0.125, "Thread T02: too near."),))
    n = np.arange(8.0)
    field_deg = np.stack([np.where(n < 4, 1.0, -1.0) * (n + 1) / 3, n / 7 - 0.4], axis=1)
    assessment: Any = SimpleNamespace(
        phosphenes=SimpleNamespace(field_deg=torch.tensor(field_deg), weight=torch.tensor(1.0 - n / 20)),
        diameter_deg=0.4 + n / 8,
        eccentricity_deg=np.hypot(*field_deg.T),
        depth=0.2 + n / 15,
        current_ua=np.zeros((26, len(n)), dtype=np.float32),
        percept_images=np.random.default_rng(0).uniform(0, 1, (26, 16, 16)).astype(np.float32),
        measures={"mse": 0.04, "ssim": 0.5, "gain": 1.2, "coverage": 0.3, "usable_contacts": 1.0},
    )
    return Examined(replace(plan, measures=assessment.measures, verdict=verdict), anatomy, assessment)
