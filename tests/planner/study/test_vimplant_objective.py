from __future__ import annotations

import numpy as np
import pytest
import torch

from planner.anatomy.hemisphere import Anatomy
from planner.design.rigid_grid import HIGHEST, LOWEST, RigidGrid, grid_contacts, outside_hull_mm
from planner.frames import HEMISPHERES, FloatArray, HemisphereName
from planner.study.vimplant_objective import (
    REGIONS,
    WORST,
    Objective,
    Softness,
    dice_coefficient,
    field_target,
    hellinger_distance,
    maps,
)
from tests.timing import cpu_seconds

SIDES: dict[HemisphereName, float] = {"lh": 1.0, "rh": -1.0}


def drawn(count: int, seed: int = 0) -> torch.Tensor:
    poses = np.random.default_rng(seed).integers(LOWEST, np.add(HIGHEST, 1), (count, 4))
    return torch.from_numpy(poses.astype(np.float64))


@pytest.fixture(scope="module", params=HEMISPHERES)
def objective(request: pytest.FixtureRequest, demo: Anatomy) -> Objective:
    return Objective(demo.hemispheres[request.param], field_target(SIDES[request.param]))


def test_dice_of_equal_maps_is_one_of_disjoint_ones_zero_and_of_a_half_two_thirds() -> None:
    region = torch.zeros(8, 6, dtype=torch.float64)
    region[:4] = 1
    half = region.clone()
    half[:, :3] = 0
    found = dice_coefficient(torch.stack([region, 1 - region, half]), region)
    np.testing.assert_allclose(found, [1, 0, 2 / 3])


def test_hellinger_is_zero_for_equal_one_for_disjoint_and_the_closed_form_between() -> None:
    wanted = torch.tensor([[0.5, 0.5, 0.0]], dtype=torch.float64)
    density = torch.tensor([[[0.5, 0.5, 0]], [[0, 0, 1]], [[0.1, 0.3, 0.6]], [[0.1, 0.3, 0]]], dtype=torch.float64)
    between = np.sqrt(1 - np.sqrt(0.05) - np.sqrt(0.15))
    np.testing.assert_allclose(hellinger_distance(density, wanted), [0, 1, between, between], atol=2e-6)


def test_maps_are_the_integrals_of_the_phosphenes() -> None:
    """Brute force: each pixel sampled 40 × 40 times."""
    target = field_target(1.0)
    centre = torch.tensor([[[3.1, -2.2], [11.3, 6.7], [5.0, 5.0]]], dtype=torch.float64)
    sigma = torch.tensor([[0.2, 3.0, 1.0]], dtype=torch.float64)
    counted = torch.tensor([[1.0, 0.5, 0.0]], dtype=torch.float64)
    light, density = maps(centre, sigma, counted, target)
    assert float(density.sum()) == pytest.approx(1, abs=1e-3)
    for column, row in ((26, 75), (42, 93), (30, 80)):
        left, low = float(target.x_edges_deg[column]), float(target.y_edges_deg[row])
        step = (np.arange(40) + 0.5) / 80
        x, y = np.meshgrid(left + step, low + step)
        near = np.exp(-((x - 3.1) ** 2 + (y + 2.2) ** 2) / 0.08)
        wide = 0.5 * np.exp(-((x - 11.3) ** 2 + (y - 6.7) ** 2) / 18)
        assert float(light[0, column, row]) == pytest.approx((near + wide).mean(), rel=2e-3, abs=1e-9)


def in_gray(points: FloatArray) -> np.typing.NDArray[np.bool_]:
    """Closed form of the left block's gray matter, 3 mm under every face; see the fixture `blocks`."""

    def within(inset: float) -> np.typing.NDArray[np.bool_]:
        x, y, z = points.T
        outer = (-50 + inset < x) & (x < -10 - inset) & (np.abs(y) < 20 - inset) & (np.abs(z) < 20 - inset)
        return outer & ~((-32 - inset < x) & (x < -28 + inset) & (z > 5 - inset))

    return within(0.0) & ~within(3.0)


@pytest.mark.parametrize("pose", [(0, 0, 0, 10), (90, 0, 1, 30), (60, 30, 12, 17), (-20, 75, 3, 40)])
def test_the_yield_counts_the_contacts_in_gray_matter(blocks: Anatomy, pose: tuple[int, ...]) -> None:
    objective = Objective(blocks.hemispheres["lh"], field_target(1.0))
    poses = torch.tensor([pose], dtype=torch.float64)
    points = grid_contacts(poses, objective.approach, objective.grid)[0].numpy()
    truth = in_gray(points + 1e-9)  # off the faces, on which neither answer is wrong
    near_a_face = (in_gray(points + 1e-3) != in_gray(points - 1e-3)).sum()
    assert 0 < truth.sum() < len(points)
    # Under the slot's floor, where prisms 10 mm long meet, the ribbon takes a few points for outside.
    found = float(objective.exact(poses).grid_yield) * len(points)
    assert truth.sum() * 0.97 - near_a_face <= found <= truth.sum() + near_a_face


