from __future__ import annotations

import ast
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import trimesh

import planner.design.verify
from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.vessels.tree import VesselTree
from planner.design.exact_path import thread_paths
from planner.design.limits import Limits, Verdict
from planner.design.verify import verify
from planner.geometry.exact import ExactMesh
from planner.implant.device import Device
from planner.implant.thread import Implant, Thread

UM = 1e-3
DEVICE = Device(
    "four", "Four contacts", contacts=4, pitch_mm=0.4, tip_mm=0.1, shaft_radius_mm=0.02, max_depth_mm=20.0,
    spacing_mm=0.1, clearance_mm=0.3, contact_area_mm2=0.002, working_current_ua=80.0, max_current_ua=100.0, source="",
)  # fmt: skip
LIMITS = Limits(threads=4, clearance_mm=0.3, spacing_mm=0.1, max_depth_mm=20.0, gray_mm=0.1)
DOWN = (0.0, 0.0, -1.0)
X, Y = -19.3, 1.7  # on the flat top of the blocks' medial lobe, in no mesh line
SAFE = Thread("T01", "lh", (X, Y, 20.0), DOWN, 2.2)  # contacts 0.9 to 2.1 mm deep in 3 mm of gray


def tube(points: list[tuple[float, float, float]], radius: float = 0.5, name: str = "artery A") -> VesselTree:
    edges = np.stack([np.arange(len(points) - 1), np.arange(1, len(points))], axis=1)
    return VesselTree(name, "artery", np.array(points), np.full(len(points), radius), edges, "made up", True)


def check(anatomy: Anatomy, *threads: Thread, limits: Limits = LIMITS) -> Verdict:
    return verify(anatomy, Implant((DEVICE,), threads), limits)


def broken(verdict: Verdict) -> set[tuple[str, str]]:
    assert verdict.feasible == (not verdict.violations)
    return {(v.thread, v.constraint) for v in verdict.violations}


def test_a_safe_thread_is_feasible_and_its_margins_are_the_closed_form(blocks: Anatomy) -> None:
    verdict = check(blocks, SAFE)
    assert verdict.feasible
    margins = verdict.margins["T01"].margins
    assert margins["gray"] == pytest.approx(
        0.8, abs=1e-9
    )  # the highest contact 0.9 below pial, the lowest 0.9 over white
    assert margins["depth"] == pytest.approx(17.8, abs=1e-9)
    assert margins["path"] == pytest.approx(0.9, abs=1e-9)
    assert margins["vessel"] == margins["spacing"] == np.inf
    assert margins["hemisphere"] == pytest.approx(np.hypot(0, 0) + 29.3 + 0.9, abs=0.3)


@pytest.mark.parametrize("um", [-1.0, 1.0])
def test_vessel_limit_to_a_micrometre_between_contacts(blocks: Anatomy, um: float) -> None:
    """The tube crosses at a height where no contact is; wall to shaft's surface is the clearance ± 1 µm."""
    apart = 0.5 + 0.02 + 0.3 + um * UM
    vessels = (tube([(X + apart, Y - 9, 18.9), (X + apart, Y + 9, 18.9)]),)
    verdict = check(replace(blocks, vessels=vessels), SAFE)
    assert broken(verdict) == (set() if um > 0 else {("T01", "vessel")})
    assert verdict.margins["T01"].margins["vessel"] == pytest.approx(um * UM, abs=1e-9)
    assert verdict.margins["T01"].nearest_vessel == "artery A"
    if um < 0:
        assert "artery A" in verdict.violations[0].message


@pytest.mark.parametrize("um", [-1.0, 1.0])
def test_a_vessel_over_the_entry_counts(blocks: Anatomy, um: float) -> None:
    """On the pial surface over the entry, where no contact comes near it."""
    height = 20.0 + 0.5 + 0.02 + 0.3 + um * UM
    verdict = check(replace(blocks, vessels=(tube([(X - 5, Y, height), (X + 5, Y, height)]),)), SAFE)
    assert broken(verdict) == (set() if um > 0 else {("T01", "vessel")})


