from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest
import torch
from scipy import ndimage

from planner.anatomy.sheet import Sheet
from planner.errors import InputError
from planner.percept.cortical_sheet import receptive_field_deg
from planner.percept.field import VisualField
from planner.percept.forward import Percept, forward
from planner.percept.model import view_of
from planner.percept.parameters import CorticalSheet, Dynaphos, Model, Scoreboard
from planner.percept.phosphenes import Phosphenes
from planner.percept.settings import Stimulus

from .conftest import BANK_MM, MAGNIFICATION, Contacts

Banks = Callable[[float], Sheet]
FIELD = VisualField(12.0, 48)
MODELS = [Dynaphos(), Scoreboard(), CorticalSheet()]
ENCODERS = ["sample", "fit", "fixed"]


def see(
    model: Model,
    phosphenes: Phosphenes,
    targets: torch.Tensor,
    banks: Banks,
    stimulus: Stimulus | None = None,
    field: VisualField = FIELD,
) -> Percept:
    view = view_of(model, field, 80.0, banks, targets.dtype)
    return forward(phosphenes.to(targets), targets, view, stimulus or Stimulus(), 80.0, 100.0)


def blobs(image: torch.Tensor) -> int:
    return int(ndimage.label(image.numpy() > 0.3 * float(image.max()))[1])


@pytest.mark.parametrize(("model", "count"), [(Dynaphos(), 1), (Scoreboard(), 2), (CorticalSheet(), 2)])
def test_a_contact_between_two_banks_lights_both_where_the_model_knows_of_them(
    model: Model, count: int, banks: Banks, contacts: Contacts
) -> None:
    between = contacts(torch.tensor([[6.0, 6.0, BANK_MM / 2]], dtype=torch.float64))
    image = see(model, between, torch.ones(1, 48, 48, dtype=torch.float64), banks).images[0]
    assert blobs(image) == count
    left, right = image[:, :24].sum(), image[:, 24:].sum()
    assert left < 0.05 * right  # a left-hemisphere contact, seen in the right field


def test_a_scoreboard_phosphene_has_the_light_and_width_of_its_gaussian(banks: Banks, contacts: Contacts) -> None:
    """On flat cortex far from the other bank: σ = ρ / M, and light 2π σ² of the brightness."""
    contact = contacts(torch.tensor([[6.0, 6.0, -3.0 * 0.2]], dtype=torch.float64))
    model = Scoreboard()
    fine = VisualField(12.0, 240)
    percept = see(model, contact, torch.ones(1, 240, 240, dtype=torch.float64), banks, field=fine)
    sigma = 0.2 / MAGNIFICATION
    expected = float(percept.brightness[0, 0]) * np.exp(-(0.6**2) / (2 * 0.2**2)) * 2 * np.pi * sigma**2
    assert float(percept.images.sum()) * fine.pixel_deg**2 == pytest.approx(expected, rel=2e-3)
    middle = (torch.arange(240, dtype=torch.float64) + 0.5) * fine.pixel_deg - 6.0
    across = percept.images[0].sum(dim=0)
    mean = (across * middle).sum() / across.sum()
    variance = (across * (middle - mean) ** 2).sum() / across.sum()
    assert float(mean) == pytest.approx(3.0, abs=1e-3)
    assert float(variance) == pytest.approx(sigma**2 + fine.pixel_deg**2 * (1 / 12 + 1 / 4), rel=0.02)


