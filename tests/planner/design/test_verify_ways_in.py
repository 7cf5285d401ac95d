"""The gate's limits of angle, window, region and current, a little inside and a little outside each."""

from __future__ import annotations

from dataclasses import replace
from math import cos, hypot, radians, sin

import numpy as np
import pytest

from planner.anatomy.access import Access, Window
from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.regions import Region, region_solid
from planner.design.exact_currents import Driven
from planner.design.limits import Limits, Verdict
from planner.design.verify import verify
from planner.geometry.exact_shafts import ExactWall
from planner.implant.device import Device
from planner.implant.thread import Implant, Thread, Vector

UM, MILLIDEGREE = 1e-3, 1e-3
DEVICE = Device(
    "four", "Four contacts", contacts=4, pitch_mm=0.4, tip_mm=0.1, shaft_radius_mm=0.02, max_depth_mm=20.0,
    spacing_mm=0.1, clearance_mm=0.3, contact_area_mm2=0.002, working_current_ua=80.0, max_current_ua=100.0, source="",
)  # fmt: skip
LIMITS = Limits(threads=4, clearance_mm=0.3, spacing_mm=0.1, max_depth_mm=20.0, gray_mm=0.1)
X, Y = -19.3, 1.7  # on the flat top of the blocks' medial lobe, in no mesh line
SAFE = Thread("T01", "lh", (X, Y, 20.0), (0.0, 0.0, -1.0), 2.2)
OTHER = replace(SAFE, name="T02", entry_mm=(X + 4.0, Y, 20.0))
TOP = Window("lh", "hull", (X, Y, 20.0), (0.0, 0.0, -1.0), 5.0, 40.0, 30.0)


def tilted(angle_deg: float, turn_deg: float = 30.0) -> Vector:
    aside = sin(radians(angle_deg))
    return (aside * cos(radians(turn_deg)), aside * sin(radians(turn_deg)), -cos(radians(angle_deg)))


def check(anatomy: Anatomy, *threads: Thread, driven: Driven | None = None, **limits: object) -> Verdict:
    return verify(anatomy, Implant((DEVICE,), threads), replace(LIMITS, **limits), driven)  # type: ignore[arg-type]


def broken(verdict: Verdict) -> set[tuple[str, str]]:
    assert verdict.feasible == (not verdict.violations)
    return {(v.thread, v.constraint) for v in verdict.violations}


@pytest.mark.parametrize("off", [-MILLIDEGREE, MILLIDEGREE])
def test_the_angle_is_held_to_a_millidegree(blocks: Anatomy, off: float) -> None:
    verdict = check(blocks, replace(SAFE, direction=tilted(25.0 - off)), OTHER, angle_deg=25.0)
    assert broken(verdict) == (set() if off > 0 else {("T01", "angle")})
    assert verdict.margins["T01"].margins["angle"] == pytest.approx(off, abs=1e-9)
    assert verdict.margins["T02"].margins["angle"] == pytest.approx(25.0, abs=1e-6)


def test_the_widest_angle_asks_for_nothing(blocks: Anatomy) -> None:
    verdict = check(blocks, replace(SAFE, direction=tilted(40.0)))
    assert verdict.margins["T01"].margins["angle"] == np.inf
    assert verdict.feasible


@pytest.mark.parametrize("off", [-UM, UM])
def test_the_window_is_held_to_a_micrometre(blocks: Anatomy, off: float) -> None:
    there = replace(TOP, centre_mm=(X - 3.0, Y - 4.0, 20.0), radius_mm=5.0 + off)
    verdict = check(blocks, SAFE, access=Access("there", (there,)))
    assert broken(verdict) == (set() if off > 0 else {("T01", "access")})
    assert verdict.margins["T01"].margins["access"] == pytest.approx(off, abs=1e-9)


@pytest.mark.parametrize("off", [-MILLIDEGREE, MILLIDEGREE])
def test_the_cone_is_held_to_a_millidegree(blocks: Anatomy, off: float) -> None:
    thread = replace(SAFE, direction=tilted(20.0 - off, turn_deg=200.0))
    verdict = check(blocks, thread, access=Access("cone", (replace(TOP, cone_deg=20.0),)))
    assert broken(verdict) == (set() if off > 0 else {("T01", "approach")})
    assert verdict.margins["T01"].margins["approach"] == pytest.approx(off, abs=1e-9)


@pytest.mark.parametrize("off", [-UM, UM])
def test_the_reach_is_held_to_a_micrometre(blocks: Anatomy, off: float) -> None:
    """The window's plane is 6 mm above the entry."""
    window = replace(TOP, centre_mm=(X, Y, 26.0), reach_mm=6.0 + 2.2 + off)
    verdict = check(blocks, SAFE, access=Access("far", (window,)))
    assert broken(verdict) == (set() if off > 0 else {("T01", "reach")})
    assert verdict.margins["T01"].margins["reach"] == pytest.approx(off, abs=1e-9)


@pytest.mark.parametrize("off", [-UM, UM])
def test_the_opposite_bank_is_in_the_way_by_a_micrometre(blocks: Anatomy, off: float) -> None:
    """Out of the left bank of the sulcus, 4 mm wide: the way to the window misses the other bank's rim, or does not."""
    run, height = 4.0 - off, 10.0
    length = hypot(run, height)
    thread = Thread("T01", "lh", (-32.0, Y, 10.0), (-run / length, 0.0, -height / length), 6.0)
    verdict = check(blocks, thread, access=Access("top", (replace(TOP, centre_mm=(-30.0, Y, 20.0), radius_mm=19.0),)))
    assert (("T01", "access") in broken(verdict)) == (off < 0)
    assert (verdict.margins["T01"].margins["access"] > 0) == (off > 0)