def test_straight_from_behind_the_contacts_lie_at_their_depths_under_the_hull(blocks: Anatomy) -> None:
    approach = Objective(blocks.hemispheres["lh"], field_target(1.0)).approach
    poses = torch.tensor([[0.0, 0, 4, 20]], dtype=torch.float64)
    points = grid_contacts(poses, approach, RigidGrid(shanks=2, contacts=4, pitch_mm=3.0))[0].numpy()
    np.testing.assert_allclose(np.unique(points[:, 1].round(9)), [-13.5, -8.5, -3.5, 1.5])
    offsets = points[:, [0, 2]] - approach.aim_mm.numpy()[[0, 2]]
    np.testing.assert_allclose(np.unique(offsets.round(9)), [-1.5, 1.5])


def test_a_grid_is_inside_the_hull_exactly_when_all_its_contacts_and_ends_are(objective: Objective) -> None:
    poses = drawn(12)
    outside = outside_hull_mm(poses, objective.approach, objective.grid)
    dense = grid_contacts(poses, objective.approach, RigidGrid(4, 101, 3.0))
    beyond = (dense @ objective.approach.normals.T - objective.approach.levels_mm).amax(dim=(1, 2))
    assert (beyond <= outside + 1e-9).all()
    np.testing.assert_allclose(beyond, outside, atol=0.2)  # the dense contacts end 0.2 mm short of the shanks


def test_grids_that_leave_the_hull_are_worse_than_any_inside(objective: Objective) -> None:
    terms = objective.exact(drawn(60))
    assert 6 < (terms.outside_mm > 0).sum() < 54
    assert terms.loss[terms.outside_mm > 0].min() >= WORST >= terms.loss[terms.outside_mm <= 0].max()


def test_mirrored_hemispheres_are_worth_the_same(blocks: Anatomy) -> None:
    poses = drawn(12)
    left, right = (Objective(blocks.hemispheres[name], field_target(SIDES[name])).exact(poses) for name in HEMISPHERES)
    np.testing.assert_allclose(left.outside_mm, right.outside_mm, atol=1e-9)
    np.testing.assert_allclose(left.loss, right.loss, atol=1e-9)


@pytest.mark.parametrize("name", HEMISPHERES)
def test_a_hemisphere_lights_the_other_half_of_the_field(demo: Anatomy, name: HemisphereName) -> None:
    same = Objective(demo.hemispheres[name], field_target(SIDES[name]))
    field, counted = same.phosphenes(drawn(60))
    assert counted.sum() > 600
    assert (field[counted > 0][:, 0] * SIDES[name] >= 0).all()
    wrong = Objective(demo.hemispheres[name], field_target(-SIDES[name]))
    assert same.exact(drawn(60)).dice.max() > 0.5 > 0.2 > wrong.exact(drawn(60)).dice.max()


@pytest.mark.parametrize("region", REGIONS)
def test_targets_have_their_areas_and_are_mirrored(region: str) -> None:
    nearest, farthest, lowest, highest = REGIONS[region]
    right, left = field_target(1.0, region), field_target(-1.0, region)
    area = np.pi * (farthest**2 - nearest**2) * (highest - lowest) / 360
    assert float(right.inside.sum()) * 0.25 == pytest.approx(area, rel=0.02)
    np.testing.assert_array_equal(left.inside.flip(0), right.inside)
    middles = (right.y_edges_deg[1:] + right.y_edges_deg[:-1]) / 2
    height = float((right.inside.sum(dim=0) * middles).sum())
    assert np.sign(round(height)) == {"upper": 1, "lower": -1}.get(region, 0)


def test_the_smooth_form_approaches_the_exact_one(objective: Objective) -> None:
    poses = drawn(24, seed=3)
    poses = poses[outside_hull_mm(poses, objective.approach, objective.grid) <= 0]
    exact = objective.exact(poses)
    gaps = []
    for share in (1.0, 0.1, 0.001):
        smooth = objective.smooth(poses, Softness(0.5 * share, 0.3 * share, 0.2 * share))
        gaps.append(float((smooth.loss - exact.loss).abs().max().detach()))
    assert gaps[0] > gaps[1] > gaps[2]
    assert gaps[2] < 0.005


@pytest.mark.parametrize("pose", [(31.3, 12.7, 22.2, 18.4), (-47.6, 65.1, 12.3, 15.2), (10.5, 20.2, 0.1, 30.7)])
def test_the_gradient_is_that_of_the_smooth_loss(objective: Objective, pose: tuple[float, ...]) -> None:
    softness = Softness(0.5, 0.3, 0.2)
    poses = torch.tensor([pose], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda p: objective.smooth(p, softness).loss, (poses,), eps=1e-6, atol=1e-5)


@pytest.mark.bench
def test_an_evaluation_takes_milliseconds(objective: Objective) -> None:
    """A look-up table of the same objective takes 15 ms."""
    poses = drawn(50)
    objective.exact(poses[:2])
    assert cpu_seconds(lambda: [objective.exact(pose) for pose in poses.split(1)]) / len(poses) < 0.03