@pytest.mark.parametrize("model", [Scoreboard(), CorticalSheet()])
def test_light_hardly_changes_as_a_contact_moves_between_patches(
    model: Model, banks: Banks, contacts: Contacts
) -> None:
    """A hundred steps far below a pixel along flat, evenly magnified cortex."""
    view = view_of(model, FIELD, 80.0, banks, torch.float64)
    steps = torch.linspace(0.0, 0.4, 100, dtype=torch.float64)
    position = torch.stack([6.0 + steps, 6.0 + 0.37 * steps, torch.full_like(steps, 0.1)], dim=1)
    footprints = view.footprints(contacts(position), 80.0)
    light = footprints.pictures().sum(dim=(1, 2))
    if isinstance(model, CorticalSheet):  # its light grows with the receptive fields that it reaches
        position_deg = position[:, :2] / MAGNIFICATION
        growth = CorticalSheet().field_intercept_deg + CorticalSheet().field_slope * position_deg.norm(dim=1)
        light = light / growth.square()
    assert float(light.max() / light.min()) < (1.001 if isinstance(model, Scoreboard) else 1.02)
    steps_in_light = (light[1:] / light[:-1] - 1).abs()
    assert float(steps_in_light.max()) < 1e-3  # nothing jumps from step to step


def test_the_sheets_phosphenes_are_as_wide_as_its_receptive_fields(banks: Banks, contacts: Contacts) -> None:
    """A contact cannot show anything finer than what the cortex around it sees."""
    contact = contacts(torch.tensor([[6.0, 6.0, -0.1]], dtype=torch.float64))
    narrow = see(CorticalSheet(reach_mm=1.0), contact, torch.ones(1, 48, 48, dtype=torch.float64), banks).images[0]
    row = narrow[int((6.0 - 3.0) / FIELD.pixel_deg)]
    width = float((row > row.max() / 2).sum()) * FIELD.pixel_deg
    least = 2.355 * receptive_field_deg(torch.tensor(18.0).sqrt(), CorticalSheet())
    assert width > float(least) - FIELD.pixel_deg


