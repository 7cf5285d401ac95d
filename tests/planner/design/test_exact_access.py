"""What access, regions and angle mean, in closed form: both sides of the house a micrometre inside and outside."""

from __future__ import annotations

from dataclasses import replace
from math import cos, hypot, radians, sin, sqrt, tan

import numpy as np
import pytest
import torch

from planner.anatomy.access import LEAST_SLOPE, Access, AccessMargin, Window
from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.regions import Region, region_solid
from planner.design.access import angle_margin, region_margin, window_margins
from planner.design.constraints import told
from planner.design.exact_access import exact_angle_margin, exact_region_margin, exact_window_margins
from planner.frames import FloatArray, HemisphereName
from planner.geometry.exact import ExactMesh
from planner.geometry.exact_normals import ExactNormals
from planner.geometry.exact_shafts import ExactWall
from planner.geometry.surface import Surface
from planner.geometry.walls import Wall

UM = 1e-3
TOP = Window("lh", "hull", (-30.0, 0.0, 20.0), (0.0, 0.0, -1.0), 10.0, 40.0, 30.0)
MEDIAL = Window("lh", "pial", (-10.0, 0.0, 0.0), (-1.0, 0.0, 0.0), 10.0, 40.0, 30.0)
DOWN = (0.0, 0.0, -1.0)
Point = tuple[float, float, float]


class Judges:
    """The smooth and the exact margins of one shaft, which have to agree."""

    def __init__(self, anatomy: Anatomy) -> None:
        sides = anatomy.hemispheres
        self.smooth = {name: Surface(side.pial_mm, side.faces) for name, side in sides.items()}
        self.exact = {name: ExactMesh(side.pial_mm, side.faces) for name, side in sides.items()}
        self.normals = {name: ExactNormals(side.pial_mm, side.faces) for name, side in sides.items()}

    def __call__(
        self, windows: Window | tuple[Window, ...], entry: Point, direction: Point, depth: float = 3.0, rh: bool = False
    ) -> dict[AccessMargin, float]:
        access = Access("a", windows if isinstance(windows, tuple) else (windows,))
        start = np.array([entry])
        unit = np.array([direction]) / np.linalg.norm(direction)
        tip, right = start + depth * unit, np.array([rh])
        found = exact_window_margins(access, self.exact, start, unit, tip, right)
        smooth = window_margins(access, self.smooth, *(torch.from_numpy(x) for x in (start, unit, tip, right)))
        for name, value in found.items():
            np.testing.assert_allclose(told(name, smooth[name]).numpy(), value, atol=1e-9, err_msg=name)
        return {name: float(value[0]) for name, value in found.items()}

    def angle(self, entry: Point, direction: Point, limit_deg: float, side: HemisphereName = "lh") -> float:
        start = np.array([entry])
        unit = np.array([direction]) / np.linalg.norm(direction)
        right = np.array([side == "rh"])
        found = exact_angle_margin(self.normals, start, unit, right, limit_deg)
        smooth = angle_margin(self.smooth, *(torch.from_numpy(x) for x in (start, unit, right)), limit_deg)
        np.testing.assert_allclose(smooth.numpy(), found, atol=1e-9)
        return float(found[0])


@pytest.fixture(scope="module")
def judge(blocks: Anatomy) -> Judges:
    return Judges(blocks)


@pytest.mark.parametrize("off", [-UM, UM])
def test_a_micrometre_decides_whether_a_shaft_comes_through_the_disc(judge: Judges, off: float) -> None:
    assert judge(TOP, (-40.0 - off, 0.0, 20.0), DOWN)["access"] == pytest.approx(-off, abs=1e-9)
    # From the floor of the sulcus, 15 mm below the window, through its rim along y.
    tilt = atan_deg((10.0 + off) / 15.0)
    found = judge(TOP, (-30.0, 0.0, 5.0), (0.0, -sin(radians(tilt)), -cos(radians(tilt))))
    assert found["access"] == pytest.approx(-off, abs=1e-9)


