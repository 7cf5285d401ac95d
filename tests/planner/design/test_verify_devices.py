"""The exact gate on blocks in closed form: arrays, surface devices, kinds of vessels, and shares of a budget."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.vessels.tree import VesselKind, VesselTree
from planner.design.constraints import thread_margins
from planner.design.exact_currents import Driven
from planner.design.limits import DIMPLE_MM, ENTRY_TOLERANCE_MM, Limits, Verdict
from planner.design.site import prepare_site
from planner.design.verify import verify
from planner.implant.catalogue import load_device
from planner.implant.device import Device, Devices, Shank
from planner.implant.thread import Implant, Thread

UM = 1e-3
X, Y = -19.3, 1.7  # on the flat top of the blocks' medial lobe, in no mesh line
DOWN, ACROSS = (0.0, 0.0, -1.0), (1.0, 0.0, 0.0)
FOUR = replace(load_device("long-thread"), name="four", contacts=4, pitch_mm=0.4, max_depth_mm=20.0)
UTAH = load_device("utah")
LIMITS = Limits(threads=4, clearance_mm=0.3, spacing_mm=0.1, max_depth_mm=20.0, gray_mm=0.1)
THREAD = Thread("T01", "lh", (X, Y, 20.0), DOWN, 2.2)
ARRAY = Thread("A01", "lh", (X, Y, 20.0), DOWN, 1.5, across=ACROSS)
SURFACE = Device(
    "discs", "Four discs", contacts=1, pitch_mm=3.0, tip_mm=0.0, shaft_radius_mm=1.0, max_depth_mm=0.5, spacing_mm=0.5,
    clearance_mm=0.0, contact_area_mm2=3.0, working_current_ua=2000.0, max_current_ua=4000.0, source="",
    kind="surface", shanks=tuple(Shank(x, y) for x in (-1.5, 1.5) for y in (-1.5, 1.5)), gap_mm=2.0,
)  # fmt: skip
DISCS = Thread("S01", "lh", (X, Y, 20.0), DOWN, 0.0, across=ACROSS)


def tube(apart: float, kind: VesselKind, name: str = "", radius: float = 0.5, **known: object) -> VesselTree:
    """A vessel along y whose wall is so far from the axis of `THREAD`, 1 mm below pial."""
    points = np.array([(X + apart + radius, Y - 9, 19.0), (X + apart + radius, Y + 9, 19.0)])
    return VesselTree(name or kind, kind, points, np.full(2, radius), np.array([[0, 1]]), "", **known)  # type: ignore[arg-type]


def check(anatomy: Anatomy, devices: Devices, *threads: Thread, limits: Limits = LIMITS, agree: bool = True) -> Verdict:
    """The exact verdict; the fast margins are the same to 1e-6 mm, with all they say of vessels."""
    implant = Implant(devices, threads)
    verdict = verify(anatomy, implant, limits)
    if agree:
        shown = thread_margins(prepare_site(anatomy), implant, limits)
        for name, found in verdict.margins.items():
            assert shown[name].margins == pytest.approx(found.margins, abs=1e-6)
            assert shown[name].exempt == found.exempt
            assert shown[name].unknown_kinds == found.unknown_kinds
            assert shown[name].nearest_vessel == found.nearest_vessel
            assert shown[name].nearest_thread == found.nearest_thread
    return verdict


def broken(verdict: Verdict) -> set[tuple[str, str]]:
    assert verdict.feasible == (not verdict.violations)
    return {(v.thread, v.constraint) for v in verdict.violations}


def test_an_array_flat_on_pial_has_the_closed_forms_margins(blocks: Anatomy) -> None:
    verdict = check(blocks, (UTAH,), ARRAY)
    found = verdict.margins["A01"]
    assert verdict.feasible
    assert found.margins["gray"] == pytest.approx(1.4, abs=1e-9)
    assert found.margins["path"] == pytest.approx(DIMPLE_MM, abs=1e-9)
    assert found.margins["depth"] == pytest.approx(0.0, abs=1e-9)
    assert found.exempt == ()
    assert verdict.vessels_unknown == ("A01",)


@pytest.mark.parametrize("um", [-1.0, 1.0])
def test_an_array_tilted_so_that_its_rim_is_pressed_in_by_more_than_the_dimple(blocks: Anatomy, um: float) -> None:
    """Its middle lies on pial; its outermost column stands 1.8 mm from there."""
    sine = (DIMPLE_MM - um * UM) / 1.8
    cosine = float(np.sqrt(1 - sine**2))
    tilted = replace(ARRAY, direction=(-sine, 0.0, -cosine), across=(cosine, 0.0, -sine))
    verdict = check(blocks, (UTAH,), tilted)
    assert broken(verdict) == (set() if um > 0 else {("A01", "path")})
    assert verdict.margins["A01"].margins["path"] == pytest.approx(um * UM, abs=1e-9)


@pytest.mark.parametrize("um", [-1.0, 1.0])
@pytest.mark.parametrize("side", [-1.0, 1.0])
@pytest.mark.parametrize("crosses", [False, True])
def test_an_arrays_entry_lies_on_pial_to_a_micrometre(blocks: Anatomy, um: float, side: float, crosses: bool) -> None:
    off = replace(ARRAY, entry_mm=(X, Y, 20.0 + side * (ENTRY_TOLERANCE_MM - um * UM)))
    verdict = check(blocks, (replace(UTAH, crosses_sulci=crosses),), off, agree=False)
    assert broken(verdict) == (set() if um > 0 else {("A01", "path")})
    if um < 0:
        assert verdict.margins["A01"].margins["path"] == pytest.approx(-UM, abs=1e-9)


@pytest.mark.parametrize("um", [-1.0, 1.0])
def test_a_thread_that_may_cross_sulci_still_begins_on_pial_and_goes_in(blocks: Anatomy, um: float) -> None:
    device = replace(FOUR, crosses_sulci=True)
    lifted = replace(THREAD, entry_mm=(X, Y, 20.0 + ENTRY_TOLERANCE_MM - um * UM))
    assert broken(check(blocks, (device,), lifted, agree=False)) == (set() if um > 0 else {("T01", "path")})
    outwards = replace(THREAD, direction=(0.0, 0.0, 1.0))
    assert ("T01", "path") in broken(check(blocks, (device,), outwards, agree=False))


@pytest.mark.parametrize("um", [-1.0, 1.0])
def test_the_length_that_the_limits_allow_holds_for_arrays_too(blocks: Anatomy, um: float) -> None:
    verdict = check(blocks, (UTAH,), ARRAY, limits=replace(LIMITS, max_depth_mm=1.5 + um * UM))
    assert verdict.margins["A01"].margins["depth"] == pytest.approx(min(um * UM, 0.0), abs=1e-9)
    assert broken(verdict) == (set() if um > 0 else {("A01", "depth")})


def test_a_grid_that_comes_through_the_other_hemisphere_is_refused_though_its_contacts_lie_in_its_own(
    blocks: Anatomy,
) -> None:
    """Of every shank 4 mm are in lh, then 20 mm between the blocks, and the contact is 3 mm deep in rh."""
    long = replace(UTAH, max_depth_mm=27.0, crosses_sulci=True)
    through = Thread("A01", "rh", (-14.0, Y, 13.0), (1.0, 0.0, 0.0), 27.0, across=(0.0, 1.0, 0.0))
    verdict = check(blocks, (long,), through, limits=replace(LIMITS, max_depth_mm=30.0), agree=False)
    assert ("A01", "hemisphere") in broken(verdict)
    assert verdict.margins["A01"].margins["hemisphere"] == pytest.approx(-4.0, abs=1e-9)


@pytest.mark.parametrize(
    ("current", "margin"), [(-101.5, -1.5), (101.5, -1.5), (np.nan, -np.inf), (np.inf, -np.inf), (-99.0, 1.0)]
)
def test_currents_count_by_their_size_and_what_is_no_number_is_refused(
    blocks: Anatomy, current: float, margin: float
) -> None:
    device = replace(FOUR, max_current_ua=100.0)
    currents = np.array([[20.0, 20.0, current, 20.0]], dtype=np.float32)
    verdict = verify(blocks, Implant((device,), (THREAD,)), LIMITS, Driven(currents))
    assert broken(verdict) == (set() if margin > 0 else {("T01", "current")})
    assert verdict.margins["T01"].margins["current"] == pytest.approx(margin)


@pytest.mark.parametrize("current", [-30.0, 30.0, np.nan])
def test_currents_of_all_contacts_together_count_by_their_size(blocks: Anatomy, current: float) -> None:
    currents = np.full((1, 4), current, dtype=np.float32)
    for total, fits in ((121.0, np.isfinite(current)), (119.0, False)):
        verdict = verify(blocks, Implant((FOUR,), (THREAD,)), LIMITS, Driven(currents, total))
        assert (("", "current") not in broken(verdict)) == fits


@pytest.mark.parametrize("um", [-1.0, 1.0])
def test_an_array_is_no_deeper_than_its_shanks_are_long(blocks: Anatomy, um: float) -> None:
    verdict = check(blocks, (UTAH,), replace(ARRAY, depth_mm=1.5 - um * UM))
    assert broken(verdict) == (set() if um > 0 else {("A01", "depth")})
    assert um > 0 or "too long" in verdict.violations[0].message


@pytest.mark.parametrize("um", [-1.0, 1.0])
@pytest.mark.parametrize(("share", "least_mm"), [(1.0, 0.1), (0.5, 0.1), (0.0, 0.9)])
def test_an_array_goes_in_and_one_that_needs_no_gray_matter_with_all_its_contacts(
    blocks: Anatomy, um: float, share: float, least_mm: float
) -> None:
    grid = replace(UTAH, contacts=3, pitch_mm=0.4, tip_mm=0.1, gray_share=share, crosses_sulci=True)
    verdict = check(blocks, (grid,), replace(ARRAY, depth_mm=least_mm + um * UM))
    assert (("A01", "depth") in broken(verdict)) == (um < 0)
    assert um > 0 or any("0.001 mm too short to be in" in violation.message for violation in verdict.violations)
    assert ("A01", "depth") in broken(check(blocks, (grid,), replace(ARRAY, depth_mm=-5.0)))


@pytest.mark.parametrize("um", [-1.0, 1.0])
def test_what_lies_on_pial_has_no_depth(blocks: Anatomy, um: float) -> None:
    verdict = check(blocks, (SURFACE,), replace(DISCS, depth_mm=um * UM))
    assert broken(verdict) == {("S01", "depth")}
    assert "0.001 mm off its entry on pial" in verdict.violations[0].message
    assert verdict.margins["S01"].margins["depth"] == pytest.approx(-UM)
    assert check(blocks, (SURFACE,), DISCS).margins["S01"].margins["depth"] == np.inf


@pytest.mark.parametrize("absurd", [1e300, -1e18, np.nan, np.inf])
def test_numbers_that_are_no_place_are_named_and_hide_no_other_thread(blocks: Anatomy, absurd: float) -> None:
    lost = replace(THREAD, name="T02", entry_mm=(absurd, 0.0, 0.0))
    verdict = check(blocks, (FOUR,), THREAD, lost, agree=False)
    assert ("T02", "direction") in broken(verdict)
    assert not any(thread == "T01" for thread, _ in broken(verdict))


def test_a_mix_of_other_devices_than_there_are_is_a_bug(blocks: Anatomy) -> None:
    with pytest.raises(ValueError, match="zip"):
        check(blocks, (FOUR, UTAH), THREAD, limits=replace(LIMITS, mix=(4,)), agree=False)


@pytest.mark.parametrize("um", [-1.0, 1.0])
def test_a_thread_longer_than_its_device_is_called_too_long_and_not_too_short(blocks: Anatomy, um: float) -> None:
    verdict = check(blocks, (replace(FOUR, max_depth_mm=2.2 + um * UM),), THREAD)
    assert broken(verdict) == (set() if um > 0 else {("T01", "depth")})
    assert um > 0 or "too long" in verdict.violations[0].message


@pytest.mark.parametrize("um", [-1.0, 1.0])
def test_the_outermost_shank_decides_how_near_a_vessel_is(blocks: Anatomy, um: float) -> None:
    """The Utah array's outermost column stands 1.8 mm from its middle."""
    apart = 1.8 + UTAH.shaft_radius_mm + 0.3 + um * UM
    verdict = check(replace(blocks, vessels=(tube(apart, "artery"),)), (UTAH,), ARRAY)
    assert broken(verdict) == (set() if um > 0 else {("A01", "vessel")})
    assert verdict.margins["A01"].margins["vessel"] == pytest.approx(um * UM, abs=1e-9)


