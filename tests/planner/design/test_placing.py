"""Placing by hand: near where it was asked for, feasible where that is possible, and following the surface."""

from __future__ import annotations

import numpy as np
import pytest

from planner.design.baselines import coverage_threads
from planner.design.limits import Limits
from planner.design.placing import NEARBY_MM, follow_surface, propose_thread
from planner.design.site import Site
from planner.design.verify import verify
from planner.frames import HEMISPHERES, HemisphereName
from planner.implant.device import Device
from planner.implant.thread import Implant


@pytest.fixture(scope="module")
def limits(long_thread: Device) -> Limits:
    return Limits(8, long_thread.clearance_mm, long_thread.spacing_mm, long_thread.max_depth_mm)


@pytest.mark.parametrize("hemisphere", HEMISPHERES)
def test_proposed_threads_enter_near_the_point_and_most_keep_every_limit(
    site: Site, long_thread: Device, limits: Limits, hemisphere: HemisphereName
) -> None:
    shape = site.sides[hemisphere].hemisphere
    v1 = np.flatnonzero(shape.retinotopy.area == 1)
    feasible = 0
    for vertex in v1[:: len(v1) // 10][:10]:
        point = tuple(shape.pial_mm[vertex])
        thread = propose_thread(site, long_thread, limits, hemisphere, point, "N01")
        assert (thread.name, thread.hemisphere) == ("N01", hemisphere)
        assert np.linalg.norm(np.subtract(thread.entry_mm, point)) < 4 * NEARBY_MM
        feasible += verify(site.anatomy, Implant(long_thread, (thread,)), limits).feasible
    assert feasible >= 7


def test_a_proposed_thread_keeps_its_distance_to_those_placed(site: Site, long_thread: Device, limits: Limits) -> None:
    placed = coverage_threads(site, long_thread, limits, seed=0)
    new = propose_thread(site, long_thread, limits, placed[0].hemisphere, placed[0].entry_mm, "N01", placed)
    verdict = verify(site.anatomy, Implant(long_thread, (*placed[:7], new)), limits)
    assert verdict.margins["N01"].margins["spacing"] >= 0


def test_a_thread_that_follows_the_surface_enters_on_it_at_the_same_angle(
    site: Site, long_thread: Device, limits: Limits
) -> None:
    (thread, *_) = coverage_threads(site, long_thread, limits, seed=0)
    pial = site.sides[thread.hemisphere].pial
    aside = np.cross(thread.direction, [0.0, 0.0, 1.0])
    moved = follow_surface(site, thread, tuple(np.add(thread.entry_mm, 2.0 * aside)))
    points = np.array([thread.entry_mm, moved.entry_mm])
    nearest, _, normals = pial.closest(points)
    np.testing.assert_allclose(nearest, points, atol=1e-9)
    cosines = [float(normal @ np.array(t.direction)) for normal, t in zip(normals, (thread, moved), strict=True)]
    assert cosines[0] == pytest.approx(cosines[1], abs=1e-9)
    assert np.linalg.norm(moved.direction) == pytest.approx(1.0)
    assert moved.depth_mm == thread.depth_mm


def test_following_to_where_it_is_changes_nothing(site: Site, long_thread: Device, limits: Limits) -> None:
    (thread, *_) = coverage_threads(site, long_thread, limits, seed=0)
    same = follow_surface(site, thread, thread.entry_mm)
    np.testing.assert_allclose(same.entry_mm, thread.entry_mm, atol=1e-9)
    np.testing.assert_allclose(same.direction, thread.direction, atol=1e-9)
