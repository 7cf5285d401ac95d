"""The gate on arrays, surface devices and mixed implants, a micrometre inside and outside of each limit."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.vessels.tree import VesselKind, VesselTree
from planner.design.constraints import thread_margins
from planner.design.limits import DIMPLE_MM, ConstraintName, Limits, Verdict, exempt
from planner.design.site import Site, prepare_site
from planner.design.verify import verify
from planner.implant.device import Device, Shank
from planner.implant.thread import Implant, Thread

UM = 1e-3
THREAD = Device(
    "four", "Four contacts", contacts=4, pitch_mm=0.4, tip_mm=0.1, shaft_radius_mm=0.02, max_depth_mm=20.0,
    spacing_mm=0.1, clearance_mm=0.3, contact_area_mm2=0.002, working_current_ua=80.0, max_current_ua=100.0, source="",
)  # fmt: skip
ARRAY = replace(
    THREAD, name="array", kind="array", contacts=1, tip_mm=0.0, shaft_radius_mm=0.05, max_depth_mm=1.5,
    shanks=tuple(Shank(x, y) for y in (-0.5, 0.5) for x in (-0.5, 0.5)),
)  # fmt: skip
DISCS = replace(
    THREAD, name="discs", kind="surface", contacts=1, tip_mm=0.0, shaft_radius_mm=0.6, max_depth_mm=0.5, gap_mm=0.4,
    shanks=tuple(Shank(x, y) for y in (-1.0, 1.0) for x in (-1.0, 1.0)),
)  # fmt: skip
LIMITS = Limits(threads=4, clearance_mm=0.3, spacing_mm=0.1, max_depth_mm=20.0, gray_mm=0.1)
DOWN = (0.0, 0.0, -1.0)
X, Y = -19.3, 1.7  # on the flat top of the blocks' medial lobe
T = Thread("T01", "lh", (X, Y, 20.0), DOWN, 2.2)
A = Thread("A01", "lh", (X, Y, 20.0), DOWN, 1.5, across=(1.0, 0.0, 0.0))
S = Thread("S01", "lh", (X, Y, 20.0), DOWN, 0.0, across=(1.0, 0.0, 0.0))


def tube(x: float, z: float, kind: VesselKind = "artery", **known: object) -> VesselTree:
    """Along y, of radius 0.5 mm."""
    points = np.array([(x, Y - 5, z), (x, Y + 5, z)])
    return VesselTree(f"{kind} A", kind, points, np.full(2, 0.5), np.array([[0, 1]]), "", **known)  # type: ignore[arg-type]


def check(anatomy: Anatomy, device: Device, *threads: Thread, **limits: object) -> Verdict:
    return verify(anatomy, Implant((device,), threads), replace(LIMITS, **limits))  # type: ignore[arg-type]


def broken(verdict: Verdict) -> set[tuple[str, str]]:
    assert verdict.feasible == (not verdict.violations)
    return {(v.thread, v.constraint) for v in verdict.violations}


def margin(verdict: Verdict, thread: str, constraint: ConstraintName) -> float:
    return verdict.margins[thread].margins[constraint]


@pytest.fixture(scope="module")
def site(blocks: Anatomy) -> Site:
    return prepare_site(blocks)


def test_a_safe_array_has_the_closed_forms_margins(blocks: Anatomy) -> None:
    verdict = check(blocks, ARRAY, A)
    assert verdict.feasible
    found = verdict.margins["A01"].margins
    assert found["gray"] == pytest.approx(1.5 - 0.1, abs=1e-9)
    assert found["path"] == pytest.approx(DIMPLE_MM, abs=1e-9)
    assert found["depth"] == pytest.approx(0.0, abs=1e-12)
    assert found["spacing"] == np.inf


@pytest.mark.parametrize("um", [-1.0, 1.0])
def test_the_base_may_press_the_cortex_in_and_no_farther(blocks: Anatomy, um: float) -> None:
    pressed = replace(A, entry_mm=(X, Y, 20.0 - DIMPLE_MM + um * UM))
    verdict = check(blocks, ARRAY, pressed)
    assert broken(verdict) == (set() if um > 0 else {("A01", "path")})
    assert margin(verdict, "A01", "path") == pytest.approx(um * UM, abs=1e-9)


@pytest.mark.parametrize("um", [-1.0, 1.0])
def test_an_array_goes_no_deeper_than_it_is_long_whatever_threads_may(blocks: Anatomy, um: float) -> None:
    deep = replace(A, depth_mm=1.5 - um * UM, entry_mm=(X, Y, 20.1))
    assert broken(check(blocks, ARRAY, deep, max_depth_mm=9.0)) == (set() if um > 0 else {("A01", "depth")})
    assert check(blocks, ARRAY, A, max_depth_mm=1.0).feasible  # the limit is for threads


@pytest.mark.parametrize("um", [-1.0, 1.0])
@pytest.mark.parametrize("share", [0.25, 0.5, 0.75, 1.0])
def test_the_share_of_contacts_in_gray_is_held_by_the_last_of_them(blocks: Anatomy, um: float, share: float) -> None:
    """Shanks in steps of 0.3 mm, so that as many tips are below the limit as the share asks for, or one fewer."""
    stepped = replace(
        ARRAY, gray_share=share, shanks=tuple(replace(s, short_mm=0.3 * i) for i, s in enumerate(ARRAY.shanks))
    )
    last = 0.3 * (round(4 * share) - 1)
    verdict = check(blocks, stepped, replace(A, depth_mm=0.1 + last + um * UM))
    assert broken(verdict) == (set() if um > 0 else {("A01", "gray")})
    assert margin(verdict, "A01", "gray") == pytest.approx(um * UM, abs=1e-9)


def test_an_array_over_the_edge_is_fine_for_the_share_that_is_in(blocks: Anatomy) -> None:
    """Half of its shanks hang in the air beside the medial face."""
    edge = replace(A, entry_mm=(-10.2, Y, 20.0))
    assert broken(check(blocks, ARRAY, edge)) == {("A01", "gray")}
    assert check(blocks, replace(ARRAY, gray_share=0.5), edge).feasible
    assert broken(check(blocks, replace(ARRAY, gray_share=0.51), edge)) == {("A01", "gray")}


def test_one_shank_that_crosses_the_sulcus_is_enough_unless_the_device_may(blocks: Anatomy) -> None:
    """Sideways at the sulcus's floor: two shanks run below it, two through it."""
    long = replace(ARRAY, max_depth_mm=26.0, gray_share=0.0)
    through = Thread("A01", "lh", (-9.5, Y, 5.2), (-1.0, 0.0, 0.0), 25.0, across=(0.0, 1.0, 0.0))
    below = replace(through, entry_mm=(-9.5, Y, 4.4))
    crossed = check(blocks, long, through)
    assert broken(crossed) == {("A01", "path")}
    assert margin(crossed, "A01", "path") == pytest.approx(-4.0, abs=1e-9)
    assert check(blocks, long, below).feasible
    assert check(blocks, replace(long, crosses_sulci=True), through).feasible


