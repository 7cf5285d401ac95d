from __future__ import annotations

from dataclasses import replace

from planner.anatomy.access import Access, Window
from planner.anatomy.regions import Region
from planner.design.limits import Verdict
from planner.implant.catalogue import load_device
from planner.percept.parameters import CorticalSheet
from planner.percept.settings import Seeing, Stimulus
from planner.plan.edits import grouped, set_aside
from planner.plan.make import Examined, device_limits
from planner.plan.plan import Plan
from planner.plan.stamp import (
    ACCESS_NOTICE,
    LAID_BARE_NOTICE,
    VESSELS_NOTICE,
    fingerprint,
    limits_words,
    notice,
    seen_words,
    unknown_threads,
    verdict_words,
)


def test_a_plan_says_which_limits_it_was_checked_against(plan: Plan) -> None:
    device = load_device("thread")
    words = limits_words(replace(plan, devices=(device,), limits=device_limits(device, 7, 1.25)))
    assert words.startswith("Checked for thread with at most 7 threads, 1.25 mm from vessels")
    assert "differs" not in words
    assert "Laxer" not in words


def test_a_hemisphere_that_is_not_there_is_not_silently_out_of_the_way(plan: Plan) -> None:
    assert "hemisphere" not in notice(plan)
    left = {name: digest for name, digest in plan.case.hashes.items() if not name.startswith("rh.")}
    alone = replace(plan, case=replace(plan.case, hashes=left))
    assert "The case has no right hemisphere: whether that is in the way is not checked." in notice(alone)


def test_clearances_of_veins_and_arrays_stand_beside_that_of_vessels(plan: Plan) -> None:
    limits = replace(plan.limits, clearance_mm=0.5, vein_clearance_mm=0.3)
    assert "0.5 mm from vessels (0.3 mm from veins), contacts" in limits_words(replace(plan, limits=limits))
    limits = replace(limits, array_clearance_mm=1.0)
    words = limits_words(replace(plan, limits=limits))
    assert "0.5 mm from vessels (0.3 mm from veins, 1 mm for arrays), contacts" in words


def test_what_does_not_apply_to_a_device_is_not_said_to_be_checked(plan: Plan) -> None:
    disc, thread = load_device("orion"), load_device("thread")
    said = "Does not apply to orion and was not checked: vessel, path."
    for devices in ((disc,), (thread, disc)):
        counts = (1,) * len(devices)
        assert said in limits_words(replace(plan, devices=devices, limits=device_limits(devices, counts)))
    assert "not apply" not in limits_words(replace(plan, devices=(thread,), limits=device_limits(thread, 1)))


def test_laxer_limits_than_the_device_asks_are_named(plan: Plan) -> None:
    device = load_device("thread")
    words = limits_words(
        replace(plan, devices=(device,), limits=replace(device_limits(device, 7, 0.0), spacing_mm=0.0))
    )
    assert f"Laxer than the device asks: the clearance (0 instead of {device.clearance_mm:g} mm), the spacing" in words


def test_contacts_outside_the_usual_depth_are_laxer_too_and_a_length_that_the_device_forbids_is_not(plan: Plan) -> None:
    device = load_device("thread")
    usual = device_limits(device, 1)
    words = limits_words(replace(plan, devices=(device,), limits=replace(usual, gray_mm=0.0, max_depth_mm=100.0)))
    assert "Laxer" not in words  # the device's own length holds besides
    assert "Contacts may lie nearer to pial and white than usual (0, not 0.1 mm)." in words
    assert "with at most 1 thread," in words
    assert "than" not in limits_words(replace(plan, devices=(device,), limits=usual))


def test_a_device_that_only_bears_a_name_of_the_catalogue_is_named(plan: Plan) -> None:
    thinner = replace(load_device("thread"), shaft_radius_mm=0.0)
    assert "The plan's thread differs from the catalogue's." in limits_words(replace(plan, devices=(thinner,)))
    unknown = replace(thinner, name="mine")
    assert "mine is no device of the catalogue." in limits_words(replace(plan, devices=(unknown,)))


def test_a_kind_of_vessel_that_nobody_knows_of_is_named(plan: Plan) -> None:
    assert [vessel.kind for vessel in plan.case.vessels] == ["artery"]
    assert "Only arteries are known" in notice(plan)
    both = (*plan.case.vessels, replace(plan.case.vessels[0], kind="vein"))
    assert "are known:" not in notice(replace(plan, case=replace(plan.case, vessels=both)))


