from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
import torch
from scipy.optimize import LinearConstraint, lsq_linear, minimize

from planner.anatomy.sheet import Sheet
from planner.percept.field import VisualField
from planner.percept.forward import forward
from planner.percept.model import view_of
from planner.percept.parameters import CorticalSheet, Dynaphos, Model, Scoreboard
from planner.percept.phosphenes import Phosphenes
from planner.percept.settings import Stimulus
from planner.tasks.goal import Goal
from planner.tasks.losses import loss
from planner.tasks.measures import best_gain, mse_at_best_gain
from planner.tasks.task import Task

from .conftest import Contacts

Banks = Callable[[float], Sheet]
FIELD = VisualField(12.0, 24)


@pytest.fixture
def scene(contacts: Contacts) -> tuple[Phosphenes, torch.Tensor]:
    generator = torch.Generator().manual_seed(0)
    position = torch.rand(12, 3, generator=generator, dtype=torch.float64) * torch.tensor([6.0, 6.0, 0.5]) + 2.0
    position[:, 2] -= 2.0
    targets = torch.zeros(2, 24, 24, dtype=torch.float64)
    targets[0, 4:14, 13:20], targets[1, 8:20, 16:24] = 1.0, 0.6
    return contacts(position), targets


def see(model: Model, scene: tuple[Phosphenes, torch.Tensor], banks: Banks, stimulus: Stimulus):
    view = view_of(model, FIELD, 80.0, banks, torch.float64)
    return view, forward(scene[0], scene[1], view, stimulus, 80.0, 100.0)


def test_brightnesses_are_the_bounded_least_squares_at_their_gain(scene, banks: Banks) -> None:
    """Against scipy's solver (Branch, Coleman & Li), picture by picture."""
    view, percept = see(Scoreboard(), scene, banks, Stimulus("fit"))
    pictures = view.footprints(scene[0], 80.0).pictures().flatten(1).numpy()
    gain = sampled_gain(view, scene)
    for target, bright in zip(scene[1].flatten(1).numpy(), percept.brightness.numpy(), strict=True):
        best = lsq_linear(pictures.T, target / gain, bounds=(0.0, 100.0 / 80.0))
        mine = ((bright @ pictures - target / gain) ** 2).sum()
        assert mine <= ((best.x @ pictures - target / gain) ** 2).sum() * (1 + 1e-3)


def test_a_limit_on_the_total_is_kept_and_used_up_in_the_best_way(scene, banks: Banks) -> None:
    limit = 120.0
    view, percept = see(Scoreboard(), scene, banks, Stimulus("fit", total_ua=limit))
    assert (percept.current_ua.sum(dim=1) <= limit * (1 + 1e-6)).all()
    pictures = view.footprints(scene[0], 80.0).pictures().flatten(1).numpy()
    gain = sampled_gain(view, scene)
    target, bright = scene[1][0].flatten().numpy() / gain, percept.brightness[0].numpy()
    gram, match = pictures @ pictures.T, pictures @ target
    best = minimize(
        lambda b: b @ gram @ b / 2 - match @ b,
        np.full(12, 0.1),
        jac=lambda b: gram @ b - match,
        bounds=[(0, 1.25)] * 12,
        constraints=LinearConstraint(np.full((1, 12), 80.0), ub=limit),
        method="SLSQP",
        options={"ftol": 1e-12, "maxiter": 500},
    )
    mine = bright @ gram @ bright / 2 - match @ bright
    assert mine <= best.fun + 1e-3 * abs(best.fun)


def sampled_gain(view, scene) -> float:
    return float(best_gain(forward(scene[0], scene[1], view, Stimulus(), 80.0, 100.0).images, scene[1]))


@pytest.mark.parametrize("model", [Dynaphos(), Scoreboard()])
def test_fit_is_nearer_to_the_target_than_sample(model: Model, scene, banks: Banks) -> None:
    fitted, sampled = (see(model, scene, banks, Stimulus(encoder))[1].images for encoder in ("fit", "sample"))
    assert mse_at_best_gain(fitted, scene[1]) < mse_at_best_gain(sampled, scene[1])


@pytest.mark.parametrize("model", [Dynaphos(), Scoreboard(rho_mm=0.4), CorticalSheet()])
def test_its_error_has_exact_derivatives_though_currents_are_constants(
    model: Model, scene, banks: Banks, contacts: Contacts
) -> None:
    """By the envelope theorem, against differences in which the currents are fitted anew."""
    coarse = banks(0.2)
    view = view_of(model, FIELD, 80.0, lambda _: coarse, torch.float64)
    targets = scene[1]
    task = Task("made up", ("a", "b"), targets, FIELD)
    position = scene[0].position_mm.clone().requires_grad_()

    def error(at: torch.Tensor, start: torch.Tensor | None) -> tuple[torch.Tensor, torch.Tensor]:
        percept = forward(contacts(at), targets, view, Stimulus("fit"), 80.0, 100.0, start_ua=start)
        return loss(percept.images, task, Goal(), percept.gain), percept.current_ua

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("planner.percept.fit.PRECISE", 1e-9)
        patch.setattr("planner.percept.fit.STEPS", 20_000)
        found, start = error(position, None)
        (grad,) = torch.autograd.grad(found, position)
        for seed in range(3):
            direction = torch.randn(12, 3, generator=torch.Generator().manual_seed(seed), dtype=torch.float64)
            ends = [float(error(position.detach() + sign * 1e-3 * direction, start)[0]) for sign in (1, -1)]
            assert (ends[0] - ends[1]) / 2e-3 == pytest.approx(float((grad * direction).sum()), rel=1e-2, abs=1e-4)


def test_starting_from_the_answer_finds_it_again(scene, banks: Banks) -> None:
    view, percept = see(Scoreboard(), scene, banks, Stimulus("fit"))
    again = forward(scene[0], scene[1], view, Stimulus("fit"), 80.0, 100.0, start_ua=percept.current_ua)
    first, second = (float(mse_at_best_gain(p.images, scene[1])) for p in (percept, again))
    assert second <= first * (1 + 1e-6)
    assert second == pytest.approx(first, rel=1e-4)