@pytest.mark.parametrize("um", [-1.0, 1.0])
def test_the_nearest_of_all_shanks_is_the_one_that_counts_for_vessels(blocks: Anatomy, um: float) -> None:
    """Beside the outer row, between tip and base, where no contact is."""
    apart = 0.5 + 0.5 + 0.05 + 0.3 + um * UM
    anatomy = replace(blocks, vessels=(tube(X + apart, 19.2),))
    verdict = check(anatomy, ARRAY, A)
    assert broken(verdict) == (set() if um > 0 else {("A01", "vessel")})
    assert margin(verdict, "A01", "vessel") == pytest.approx(um * UM, abs=1e-9)
    shown = thread_margins(prepare_site(anatomy), Implant((ARRAY,), (A,)), LIMITS)["A01"]
    assert shown.margins["vessel"] == pytest.approx(um * UM, abs=1e-6)


CLEARANCES: dict[str, tuple[Device, VesselKind, dict[str, float], float]] = {
    "veins by their own": (THREAD, "vein", {"vein_clearance_mm": 0.1}, 0.1),
    "arteries not by veins'": (THREAD, "artery", {"vein_clearance_mm": 0.1}, 0.3),
    "unnamed vessels as arteries": (THREAD, "vessel", {"vein_clearance_mm": 0.1}, 0.3),
    "the user's error on top": (THREAD, "artery", {"localisation_mm": 0.25}, 0.55),
    "of veins too": (THREAD, "vein", {"localisation_mm": 0.25, "vein_clearance_mm": 0.1}, 0.35),
    "arrays farther": (ARRAY, "artery", {"array_clearance_mm": 0.7}, 0.7),
    "from veins too": (ARRAY, "vein", {"array_clearance_mm": 0.7, "vein_clearance_mm": 0.1}, 0.7),
    "threads not": (THREAD, "artery", {"array_clearance_mm": 0.7}, 0.3),
    "never nearer": (ARRAY, "artery", {"array_clearance_mm": 0.2}, 0.3),
}


