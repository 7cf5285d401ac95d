from __future__ import annotations

from dataclasses import replace
from math import inf

import pytest

from app import theme
from app.views.status import millimetres, unsafe_names, verdict_words
from planner.design.limits import CONSTRAINTS, ThreadMargins, Verdict, Violation
from planner.plan.plan import Plan


def margins(value: float) -> ThreadMargins:
    return ThreadMargins(dict.fromkeys(CONSTRAINTS, value))


def test_the_exact_verdict_outranks_the_fast_margins(plan: Plan) -> None:
    violation = Violation("T02", "vessel", -0.1, "too near")
    verified = replace(plan, verdict=Verdict(False, {"T01": margins(0.1), "T02": margins(-0.1)}, (violation,)))
    assert unsafe_names(verified, None) == {"T02"}
    assert verdict_words(verified) == ("1 violation", theme.UNSAFE)


def test_a_plan_is_not_called_safe_before_it_is_verified(plan: Plan) -> None:
    assert verdict_words(plan) == ("not verified", theme.WARNING)
    assert verdict_words(replace(plan, verdict=Verdict(True, {}, ()))) == ("verified feasible", theme.SAFE)


@pytest.mark.parametrize(("value", "text"), [(None, "–"), (inf, "–"), (0.123, "+0.12"), (-0.126, "-0.13")])
def test_margins_carry_their_sign(value: float | None, text: str) -> None:
    assert millimetres(value) == text