def test_tapered_vessels_wall_is_measured_where_it_is(blocks: Anatomy) -> None:
    tree = tube([(X + 0.6, Y, 18.0), (X + 9.0, Y, 18.0)])
    thin_end_near = replace(tree, radius_mm=np.array([0.1, 0.9]))
    thick_end_near = replace(tree, radius_mm=np.array([0.4, 0.05]))
    assert check(replace(blocks, vessels=(thin_end_near,)), SAFE).feasible
    assert broken(check(replace(blocks, vessels=(thick_end_near,)), SAFE)) == {("T01", "vessel")}


@pytest.mark.parametrize("um", [-1.0, 1.0])
@pytest.mark.parametrize("end", ["pial", "white"])
def test_gray_limit_to_a_micrometre(blocks: Anatomy, um: float, end: str) -> None:
    depth = 1.3 + 0.1 + um * UM if end == "pial" else 3.1 - 0.1 - um * UM
    verdict = check(blocks, replace(SAFE, depth_mm=depth))
    assert broken(verdict) == (set() if um > 0 else {("T01", "gray")})
    assert verdict.margins["T01"].margins["gray"] == pytest.approx(um * UM, abs=1e-9)


@pytest.mark.parametrize("um", [-1.0, 1.0])
def test_spacing_limit_to_a_micrometre(blocks: Anatomy, um: float) -> None:
    aside = replace(SAFE, name="T02", entry_mm=(X + 0.14 + um * UM, Y, 20.0))
    verdict = check(blocks, SAFE, aside)
    assert broken(verdict) == (set() if um > 0 else {("T01", "spacing"), ("T02", "spacing")})
    assert verdict.margins["T01"].nearest_thread == "T02"


def test_crossing_shafts_are_too_near_though_entries_and_tips_are_apart(blocks: Anatomy) -> None:
    lean = 0.5 / np.hypot(0.5, 1.0)
    down = -1.0 / np.hypot(0.5, 1.0)
    pair = [
        Thread("A", "lh", (X - 0.5, Y, 20.0), (lean, 0.0, down), 2.3),
        Thread("B", "lh", (X + 0.5, Y, 20.0), (-lean, 0.0, down), 2.3),
    ]
    assert broken(check(blocks, *pair)) == {("A", "spacing"), ("B", "spacing")}


@pytest.mark.parametrize("um", [-1.0, 1.0])
def test_depth_limit_to_a_micrometre(blocks: Anatomy, um: float) -> None:
    limits = replace(LIMITS, max_depth_mm=2.2 + um * UM)
    assert broken(check(blocks, SAFE, limits=limits)) == (set() if um > 0 else {("T01", "depth")})


def test_budget(blocks: Anatomy) -> None:
    threads = [replace(SAFE, name=f"T{i}", entry_mm=(X + i, Y, 20.0)) for i in range(5)]
    assert check(blocks, *threads[:4]).feasible
    verdict = check(blocks, *threads)
    assert broken(verdict) == {("", "budget")}
    assert verdict.violations[0].margin == -1


def test_crossing_a_sulcus_is_named_though_every_contact_lies_in_gray(blocks: Anatomy) -> None:
    """In at the medial lobe's top, out through the slot's wall, into the gray on its other side."""
    direction = np.array([-28.0 - 4.0 - 1.2 + 26.0, 0.0, -4.0])
    direction /= np.linalg.norm(direction)
    tip = np.array([-33.6, Y, 14.0])
    depth = (20.0 - 14.0) / -direction[2]
    entry = tip - depth * direction
    thread = Thread("T01", "lh", tuple(entry), tuple(direction), depth)  # type: ignore[arg-type]
    verdict = check(blocks, thread)
    assert verdict.margins["T01"].margins["gray"] > 0
    assert broken(verdict) == {("T01", "path")}
    # By the length outside: 4 mm of slot, taken at a slant.
    assert verdict.margins["T01"].margins["path"] == pytest.approx(-4.0 / abs(direction[0]), abs=1e-9)