@pytest.mark.parametrize("um", [-1.0, 1.0])
@pytest.mark.parametrize("case", CLEARANCES)
def test_each_kind_of_vessel_and_device_has_its_clearance(blocks: Anatomy, case: str, um: float) -> None:
    device, kind, given, clearance_mm = CLEARANCES[case]
    apart = device.halfwidth_mm * np.sqrt(0.5) + device.shaft_radius_mm + 0.5 + clearance_mm + um * UM
    anatomy = replace(blocks, vessels=(tube(X + apart, 19.2, kind),))
    thread = T if device is THREAD else A
    limits = replace(LIMITS, **given)
    verdict = verify(anatomy, Implant((device,), (thread,)), limits)
    assert broken(verdict) == (set() if um > 0 else {(thread.name, "vessel")})
    assert margin(verdict, thread.name, "vessel") == pytest.approx(um * UM, abs=1e-9)
    shown = thread_margins(prepare_site(anatomy), Implant((device,), (thread,)), limits)[thread.name]
    assert shown.margins["vessel"] == pytest.approx(um * UM, abs=1e-6)


def test_the_vessel_that_lacks_the_most_is_named_not_the_nearest(blocks: Anatomy) -> None:
    """A vein at 0.15 mm that may be as near as 0.1 mm, an artery at 0.25 mm that may not be nearer than 0.3."""
    vein, artery = tube(X + 0.02 + 0.65, 19.2, "vein"), tube(X - 0.02 - 0.75, 19.2)
    verdict = check(replace(blocks, vessels=(vein, artery)), THREAD, T, vein_clearance_mm=0.1)
    assert broken(verdict) == {("T01", "vessel")}
    assert verdict.margins["T01"].nearest_vessel == "artery A"
    assert margin(verdict, "T01", "vessel") == pytest.approx(-0.05, abs=1e-9)


@pytest.mark.parametrize("um", [-1.0, 1.0])
def test_mixed_implants_are_spaced_by_the_radii_of_both(blocks: Anatomy, site: Site, um: float) -> None:
    beside = replace(T, entry_mm=(X + 0.5 + 0.05 + 0.02 + 0.1 + um * UM, Y + 0.5, 20.0), device="four")
    implant = Implant((ARRAY, THREAD), (A, beside))
    limits = replace(LIMITS, threads=2, mix=(1, 1))
    verdict = verify(blocks, implant, limits)
    assert broken(verdict) == (set() if um > 0 else {("A01", "spacing"), ("T01", "spacing")})
    shown = thread_margins(site, implant, limits)
    for name, other in (("A01", "T01"), ("T01", "A01")):
        assert margin(verdict, name, "spacing") == pytest.approx(um * UM, abs=1e-9)
        assert shown[name].margins["spacing"] == pytest.approx(um * UM, abs=1e-9)
        assert verdict.margins[name].nearest_thread == shown[name].nearest_thread == other


