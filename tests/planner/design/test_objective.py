"""The objective: differentiable from the task's error down to every parameter of a thread."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
import torch

from planner.design.baselines import baseline
from planner.design.candidates import SAFETY_MM
from planner.design.limits import Limits
from planner.design.objective import Objective, phosphenes_of
from planner.design.site import Site
from planner.implant.device import Device
from planner.implant.parameters import ThreadTensors, to_tensors
from planner.percept.field import VisualField
from planner.percept.parameters import CorticalSheet, Dynaphos, Model, Scoreboard
from planner.percept.settings import Seeing, Variation
from planner.tasks.reading import reading_task
from planner.tasks.task import Task


@pytest.fixture(scope="module")
def limits(long_thread: Device) -> Limits:
    return Limits(6, long_thread.clearance_mm, long_thread.spacing_mm, long_thread.max_depth_mm)


@pytest.fixture(scope="module")
def threads(site: Site, long_thread: Device, limits: Limits) -> ThreadTensors:
    return to_tensors(baseline("coverage", site, (long_thread,), limits, seed=3, extent_deg=16.0))


@pytest.fixture(scope="module")
def objective(site: Site, long_thread: Device, limits: Limits) -> Objective:
    whole = reading_task(VisualField(120.0, 40), height_deg=70.0)  # wide enough to see every thread
    task = Task("reading", whole.labels[:3], whole.targets[:3].double(), whole.visual_field)
    return Objective(site, (long_thread,), task, limits)


def with_gradient(threads: ThreadTensors) -> list[torch.Tensor]:
    return [x.clone().requires_grad_() for x in (threads.entry_mm, threads.direction, threads.depth_mm)]


@pytest.mark.parametrize("model", [Dynaphos(), Scoreboard(rho_mm=0.4), CorticalSheet()])
def test_gradcheck_from_mse_to_every_parameter_of_every_thread(
    objective: Objective, threads: ThreadTensors, model: Model
) -> None:
    objective = replace(objective, seeing=Seeing(model))

    def error(entry: torch.Tensor, direction: torch.Tensor, depth: torch.Tensor) -> torch.Tensor:
        moved = replace(threads, entry_mm=entry, direction=direction, depth_mm=depth)
        lit, _ = phosphenes_of(objective.site, moved, objective.devices)
        return 1e3 * objective.error(objective.percept(lit).images)  # large enough to be seen against rounding

    inputs = with_gradient(threads)
    assert torch.autograd.gradcheck(error, inputs, eps=1e-6, atol=1e-4, rtol=1e-3)
    gradients = torch.autograd.grad(error(*inputs), inputs)
    if isinstance(model, Dynaphos):  # the others show nothing, to first order, where the target is black
        assert all((gradient.reshape(len(threads), -1).abs().amax(dim=1) > 0).all() for gradient in gradients)


def test_gradcheck_of_the_risk_over_patients(objective: Objective, threads: ThreadTensors) -> None:
    unknown = Variation(0.5, 0.2, 0.2, 0.1, 5.0, 0.2, draws=2, worst=0.75)
    objective = replace(objective, seeing=Seeing(variation=unknown))

    def risk(entry: torch.Tensor) -> torch.Tensor:
        return 1e3 * objective.see(replace(threads, entry_mm=entry)).error

    entry = threads.entry_mm.clone().requires_grad_()
    assert torch.autograd.gradcheck(risk, entry, eps=1e-6, atol=1e-4, rtol=1e-3)
    certain = 1e3 * float(replace(objective, seeing=Seeing()).see(threads).error)
    assert float(risk(threads.entry_mm)) != pytest.approx(certain)


def test_gradcheck_of_the_margins(objective: Objective, threads: ThreadTensors) -> None:
    def table(entry: torch.Tensor, direction: torch.Tensor, depth: torch.Tensor) -> torch.Tensor:
        found = objective.margins(replace(threads, entry_mm=entry, direction=direction, depth_mm=depth))
        near = [margin for name, margin in found.items() if name in ("vessel", "gray", "path", "depth", "spacing")]
        return torch.stack(near)

    assert torch.autograd.gradcheck(table, with_gradient(threads), eps=1e-6, atol=1e-5, rtol=1e-3)


def test_contacts_of_the_left_hemisphere_light_the_right_half_and_the_reverse(
    objective: Objective, threads: ThreadTensors
) -> None:
    lit, _ = phosphenes_of(objective.site, threads, objective.devices)
    x = lit.field_deg[:, 0].reshape(len(threads), -1).mean(dim=1)
    assert (x[~threads.right] > 0).all()
    assert (x[threads.right] < 0).all()
    assert threads.right.any()
    assert not threads.right.all()


def test_the_error_is_one_where_nothing_is_seen_and_less_where_something_is(
    objective: Objective, threads: ThreadTensors
) -> None:
    outside = replace(threads, entry_mm=threads.entry_mm + 100.0)
    assert float(objective.see(outside).error) == pytest.approx(1.0)
    assert float(objective.see(threads).error) < 0.999


def test_penalties_are_squared_shortfalls_below_the_safety_margin(objective: Objective, threads: ThreadTensors) -> None:
    seen = objective.see(threads)
    for name, margin in seen.margins.items():
        short = np.maximum(SAFETY_MM - margin.numpy(), 0.0)
        assert float(seen.penalties[name]) == pytest.approx(float((short**2).sum()))


def test_without_vessels_the_vessel_margin_is_left_out(objective: Objective, threads: ThreadTensors) -> None:
    assert "vessel" in objective.see(threads).margins
    assert "vessel" not in replace(objective, avoid_vessels=False).see(threads).margins
