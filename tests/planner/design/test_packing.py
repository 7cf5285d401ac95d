from __future__ import annotations

from itertools import combinations

import numpy as np
import pytest
from numpy.typing import NDArray

from planner.design.packing import packed


def conflicts(seed: int, count: int, share: float) -> NDArray[np.bool_]:
    drawn = np.triu(np.random.default_rng(seed).random((count, count)) < share, 1)
    return drawn | drawn.T | np.eye(count, dtype=bool)


@pytest.mark.parametrize("seed", range(12))
def test_as_many_as_brute_force_finds_fit_but_for_one_at_most(seed: int) -> None:
    near = conflicts(seed, 12, 0.35)
    most = max(
        size
        for size in range(1, 13)
        if any(not near[np.ix_(some, some)][~np.eye(size, dtype=bool)].any() for some in combinations(range(12), size))
    )
    kind, fixed = np.zeros(12, dtype=np.int64), np.zeros(12, dtype=bool)
    found = packed(np.zeros(0, dtype=np.int64), kind, np.array([12]), fixed, lambda row: near[row])
    together = near[np.ix_(found, found)]
    assert not together[~np.eye(len(found), dtype=bool)].any()
    assert most - 1 <= len(found) <= most


def test_one_is_given_up_for_two_that_only_it_was_in_the_way_of() -> None:
    near = np.eye(3, dtype=bool)
    near[0, :] = near[:, 0] = True  # the first crowds both others
    kind, fixed = np.zeros(3, dtype=np.int64), np.zeros(3, dtype=bool)
    found = packed(np.array([0]), kind, np.array([3]), fixed, lambda row: near[row])
    assert sorted(found) == [1, 2]
    fixed[0] = True
    assert packed(np.array([0]), kind, np.array([3]), fixed, lambda row: near[row]).tolist() == [0]


def test_the_budget_of_each_device_is_kept() -> None:
    near = np.eye(6, dtype=bool)
    kind = np.array([0, 0, 0, 1, 1, 1])
    found = packed(np.zeros(0, dtype=np.int64), kind, np.array([2, 1]), np.zeros(6, dtype=bool), lambda row: near[row])
    assert np.bincount(kind[found]).tolist() == [2, 1]