@pytest.mark.parametrize(("apart", "unknown"), [(3.4, ()), (4.5, ("A01",))])
def test_where_vessels_are_unknown_around_one_shank_they_are_around_the_array(
    blocks: Anatomy, apart: float, unknown: tuple[str, ...]
) -> None:
    """Shanks 1.5 mm on either side: of the far one a vessel must be nearer than 5 mm, as of the near one."""
    wide = replace(UTAH, shanks=(Shank(-1.5), Shank(1.5)))
    verdict = check(replace(blocks, vessels=(tube(apart, "artery"),)), (wide,), ARRAY)
    assert verdict.vessels_unknown == unknown
    expected = np.inf if unknown else apart - 1.5 - 0.3 - UTAH.shaft_radius_mm
    assert verdict.margins["A01"].margins["vessel"] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("share", [1.0, 0.75, 0.5, 0.25, 0.0])
@pytest.mark.parametrize("um", [-1.0, 1.0])
def test_so_many_of_an_arrays_contacts_have_to_lie_in_gray_as_its_share_says(
    blocks: Anatomy, share: float, um: float
) -> None:
    """Four shanks, each of whose contacts lies 0.2 mm deeper than the next one's; 3 mm of gray."""
    depths = np.array([2.9, 2.7, 2.5, 2.3])
    shanks = tuple(Shank(0.5 * i, 0.0, float(2.9 - depth)) for i, depth in enumerate(depths))
    device = replace(UTAH, shanks=shanks, max_depth_mm=2.9, gray_share=share)
    slack = np.sort(3.0 - depths)[::-1][max(int(4 * share), 1) - 1]
    verdict = check(blocks, (device,), replace(ARRAY, depth_mm=2.9), limits=replace(LIMITS, gray_mm=slack - um * UM))
    if share == 0.0:
        assert verdict.margins["A01"].margins["gray"] == np.inf
        assert verdict.margins["A01"].exempt == ("gray",)
        assert verdict.feasible
    else:
        assert verdict.margins["A01"].margins["gray"] == pytest.approx(um * UM, abs=1e-9)
        assert broken(verdict) == (set() if um > 0 else {("A01", "gray")})