@pytest.mark.parametrize("um", [-1.0, 1.0])
def test_a_tip_a_micrometre_through_the_sulcus_wall(blocks: Anatomy, um: float) -> None:
    """Sideways through the lobe from its medial face; contacts end before the slot, the tip does or does not."""
    entry, length = (-10.0, Y, 14.0), 18.0 - um * UM
    device = replace(DEVICE, tip_mm=0.5)
    verdict = verify(blocks, Implant((device,), (Thread("T01", "lh", entry, (-1.0, 0.0, 0.0), length),)), LIMITS)
    assert broken(verdict) == (set() if um > 0 else {("T01", "path")})


@pytest.mark.parametrize("off", [0.2, -0.2])
def test_an_entry_off_pial_is_named(blocks: Anatomy, off: float) -> None:
    thread = replace(SAFE, entry_mm=(X, Y, 20.0 + off), depth_mm=2.2 + off)
    assert broken(check(blocks, thread)) == {("T01", "path")}


def test_pointing_out_of_the_head_is_named(blocks: Anatomy) -> None:
    assert {("T01", "gray"), ("T01", "path")} <= broken(check(blocks, replace(SAFE, direction=(0.0, 0.0, 1.0))))


def test_contacts_that_do_not_lie_on_the_shaft_are_named(blocks: Anatomy) -> None:
    """A negative depth turns the contacts back into the cortex, beyond the tip, where no vessel is looked for."""
    backwards = replace(SAFE, direction=(0.0, 0.0, 1.0), depth_mm=-0.8)
    assert ("T01", "depth") in broken(check(blocks, backwards))


def test_a_direction_that_is_not_a_unit_vector_is_named(blocks: Anatomy) -> None:
    assert ("T01", "direction") in broken(check(blocks, replace(SAFE, direction=(0.0, 0.0, -1.2))))


@pytest.mark.parametrize("bad", [np.nan, np.inf])
def test_numbers_that_are_none_are_named_and_do_not_hide_other_threads(blocks: Anatomy, bad: float) -> None:
    other = replace(SAFE, name="T02", depth_mm=9.0)
    verdict = check(blocks, replace(SAFE, entry_mm=(bad, Y, 20.0)), other)
    assert ("T01", "direction") in broken(verdict)
    assert ("T02", "gray") in broken(verdict)


def test_the_wrong_hemispheres_name_is_named(blocks: Anatomy) -> None:
    assert ("T01", "hemisphere") in broken(check(blocks, replace(SAFE, hemisphere="rh")))
    mirrored = replace(SAFE, hemisphere="rh", entry_mm=(-X, Y, 20.0))
    assert check(blocks, mirrored).feasible


def test_a_hemisphere_that_sees_the_wrong_half_is_named(blocks: Anatomy) -> None:
    crossed = replace(blocks, hemispheres={"lh": replace(blocks.hemispheres["lh"], name="rh")})
    assert ("T01", "laterality") in broken(check(crossed, SAFE))


def test_a_thread_named_for_the_other_side_is_named(blocks: Anatomy) -> None:
    for name, half in (("lh", "left"), ("rh", "right")):
        side = 1.0 if SAFE.hemisphere == name else -1.0
        there = replace(SAFE, hemisphere=name, entry_mm=(-side * SAFE.entry_mm[0], *SAFE.entry_mm[1:]))
        verdict = check(blocks, there)
        assert ("T01", "laterality") in broken(verdict)
        assert any(
            f"named {name}, but the V1 where it lies sees the {half} half" in v.message for v in verdict.violations
        )


def test_a_hemisphere_that_the_case_lacks_is_named(blocks: Anatomy) -> None:
    alone = replace(blocks, hemispheres={"rh": blocks.hemispheres["rh"]})
    assert ("T01", "laterality") in broken(check(alone, SAFE))


def test_duplicate_names_hide_nothing(blocks: Anatomy) -> None:
    bad, good = replace(SAFE, depth_mm=9.0), replace(SAFE, entry_mm=(X + 3, Y, 20.0))
    for pair in ((bad, good), (good, bad)):
        assert {("T01", "name"), ("T01", "gray")} <= broken(check(blocks, *pair))