def test_an_arrays_own_shanks_are_not_too_near_to_each_other(blocks: Anatomy) -> None:
    assert check(blocks, ARRAY, A, spacing_mm=3.0).feasible
    through = replace(T, entry_mm=(X, Y, 20.0), device="four")  # between its shanks, half a millimetre from each
    verdict = verify(blocks, Implant((ARRAY, THREAD), (A, through)), replace(LIMITS, mix=(1, 1), spacing_mm=0.7))
    assert broken(verdict) == {("A01", "spacing"), ("T01", "spacing")}
    assert margin(verdict, "T01", "spacing") == pytest.approx(np.sqrt(0.5) - 0.07 - 0.7, abs=1e-9)


def test_the_budget_of_each_device_is_held(blocks: Anatomy) -> None:
    threads = (A, *(replace(T, name=f"T{i}", entry_mm=(X + 3.0 + i, Y, 20.0), device="four") for i in range(2)))
    implant = Implant((ARRAY, THREAD), threads)
    assert verify(blocks, implant, replace(LIMITS, threads=3, mix=(1, 2))).feasible
    verdict = verify(blocks, implant, replace(LIMITS, threads=3, mix=(2, 1)))
    assert broken(verdict) == {("", "budget")}
    assert "2 of four for a budget of 1" in verdict.violations[0].message
    assert broken(verify(blocks, implant, replace(LIMITS, threads=3))) == {("", "budget")}  # all are of the first


@pytest.mark.parametrize("um", [-1.0, 1.0])
@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_a_surface_devices_discs_lie_on_pial_to_their_gap(blocks: Anatomy, site: Site, um: float, side: float) -> None:
    there = replace(S, entry_mm=(X, Y, 20.0 + side * (0.4 - um * UM)))
    verdict = check(blocks, DISCS, there)
    assert broken(verdict) == (set() if um > 0 else {("S01", "gray")})
    assert margin(verdict, "S01", "gray") == pytest.approx(um * UM, abs=1e-9)
    shown = thread_margins(site, Implant((DISCS,), (there,)), LIMITS)["S01"]
    assert shown.margins["gray"] == pytest.approx(um * UM, abs=1e-9)


def test_vessels_do_not_apply_to_what_penetrates_nothing_and_are_not_unknown(blocks: Anatomy) -> None:
    over = tube(X + 1.0, 20.0)  # right under a disc
    for vessels in ((), (over,), (tube(X + 30.0, 20.0),)):
        anatomy = replace(blocks, vessels=vessels)
        found = check(anatomy, DISCS, S)
        shown = thread_margins(prepare_site(anatomy), Implant((DISCS,), (S,)), LIMITS)["S01"]
        assert found.feasible
        assert found.vessels_unknown == ()
        for margins in (found.margins["S01"], shown):
            assert margins.exempt == ("vessel", "path")
            assert margins.words("vessel") == margins.words("path") == "exempt"
            assert not margins.vessels_unknown
            assert margins.unknown_kinds == ()


def test_beside_a_surface_device_a_threads_clearance_is_still_unknown(blocks: Anatomy) -> None:
    apart = replace(T, entry_mm=(X + 5.0, Y, 20.0), device="four")
    verdict = verify(blocks, Implant((DISCS, THREAD), (S, apart)), replace(LIMITS, mix=(1, 1)))
    assert verdict.feasible
    assert verdict.vessels_unknown == ("T01",)


@pytest.mark.parametrize("um", [-1.0, 1.0])
def test_discs_keep_their_distance_from_threads_by_their_radius(blocks: Anatomy, um: float) -> None:
    beside = replace(T, entry_mm=(X + 1.0 + 0.6 + 0.02 + 0.1 + um * UM, Y + 1.0, 20.0), device="four")
    verdict = verify(blocks, Implant((DISCS, THREAD), (S, beside)), replace(LIMITS, mix=(1, 1)))
    assert broken(verdict) == (set() if um > 0 else {("S01", "spacing"), ("T01", "spacing")})


def test_what_does_not_apply_follows_from_the_device() -> None:
    assert exempt(THREAD) == exempt(ARRAY) == ()
    assert exempt(DISCS) == ("vessel", "path")
    assert exempt(replace(ARRAY, crosses_sulci=True, gray_share=0.0)) == ("gray", "path")
