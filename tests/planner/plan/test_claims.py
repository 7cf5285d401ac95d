from __future__ import annotations

import math
from dataclasses import replace

from planner.anatomy.access import Access
from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.windows import access_preset
from planner.design.limits import CONSTRAINTS, Limits, ThreadMargins, Verdict, Violation
from planner.plan.claims import MOST, false_claims, false_margins, false_names
from planner.plan.make import Examined


def verdict(vessel_mm: float, count: int = 1) -> Verdict:
    margins = ThreadMargins({**dict.fromkeys(CONSTRAINTS, 0.5), "vessel": vessel_mm})
    return Verdict(True, {f"T{n:02}": margins for n in range(1, count + 1)}, ())


def test_what_a_file_says_rightly_is_no_false_claim(examined: Examined) -> None:
    assert false_claims(examined.plan, examined.plan, examined.anatomy) == []
    assert false_claims(replace(examined.plan, measures=None, verdict=None), examined.plan, examined.anatomy) == []


def test_a_clearance_that_is_unknown_is_called_so() -> None:
    assert false_margins(verdict(0.452), verdict(math.inf)) == [
        "The file gives thread T01 a vessel margin of +0.452 mm; it is unknown."
    ]
    assert false_margins(verdict(math.inf), verdict(-0.1)) == [
        "The file gives thread T01 a vessel margin of unknown; it is -0.100 mm."
    ]


def test_many_margins_are_told_in_one_sentence() -> None:
    assert len(false_margins(verdict(1.0, MOST), verdict(0.5, MOST))) == MOST
    assert false_margins(verdict(1.0, 32), verdict(0.5, 32)) == [
        "The file gives 32 threads another vessel margin than they have; farthest off is T01 with +1.000 mm, "
        "which is +0.500 mm."
    ]


def test_forged_measures_are_named(examined: Examined) -> None:
    forged = replace(examined.plan, measures={**(examined.plan.measures or {}), "mse": 0.001})
    assert false_claims(forged, examined.plan, examined.anatomy) == ["The file gives mse as 0.001; it is 0.04."]


def currents(margin: float, *broken: Violation) -> Verdict:
    margins = ThreadMargins({**dict.fromkeys(CONSTRAINTS, 0.5), "current": margin})
    return Verdict(not broken, {"T01": margins}, broken)


def test_an_approach_under_a_presets_name_is_that_preset(demo: Anatomy) -> None:
    limits, preset = Limits(8, 0.3, 0.5, 6.0), access_preset("occipital pole", demo)
    assert false_names(replace(limits, access=preset), demo) == []
    assert false_names(limits, demo) == []
    wider = replace(preset, windows=tuple(replace(w, radius_mm=w.radius_mm + 1.0) for w in preset.windows))
    for access in (wider, replace(preset, windows=()), Access("unrestricted", preset.windows)):
        (sentence,) = false_names(replace(limits, access=access), demo)
        assert sentence.startswith(f"The approach is called {access.name},")
    assert false_names(replace(limits, access=replace(wider, name="mine")), demo) == []


def test_currents_that_were_not_checked_contradict_nothing() -> None:
    over = Violation("T01", "current", -5.0, "Thread T01: too much.")
    assert false_margins(currents(20.0), currents(math.inf)) == []
    assert false_margins(currents(math.inf), currents(20.0)) == []
    assert false_margins(currents(-5.0, over), currents(math.inf)) == []
    outside = Violation("T01", "gray", -5.0, "Thread T01: outside.")
    assert len(false_margins(currents(-5.0, over, outside), currents(math.inf))) == 1


def test_currents_that_were_checked_do() -> None:
    over = Violation("T01", "current", -5.0, "Thread T01: too much.")
    assert false_margins(currents(20.0), currents(-5.0, over)) == [
        "The file calls the plan feasible, which does not hold.",
        "The file gives thread T01 a current margin of +20.000 µA; it is -5.000 µA.",
    ]
