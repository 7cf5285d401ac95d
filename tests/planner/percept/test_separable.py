from __future__ import annotations

import pytest
import torch

from planner.percept.separable import gather, spread

torch.manual_seed(0)
AMOUNTS, FX, FY, IMAGES = (torch.rand(s, dtype=torch.float64) for s in ((6, 5), (5, 4), (5, 3), (6, 3, 4)))


def test_products_are_those_of_full_pictures() -> None:
    torch.testing.assert_close(spread(AMOUNTS, FX, FY), torch.einsum("bn,nh,nw->bhw", AMOUNTS, FY, FX))
    torch.testing.assert_close(gather(IMAGES, FX, FY), torch.einsum("bhw,nh,nw->bn", IMAGES, FY, FX))


@pytest.mark.parametrize("product", [spread, gather])
def test_derivatives_in_everything(product: object) -> None:
    first = AMOUNTS if product is spread else IMAGES
    inputs = tuple(t.clone().requires_grad_() for t in (first, FX, FY))
    assert torch.autograd.gradcheck(product, inputs)
    scattered = tuple(t.detach().transpose(0, 1).contiguous().transpose(0, 1).requires_grad_() for t in (first, FX, FY))
    assert torch.autograd.gradcheck(product, scattered)


def test_an_empty_implant_is_black() -> None:
    images = spread(torch.zeros(6, 0), torch.zeros(0, 4), torch.zeros(0, 3))
    assert torch.equal(images, torch.zeros(6, 3, 4))
    assert gather(torch.zeros(6, 3, 4), torch.zeros(0, 4), torch.zeros(0, 3)).shape == (6, 0)
