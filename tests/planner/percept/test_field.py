from __future__ import annotations

import pytest
import torch

from planner.errors import InputError
from planner.percept.field import VisualField


def test_pixels_tile_the_field_around_fixation() -> None:
    field = VisualField(16.0, 64)
    edges = field.edges()
    assert edges.shape == (65,)
    assert (edges[0].item(), edges[32].item(), edges[-1].item()) == (-8, 0, 8)
    torch.testing.assert_close(edges.diff(), torch.full((64,), field.pixel_deg, dtype=torch.float64))


def test_the_aperture_adds_to_the_variance() -> None:
    sigma = torch.tensor([0.0, 0.3])
    torch.testing.assert_close(VisualField(8.0, 16, 0.8).seen_sigma_deg(sigma), torch.tensor([0.4, 0.5]))
    assert torch.equal(VisualField(8.0, 16, 0.0).seen_sigma_deg(sigma), sigma)


@pytest.mark.parametrize("wrong", [(0.0, 64), (float("nan"), 64), (16.0, 0), (16.0, 64, -1.0)])
def test_impossible_fields_are_refused(wrong: tuple[float, int]) -> None:
    with pytest.raises(InputError):
        VisualField(*wrong)