def test_random_safe_plans_raise_no_alarm_and_each_fault_only_its_own(blocks: Anatomy) -> None:
    generator = np.random.default_rng(0)
    for _ in range(10):
        side = generator.choice([-1, 1])
        entry = (side * -generator.uniform(14, 24), generator.uniform(-14, 14), 20.0)
        thread = replace(
            SAFE, hemisphere="lh" if side > 0 else "rh", entry_mm=entry, depth_mm=generator.uniform(1.5, 2.9)
        )
        assert check(blocks, thread).feasible
        assert broken(check(blocks, replace(thread, depth_mm=3.2))) == {("T01", "gray")}


SMOOTH = {"planner.design.constraints", "planner.geometry.surface", "planner.geometry.capsules",
          "planner.geometry.segments", "planner.geometry.walls", "planner.design.vasculature",
          "planner.anatomy.ribbon", "planner.design.site", "torch", "igl"}  # fmt: skip


def test_the_gate_loads_nothing_of_the_smooth_side() -> None:
    program = "import sys, planner.design.verify; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=True).stdout.split()
    assert {"planner.geometry.exact", "planner.geometry.exact_shafts"} <= set(loaded)
    assert not SMOOTH & set(loaded)


@pytest.mark.parametrize("module", ["exact", "exact_search", "exact_shafts"])
def test_the_exact_geometry_imports_neither_torch_nor_igl(module: str) -> None:
    folder = Path(planner.design.verify.__file__).parents[1] / "geometry"
    tree = ast.parse((folder / f"{module}.py").read_text("utf-8"))
    names = {a.name for node in ast.walk(tree) if isinstance(node, ast.Import) for a in node.names}
    names |= {node.module or "" for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    own = {"planner.geometry.exact", "planner.geometry.exact_search"}
    plain = {"__future__", "collections.abc", "itertools", "numpy", "numpy.typing", "scipy.spatial", "planner.frames"}
    assert names <= plain | own


@pytest.mark.parametrize("gap_mm", [0.005, 0.04, 0.4])
def test_leaving_one_lobe_for_another_is_named_however_near_they_are(gap_mm: float) -> None:
    """The "entry" is where the shaft goes out of the first lobe; just after it goes into the second."""
    lobes = [trimesh.creation.box((5.0, 5.0, 5.0)).apply_translation((x, 0.0, 0.0)) for x in (-2.5, 2.5 + gap_mm)]
    both = trimesh.util.concatenate(lobes)
    pial = ExactMesh(np.asarray(both.vertices), np.asarray(both.faces))
    outwards, inwards = np.array([[0.0, 0.3, 0.2]]), np.array([[gap_mm, 0.3, 0.2]])
    tip, first = np.array([[3.0, 0.3, 0.2]]), np.array([[1.0, 0.3, 0.2]])
    assert thread_paths(pial, outwards, tip, first)[0] <= -gap_mm + 1e-9
    assert thread_paths(pial, inwards, tip, first)[0] > 0


def test_an_entry_on_a_mesh_edge_is_one_crossing() -> None:
    box = trimesh.creation.box((4.0, 4.0, 4.0))
    pial = ExactMesh(np.asarray(box.vertices), np.asarray(box.faces))
    entry, tip = np.array([[-2.0, 0.5, 0.5]]), np.array([[1.0, 0.5, 0.5]])  # on the face's diagonal
    assert thread_paths(pial, entry, tip, np.array([[-1.0, 0.5, 0.5]]))[0] == pytest.approx(1.0)


def test_a_plan_without_threads_is_not_called_feasible(blocks: Anatomy) -> None:
    verdict = verify(blocks, Implant((DEVICE,), ()), LIMITS)
    assert not verdict.feasible
    assert "no threads" in verdict.violations[0].message


def test_a_thread_far_from_every_known_vessel_has_an_unknown_clearance_and_not_a_safe_one(blocks: Anatomy) -> None:
    near, far = (tube([(X + x, Y, 21.0), (X + x, Y + 1, 21.0)]) for x in (5.0, 15.0))
    for vessels, unknown in (((near,), ()), ((far,), ("T01",)), ((), ("T01",)), ((near, far), ())):
        verdict = verify(replace(blocks, vessels=vessels), Implant((DEVICE,), (SAFE,)), LIMITS)
        assert verdict.vessels_unknown == unknown
        assert (verdict.margins["T01"].margins["vessel"] == np.inf) == bool(unknown)
