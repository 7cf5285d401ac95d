from __future__ import annotations

import torch

from planner.percept.field import VisualField
from planner.percept.render import pixel_shares
from planner.percept.stimulus import encode_sample

FIELD = VisualField(8.0, 16, aperture_pixels=0.0)
EDGES = FIELD.edges()


def encode(targets: torch.Tensor, x: torch.Tensor, y: torch.Tensor, sigma: float) -> torch.Tensor:
    width = torch.full_like(x, sigma)
    return encode_sample(targets, pixel_shares(x, width, EDGES), pixel_shares(-y, width, EDGES), 100.0)


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
