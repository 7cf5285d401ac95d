"""A descent ends where its error has stopped falling, no sooner and no later."""

from __future__ import annotations

import math

import numpy as np
import pytest

from planner.design.stopping import Stopping


def ends_after(errors: list[float], stopping: Stopping | None = None) -> int | None:
    """The number of steps after which it has converged."""
    stopping = stopping or Stopping()
    return next((i + 1 for i, error in enumerate(errors) if stopping.after(error) == "converged"), None)


def test_an_error_that_stays_ends_it_after_two_windows() -> None:
    for window in (3, 15):
        assert ends_after([0.5] * 100, Stopping(window)) == 2 * window


@pytest.mark.parametrize("share", [0.9, 1.1])
def test_progress_decides_to_the_share_that_is_asked_for(share: float) -> None:
    """From one window of 10 to the next it falls by just less, or just more, than a hundredth of itself."""
    steps = [(1.0 - 0.01 * share) ** (i // 10) for i in range(100)]
    assert ends_after(steps, Stopping(10, 0.01)) == (20 if share < 1 else None)


def test_ups_and_downs_about_a_falling_mean_do_not_end_it() -> None:
    noise = np.random.default_rng(0).normal(0.0, 0.02, 150)
    assert ends_after([float(0.9 - 0.004 * i + noise[i]) for i in range(150)]) is None


def test_it_ends_where_the_error_rises_again() -> None:
    falling, rising = np.linspace(1.0, 0.5, 60), np.linspace(0.5, 0.6, 60)
    found = ends_after([*falling.tolist(), *rising.tolist()])
    assert found is not None
    assert 60 < found <= 90


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_an_error_that_is_no_number_is_divergence_at_once(bad: float) -> None:
    stopping = Stopping()
    assert [stopping.after(0.5), stopping.after(bad)] == ["running", "diverged"]
