from __future__ import annotations

from dataclasses import replace
from typing import Literal

import pytest
import torch

from planner.percept.dynaphos import brightness, sigma_deg
from planner.percept.field import VisualField
from planner.percept.forward import Percept, forward
from planner.percept.model import view_of
from planner.percept.parameters import Dynaphos
from planner.percept.phosphenes import Phosphenes
from planner.percept.settings import Stimulus
from planner.tasks.measures import mse_at_best_gain

FIELD = VisualField(16.0, 24)
MODEL = Dynaphos()


VIEW = view_of(MODEL, FIELD, 80.0)


@pytest.fixture
def phosphenes() -> Phosphenes:
    generator = torch.Generator().manual_seed(3)
    centres = (torch.rand(7, 2, generator=generator, dtype=torch.float64) - 0.5) * 14
    return Phosphenes(centres, torch.rand(7, generator=generator, dtype=torch.float64))


@pytest.fixture
def targets() -> torch.Tensor:
    return torch.rand(5, 24, 24, generator=torch.Generator().manual_seed(4), dtype=torch.float64)


def see(
    phosphenes: Phosphenes, targets: torch.Tensor, working_ua: float = 80.0, gate: Literal["soft", "exact"] = "soft"
) -> Percept:
    return forward(phosphenes, targets, VIEW, Stimulus(), working_ua, 100.0, gate)


def test_stages_are_consistent(phosphenes: Phosphenes, targets: torch.Tensor) -> None:
    percept = see(phosphenes, targets)
    torch.testing.assert_close(percept.diameter_deg / 4, sigma_deg(phosphenes.field_deg.norm(dim=1), 80.0, MODEL))
    torch.testing.assert_close(percept.brightness, phosphenes.weight * brightness(percept.current_ua, MODEL))
    light = percept.images.sum(dim=(1, 2)) * FIELD.pixel_deg**2
    expected = (percept.brightness * 2 * torch.pi * (percept.diameter_deg / 4) ** 2).sum(dim=1)
    torch.testing.assert_close(light, expected, rtol=1e-3, atol=0)


def test_each_stimulus_is_seen_as_if_alone(phosphenes: Phosphenes, targets: torch.Tensor) -> None:
    together = see(phosphenes, targets).images
    alone = torch.cat([see(phosphenes, target[None]).images for target in targets])
    torch.testing.assert_close(together, alone)


def test_the_order_of_contacts_does_not_matter(phosphenes: Phosphenes, targets: torch.Tensor) -> None:
    order = torch.tensor([3, 0, 6, 2, 5, 1, 4])
    shuffled = Phosphenes(phosphenes.field_deg[order], phosphenes.weight[order])
    torch.testing.assert_close(see(shuffled, targets).images, see(phosphenes, targets).images)


def test_a_contact_that_is_of_no_use_is_not_seen(phosphenes: Phosphenes, targets: torch.Tensor) -> None:
    weight = torch.cat([phosphenes.weight[:-1], torch.zeros(1, dtype=torch.float64)])
    fewer = Phosphenes(phosphenes.field_deg[:-1], weight[:-1])
    torch.testing.assert_close(
        see(replace(phosphenes, weight=weight), targets).images, see(fewer, targets).images, atol=1e-15, rtol=0
    )


def test_a_mirrored_world_is_seen_mirrored(phosphenes: Phosphenes, targets: torch.Tensor) -> None:
    """Sides, up and down are told apart only by signs: flip positions and pictures together."""
    for axis, dim in ((0, 2), (1, 1)):
        signs = torch.ones(2, dtype=torch.float64)
        signs[axis] = -1
        flipped = see(replace(phosphenes, field_deg=phosphenes.field_deg * signs), targets.flip(dim)).images
        torch.testing.assert_close(flipped.flip(dim), see(phosphenes, targets).images)


def test_the_tasks_error_has_exact_derivatives_in_position_and_weight(
    phosphenes: Phosphenes, targets: torch.Tensor
) -> None:
    def error(centres: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        return mse_at_best_gain(see(Phosphenes(centres, weight), targets).images, targets)

    centres = phosphenes.field_deg.clone()
    centres[0] = torch.tensor([8.0, -7.99])  # at the picture's corner
    assert torch.autograd.gradcheck(
        error, (centres.requires_grad_(), phosphenes.weight.clone().requires_grad_()), atol=1e-8, rtol=1e-4
    )
    assert torch.autograd.gradcheck(
        lambda c: see(Phosphenes(c, phosphenes.weight), targets[:1]).images, centres.detach().requires_grad_()
    )


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_nothing_breaks_at_the_fovea_outside_or_without_light(dtype: torch.dtype) -> None:
    centres = torch.tensor([[0, 0], [1e-9, 0], [8, 8], [-80, 0], [179, 179]], dtype=dtype, requires_grad=True)
    weight = torch.tensor([1, 0, 1, 1, 1], dtype=dtype)
    for shown in (torch.zeros(2, 24, 24), torch.ones(2, 24, 24)):
        for working_ua in (0.0, 80.0):
            centres.grad = None
            percept = see(Phosphenes(centres, weight), shown, working_ua)
            mse_at_best_gain(percept.images, shown).backward()
            assert percept.images.dtype == dtype
            assert percept.images.isfinite().all()
            assert centres.grad.isfinite().all()


def test_no_contacts_see_nothing(targets: torch.Tensor) -> None:
    percept = see(Phosphenes(torch.zeros(0, 2), torch.zeros(0)), targets)
    assert torch.equal(percept.images, torch.zeros(5, 24, 24))


def test_the_exact_gate_hides_what_is_below_threshold(phosphenes: Phosphenes) -> None:
    dim = torch.full((1, 24, 24), 0.35, dtype=torch.float64)
    exact = see(phosphenes, dim, gate="exact")
    assert exact.images.max() == 0
    assert see(phosphenes, dim).images.max() > 0