@pytest.mark.parametrize("off", [-1e-4, 1e-4])
def test_the_cone_has_an_edge(judge: Judges, off: float) -> None:
    for turn in (0.0, 90.0, 200.0):
        tilt = radians(40.0 + off)
        aside = sin(tilt) * np.array([cos(radians(turn)), sin(radians(turn))])
        found = judge(TOP, (-40.0, 0.0, 20.0), (float(aside[0]), float(aside[1]), -cos(tilt)))
        assert found["approach"] == pytest.approx(-off, abs=1e-9)
    assert judge(TOP, (-40.0, 0.0, 20.0), DOWN)["approach"] == 40.0
    assert judge(TOP, (-40.0, 0.0, 20.0), (0.0, 0.0, 1.0))["approach"] == -140.0


@pytest.mark.parametrize("off", [-UM, UM])
def test_reach_is_counted_from_the_windows_plane_along_the_shaft(judge: Judges, off: float) -> None:
    assert judge(TOP, (-40.0, 0.0, 20.0), DOWN, 30.0 + off)["reach"] == pytest.approx(-off, abs=1e-9)
    assert judge(TOP, (-30.0, 0.0, 5.0), DOWN, 15.0 + off)["reach"] == pytest.approx(-off, abs=1e-9)
    tilted = (0.0, -0.6, -0.8)  # 15 mm down are 18.75 mm along
    assert judge(TOP, (-30.0, 0.0, 5.0), tilted, 11.25 + off)["reach"] == pytest.approx(-off, abs=1e-9)
    assert judge(MEDIAL, (-10.0, 1.0, 0.0), (-0.8, 0.6, 0.0), 30.0 + off)["reach"] == pytest.approx(-off, abs=1e-9)
    assert judge(replace(TOP, reach_mm=None), (-40.0, 0.0, 20.0), DOWN, 500.0)["reach"] == np.inf


@pytest.mark.parametrize("off", [-UM, UM])
def test_a_micrometre_decides_whether_the_opposite_bank_is_in_the_way(judge: Judges, off: float) -> None:
    """Out of the left bank, 10 mm below the sulcus's mouth of 4 mm: the way meets the right bank's rim or passes it."""
    run = 4.0 + off
    length = hypot(run, 10.0)
    found = judge(replace(TOP, radius_mm=19.0), (-32.0, 0.0, 10.0), (-run / length, 0.0, -10.0 / length))
    through = off * length / run  # from x = −28 on, up to the mouth
    assert found["access"] == pytest.approx(-through if off > 0 else 19.0 - 2.0 + UM, abs=1e-8)


def test_brain_in_the_way_counts_by_its_length(judge: Judges) -> None:
    flat = (-1.0, 0.0, -0.5)
    found = judge(replace(TOP, radius_mm=19.0, cone_deg=85.0), (-32.0, 0.0, 15.0), flat)
    assert found["access"] == pytest.approx(-(10.0 - 4.0) * sqrt(1.25), abs=1e-9)  # x = −28 to −22, where it comes out


def test_the_other_hemisphere_is_in_the_way_to_the_hull_but_is_retracted_from_pial(judge: Judges) -> None:
    across = Window("lh", "hull", (50.0, 0.0, 0.0), (-1.0, 0.0, 0.0), 10.0, 40.0)
    assert judge(across, (-10.0, 0.0, 0.0), (-1.0, 0.0, 0.0))["access"] == pytest.approx(-40.0, abs=1e-9)
    assert judge(MEDIAL, (-10.0, 0.0, 0.0), (-1.0, 0.0, 0.0))["access"] == 10.0
    # Above the floor of the other hemisphere's sulcus, 4 mm of the 40 are free.
    high = replace(across, centre_mm=(50.0, 0.0, 10.0))
    assert judge(high, (-10.0, 0.0, 10.0), (-1.0, 0.0, 0.0))["access"] == pytest.approx(-36.0, abs=1e-9)


