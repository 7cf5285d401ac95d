from __future__ import annotations

import torch
from hypothesis import given
from hypothesis import strategies as st

from planner.percept.coincidence import chosen
from planner.percept.phosphenes import Phosphenes


def greedy(place: torch.Tensor, weight: torch.Tensor, size: torch.Tensor, apart: float) -> list[bool]:
    """One after another, the most usable first."""
    used = [False] * len(place)
    for i in sorted(range(len(place)), key=lambda i: (-float(weight[i]), i)):
        near = [
            j for j in range(len(place)) if used[j] and (place[i] - place[j]).norm() < apart * (size[i] + size[j]) / 2
        ]
        used[i] = not near
    return used


@given(st.integers(0, 10_000), st.integers(0, 40), st.sampled_from([0.3, 1.0, 3.0]))
def test_the_choice_is_the_greedy_one(seed: int, count: int, apart: float) -> None:
    generator = torch.Generator().manual_seed(seed)
    place = torch.rand(count, 2, generator=generator, dtype=torch.float64) * 4
    weight = torch.randint(0, 3, (count,), generator=generator).double() / 2
    size = torch.rand(count, generator=generator, dtype=torch.float64)
    found = chosen(Phosphenes(place, weight), size, apart)
    assert found.tolist() == greedy(place, weight, size, apart)


def test_of_two_in_the_same_place_the_more_usable_one_is_kept() -> None:
    place = torch.zeros(2, 2)
    assert chosen(Phosphenes(place, torch.tensor([0.4, 0.9])), torch.ones(2), 0.5).tolist() == [False, True]