def test_a_grid_that_may_cross_sulci_is_told_so_and_one_that_may_not_is_refused(blocks: Anatomy) -> None:
    long = replace(UTAH, contacts=4, pitch_mm=1.0, max_depth_mm=24.0, gray_share=0.25)
    sideways = Thread("A01", "lh", (-10.0, Y, 13.0), (-1.0, 0.0, 0.0), 24.0, across=(0.0, 1.0, 0.0))
    assert ("A01", "path") in broken(check(blocks, (long,), sideways, agree=False))
    verdict = check(blocks, (replace(long, crosses_sulci=True),), sideways)
    assert ("A01", "path") not in broken(verdict)
    assert verdict.margins["A01"].margins["path"] == pytest.approx(DIMPLE_MM, abs=1e-9)  # its base still counts
    assert verdict.margins["A01"].exempt == ()


def test_a_surface_device_is_exempt_from_vessels_and_nothing_is_unknown_around_it(blocks: Anatomy) -> None:
    for vessels in ((), (tube(0.0, "artery"),), (tube(30.0, "vein"),)):
        verdict = check(replace(blocks, vessels=vessels), (SURFACE,), DISCS)
        found = verdict.margins["S01"]
        assert verdict.feasible
        assert verdict.vessels_unknown == ()
        assert found.exempt == ("vessel", "path")
        assert found.margins["vessel"] == found.margins["path"] == np.inf
        assert (found.nearest_vessel, found.unknown_kinds, found.words("vessel")) == ("", (), "exempt")


