"""How margins are put into words: what is unknown is told from what nothing can break."""

from __future__ import annotations

import math

import pytest

from planner.cli.compare import _number
from planner.cli.phosphenes import _worst
from planner.design.limits import CONSTRAINTS, ThreadMargins, Verdict, margin_words
from planner.plan.compare import worst_margins


def margins(**given: float) -> ThreadMargins:
    """Margins of 0.147 mm, no angle set, and what is given."""
    off = {"angle": math.inf, "approach": math.inf}
    return ThreadMargins({**dict.fromkeys(CONSTRAINTS, 0.147), **off, **given})  # type: ignore[dict-item]


def test_only_a_clearance_is_unknown() -> None:
    assert {name: margin_words(name, math.inf) for name in CONSTRAINTS} == {
        **dict.fromkeys(CONSTRAINTS, "none"),
        "vessel": "unknown",
    }
    assert margin_words("vessel", -0.1) == "-0.100 mm"


def test_what_nothing_could_keep_has_no_number() -> None:
    words = {name: margin_words(name, -math.inf) for name in CONSTRAINTS}
    assert words == {**dict.fromkeys(CONSTRAINTS, "impossible"), "access": "no window of its hemisphere"}
    assert _number("worst_access_mm", -math.inf, 4) == "no window"
    assert _number("worst_gray_mm", -math.inf, 4) == "impossible"


def test_margins_are_said_in_their_own_units() -> None:
    units = {name: margin_words(name, 2.5).removeprefix("+2.500") for name in CONSTRAINTS}
    assert {name for name, unit in units.items() if unit == "°"} == {"angle", "approach"}
    assert {name for name, unit in units.items() if unit == " µA"} == {"current"}
    assert set(units.values()) == {"°", " µA", " mm"}


def test_without_threads_there_is_no_least_margin() -> None:
    assert worst_margins(Verdict(False, {}, ())) == {}


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (margins(vessel=math.inf), ("unknown", "vessel")),
        (margins(vessel=math.inf, gray=-0.2), ("-0.200 mm", "gray")),
        (margins(spacing=math.inf, depth=0.1), ("+0.100 mm", "depth")),
        (margins(angle=-3.0), ("-3.000°", "angle")),
        (margins(angle=2.0), ("+2.000°", "angle")),  # 0.05 mm a degree: as 0.1 mm
        (margins(angle=4.0, gray=0.14), ("+0.140 mm", "gray")),  # as 0.2 mm
        (margins(gray=0.14, current=0.0), ("+0.140 mm", "gray")),  # all that the device allows is no danger
        (margins(current=-5.0), ("-5.000 µA", "current")),
        (ThreadMargins({**margins().margins, "vessel": math.inf}, exempt=("vessel",)), ("+0.147 mm", "gray")),
    ],
)
def test_a_clearance_that_is_unknown_is_worse_than_any_margin_that_is_kept(
    given: ThreadMargins, words: tuple[str, str]
) -> None:
    assert _worst(given) == words
