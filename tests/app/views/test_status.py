from __future__ import annotations

from dataclasses import replace
from math import inf

import numpy as np
import pytest

from app import theme
from app.preview import Preview
from app.views.status import margins_of, millimetres, outside_v1, percent, states_of, unchecked_line, verdict_words
from planner.anatomy.access import Access, Window
from planner.anatomy.vessels.tree import VesselKind
from planner.design.limits import CONSTRAINTS, ThreadMargins, Verdict, Violation
from planner.plan.plan import Plan, VesselRecord


def margins(value: float) -> ThreadMargins:
    return ThreadMargins(dict.fromkeys(CONSTRAINTS, value))


def test_the_exact_verdict_outranks_the_fast_margins(plan: Plan) -> None:
    violation = Violation("T02", "vessel", -0.1, "too near")
    verified = replace(plan, verdict=Verdict(False, {"T01": margins(0.1), "T02": margins(-0.1)}, (violation,)))
    states = states_of(verified, None)
    assert (states["T01"], states["T02"], states["T03"]) == ("safe", "unsafe", "unknown")
    assert verdict_words(verified) == ("1 violation", theme.UNSAFE)


@pytest.mark.parametrize(
    ("errors", "half_voxel", "localisation", "surfaces", "words"),
    [
        ((0.0, 0.0), 0.0, 0.0, (), "Not counted: localisation error, the way from the skull to an entry."),
        ((0.2, 0.0), 0.0, 0.0, (), "Not counted: localisation error, the way from the skull to an entry."),
        ((0.2, 0.3), 0.0, 0.0, (), "Not counted: the way from the skull to an entry."),
        ((0.4, 0.4), 0.4, 0.0, ("hull",), "Not counted: localisation error, vessels between window and entry."),
        (
            (0.0, 0.0),
            0.0,
            0.5,
            ("hull", "pial"),
            "Not counted: vessels between window and entry, the way to cortex that is laid bare.",
        ),
    ],
)
def test_what_a_verdict_does_not_count_stands_beside_it(
    plan: Plan, errors: tuple[float, float], half_voxel: float, localisation: float, surfaces: tuple, words: str
) -> None:
    windows = tuple(Window("lh", its, (-45.0, -40.0, 0.0), (0.0, 1.0, 0.0), 25.0, 60.0) for its in surfaces)
    vessels = tuple(VesselRecord(f"v{i}", "artery", "", False, e, half_voxel) for i, e in enumerate(errors))
    limits = replace(plan.limits, localisation_mm=localisation, access=Access("mine", windows))
    assert unchecked_line(replace(plan, limits=limits, case=replace(plan.case, vessels=vessels))) == words


def preview_of(plan: Plan, value: float = 0.2) -> Preview:
    owner, pictures = plan.implant.contact_owners(), np.zeros((1, 4, 4), dtype=np.float32)
    nothing, centres = np.zeros(len(owner)), np.zeros((len(owner), 2))
    found = {thread.name: margins(value) for thread in plan.threads}
    seen = np.ones(len(owner), dtype=bool)
    return Preview(plan, owner, centres, nothing, nothing, seen, ("A",), pictures, pictures, found, {})


def test_margins_of_another_design_are_not_this_plans(plan: Plan) -> None:
    first, *others = plan.threads
    moved = replace(plan, threads=(replace(first, depth_mm=first.depth_mm + 0.5), *others))
    preview = preview_of(plan)
    assert set(margins_of(plan, preview)) == {thread.name for thread in plan.threads}
    assert margins_of(moved, preview) == {}
    assert set(states_of(moved, preview).values()) == {"unknown"}
    stricter = replace(plan, limits=replace(plan.limits, clearance_mm=5.0))
    assert set(states_of(stricter, preview).values()) == {"unknown"}
    locked = replace(plan, threads=(replace(first, locked=True), *others))
    assert set(states_of(locked, preview).values()) == {"safe"}