@pytest.mark.parametrize("um", [-1.0, 1.0])
@pytest.mark.parametrize("side", [-1.0, 1.0])
def test_a_surface_devices_discs_lie_on_pial_to_within_its_gap(blocks: Anatomy, um: float, side: float) -> None:
    lifted = replace(DISCS, entry_mm=(X, Y, 20.0 + side * (2.0 - um * UM)))
    verdict = check(blocks, (SURFACE,), lifted)
    assert broken(verdict) == (set() if um > 0 else {("S01", "gray")})
    assert verdict.margins["S01"].margins["gray"] == pytest.approx(um * UM, abs=1e-9)


@pytest.mark.parametrize("um", [-1.0, 1.0])
@pytest.mark.parametrize(
    ("kind", "clearance"), [("artery", 0.3), ("vein", 0.8), ("vessel", 0.3)]
)  # who says not what it is, has the arteries' clearance
def test_each_kind_of_vessel_has_its_own_clearance(
    blocks: Anatomy, um: float, kind: VesselKind, clearance: float
) -> None:
    limits = replace(LIMITS, vein_clearance_mm=0.8)
    apart = FOUR.shaft_radius_mm + clearance + um * UM
    verdict = check(replace(blocks, vessels=(tube(apart, kind),)), (FOUR,), THREAD, limits=limits)
    assert broken(verdict) == (set() if um > 0 else {("T01", "vessel")})
    assert verdict.margins["T01"].margins["vessel"] == pytest.approx(um * UM, abs=1e-9)
    assert um > 0 or f"{clearance:.2f} mm clearance" in verdict.violations[0].message