@pytest.mark.parametrize("off", [-UM, UM])
def test_a_window_on_pial_holds_entries_within_its_radius(judge: Judges, off: float) -> None:
    found = judge(MEDIAL, (-10.0, 6.0 + off, 8.0), (-1.0, 0.0, 0.0))
    assert found["access"] == pytest.approx(10.0 - hypot(6.0 + off, 8.0), abs=1e-9)
    assert (found["access"] < 0) == (off > 0)


@pytest.mark.parametrize("off", [-UM, UM])
def test_from_pial_the_way_is_looked_at_for_ten_millimetres(judge: Judges, off: float) -> None:
    """Along a sulcus 4 mm wide so flat that the other bank is met 10 mm away, a micrometre more or less."""
    bank = Window("lh", "pial", (-32.0, -8.0, 12.0), (-1.0, 0.0, 0.0), 9.0, 85.0)
    slope = 4.0 / (10.0 + off)
    found = judge(bank, (-32.0, -8.0, 12.0), (-slope, -sqrt(1.0 - slope**2), 0.0))
    assert found["access"] == pytest.approx(9.0 if off > 0 else off, abs=1e-9)
    assert judge(bank, (-32.0, -8.0, 12.0), (-1.0, 0.0, 0.0))["access"] == pytest.approx(-6.0, abs=1e-9)


def test_a_shaft_along_the_windows_plane_meets_it_far_away_and_not_at_infinity(judge: Judges) -> None:
    found = judge(replace(TOP, cone_deg=85.0), (-30.0, 0.0, 5.0), (0.0, 1.0, 0.0))
    assert found["approach"] == pytest.approx(-5.0, abs=1e-9)
    assert found["access"] == pytest.approx(10.0 - 15.0 / LEAST_SLOPE, abs=1e-9)
    assert found["reach"] == pytest.approx(30.0 - 3.0 - 15.0 / LEAST_SLOPE, abs=1e-9)


def test_margins_are_continuous_where_the_shaft_turns_parallel_to_the_plane(judge: Judges) -> None:
    """The sulcus is 40 mm long, so that the way along y stays free of brain."""
    values = []
    for slope in LEAST_SLOPE + np.array([-1e-7, 0.0, 1e-7]):
        found = judge(TOP, (-30.0, 0.0, 5.0), (0.0, float(np.sqrt(1 - slope**2)), -float(slope)))
        values.append((found["access"], found["reach"], found["approach"]))
    np.testing.assert_allclose(np.diff(values, axis=0), 0.0, atol=1e-3)
    away = judge(TOP, (-30.0, 0.0, 5.0), (0.0, 0.1, 1.0))
    assert away["access"] < 0
    assert away["approach"] < -100


def test_an_entry_beyond_the_windows_plane_is_met_by_the_line_too(judge: Judges) -> None:
    """A window laid 2 mm below the surface: its plane is crossed after the entry."""
    low = replace(TOP, centre_mm=(-40.0, 0.0, 18.0))
    found = judge(low, (-40.0, 0.0, 20.0), (0.0, -0.6, -0.8), 10.0)
    assert found["access"] == pytest.approx(10.0 - 1.5, abs=1e-9)
    assert found["reach"] == pytest.approx(30.0 - 10.0 + 2.5, abs=1e-9)


def test_an_entry_a_little_off_pial_is_still_an_entry(judge: Judges) -> None:
    for off in (-0.05, 0.05):
        assert judge(TOP, (-38.0, 0.0, 20.0 + off), (0.0, 0.5, -1.0))["access"] > 0
    assert judge(TOP, (-40.0, 0.0, 17.0), DOWN)["access"] == pytest.approx(-(3.0 - 0.2), abs=1e-9)