def test_a_kind_that_is_unknown_around_a_thread_is_named_with_it(examined: Examined) -> None:
    plan = examined.plan
    both = (*plan.case.vessels, replace(plan.case.vessels[0], kind="vein"))
    assert plan.verdict is not None
    margins = dict.fromkeys(plan.verdict.margins, plan.verdict.margins["T01"])
    for unknown, words in ((("vein",), "veins"), (("artery", "vein"), "vessels")):
        margins["T01"] = replace(margins["T01"], unknown_kinds=unknown)
        margins["T02"] = replace(margins["T02"], margins={**margins["T02"].margins, "vessel": 0.2})
        given = replace(plan, case=replace(plan.case, vessels=both), verdict=Verdict(True, margins, ()))
        assert verdict_words(given) == f"feasible, {words} unknown"
        assert f"No {words} are known around T01: their clearance is unknown, not safe." in notice(given)
        assert unknown_threads(given) == {"T01"}


def test_errors_stand_beside_the_clearance_by_their_parts(plan: Plan) -> None:
    first = plan.case.vessels[0]
    none = limits_words(plan)
    assert "No localisation error of vessels was added to the clearance." in none
    vessels = (
        replace(first, name="A", error_mm=0.4),
        replace(first, name="B", error_mm=0.35, half_voxel_mm=0.25),
        replace(first, name="C", error_mm=0.25, half_voxel_mm=0.25),
    )
    words = limits_words(replace(plan, case=replace(plan.case, vessels=vessels)))
    assert (
        "Added to the clearance: 0.40 mm localisation error for A; "
        "0.10 mm localisation error + 0.25 mm for half a voxel for B; 0.25 mm for half a voxel for C."
    ) in words


def test_what_a_volume_cannot_show_and_sides_that_could_not_be_checked_are_said(plan: Plan) -> None:
    first = plan.case.vessels[0]
    vessels = (
        replace(first, name="TOF", half_voxel_mm=0.25, error_mm=0.25),
        replace(first, name="B", sides_checked=False),
    )
    words = notice(replace(plan, case=replace(plan.case, vessels=vessels)))
    assert "Vessels thinner than about 0.5 mm are not in TOF." in words
    assert "Left and right of B could not be checked." in words
    assert "thinner" not in notice(plan)
    assert "could not be checked" not in notice(plan)


def test_the_model_and_the_currents_are_named(plan: Plan) -> None:
    assert seen_words(plan) == "Seen by dynaphos, currents sampled."
    other = replace(plan, seeing=Seeing(CorticalSheet(), Stimulus("fit")))
    assert seen_words(other) == "Seen by sheet, currents fitted."


HULL = Window("lh", "hull", (-12.0, -90.0, 5.0), (0.0, 0.0, -1.0), 25.0, 60.0, 60.0)
PIAL = Window("rh", "pial", (12.0, -90.0, 2.0), (0.0, 0.0, -1.0), 8.0, 45.0)


def test_angle_windows_and_forbidden_regions_are_named(plan: Plan) -> None:
    assert not any(word in limits_words(plan) for word in ("within", "Approach", "Forbidden"))
    regions = (Region("V2", "lh", (1, 2, 3), "label"), Region("lesion", "rh", (4, 5, 6), "painted"))
    limits = replace(plan.limits, angle_deg=37.5, access=Access("mine", (HULL, PIAL)), regions=regions)
    words = limits_words(replace(plan, limits=limits))
    assert "Threads go in within 37.5° of pial's normal." in words
    assert "Approach mine: 2 windows of radius 25 mm or 8 mm, cone 60° or 45°, reach 60 mm or any." in words
    assert "Forbidden to touch: V2 (lh, 3 vertices, label), lesion (rh, 3 vertices, painted)." in words
    alone = limits_words(replace(plan, limits=replace(plan.limits, access=Access("pole", (HULL,)))))
    assert "Approach pole: 1 window of radius 25 mm, cone 60°, reach 60 mm." in alone


def test_what_of_the_way_in_is_not_checked_follows_from_the_windows(plan: Plan) -> None:
    def said(*windows: Window) -> list[str]:
        words = notice(replace(plan, limits=replace(plan.limits, access=Access("mine", windows))))
        return [sentence for sentence in (ACCESS_NOTICE, VESSELS_NOTICE, LAID_BARE_NOTICE) if sentence in words]

    assert said() == [ACCESS_NOTICE]
    assert said(HULL) == [VESSELS_NOTICE]
    assert said(PIAL) == [LAID_BARE_NOTICE]
    assert said(HULL, PIAL) == [VESSELS_NOTICE, LAID_BARE_NOTICE]


def test_threads_that_are_left_out_are_named(plan: Plan) -> None:
    assert "left out" not in notice(plan)
    less = set_aside(plan, {"T02"})
    assert notice(less).endswith("1 thread of the plan is not used and left out: T02.")
    assert fingerprint(less) == fingerprint(replace(plan, threads=plan.threads[:1]))


def test_a_group_is_no_part_of_what_files_of_one_plan_share(plan: Plan) -> None:
    assert fingerprint(grouped(plan, {"T01"}, "foveal")) == fingerprint(plan)
