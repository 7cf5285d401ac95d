from __future__ import annotations

import argparse

import pytest

from planner.cli.seeing import add_seeing_arguments, goal_of, seeing_of
from planner.errors import InputError
from planner.percept.parameters import CorticalSheet, Dynaphos, Scoreboard
from planner.percept.settings import Seeing, Stimulus, Variation
from planner.tasks.goal import Goal


def parsed(*words: str) -> argparse.Namespace:
    parser = argparse.ArgumentParser()
    add_seeing_arguments(parser)
    return parser.parse_args(words)


def test_nothing_said_is_the_default() -> None:
    assert seeing_of(parsed()) == Seeing()
    assert goal_of(parsed()) == Goal()


def test_a_model_takes_its_own_parameters() -> None:
    assert seeing_of(parsed("--model", "scoreboard", "--parameter", "rho_mm=0.3")).model == Scoreboard(0.3)
    assert seeing_of(parsed("--model", "sheet", "--parameter", "reach_mm=2")).model == CorticalSheet(reach_mm=2)
    steady = seeing_of(parsed("--parameter", "moment=steady", "--parameter", "frequency_hz=200")).model
    assert steady == Dynaphos(moment="steady", frequency_hz=200)
    assert seeing_of(parsed("--parameter", "moment=4")).model == Dynaphos(moment=4)


def test_stimulus_variation_and_goal_are_heard() -> None:
    given = parsed(
        "--encoder", "fit", "--total-current", "900", "--at-once", "64", "--apart", "0.5",
        "--vary", "drop_out=0.1", "--vary", "draws=4", "--goal", "mse=1", "--goal", "recognition=0.5",
    )  # fmt: skip
    assert seeing_of(given) == Seeing(Dynaphos(), Stimulus("fit", 900, 64, 0.5), Variation(drop_out=0.1, draws=4))
    assert goal_of(given) == Goal(1, 0, 0.5)
    assert goal_of(parsed("--goal", "ssim=1")) == Goal(0, 1, 0)


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("--parameter", "rho_mm=0.3"), "rho_mm"),
        (("--model", "scoreboard", "--parameter", "rho_mm=0"), "rho_mm"),
        (("--model", "scoreboard", "--parameter", "rho_mm=wide"), "wide"),
        (("--parameter", "moment=steady!"), "moment"),
        (("--vary", "draws"), "draws"),
        (("--vary", "draws=peak"), "draws"),
        (("--vary", "draws=2.5"), "draws"),
        (("--model", "scoreboard", "--parameter", "rho_mm=peak"), "rho_mm"),
        (("--parameter", "window_frames=1.5"), "window_frames"),
        (("--goal", "mse=peak"), "weights"),
        (("--goal", "mse=" + 400 * "9"), "weights"),
        (("--vary", "threshold_sd=" + 400 * "9"), "threshold_sd"),
        (("--parameter", "k_mm=" + 400 * "9"), "k_mm"),
        (("--parameter", "moment=1000000000"), "moment"),
        (("--vary", "drop_out=1"), "drop_out"),
        (("--goal", "mse=0"), "weights"),
    ],
)
def test_what_is_not_understood_is_named(words: tuple[str, ...], named: str) -> None:
    with pytest.raises(InputError, match=named):
        (goal_of if words[0] == "--goal" else seeing_of)(parsed(*words))