def test_of_several_windows_the_one_counts_that_allows_the_most(judge: Judges) -> None:
    far = replace(TOP, centre_mm=(-44.0, 0.0, 20.0))
    entry = (-40.0, 0.0, 20.0)
    for windows in ((TOP, far), (far, TOP)):
        assert judge(windows, entry, DOWN)["access"] == 6.0
    # The nearer window is too narrow a cone: the farther one lets the shaft in, and its margins are given.
    narrow = replace(far, cone_deg=10.0, reach_mm=None)
    wide = replace(TOP, centre_mm=(-35.0, 0.0, 20.0))
    found = judge((narrow, wide), entry, (0.0, -0.6, -0.8))
    assert found["approach"] == pytest.approx(40.0 - np.degrees(np.arcsin(0.6)), abs=1e-9)
    assert found["access"] == pytest.approx(5.0, abs=1e-9)
    assert found["reach"] == pytest.approx(27.0, abs=1e-9)
    assert min(found.values()) > 0


def test_a_hemisphere_without_a_window_is_closed(judge: Judges) -> None:
    found = judge(TOP, (40.0, 0.0, 20.0), DOWN, rh=True)
    assert found == {"access": -np.inf, "approach": np.inf, "reach": np.inf}
    both = (TOP, replace(TOP, hemisphere="rh", centre_mm=(40.0, 0.0, 20.0), radius_mm=4.0))
    assert judge(both, (40.0, 0.0, 20.0), DOWN, rh=True)["access"] == 4.0


@pytest.mark.parametrize("off", [-1e-6, 1e-6])
def test_the_angle_is_taken_to_the_normal_inwards(judge: Judges, off: float) -> None:
    tilt = radians(25.0 + off)
    assert judge.angle((-40.3, 1.2, 20.0), (0.0, sin(tilt), -cos(tilt)), 25.0) == pytest.approx(-off, abs=1e-9)
    assert judge.angle((40.3, 1.2, 20.0), (sin(tilt), 0.0, -cos(tilt)), 25.0, "rh") == pytest.approx(-off, abs=1e-9)
    assert judge.angle((-10.0, 1.2, 0.3), (-cos(tilt), sin(tilt), 0.0), 25.0) == pytest.approx(-off, abs=1e-9)
    assert judge.angle((-40.3, 1.2, 20.0), (0.0, 0.0, 1.0), 25.0) == pytest.approx(-155.0, abs=1e-9)


def test_normals_turn_smoothly_around_an_edge(judge: Judges) -> None:
    """On the edge of two faces at a right angle the normal lies between them, wherever one comes from."""
    on_top, on_side = (
        judge.angle((-50.0 + 1e-7, 1.2, 20.0), DOWN, 0.0),
        judge.angle((-50.0, 1.2, 20.0 - 1e-7), DOWN, 0.0),
    )
    assert on_top == pytest.approx(on_side, abs=1e-4)
    assert -90.0 < on_top < 0.0


@pytest.fixture(scope="module")
def crown(blocks: Anatomy) -> tuple[Wall, ExactWall]:
    """The gray matter under the left half of the top: z 17 to 20, x −50 to −32 above and −47 to −35 below."""
    side = blocks.hemispheres["lh"]
    top = np.flatnonzero((side.pial_mm[:, 2] == 20.0) & (side.pial_mm[:, 0] <= -32.0))
    solid = region_solid(side, Region("crown", "lh", tuple(top.tolist()), "made up"))
    return Wall(*solid), ExactWall(*solid)


def gaps(walls: tuple[Wall, ExactWall], start: Point, end: Point) -> tuple[float, float]:
    ends = np.array([start]), np.array([end])
    smooth = region_margin([walls[0]], *(torch.from_numpy(x) for x in ends))
    return float(smooth[0]), float(exact_region_margin([walls[1]], *ends)[0])


@pytest.mark.parametrize("off", [-UM, UM])
def test_a_micrometre_decides_whether_a_shaft_touches_a_region(crown: tuple[Wall, ExactWall], off: float) -> None:
    """Along its lower face from outside; the contacts may lie anywhere."""
    smooth, exact = gaps(crown, (-46.0, 0.0, 17.0 - off), (-36.0, 0.0, 17.0 - off))
    assert exact == pytest.approx(off, abs=1e-9)
    assert smooth == pytest.approx(off, abs=1e-9)


