from __future__ import annotations

import pytest
import torch

from planner.errors import InputError
from planner.percept.field import VisualField
from planner.tasks.goal import Goal, check_goal
from planner.tasks.losses import loss
from planner.tasks.measures import mse_at_best_gain, ssim
from planner.tasks.reading import reading_task
from planner.tasks.recogniser import cross_entropy
from planner.tasks.record import TaskRecord
from planner.tasks.task import Task


@pytest.fixture(scope="module")
def task() -> Task:
    whole = reading_task(VisualField(16.0, 48))
    return Task("reading", whole.labels[:3], whole.targets[:3].double(), whole.visual_field)


@pytest.fixture
def images(task: Task) -> torch.Tensor:
    noise = torch.rand(task.targets.shape, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    return 0.2 * task.targets + 0.005 * noise


def test_each_loss_is_one_where_nothing_is_seen_and_less_where_it_is(task: Task, images: torch.Tensor) -> None:
    black = torch.zeros_like(task.targets)
    assert float(loss(black, task, Goal())) == pytest.approx(1.0)
    assert float(loss(black, task, Goal(0, 0, 1))) == pytest.approx(1.0, abs=0.1)  # guessing
    for goal in (Goal(1, 0, 0), Goal(0, 1, 0), Goal(0, 0, 1)):
        seen = float(loss(images, task, goal))
        assert seen < float(loss(black, task, goal))
        assert float(loss(0.01 * images, task, goal)) == pytest.approx(seen, rel=1e-6)  # brightness has no unit


def test_a_sum_is_the_weighted_mean_of_its_parts(task: Task, images: torch.Tensor) -> None:
    parts = [float(loss(images, task, goal)) for goal in (Goal(1, 0, 0), Goal(0, 1, 0), Goal(0, 0, 1))]
    mixed = float(loss(images, task, Goal(2, 1, 0.5)))
    assert mixed == pytest.approx((2 * parts[0] + parts[1] + 0.5 * parts[2]) / 3.5)
    assert parts[0] == pytest.approx(float(mse_at_best_gain(images, task.targets) / task.targets.square().mean()))
    assert parts[2] == pytest.approx(float(cross_entropy(images, task.labels)) / torch.tensor(26.0).log().item())
    assert parts[1] > 1 - float(ssim(task.targets, task.targets))


@pytest.mark.parametrize("goal", [Goal(1, 0, 0), Goal(0, 1, 0), Goal(0, 0, 1)])
def test_gradients_are_useful(task: Task, images: torch.Tensor, goal: Goal) -> None:
    moved = images.clone().requires_grad_()
    (grad,) = torch.autograd.grad(loss(moved, task, goal), moved)
    assert grad.isfinite().all()
    assert float(loss(images - 1e-3 * grad / grad.norm(), task, goal)) < float(loss(images, task, goal))


@pytest.mark.parametrize("goal", [Goal(1, 0, 0), Goal(0, 1, 0), Goal(0, 0, 1), Goal(1, 1, 1)])
def test_derivatives(task: Task, images: torch.Tensor, goal: Goal) -> None:
    small = images[:, ::4, ::4].clone().requires_grad_()
    shrunk = Task("reading", task.labels, task.targets[:, ::4, ::4], VisualField(16.0, 12))
    assert torch.autograd.gradcheck(lambda i: loss(i, shrunk, goal), small, rtol=1e-3)


def test_at_a_gain_given_the_error_is_that_of_the_images_as_they_are(task: Task, images: torch.Tensor) -> None:
    gain = torch.tensor(2.0, dtype=torch.float64)
    expected = (2.0 * images - task.targets).square().mean() / task.targets.square().mean()
    assert float(loss(images, task, Goal(), gain)) == pytest.approx(float(expected))


@pytest.mark.parametrize("wrong", [{"mse": 0.0}, {"mse": -1.0}, {"ssim": float("nan")}, {"recognition": float("inf")}])
def test_weights_that_leave_nothing_to_lower_are_refused(wrong: dict[str, float]) -> None:
    with pytest.raises(InputError):
        Goal(**wrong)


def test_a_goal_must_suit_its_task() -> None:
    check_goal(Goal(0, 0, 1), TaskRecord())
    check_goal(Goal(), TaskRecord("images"))
    for record in (TaskRecord("images"), TaskRecord(polarity="dark"), TaskRecord("words", height_deg=4.0)):
        with pytest.raises(InputError, match="recogniser"):
            check_goal(Goal(1, 0, 0.1), record)
    check_goal(Goal(), TaskRecord(), "fit")
    for goal in (Goal(1, 1, 0), Goal(1, 0, 1)):
        with pytest.raises(InputError, match="fit"):
            check_goal(goal, TaskRecord(), "fit")


def test_recognition_is_for_letters(images: torch.Tensor, task: Task) -> None:
    words = Task("words", ("AB", "CD", "EF"), task.targets, task.visual_field)
    with pytest.raises(InputError, match="AB"):
        loss(images, words, Goal(0, 0, 1))
