"""Imported lines on two flat sheets of cortex, pial at z = 2: the left one at x −25 to −5, the right one at 5 to 25."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from planner.anatomy.hemisphere import Anatomy
from planner.design.site import Site, prepare_site
from planner.errors import InputError
from planner.implant.device import Device, Shank
from planner.plan.export import write_export
from planner.plan.imports import Trajectory, read_trajectories, threads_of
from planner.plan.make import Examined, device_limits


@pytest.fixture(scope="module")
def site(anatomy: Anatomy) -> Site:
    return prepare_site(anatomy)


def test_entries_are_set_where_the_line_goes_into_the_cortex_and_it_is_said_how_far(site: Site, device: Device) -> None:
    lines = [
        Trajectory("A", (-12.0, -90.0, 42.0), (-12.0, -90.0, 0.5), ordered=True),
        Trajectory("B", (20.0, -92.0, 8.0), (14.0, -92.0, 0.0), ordered=True),
    ]
    found = threads_of(lines, site, device, device_limits(device, 2))
    first, second = found.threads
    assert (first.hemisphere, second.hemisphere) == ("lh", "rh")
    assert first.entry_mm == pytest.approx((-12.0, -90.0, 2.0))
    assert first.tip_mm == pytest.approx((-12.0, -90.0, 0.5))
    assert second.entry_mm == pytest.approx((15.5, -92.0, 2.0))
    assert second.tip_mm == pytest.approx((14.0, -92.0, 0.0))
    assert "left hemisphere: entry moved 40.00 mm in along its line onto pial." in found.moved[0]
    assert "right hemisphere: entry moved 7.50 mm in" in found.moved[1]
    assert found.refused == ()


def test_an_entry_inside_the_cortex_goes_back_to_pial(site: Site, device: Device) -> None:
    line = Trajectory("A", (-12.0, -90.0, 1.25), (-12.0, -90.0, 0.5), ordered=True)
    found = threads_of([line], site, device, device_limits(device, 1))
    assert found.threads[0].entry_mm == pytest.approx((-12.0, -90.0, 2.0))
    assert "entry moved 0.75 mm back along its line" in found.moved[0]


def test_tips_are_drawn_back_or_set_deeper_to_what_the_device_can(site: Site, device: Device) -> None:
    far = Trajectory("far", (-12.0, -90.0, 10.0), (-12.0, -90.0, -30.0), ordered=True)
    near = Trajectory("near", (-15.0, -90.0, 10.0), (-15.0, -90.0, 1.9), ordered=True)
    found = threads_of([far, near], site, device, device_limits(device, 2))
    assert [t.depth_mm for t in found.threads] == pytest.approx([6.0, 1.0])
    assert "tip drawn back 26.00 mm, to the 6.00 mm that are allowed" in found.moved[0]
    assert "tip set 0.90 mm deeper" in found.moved[1]
    short = replace(device_limits(device, 1), max_depth_mm=4.0)
    assert threads_of([far], site, device, short).threads[0].depth_mm == 4.0


def test_what_was_exported_for_slicer_comes_back_where_it_was(examined: Examined, site: Site, tmp_path: Path) -> None:
    (file,) = write_export(examined, "mrk.json", tmp_path)
    found = threads_of(read_trajectories(file), site, examined.plan.device, examined.plan.limits)
    assert [t.hemisphere for t in found.threads] == ["lh", "rh"]
    for mine, theirs in zip(examined.plan.threads, found.threads, strict=True):
        np.testing.assert_allclose(theirs.entry_mm, mine.entry_mm, atol=1e-9)
        np.testing.assert_allclose(theirs.tip_mm, mine.tip_mm, atol=1e-9)
    assert all(words.endswith("hemisphere: as it was.") for words in found.moved)


def test_lines_read_in_the_wrong_space_are_refused_and_never_flipped(
    examined: Examined, site: Site, tmp_path: Path
) -> None:
    (file,) = write_export(examined, "mrk.json", tmp_path)
    file.write_text(file.read_text(encoding="utf-8").replace('"LPS"', '"RAS"'), encoding="utf-8")
    found = threads_of(read_trajectories(file), site, examined.plan.device, examined.plan.limits)
    assert found.threads == ()
    assert [words.split()[0] for words in found.refused] == ["T01", "T02"]
    assert all("does not meet the cortex within 40 mm of V1" in words for words in found.refused)


def test_a_name_that_says_the_other_side_is_refused(site: Site, device: Device) -> None:
    def one(name: str, x: float) -> Trajectory:
        return Trajectory(name, (x, -90.0, 5.0), (x, -90.0, 0.5), ordered=True)

    lines = [one("Left pole", 12.0), one("rh 2", -12.0), one("right_3", 12.0), one("left or right", 14.0)]
    found = threads_of(lines, site, device, device_limits(device, 4))
    assert [t.name for t in found.threads] == ["right_3", "left or right"]
    assert found.refused[0].startswith("Left pole is called left and goes into the right hemisphere")
    assert found.refused[1].startswith("rh 2 is called right and goes into the left hemisphere")


def test_a_line_that_ends_in_the_other_hemisphere_is_refused(site: Site, device: Device) -> None:
    line = Trajectory("across", (-12.0, -90.0, 2.1), (12.0, -90.0, 0.5), ordered=True)
    found = threads_of([line], site, device, device_limits(device, 1))
    assert found.threads == ()
    assert "goes into the left hemisphere and ends in the right one" in found.refused[0]


def test_ends_the_wrong_way_round_are_turned_only_where_the_file_does_not_say(site: Site, device: Device) -> None:
    line = Trajectory("A", (-12.0, -90.0, 0.5), (-12.0, -90.0, 9.0))
    found = threads_of([line], site, device, device_limits(device, 1))
    assert found.threads[0].entry_mm == pytest.approx((-12.0, -90.0, 2.0))
    assert found.threads[0].direction == pytest.approx((0.0, 0.0, -1.0))
    assert "the other way round" in found.moved[0]
    told = threads_of([replace(line, ordered=True)], site, device, device_limits(device, 1))
    assert told.threads == ()


def test_faults_points_and_lines_beside_the_cortex_are_refused_one_by_one(site: Site, device: Device) -> None:
    lines = [
        Trajectory("broken", fault="has no points"),
        Trajectory("dot", (-12.0, -90.0, 3.0), (-12.0, -90.0, 3.0)),
        Trajectory("beside", (0.0, -90.0, 9.0), (0.0, -90.0, 0.0), ordered=True),
        Trajectory("short", (-12.0, -90.0, 9.0), (-12.0, -90.0, 4.0), ordered=True),
        Trajectory("good", (-12.0, -90.0, 9.0), (-12.0, -90.0, 0.5), ordered=True),
    ]
    found = threads_of(lines, site, device, device_limits(device, 5))
    assert [t.name for t in found.threads] == ["good"]
    assert [words.split()[0] for words in found.refused] == ["broken", "dot", "beside", "short"]
    assert found.refused[0] == "broken has no points."
    assert "at one place" in found.refused[1]


def test_threads_have_names_that_a_plan_can_hold(site: Site, device: Device) -> None:
    names = ["A", "A", "\x07\n", "x" * 90]
    lines = [
        Trajectory(name, (-12.0 - i, -90.0, 9.0), (-12.0 - i, -90.0, 0.5), ordered=True) for i, name in enumerate(names)
    ]
    found = threads_of(lines, site, device, device_limits(device, 4))
    assert [t.name for t in found.threads] == ["A", "A 2", "T03", "x" * 64]
    assert "A (now A 2)" in found.moved[1]


def test_arrays_get_an_axis_across_and_surface_devices_are_refused(site: Site, device: Device) -> None:
    array = replace(device, kind="array", shanks=(Shank(-0.2), Shank(0.2)))
    line = Trajectory("A", (-12.0, -90.0, 9.0), (-11.0, -90.0, 0.5), ordered=True)
    (thread,) = threads_of([line], site, array, device_limits(array, 1)).threads
    assert thread.across is not None
    assert np.dot(thread.across, thread.direction) == pytest.approx(0.0, abs=1e-12)
    with pytest.raises(InputError, match="lies on the cortex"):
        threads_of([line], site, replace(device, kind="surface"), device_limits(device, 1))