def test_the_nearest_vessel_is_the_one_with_the_least_margin(blocks: Anatomy) -> None:
    limits = replace(LIMITS, vein_clearance_mm=1.0)
    near_artery = tube(-1.5, "artery", radius=0.5)  # its other wall is 0.5 mm from the axis
    vessels = (near_artery, tube(0.9, "vein"))
    found = check(replace(blocks, vessels=vessels), (FOUR,), THREAD, limits=limits).margins["T01"]
    assert found.nearest_vessel == "vein"
    assert found.margins["vessel"] == pytest.approx(0.9 - 1.0 - FOUR.shaft_radius_mm, abs=1e-9)


@pytest.mark.parametrize("um", [-1.0, 1.0])
def test_arrays_may_have_to_keep_farther_away(blocks: Anatomy, um: float) -> None:
    """The thread beside the array keeps to its own clearance."""
    limits = replace(LIMITS, array_clearance_mm=0.7)
    apart = 1.8 + UTAH.shaft_radius_mm + 0.7 + um * UM
    vessels = (tube(apart, "artery"),)
    aside = replace(THREAD, device="four", entry_mm=(X + apart - 0.4, Y, 20.0))
    array = replace(ARRAY, device="utah")
    verdict = check(replace(blocks, vessels=vessels), (FOUR, UTAH), aside, array, limits=replace(limits, mix=(2, 2)))
    assert broken(verdict) == (set() if um > 0 else {("A01", "vessel")})
    assert verdict.margins["T01"].margins["vessel"] == pytest.approx(0.4 - 0.3 - FOUR.shaft_radius_mm, abs=1e-9)


@pytest.mark.parametrize("um", [-1.0, 1.0])
def test_the_localisation_error_is_added_to_every_clearance_and_named(blocks: Anatomy, um: float) -> None:
    limits = replace(LIMITS, localisation_mm=0.35)
    apart = FOUR.shaft_radius_mm + 0.3 + 0.35 + 0.25 + um * UM
    verdict = check(replace(blocks, vessels=(tube(apart, "artery", error_mm=0.25),)), (FOUR,), THREAD, limits=limits)
    assert broken(verdict) == (set() if um > 0 else {("T01", "vessel")})
    assert verdict.margins["T01"].margins["vessel"] == pytest.approx(um * UM, abs=1e-9)
    assert um > 0 or "0.30 mm clearance + 0.60 mm localisation error" in verdict.violations[0].message


@pytest.mark.parametrize("um", [-1.0, 1.0])
def test_a_thread_beside_an_array_keeps_its_distance_to_the_nearest_shank(blocks: Anatomy, um: float) -> None:
    """Beside the middle rows, where the outermost column stands at x = 1.8 mm and y = ±0.2 mm."""
    apart = UTAH.shaft_radius_mm + FOUR.shaft_radius_mm + 0.1 + um * UM
    aside = replace(THREAD, device="four", entry_mm=(X + 1.8 + apart, Y + 0.2, 20.0))
    limits = replace(LIMITS, mix=(1, 3))
    verdict = check(blocks, (FOUR, UTAH), aside, replace(ARRAY, device="utah"), limits=limits)
    assert broken(verdict) == (set() if um > 0 else {("T01", "spacing"), ("A01", "spacing")})
    assert verdict.margins["A01"].nearest_thread == "T01"
    assert verdict.margins["A01"].margins["spacing"] == pytest.approx(um * UM, abs=1e-9)


@pytest.mark.parametrize(
    ("mix", "faults"),
    [
        ((1, 1), set()),
        ((2, 1), set()),
        ((0, 2), {"The plan has 1 of four for a budget of 0."}),
        ((2, 0), {"The plan has 1 of utah for a budget of 0."}),
        ((), {"The plan has 1 of utah for a budget of 0."}),  # without a mix all are of the first
    ],
)
def test_no_device_has_more_insertions_than_the_mix_allows(
    blocks: Anatomy, mix: tuple[int, ...], faults: set[str]
) -> None:
    threads = (replace(THREAD, entry_mm=(X, Y + 9.0, 20.0)), replace(ARRAY, device="utah"))
    limits = replace(LIMITS, threads=sum(mix) or 2, mix=mix)
    verdict = check(blocks, (FOUR, UTAH), *threads, limits=limits)
    assert {v.message for v in verdict.violations} == faults
    assert all((v.thread, v.constraint, v.margin) == ("", "budget", -1.0) for v in verdict.violations)


