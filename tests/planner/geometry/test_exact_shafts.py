"""What the exact gate's prefilters leave out is never what is nearest."""

from __future__ import annotations

import numpy as np
import pytest
import torch
import trimesh

from planner.frames import FloatArray
from planner.geometry.capsules import Capsules, nearest
from planner.geometry.exact_shafts import ExactCapsules, ExactWall, nearest_shafts
from planner.geometry.segments import segment_distance


def twigs(count: int, seed: int = 0) -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Penetrating vessels of 15–30 µm radius under a sphere of 40 mm, and a few trunks of every length and radius."""
    rng = np.random.default_rng(seed)
    out = rng.normal(size=(count, 3))
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    first = out * rng.uniform(37.0, 40.0, (count, 1))
    last = first - out * 0.3 + rng.normal(0.0, 0.05, (count, 3))
    radius = rng.uniform(0.015, 0.03, count)
    trunk = rng.random(count) < 0.02
    radius[trunk] = rng.uniform(0.1, 0.9, trunk.sum())
    last[trunk] += rng.normal(0.0, 3.0, (int(trunk.sum()), 3))
    return first, last, radius, 0.9 * radius


def shafts(count: int, length: float, seed: int = 1) -> tuple[FloatArray, FloatArray]:
    rng = np.random.default_rng(seed)
    out, lean = rng.normal(size=(2, count, 3))
    out /= np.linalg.norm(out, axis=1, keepdims=True)
    along = -out + 0.7 * lean
    return 40.0 * out, 40.0 * out + length * along / np.linalg.norm(along, axis=1, keepdims=True)


@pytest.mark.parametrize("length", [0.0, 3.0, 15.0])
def test_both_indices_give_what_all_pairs_give(length: float) -> None:
    vessels = twigs(600)
    start, end = shafts(40, length)
    shaft, capsule = (x.ravel() for x in np.indices((40, 600)))
    first, last, thick, thin = (part[capsule] for part in vessels)
    pair = nearest(start[shaft], (end - start)[shaft], first, last - first, thick, thin - thick)
    every = pair[2].reshape(40, 600)
    exact, index = ExactCapsules(*vessels).clearance(start, end, np.inf)
    fast, same = Capsules(*vessels).clearance(torch.from_numpy(start), torch.from_numpy(end), 100.0)
    np.testing.assert_array_equal(index, every.argmin(axis=1))
    np.testing.assert_array_equal(same, index)
    np.testing.assert_allclose(exact, every.min(axis=1), atol=1e-9)
    np.testing.assert_allclose(fast, exact, atol=1e-9)


def test_a_reach_cuts_off_what_is_farther_and_nothing_else() -> None:
    vessels = twigs(600)
    start, end = shafts(60, 3.0)
    free, index = ExactCapsules(*vessels).clearance(start, end, np.inf)
    cut, some = ExactCapsules(*vessels).clearance(start, end, 2.5)
    assert 10 < (free < 2.5).sum() < 50
    np.testing.assert_array_equal(cut, np.minimum(free, 2.5))
    np.testing.assert_array_equal(some, np.where(free < 2.5, index, -1))


def test_nothing_there_is_answered() -> None:
    nothing = ExactCapsules(np.zeros((0, 3)), np.zeros((0, 3)), np.zeros(0), np.zeros(0))
    distance, index = nothing.clearance(np.zeros((2, 3)), np.ones((2, 3)), 4.0)
    assert (distance.tolist(), index.tolist()) == ([4.0, 4.0], [-1, -1])


def test_shafts_are_as_far_apart_as_the_optimisers_closed_form_says() -> None:
    start, end = shafts(30, 9.0)
    end[5] = start[5]
    start[7], end[7] = start[6] + 0.01, end[6] + 0.01  # parallel
    a, b = torch.from_numpy(start), torch.from_numpy(end)
    table = segment_distance(a[:, None], b[:, None], a[None], b[None]).fill_diagonal_(torch.inf).numpy()
    distance, other = nearest_shafts(start, end, np.zeros(len(start)), np.arange(len(start)), len(start))
    np.testing.assert_allclose(distance, table.min(axis=1), atol=1e-9)
    np.testing.assert_array_equal(other, table.argmin(axis=1))
    alone = nearest_shafts(start[:1], end[:1], np.zeros(1), np.zeros(1, dtype=np.int64), 1)
    assert (alone[0].tolist(), alone[1].tolist()) == ([np.inf], [-1])


@pytest.mark.parametrize("um", [-1.0, 1.0])
def test_a_micrometre_through_a_wall_is_seen(um: float) -> None:
    ball = trimesh.creation.icosphere(subdivisions=3, radius=1.0)
    wall = ExactWall(np.asarray(ball.vertices), np.asarray(ball.faces))
    corners = np.asarray(ball.triangles)[::40]
    normal, centre = np.asarray(ball.face_normals)[::40], corners.mean(axis=1)
    found = wall.clearance(centre + 2.0 * normal, centre + um * 1e-3 * normal, 10.0)
    np.testing.assert_allclose(found, um * 1e-3, atol=1e-9 if um > 0 else 1e-4)
    assert ((found > 0) == (um > 0)).all()