def test_a_shaft_that_touches_a_region_between_its_contacts_is_caught(blocks: Anatomy) -> None:
    """A region of a single vertex, narrower than the pitch: every contact is clear of it, the shaft is not."""
    side = blocks.hemispheres["lh"]
    vertex = int(np.linalg.norm(side.pial_mm - [-20.0, 0.0, 20.0], axis=1).argmin())
    solid = region_solid(side, Region("spot", "lh", (vertex,), "made up"))
    fan = side.faces[(side.faces == vertex).any(axis=1)]
    assert len(solid[1]) == 4 * len(fan)  # of pial and white, and two of wall for each edge of its border
    walls = Wall(*solid), ExactWall(*solid)
    middle = (side.pial_mm[vertex] + side.white_mm[vertex]) / 2
    along = np.array([0.6, 0.8, 0.0])
    wide = np.linalg.norm(side.pial_mm[fan] - side.pial_mm[vertex], axis=2).max() + 3.0
    contacts = middle + np.array([-3.0, -1.0, 1.0, 3.0])[:, None] * wide * along
    assert all(gap > 1.0 for contact in contacts for gap in gaps(walls, point(contact), point(contact)))
    assert all(gap < -0.1 for gap in gaps(walls, point(contacts[0]), point(contacts[-1])))


def test_a_shaft_through_any_vertex_of_a_strewn_label_is_inside(blocks: Anatomy) -> None:
    """No three of the vertices make a face, yet none of them can be gone through, by a shaft as thin as may be."""
    side = blocks.hemispheres["lh"]
    top = np.flatnonzero((side.pial_mm[:, 2] == 20.0) & (np.abs(side.pial_mm[:, 1]) < 19.0))
    strewn = [int(v) for v in top if not np.isin(top[top < v], side.faces[(side.faces == v).any(axis=1)]).any()]
    assert not np.isin(side.faces, strewn).all(axis=1).any()
    assert len(strewn) > 5
    solid = region_solid(side, Region("strewn", "lh", tuple(strewn), "made up"))
    walls = Wall(*solid), ExactWall(*solid)
    for vertex in strewn:
        out = side.pial_mm[vertex] - side.white_mm[vertex]
        ends = side.pial_mm[vertex] + 0.5 * out, side.white_mm[vertex] - 0.5 * out
        assert all(gap < -0.1 for gap in gaps(walls, point(ends[0]), point(ends[1])))


def test_a_solid_is_forbidden_to_both_hemispheres_and_the_nearest_counts(
    blocks: Anatomy, crown: tuple[Wall, ExactWall]
) -> None:
    side = blocks.hemispheres["rh"]
    top = np.flatnonzero((side.pial_mm[:, 2] == 20.0) & (side.pial_mm[:, 0] >= 32.0))
    solid = region_solid(side, Region("crown", "rh", tuple(top.tolist()), "made up"))
    start, end = np.array([[40.0, 0.0, 22.0], [-40.0, 0.0, 23.0]]), np.array([[40.0, 0.0, 30.0], [-40.0, 0.0, 30.0]])
    exact = exact_region_margin([crown[1], ExactWall(*solid)], start, end)
    smooth = region_margin([crown[0], Wall(*solid)], torch.from_numpy(start), torch.from_numpy(end))
    np.testing.assert_allclose(exact, [2.0, 3.0], atol=1e-9)
    np.testing.assert_allclose(smooth, [2.0, 3.0], atol=1e-3)
    assert exact_region_margin([], start, end).min() == np.inf


def atan_deg(slope: float) -> float:
    found = float(np.degrees(np.arctan(slope)))
    assert tan(radians(found)) == pytest.approx(slope)
    return found


def point(values: FloatArray) -> Point:
    x, y, z = (float(v) for v in values)
    return x, y, z