@pytest.mark.parametrize("encoder", ["sample", "fixed"])
@pytest.mark.parametrize("model", MODELS)
def test_derivatives_in_position_and_weight(model: Model, encoder: str, banks: Banks, contacts: Contacts) -> None:
    small = VisualField(12.0, 12)
    targets = torch.rand(2, 12, 12, generator=torch.Generator().manual_seed(1), dtype=torch.float64)
    coarse = banks(0.4)
    position = torch.tensor([[5.0, 4.0, 0.1], [6.1, 3.2, 0.3], [1.0, 0.7, 0.2]], dtype=torch.float64)
    view = view_of(model, small, 80.0, lambda _: coarse, torch.float64)

    def images(at: torch.Tensor, weight: torch.Tensor) -> torch.Tensor:
        lit = replace(contacts(at), weight=weight)
        return forward(lit, targets, view, Stimulus(encoder), 80.0, 100.0).images

    weight = torch.tensor([1.0, 0.4, 0.7], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(images, (position.requires_grad_(), weight), atol=1e-6, rtol=1e-3)


@pytest.mark.parametrize("model", MODELS)
def test_derivatives_in_amplitude(model: Model, banks: Banks, contacts: Contacts) -> None:
    coarse = banks(0.5)
    view = view_of(model, VisualField(12.0, 12), 80.0, lambda _: coarse, torch.float64)
    footprints = view.footprints(contacts(torch.tensor([[5.0, 4.0, 0.1], [2.0, 3.0, 0.2]], dtype=torch.float64)), 80.0)
    current = torch.tensor([[0.0, 50.0], [24.0, 99.0]], dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda i: footprints.spread(view.brightness(i, "soft", 1)), current)
    (grad,) = torch.autograd.grad(footprints.spread(view.brightness(current, "soft", 1)).sum(), current)
    assert (grad > 0).all()  # dark contacts can be lit


@pytest.mark.parametrize("encoder", ENCODERS)
@pytest.mark.parametrize("model", MODELS)
def test_batches_and_orders_do_not_matter(model: Model, encoder: str, banks: Banks, contacts: Contacts) -> None:
    generator = torch.Generator().manual_seed(3)
    position = torch.rand(6, 3, generator=generator, dtype=torch.float64) * torch.tensor([9.0, 9.0, BANK_MM]) + 1.0
    targets = torch.rand(3, 48, 48, generator=generator, dtype=torch.float64)
    stimulus = Stimulus(encoder)
    if encoder != "fit":  # whose gain is one for all pictures
        together = see(model, contacts(position), targets, banks, stimulus).images
        alone = torch.cat([see(model, contacts(position), target[None], banks, stimulus).images for target in targets])
        torch.testing.assert_close(together, alone)
    order = torch.tensor([4, 0, 5, 2, 1, 3])
    shuffled = see(model, contacts(position[order]), targets, banks, Stimulus(encoder)).images
    close = {"atol": 2e-3, "rtol": 0} if encoder == "fit" else {}
    torch.testing.assert_close(
        shuffled, see(model, contacts(position), targets, banks, Stimulus(encoder)).images, **close
    )


@pytest.mark.skipif(not torch.cuda.is_available(), reason="there is no second device to compare with")
@pytest.mark.parametrize("encoder", ENCODERS)
@pytest.mark.parametrize("model", MODELS)
def test_devices_agree(model: Model, encoder: str, banks: Banks, contacts: Contacts) -> None:
    generator = torch.Generator().manual_seed(3)
    position = torch.rand(6, 3, generator=generator, dtype=torch.float64) * torch.tensor([9.0, 9.0, BANK_MM]) + 1.0
    targets = torch.rand(3, 48, 48, generator=generator, dtype=torch.float64)
    found = []
    for device in ("cpu", "cuda"):
        view = view_of(model, FIELD, 80.0, banks, torch.float64, device)
        moved = position.clone().requires_grad_()
        shown = targets.to(device)
        images = forward(contacts(moved).to(shown), shown, view, Stimulus(encoder), 80.0, 100.0).images
        (grad,) = torch.autograd.grad(images.square().sum(), moved)
        found.append((images.cpu(), grad))
    torch.testing.assert_close(found[1], found[0], atol=1e-6, rtol=1e-6)


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
@pytest.mark.parametrize("encoder", ENCODERS)
@pytest.mark.parametrize("model", MODELS)
def test_nothing_breaks_at_edges_far_off_or_without_light(
    model: Model, encoder: str, dtype: torch.dtype, banks: Banks, contacts: Contacts
) -> None:
    position = torch.tensor(
        [[0.1, 0.1, 0.0], [0.1, 0.1, 0.0], [11.9, 11.9, 0.2], [500.0, 0.0, 0.0]], dtype=torch.float64
    ).requires_grad_()
    for targets in (torch.zeros(2, 48, 48, dtype=dtype), torch.ones(2, 48, 48, dtype=dtype)):
        position.grad = None
        percept = see(model, contacts(position), targets, banks, Stimulus(encoder))
        percept.images.square().sum().backward()
        assert percept.images.dtype == dtype
        assert percept.images.isfinite().all()
        assert position.grad is not None
        assert position.grad.isfinite().all()


def test_a_contact_of_the_other_hemisphere_lights_nothing_here(banks: Banks, contacts: Contacts) -> None:
    contact = contacts(torch.tensor([[6.0, 6.0, 0.1]], dtype=torch.float64))
    other = replace(contact, right=torch.ones(1, dtype=torch.bool))
    assert not see(Scoreboard(), other, torch.ones(1, 48, 48, dtype=torch.float64), banks).images.any()


def test_models_that_look_at_the_cortex_ask_for_positions(banks: Banks) -> None:
    blind = Phosphenes(torch.zeros(1, 2), torch.ones(1))
    with pytest.raises(ValueError, match="positions"):
        see(Scoreboard(), blind, torch.ones(1, 48, 48), banks)


@pytest.mark.parametrize(
    ("model", "wrong"),
    [
        (Scoreboard, {"rho_mm": 0.0}),
        (CorticalSheet, {"reach_mm": -1.0}),
        (CorticalSheet, {"field_slope": float("nan")}),
    ],
)
def test_parameters_out_of_bounds_are_named(model: type[Model], wrong: dict[str, float]) -> None:
    with pytest.raises(InputError, match=next(iter(wrong))):
        model(**wrong)