SQUARE = replace(
    UTAH, name="square", max_depth_mm=1.5, shanks=tuple(Shank(x, y) for y in (-0.5, 0.5) for x in (-0.5, 0.5))
)


def test_an_array_over_the_edge_is_fine_for_the_share_that_is_in(blocks: Anatomy) -> None:
    """Half of its shanks hang in the air beside the medial face."""
    edge = replace(ARRAY, entry_mm=(-10.2, Y, 20.0))
    assert broken(check(blocks, (SQUARE,), edge, agree=False)) == {("A01", "gray")}
    assert check(blocks, (replace(SQUARE, gray_share=0.5),), edge, agree=False).feasible
    assert broken(check(blocks, (replace(SQUARE, gray_share=0.51),), edge, agree=False)) == {("A01", "gray")}


@pytest.mark.parametrize("um", [-1.0, 1.0])
@pytest.mark.parametrize(
    ("kind", "given", "clearance"),
    [
        ("vein", {"array_clearance_mm": 0.7, "vein_clearance_mm": 0.1}, 0.7),
        ("vein", {"array_clearance_mm": 0.2, "vein_clearance_mm": 0.25, "localisation_mm": 0.1}, 0.35),
        ("artery", {"array_clearance_mm": 0.2}, 0.3),  # never nearer than threads
    ],
)
def test_of_several_clearances_an_array_keeps_the_largest(
    blocks: Anatomy, um: float, kind: VesselKind, given: dict[str, float], clearance: float
) -> None:
    apart = 0.5 + SQUARE.shaft_radius_mm + clearance + um * UM
    anatomy = replace(blocks, vessels=(tube(apart, kind),))
    verdict = check(anatomy, (SQUARE,), ARRAY, limits=replace(LIMITS, **given))  # type: ignore[arg-type]
    assert broken(verdict) == (set() if um > 0 else {("A01", "vessel")})
    assert verdict.margins["A01"].margins["vessel"] == pytest.approx(um * UM, abs=1e-9)


def test_an_arrays_own_shanks_are_not_too_near_to_each_other_but_a_thread_between_them_is(blocks: Anatomy) -> None:
    assert check(blocks, (SQUARE,), ARRAY, limits=replace(LIMITS, spacing_mm=3.0)).feasible
    limits = replace(LIMITS, threads=2, mix=(1, 1), spacing_mm=0.7)
    between = replace(THREAD, device="four")
    verdict = check(blocks, (FOUR, SQUARE), between, replace(ARRAY, device="square"), limits=limits)
    assert broken(verdict) == {("A01", "spacing"), ("T01", "spacing")}
    expected = np.sqrt(0.5) - SQUARE.shaft_radius_mm - FOUR.shaft_radius_mm - 0.7
    assert verdict.margins["T01"].margins["spacing"] == pytest.approx(expected, abs=1e-9)


@pytest.mark.parametrize("um", [-1.0, 1.0])
def test_discs_keep_their_distance_from_a_thread_whose_clearance_is_still_unknown(blocks: Anatomy, um: float) -> None:
    apart = 1.5 + SURFACE.shaft_radius_mm + FOUR.shaft_radius_mm + 0.1 + um * UM
    beside = replace(THREAD, device="four", entry_mm=(X + apart, Y + 1.5, 20.0))
    implant = (replace(DISCS, device="discs"), beside)
    verdict = check(blocks, (SURFACE, FOUR), *implant, limits=replace(LIMITS, threads=2, mix=(1, 1)))
    assert broken(verdict) == (set() if um > 0 else {("S01", "spacing"), ("T01", "spacing")})
    assert verdict.vessels_unknown == ("T01",)


@pytest.mark.parametrize("off", [1e-5, -1e-5, np.nan])
@pytest.mark.parametrize("axis", [0, 1])
def test_an_array_whose_axis_across_is_no_unit_vector_at_right_angles_is_named(
    blocks: Anatomy, off: float, axis: int
) -> None:
    """It would not be rigid: its contacts would be sheared or stretched."""
    across = (1.0 + off, 0.0, 0.0) if axis == 0 else (np.sqrt(1 - 1e-10), 0.0, off)
    verdict = check(blocks, (SQUARE,), replace(ARRAY, across=across), agree=False)
    assert ("A01", "direction") in broken(verdict)