def test_a_hemisphere_without_a_window_is_closed(blocks: Anatomy) -> None:
    right = Thread("T02", "rh", (-X, Y, 20.0), (0.0, 0.0, -1.0), 2.2)
    verdict = check(blocks, SAFE, right, access=Access("left", (TOP,)))
    assert broken(verdict) == {("T02", "access")}
    assert verdict.margins["T02"].margins["access"] == -np.inf
    assert verdict.violations[0].message == "Thread T02: there is no window of its hemisphere."


def crown(anatomy: Anatomy) -> Region:
    """The gray matter under the top of the lateral lobe: its lower face is z = 17 from x = −47 to −35."""
    x, y, z = anatomy.hemispheres["lh"].pial_mm.T
    top = np.flatnonzero((z == 20.0) & (x < -32.0) & (x > -50.0) & (np.abs(y) < 20.0))  # all faces of these are on top
    return Region("crown", "lh", tuple(top.tolist()), "made up")


@pytest.mark.parametrize("off", [-UM, UM])
def test_a_region_is_kept_clear_of_by_the_shafts_surface(blocks: Anatomy, off: float) -> None:
    """Along the region's lower face; the contacts end before it begins."""
    device = replace(DEVICE, tip_mm=8.5)  # contacts 0.3 to 1.5 mm in, the tip 10 mm
    thread = Thread("T01", "lh", (-50.0, Y, 17.0 - 0.02 - off), (1.0, 0.0, 0.0), 10.0)
    verdict = verify(blocks, Implant((device,), (thread,)), replace(LIMITS, regions=(crown(blocks),)))
    assert broken(verdict) == (set() if off > 0 else {("T01", "region")})
    assert verdict.margins["T01"].margins["region"] == pytest.approx(off, abs=1e-9)


def test_a_shaft_that_meets_a_region_between_its_contacts_is_named(blocks: Anatomy) -> None:
    """A region of one triangle of the top; the shaft runs 1.5 mm below it, and every contact is far from it."""
    side = blocks.hemispheres["lh"]
    flat = side.faces[(side.pial_mm[:, 2] == 20.0)[side.faces].all(axis=1)]
    middle = side.pial_mm[flat].mean(axis=1)
    face = flat[np.argmin(np.hypot(middle[:, 0] - X, middle[:, 1] - Y))]
    region = Region("spot", "lh", tuple(sorted(face.tolist())), "made up")
    aim = (side.pial_mm[face].mean(axis=0) + side.white_mm[face].mean(axis=0)) / 2
    device = replace(DEVICE, contacts=2, pitch_mm=12.0, tip_mm=0.5)
    thread = Thread("T01", "lh", (-10.0, aim[1], aim[2]), (-1.0, 0.0, 0.0), -10.0 - aim[0] + 6.5)
    implant = Implant((device,), (thread,))
    assert verify(blocks, implant, LIMITS).feasible
    verdict = verify(blocks, implant, replace(LIMITS, regions=(region,)))
    assert broken(verdict) == {("T01", "region")}
    wall, contacts = ExactWall(*region_solid(side, region)), implant.contacts_mm()
    assert wall.clearance(contacts, contacts, 50.0).min() > 2.0


@pytest.mark.parametrize("off", [-0.01, 0.01])
def test_a_current_is_held_to_a_hundredth_of_a_microampere(blocks: Anatomy, off: float) -> None:
    current = np.full((3, 8), 50.0, dtype=np.float32)
    current[1, 6] = 100.0 - off
    verdict = check(blocks, SAFE, OTHER, driven=Driven(current))
    assert broken(verdict) == (set() if off > 0 else {("T02", "current")})
    assert verdict.margins["T01"].margins["current"] == 50.0
    assert verdict.margins["T02"].margins["current"] == pytest.approx(off, abs=1e-4)


@pytest.mark.parametrize("off", [-0.01, 0.01])
@pytest.mark.parametrize("groups", [1, 2, 3])
def test_all_currents_together_are_held_by_the_groups_that_take_turns(blocks: Anatomy, off: float, groups: int) -> None:
    current = np.random.default_rng(0).uniform(1.0, 90.0, (5, 8)).astype(np.float32)
    most = max(float(row[g::groups].astype(np.float64).sum()) for row in current for g in range(groups))
    verdict = check(blocks, SAFE, OTHER, driven=Driven(current, most + off, groups))
    assert broken(verdict) == (set() if off > 0 else {("", "current")})
    if off < 0:
        assert verdict.violations[0].margin == pytest.approx(off, abs=1e-6)


def test_each_device_has_its_own_largest_current(blocks: Anatomy) -> None:
    weak = replace(DEVICE, name="weak", max_current_ua=80.0)
    implant = Implant((DEVICE, weak), (SAFE, replace(OTHER, device="weak")))
    current = np.full((1, 8), 90.0, dtype=np.float32)
    verdict = verify(blocks, implant, replace(LIMITS, threads=2, mix=(1, 1)), Driven(current))
    assert broken(verdict) == {("T02", "current")}


def test_without_currents_nothing_is_said_of_them(blocks: Anatomy) -> None:
    assert check(blocks, SAFE).margins["T01"].margins["current"] == np.inf
    nothing = Driven(np.zeros((0, 4), dtype=np.float32), 10.0)
    assert check(blocks, SAFE, driven=nothing).feasible
