"""Dashes and rings along shafts, measured."""

from __future__ import annotations

import numpy as np
import pytest

from app.views.shaft_lines import (
    CREST,
    DASH_MM,
    OPEN_MM,
    RING_MM,
    VALLEY,
    Lines,
    crests,
    dashed,
    farther_apart,
    joined,
    ringed,
    straight,
)
from planner.design.faults import Faults
from planner.implant.thread import Shafts

START = np.array([[0.0, 0.0, 0.0], [5.0, 0.0, 0.0]])
END = np.array([[0.0, 0.0, -6.0], [5.0, 3.0, 4.0]])
RADIUS, THREAD = np.array([0.2, 0.1]), np.array([0, 3])


def ends(lines: Lines) -> np.ndarray:
    return lines.points_mm.reshape(-1, 2, 3)


def test_dashes_lie_on_the_shaft_from_its_start_to_its_end_with_openings_between() -> None:
    lines = dashed(START, END, RADIUS, THREAD)
    for thread, start, end in zip(THREAD, START, END, strict=True):
        mine = ends(lines)[lines.thread[::2] == thread]
        length = np.linalg.norm(end - start)
        unit = (end - start) / length
        at = (mine - start) @ unit
        np.testing.assert_allclose(mine, start + at[..., None] * unit, atol=1e-12)
        assert at[0, 0] == 0.0
        assert at[-1, 1] == pytest.approx(length)
        np.testing.assert_allclose(at[1:, 0] - at[:-1, 1], OPEN_MM)
        assert (at[:, 1] - at[:, 0]).min() > 0.6 * DASH_MM
        assert (at[:, 1] - at[:, 0]).max() < 1.6 * DASH_MM
    assert (lines.radius_mm == np.where(lines.thread == 0, 0.2, 0.1)).all()


def test_rings_are_where_the_faults_are_and_stand_out_from_the_shaft() -> None:
    shafts = Shafts(START, END, np.array([0, 1]))
    faults = Faults(np.array([0, 1]), np.array([0, 1]), np.array([0.5, 0.0]), np.array([0.75, 0.02]), np.zeros(0, bool))
    lines = ringed(shafts, RADIUS, faults)
    first = lines.points_mm[lines.line == 0]
    np.testing.assert_allclose(first[[0, -1], 2], [-3.0, -4.5])
    high = crests(lines, RADIUS)
    assert high[[0, -1]].all()
    assert high[lines.line == 0].sum() == round(1.5 / RING_MM) + 1
    thick = lines.radius_mm / RADIUS[lines.thread]
    np.testing.assert_allclose(thick, np.where(high, CREST, VALLEY))
    assert (lines.line == 1).sum() == 3  # the shortest has two rings and what is between them


def test_joined_lines_keep_apart() -> None:
    both = joined(dashed(START, END, RADIUS, THREAD), straight(START, END, RADIUS, THREAD))
    assert (np.bincount(both.line) == 2).all()
    assert (np.diff(both.line) >= 0).all()
    some = both.of(np.array([False, False, False, True]), np.array([-1, -1, -1, 0]))
    assert set(some.thread.tolist()) == {0}
    assert np.unique(some.line).tolist() == list(range(some.line.max() + 1))


def test_rings_from_afar_are_on_the_same_stretches_and_fewer() -> None:
    shafts = Shafts(START, END, np.array([0, 1]))
    faults = Faults(np.array([0, 1]), np.array([0, 1]), np.array([0.2, 0.0]), np.array([0.8, 0.02]), np.zeros(0, bool))
    near = ringed(shafts, RADIUS, faults)
    far = farther_apart(near, 3.0)
    for line in (0, 1):
        ends_near, ends_far = (its.points_mm[its.line == line][[0, -1]] for its in (near, far))
        np.testing.assert_allclose(ends_far, ends_near)
    assert crests(near, RADIUS)[near.line == 0].sum() == round(3.6 / RING_MM) + 1
    assert crests(far, RADIUS)[far.line == 0].sum() == round(3.6 / RING_MM / 3.0) + 1
    assert (far.line == 1).sum() == 3
    np.testing.assert_allclose(np.unique(far.radius_mm), np.unique(near.radius_mm))
    assert len(farther_apart(near.of(np.zeros(2, bool), np.zeros(2, int)), 3.0).line) == 0
