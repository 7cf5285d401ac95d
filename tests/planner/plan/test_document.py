"""Limits written and read again: windows and forbidden regions as they were, and refused where they cannot be."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import jsonschema
import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from planner.anatomy.access import Access, Window
from planner.anatomy.regions import Region
from planner.design.limits import Limits
from planner.plan.document import limits_values
from planner.plan.files import InvalidPlanError, load_plan, save_plan, schema
from planner.plan.plan import Plan

length = st.floats(0, 50, allow_nan=False)
positive = st.floats(1e-3, 50, allow_nan=False)
name = st.text(st.characters(exclude_categories=("Cs", "Cc")), min_size=1, max_size=30)
sides = st.sampled_from(["lh", "rh"])


@st.composite
def windows(draw: st.DrawFn) -> Window:
    azimuth, height = draw(st.floats(0, 2 * np.pi)), draw(st.floats(-1, 1))
    across = float(np.sqrt(1 - height**2))
    axis = (across * float(np.cos(azimuth)), across * float(np.sin(azimuth)), height)
    centre = draw(st.tuples(*[st.floats(-200, 200)] * 3))
    surface = draw(st.sampled_from(["hull", "pial"]))
    cone = draw(st.floats(0.1, 85))
    return Window(draw(sides), surface, centre, axis, draw(positive), cone, draw(st.none() | positive))


regions = st.builds(
    Region,
    name,
    sides,
    st.sets(st.integers(0, 9_999_999) | st.integers(0, 40), min_size=1, max_size=60).map(lambda s: tuple(sorted(s))),
    st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=30),
    st.just("") | st.text("0123456789abcdef", min_size=64, max_size=64),
)
limits = st.builds(
    Limits,
    st.integers(2, 99),
    length,
    length,
    positive,
    length,
    st.none() | length,
    st.none() | length,
    length,
    st.just(()),
    st.floats(0.5, 90),
    st.builds(Access, name, st.lists(windows(), max_size=3).map(tuple)),
    st.lists(regions, max_size=3).map(tuple),
)


@given(limits=limits)
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_limits_read_back_equal_those_written(limits: Limits, plan: Plan, tmp_path: Path) -> None:
    path = tmp_path / "plan.json"
    save_plan(replace(plan, limits=limits), path)
    assert load_plan(path).limits == limits
    constraints = json.loads(path.read_text(encoding="utf-8"))["constraints"]
    assert constraints == json.loads(json.dumps(limits_values(limits)))
    jsonschema.validate(constraints, schema()["properties"]["constraints"])


@pytest.mark.parametrize(
    "change",
    [
        lambda c: c["access"]["windows"][0].update(axis=[0, 0, 2]),
        lambda c: c["access"]["windows"][0].update(radius_mm=0),
        lambda c: c["access"]["windows"][0].update(cone_deg=89.0),
        lambda c: c["access"]["windows"][0].update(surface="skull"),
        lambda c: c["regions"][0].update(vertices="3-1"),
        lambda c: c["regions"][0].update(vertices=""),
        lambda c: c["regions"][0].update(hemisphere="both"),
        lambda c: c["regions"][0].update(name=""),
        lambda c: c.update(angle_deg=120.0),
        lambda c: c.update(localisation_mm=-1.0),
    ],
)
def test_windows_and_regions_that_cannot_be_are_refused(plan: Plan, tmp_path: Path, change: Any) -> None:
    window = Window("lh", "hull", (0.0, -90.0, 5.0), (0.0, 0.0, -1.0), 25.0, 60.0, 60.0)
    asked = replace(plan.limits, access=Access("mine", (window,)), regions=(Region("V2", "lh", (1, 2, 3), "label"),))
    path = tmp_path / "plan.json"
    save_plan(replace(plan, limits=asked), path)
    document = json.loads(path.read_text(encoding="utf-8"))
    change(document["constraints"])
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(InvalidPlanError):
        load_plan(path)
