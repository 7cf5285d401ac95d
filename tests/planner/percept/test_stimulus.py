from __future__ import annotations

import pytest
import torch

from planner.errors import InputError
from planner.percept.dynaphos import unit_response
from planner.percept.field import VisualField
from planner.percept.footprints import SeparableFootprints
from planner.percept.forward import forward
from planner.percept.model import view_of
from planner.percept.parameters import Dynaphos
from planner.percept.phosphenes import Phosphenes
from planner.percept.settings import Stimulus

FIELD = VisualField(8.0, 16, aperture_pixels=0.0)


def encode(targets: torch.Tensor, x: torch.Tensor, y: torch.Tensor, sigma: float) -> torch.Tensor:
    return 100.0 * SeparableFootprints(torch.stack([x, y], dim=1), torch.full_like(x, sigma), FIELD).gather(targets)


def test_white_drives_the_maximum_and_black_nothing() -> None:
    targets = torch.stack([torch.ones(16, 16), torch.zeros(16, 16)]).double()
    x = torch.tensor([0.0, 1.3, -2.0]).double()
    current = encode(targets, x, x, 0.2)
    torch.testing.assert_close(current, torch.tensor([[100.0] * 3, [0.0] * 3]).double())


def test_the_target_is_read_where_the_phosphene_is() -> None:
    targets = torch.zeros(1, 16, 16).double()
    targets[0, 2, 13] = 1  # centred 2.75° to the right of fixation and 2.75° above
    x, y = torch.tensor([2.75, -2.75, 2.75, -2.75]).double(), torch.tensor([2.75, 2.75, -2.75, -2.75]).double()
    torch.testing.assert_close(encode(targets, x, y, 0.02), torch.tensor([[100.0, 0, 0, 0]]).double())


def test_a_phosphene_fades_as_it_leaves_the_picture() -> None:
    x = torch.tensor([3.0, 3.9, 4.0, 4.1, 6.0, 400.0]).double()
    current = encode(torch.ones(1, 16, 16).double(), x, torch.zeros_like(x), 0.2)[0]
    assert (current.diff()[:-1] < 0).all()
    torch.testing.assert_close(current[[0, 2, 5]], torch.tensor([100.0, 50.0, 0.0]).double(), atol=1e-3, rtol=0)


def test_derivatives_in_position_and_target() -> None:
    torch.manual_seed(1)
    x, y = (torch.rand(3, dtype=torch.float64).mul(8).sub(4).requires_grad_() for _ in range(2))
    targets = torch.rand(2, 16, 16, dtype=torch.float64, requires_grad=True)
    assert torch.autograd.gradcheck(lambda t, x, y: encode(t, x, y, 0.5), (targets, x, y), atol=1e-4)


def forty(stimulus: Stimulus) -> torch.Tensor:
    """Currents of forty contacts for a white picture."""
    generator = torch.Generator().manual_seed(0)
    place = (torch.rand(40, 2, generator=generator, dtype=torch.float64) - 0.5) * 6
    phosphenes = Phosphenes(place, torch.ones(40, dtype=torch.float64))
    view = view_of(Dynaphos(), FIELD, 80.0)
    return forward(phosphenes, torch.ones(2, 16, 16).double(), view, stimulus, 80.0, 100.0).current_ua


def test_the_total_current_is_kept_at_any_time() -> None:
    assert forty(Stimulus(total_ua=500.0)).sum(dim=1).tolist() == pytest.approx([500.0, 500.0])
    turns = Stimulus(total_ua=500.0, at_once=7)
    current = forty(turns)
    assert turns.groups(40) == 6
    for group in range(6):
        assert current[:, group::6].shape[1] <= 7
        assert (current[:, group::6].sum(dim=1) <= 500.0 + 1e-9).all()
    assert (forty(Stimulus(total_ua=1e6)) == forty(Stimulus())).all()


def test_contacts_that_take_turns_are_dimmer() -> None:
    assert unit_response(Dynaphos(), groups=3) < unit_response(Dynaphos())
    steady = Dynaphos(moment="steady", trace_increase=0.0)
    assert unit_response(steady, groups=4) == pytest.approx(unit_response(steady) / 4)


def test_a_fixed_stimulus_is_the_working_current_whatever_the_picture() -> None:
    assert (forty(Stimulus("fixed")) == 80.0).all()


def test_of_coinciding_phosphenes_only_one_has_current() -> None:
    lone = forty(Stimulus("fixed", apart=5.0))
    assert ((lone == 0) | (lone == 80.0)).all()
    assert 0 < int((lone[0] > 0).sum()) < 40


@pytest.mark.parametrize(
    "wrong", [{"encoder": "guess"}, {"total_ua": 0.0}, {"total_ua": float("inf")}, {"at_once": 0}, {"apart": -1.0}]
)
def test_a_stimulus_that_cannot_be_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(InputError):
        Stimulus(**wrong)