def test_what_is_not_known_is_not_safe(plan: Plan) -> None:
    assert set(states_of(plan, None).values()) == {"unknown"}
    preview = preview_of(plan)
    free = ThreadMargins({**margins(0.2).margins, "vessel": inf})
    preview = replace(preview, margins={**preview.margins, "T02": free})
    assert [states_of(plan, preview)[name] for name in ("T01", "T02")] == ["safe", "unknown"]
    inside = ThreadMargins({**free.margins, "gray": -0.1})
    preview = replace(preview, margins={**preview.margins, "T02": inside})
    assert states_of(plan, preview)["T02"] == "unsafe"


def test_a_thread_most_of_whose_contacts_lie_outside_v1_is_blind_unless_worse_is_known(plan: Plan) -> None:
    preview = preview_of(plan)
    contacts = plan.device.contacts
    usable = preview.usable.copy()
    usable[contacts : contacts + contacts // 2 + 1] = False
    usable[2 * contacts : 2 * contacts + contacts // 2] = False
    preview = replace(preview, usable=usable)
    assert outside_v1(plan, preview) == dict(zip(("T01", "T02", "T03"), (0, 9, 8), strict=True)) | {
        thread.name: 0 for thread in plan.threads[3:]
    }
    states = states_of(plan, preview)
    assert [states[name] for name in ("T01", "T02", "T03")] == ["safe", "blind", "safe"]
    assert set(states_of(plan, replace(preview_of(plan, -0.1), usable=usable)).values()) == {"unsafe"}
    assert outside_v1(plan, replace(preview, complete=False)) == {}


def test_a_plan_is_not_called_safe_before_it_is_verified(plan: Plan) -> None:
    assert verdict_words(plan) == ("not verified", theme.WARNING)


@pytest.mark.parametrize(
    ("kinds", "said", "colour"),
    [
        (("artery", "vein"), "", theme.SAFE),
        (("artery", "vein", "vessel"), "", theme.SAFE),
        (("artery",), ", veins unknown", theme.WARNING),
        (("vein",), ", arteries unknown", theme.WARNING),
        (("artery", "vessel"), ", veins unknown", theme.WARNING),
        (("vessel",), ", vessels of unsaid kind", theme.WARNING),
        ((), ", vessels unknown", theme.WARNING),
    ],
)
def test_a_kind_of_vessel_that_is_missing_is_said_with_the_verdict(
    plan: Plan, kinds: tuple[VesselKind, ...], said: str, colour: str
) -> None:
    vessels = tuple(replace(plan.case.vessels[0], kind=kind) for kind in kinds)
    verified = replace(plan, case=replace(plan.case, vessels=vessels), verdict=Verdict(True, {}, ()))
    assert verdict_words(verified) == (f"verified feasible{said}", colour)


@pytest.mark.parametrize(("value", "text"), [(None, "–"), (inf, "–"), (0.123, "+0.12"), (-0.126, "-0.13")])
def test_margins_carry_their_sign(value: float | None, text: str) -> None:
    assert millimetres(value) == text


def test_a_share_that_is_not_nothing_does_not_read_as_nothing() -> None:
    assert [percent(share) for share in (0.0, 0.004, 0.01, 0.256, 1.0)] == ["0%", "<1%", "1%", "26%", "100%"]


def test_what_is_known_to_be_broken_is_said_without_a_verdict(plan: Plan) -> None:
    assert verdict_words(plan, preview_of(plan)) == ("not verified", theme.WARNING)
    assert verdict_words(plan, preview_of(plan, -0.1)) == ("not verified, 6 threads break a limit", theme.UNSAFE)
    one = replace(preview_of(plan), margins={**preview_of(plan).margins, "T02": margins(-0.1)})
    assert verdict_words(plan, one) == ("not verified, 1 thread breaks a limit", theme.UNSAFE)
    tight = replace(plan, limits=replace(plan.limits, threads=4))
    assert verdict_words(tight, preview_of(tight)) == ("not verified, 2 over the budget", theme.UNSAFE)
