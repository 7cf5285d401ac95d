"""One clearance for trees and walls, their error, and what is known at all; the gate says the same."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import nibabel as nib
import numpy as np
import pytest
import torch
import trimesh

from planner.anatomy.hemisphere import Anatomy
from planner.anatomy.vessels.kinds import KINDS
from planner.anatomy.vessels.region import ImagedRegion
from planner.anatomy.vessels.tree import VesselTree
from planner.anatomy.vessels.wall import Vessel, VesselWall
from planner.design.baselines import baseline
from planner.design.candidates import SAFETY_MM, candidates
from planner.design.constraints import thread_margins, vessel
from planner.design.exact_vessels import ExactVessels
from planner.design.limits import KNOWN_REACH_MM, Limits
from planner.design.site import prepare_site
from planner.design.vasculature import SMOOTH_ERROR_MM, Vasculature
from planner.design.verify import verify
from planner.errors import InfeasibleError
from planner.frames import FloatArray
from planner.implant.device import Device
from planner.implant.electrodes import shafts as shafts_of
from planner.implant.parameters import to_tensors, to_threads
from planner.implant.thread import Implant, Thread

DEVICE = Device(
    "four", "Four contacts", contacts=4, pitch_mm=0.4, tip_mm=0.1, shaft_radius_mm=0.02, max_depth_mm=20.0,
    spacing_mm=0.1, clearance_mm=0.3, contact_area_mm2=0.002, working_current_ua=80.0, max_current_ua=100.0, source="",
)  # fmt: skip
LIMITS = Limits(threads=4, clearance_mm=0.3, spacing_mm=0.1, max_depth_mm=20.0, gray_mm=0.1)
X, Y = -19.3, 1.7
THREAD = Thread("T01", "lh", (X, Y, 20.0), (0.0, 0.0, -1.0), 2.2)


def tree(seed: int = 0, **known: object) -> VesselTree:
    rng = np.random.default_rng(seed)
    points = np.cumsum(rng.normal(0.0, 1.2, (60, 3)), axis=0)
    edges = np.stack([np.arange(59), np.arange(1, 60)], axis=1)
    return VesselTree("tree", "artery", points, rng.uniform(0.1, 0.6, 60), edges, "", **known)  # type: ignore[arg-type]


def tube(seed: int = 1, **known: object) -> VesselWall:
    rng = np.random.default_rng(seed)
    ends = np.cumsum(rng.normal(0.0, 4.0, (8, 3)), axis=0)
    mesh = trimesh.util.concatenate(
        [trimesh.creation.cylinder(0.5, segment=pair, sections=12) for pair in pairwise(ends)]
    )
    return VesselWall("tube", "vein", np.asarray(mesh.vertices), np.asarray(mesh.faces), "", **known)  # type: ignore[arg-type]


def straight(apart: float, **known: object) -> VesselTree:
    """A tube of radius 0.5 mm whose wall is `apart` from the axis of `THREAD`."""
    points = np.array([(X + apart + 0.5, Y - 5, 19.0), (X + apart + 0.5, Y + 5, 19.0)])
    return VesselTree("artery A", "artery", points, np.full(2, 0.5), np.array([[0, 1]]), "", **known)  # type: ignore[arg-type]


def box(low: tuple[float, ...], high: tuple[float, ...], turn_deg: float = 0.0) -> ImagedRegion:
    """A field of view, turned about its middle."""
    size, middle = np.subtract(high, low), np.add(high, low) / 2
    matrix = np.eye(4)
    matrix[:3, :3] = nib.eulerangles.euler2mat(z=np.deg2rad(turn_deg), x=np.deg2rad(turn_deg / 2)) * size / 10
    matrix[:3, 3] = middle - matrix[:3, :3] @ np.full(3, 4.5)
    return ImagedRegion.of_volume((10, 10, 10), matrix, "a volume")


def shafts(count: int, seed: int = 0, size: float = 8.0) -> tuple[FloatArray, FloatArray]:
    rng = np.random.default_rng(seed)
    start = rng.uniform(-size, size, (count, 3))
    return start, start + rng.normal(0.0, 1.5, (count, 3))


def both(
    vessels: tuple[Vessel, ...], start: FloatArray, end: FloatArray, grown: float
) -> tuple[FloatArray, FloatArray]:
    """Margins of both sides for the same shafts, and the vessels that they name compared."""
    found = Vasculature(vessels).clearance(torch.from_numpy(start), torch.from_numpy(end), KNOWN_REACH_MM)
    near = Vasculature(vessels).near(torch.from_numpy(start), torch.from_numpy(end), KNOWN_REACH_MM)
    depth = Vasculature(vessels).imaged_depth(torch.from_numpy(start), torch.from_numpy(end)) - grown
    margin, worst = (found.distance_mm - grown).min(dim=1)
    known = ((depth >= 0) | near[..., 0]).all(dim=1)
    fast = torch.where(known | (margin < 0), margin, torch.inf).numpy()
    required = {kind: np.full(len(start), grown) for kind in KINDS}
    exact, nearest, _ = ExactVessels(vessels).margins(start, end, ["lh"] * len(start), required)
    np.testing.assert_array_equal(found.vessel.gather(1, worst[:, None])[:, 0].numpy(), nearest)
    return fast, exact


@pytest.mark.parametrize("seed", range(4))
def test_the_smooth_clearance_is_the_exact_one_within_its_tolerance_and_the_safety_margin_covers_it(seed: int) -> None:
    """Measured: at most 0.5 µm outside of walls, rounding for trees. Inside only the sign matters."""
    region = box((-6, -5, -7), (5, 8, 6), turn_deg=25.0)
    vessels = (tree(seed, error_mm=0.25), tube(seed + 9, imaged=region), tree(seed + 5, imaged=region, error_mm=0.1))
    fast, exact = both(vessels, *shafts(300, seed), grown=0.32)
    known = np.isfinite(exact)
    np.testing.assert_array_equal(np.isfinite(fast), known)
    outside = known & (exact > -0.32)
    assert outside.sum() > 50
    assert np.abs(fast[outside] - exact[outside]).max() <= SMOOTH_ERROR_MM < SAFETY_MM / 10
    np.testing.assert_array_equal(fast < 0, exact < 0)


def test_gradients_through_trees_and_walls_are_those_of_finite_differences() -> None:
    vessels = Vasculature((tree(error_mm=0.2), tube(error_mm=0.1, imaged=box((-9, -9, -9), (9, 9, 9)))))
    start, end = (torch.from_numpy(x) for x in shafts(60, 3))
    found = vessels.clearance(start, end, 20.0)
    rows = [torch.nonzero((found.vessel[:, k] == k) & (found.distance_mm[:, k] > 0.1)).flatten()[:4] for k in (0, 1)]
    assert [len(r) for r in rows] == [4, 4]
    leaves = tuple(x[torch.cat(rows)].clone().requires_grad_() for x in (start, end))
    assert torch.autograd.gradcheck(lambda a, b: vessels.clearance(a, b, 20.0).distance_mm, leaves, eps=1e-7, atol=1e-4)
    assert vessels.imaged.tolist() == [False, True]
    assert torch.autograd.gradcheck(lambda a, b: vessels.imaged_depth(a, b)[:, 1], leaves, eps=1e-7, atol=1e-6)


def test_the_error_is_added_to_the_clearance_and_named_beside_it(blocks: Anatomy) -> None:
    for error, feasible in ((0.25 - 1e-3, True), (0.25 + 1e-3, False)):
        anatomy = replace(blocks, vessels=(straight(0.57, error_mm=error),))
        verdict = verify(anatomy, Implant((DEVICE,), (THREAD,)), LIMITS)
        assert verdict.feasible == feasible
        assert verdict.margins["T01"].margins["vessel"] == pytest.approx(0.25 - error, abs=1e-9)
        shown = thread_margins(prepare_site(anatomy), Implant((DEVICE,), (THREAD,)), LIMITS)["T01"]
        assert shown.margins["vessel"] == pytest.approx(0.25 - error, abs=1e-9)
    assert "artery A (0.30 mm clearance + 0.25 mm localisation error)" in verdict.violations[0].message


def test_vessels_over_the_other_hemisphere_make_nothing_known_but_stay_in_the_way(blocks: Anatomy) -> None:
    for sides, apart, expected in (
        ((THREAD.hemisphere,), 2.0, 2.0 - 0.32),
        (("rh" if THREAD.hemisphere == "lh" else "lh",), 2.0, np.inf),
        (("rh" if THREAD.hemisphere == "lh" else "lh",), 0.1, 0.1 - 0.32),
    ):
        anatomy = replace(blocks, vessels=(replace(straight(apart), sides=sides),))
        found = verify(anatomy, Implant((DEVICE,), (THREAD,)), LIMITS).margins["T01"].margins["vessel"]
        shown = thread_margins(prepare_site(anatomy), Implant((DEVICE,), (THREAD,)), LIMITS)["T01"].margins["vessel"]
        assert found == pytest.approx(expected, abs=1e-9)
        assert shown == pytest.approx(expected, abs=1e-9)


REGION_CASES = {
    # whose region, how far the artery is, margin of both sides
    "inside": (box((X - 3, Y - 3, 15), (X + 3, Y + 3, 23)), 2.0, 2.0 - 0.32),
    "the region ends where the shaft's skin and clearance do": (
        box((X - 0.321, Y - 3, 15), (X + 9, Y + 3, 23)),
        2.0,
        1.68,
    ),
    "or a micrometre before": (box((X - 0.319, Y - 3, 15), (X + 9, Y + 3, 23)), 2.0, np.inf),
    "its tip leaves": (box((X - 3, Y - 3, 18), (X + 3, Y + 3, 23)), 2.0, np.inf),
    "outside, but a vessel is too near": (box((X + 0.5, Y - 3, 15), (X + 3, Y + 3, 23)), 0.1, 0.1 - 0.32),
    "known to be far": (box((X - 3, Y - 3, 15), (X + 90, Y + 3, 23)), 50.0, KNOWN_REACH_MM - 0.32),
    "oblique, inside": (box((X - 3, Y - 3, 14), (X + 3, Y + 3, 24), 30.0), 2.0, 1.68),
    "oblique, out at a corner of its bounding box": (box((X + 1, Y + 1, 12), (X + 9, Y + 9, 26), 30.0), 2.0, np.inf),
}


@pytest.mark.parametrize("case", REGION_CASES)
def test_a_clearance_is_known_where_the_whole_grown_shaft_was_imaged(blocks: Anatomy, case: str) -> None:
    region, apart, expected = REGION_CASES[case]
    anatomy = replace(blocks, vessels=(straight(apart, imaged=region),))
    implant = Implant((DEVICE,), (THREAD,))
    verdict = verify(anatomy, implant, LIMITS)
    shown = thread_margins(prepare_site(anatomy), implant, LIMITS)["T01"]
    assert verdict.margins["T01"].margins["vessel"] == pytest.approx(expected, abs=1e-9)
    assert shown.margins["vessel"] == pytest.approx(expected, abs=1e-9)
    assert verdict.vessels_unknown == (("T01",) if expected == np.inf else ())
    nearest = "" if apart > KNOWN_REACH_MM else "artery A"
    assert shown.nearest_vessel == verdict.margins["T01"].nearest_vessel == nearest


def test_another_vessel_nearby_makes_up_for_a_region_only_where_its_own_is_not_given(blocks: Anatomy) -> None:
    away = box((X + 10, Y - 3, 15), (X + 20, Y + 3, 23))
    for second, known in ((straight(4.0), True), (straight(4.0, imaged=away), False), (straight(14.0), False)):
        verdict = verify(
            replace(blocks, vessels=(straight(2.0, imaged=away), second)), Implant((DEVICE,), (THREAD,)), LIMITS
        )
        assert bool(verdict.vessels_unknown) != known


AWAY, AROUND = box((X + 10, Y - 3, 15), (X + 20, Y + 3, 23)), box((X - 3, Y - 3, 15), (X + 3, Y + 3, 23))
KIND_CASES = {
    # kind, region and sides of a first and a second vessel 2 and 4 mm away; what is unknown
    "one region holds the shaft and the other kind's does not": (("artery", AROUND), ("vein", AWAY), ("vein",)),
    "and the other way round": (("artery", AWAY), ("vein", AROUND), ("artery",)),
    "both hold it": (("artery", AROUND), ("vein", AROUND), ()),
    "two regions of one kind make up for each other": (("vein", AWAY), ("vein", AROUND), ()),
    "arteries of this side, veins of the other": (("artery", ("lh",)), ("vein", ("rh",)), ("vein",)),
    "arteries and veins of this side": (("artery", ("lh",)), ("vein", ("lh",)), ()),
    "what nobody said makes no kind known": (("vein", AWAY), ("vessel", AROUND), ("vein",)),
    "and is a kind of its own": (("artery", AROUND), ("vessel", AWAY), ("vessel",)),
    "neither": (("artery", AWAY), ("vein", ("rh",)), ("artery", "vein")),
}


@pytest.mark.parametrize("case", KIND_CASES)
def test_a_clearance_is_known_only_where_every_kind_is(blocks: Anatomy, case: str) -> None:
    """A volume of veins elsewhere must not silence that only arteries are known here, nor the other way round."""
    *given, unknown = KIND_CASES[case]
    vessels = [
        replace(straight(apart), kind=kind, **({"sides": known} if isinstance(known, tuple) else {"imaged": known}))
        for apart, (kind, known) in zip((2.0, 4.0), given, strict=True)
    ]
    anatomy, implant = replace(blocks, vessels=tuple(vessels)), Implant((DEVICE,), (THREAD,))
    found = verify(anatomy, implant, LIMITS)
    shown = thread_margins(prepare_site(anatomy), implant, LIMITS)["T01"]
    for margins in (found.margins["T01"], shown):
        assert margins.unknown_kinds == unknown
        assert margins.margins["vessel"] == pytest.approx(np.inf if unknown else 1.68, abs=1e-9)
    assert found.vessels_unknown == (("T01",) if unknown else ())


def test_the_optimiser_is_led_back_into_the_imaged_region_and_the_display_still_says_unknown(blocks: Anatomy) -> None:
    site = prepare_site(replace(blocks, vessels=(straight(9.0, imaged=box((X, Y - 5, 10), (X + 12, Y + 5, 23))),)))
    entry = torch.tensor([[X - 1.0, Y, 20.0]], dtype=torch.float64, requires_grad=True)
    threads = replace(to_tensors([THREAD]), entry_mm=entry)
    found = vessel(site, threads, shafts_of(threads, (DEVICE,)), (DEVICE,), LIMITS)
    found.kept_mm.sum().backward()
    assert found.shown_mm.tolist() == [np.inf]
    assert found.kept_mm.tolist() == pytest.approx([-1.0 - 0.32])
    assert entry.grad is not None
    assert entry.grad[0].tolist() == pytest.approx([1.0, 0.0, 0.0])


def test_candidates_stay_where_vessels_are_known(blocks: Anatomy) -> None:
    anatomy = replace(blocks, vessels=(straight(0.5, imaged=box((-24, -12, -9), (-12, 8, 24), turn_deg=20.0)),))
    site = prepare_site(anatomy)
    found = candidates(site, (DEVICE,), LIMITS, 40, seed=0)
    verdict = verify(anatomy, Implant((DEVICE,), to_threads(found, (DEVICE,))), replace(LIMITS, threads=len(found)))
    assert len(found) == 40
    assert not verdict.vessels_unknown
    assert not any(violation.constraint == "vessel" for violation in verdict.violations)


def test_where_there_is_no_room_the_kinds_that_were_imaged_elsewhere_are_named(blocks: Anatomy) -> None:
    everywhere, elsewhere = box((-99, -99, -99), (99, 99, 99)), box((-99, -99, 70), (99, 99, 99))
    vein = replace(straight(4.0), kind="vein", imaged=elsewhere)
    site = prepare_site(replace(blocks, vessels=(straight(2.0, imaged=everywhere), vein)))
    with pytest.raises(InfeasibleError, match="check why V1 lies outside the imaged region of veins, or leave their"):
        baseline("random", site, (DEVICE,), LIMITS, seed=0, extent_deg=16.0)


def test_without_any_region_the_optimiser_may_go_where_nothing_is_known(blocks: Anatomy) -> None:
    site = prepare_site(replace(blocks, vessels=()))
    threads = to_tensors([THREAD])
    found = vessel(site, threads, shafts_of(threads, (DEVICE,)), (DEVICE,), LIMITS)
    assert (found.kept_mm.tolist(), found.shown_mm.tolist(), found.nearest.tolist()) == ([np.inf], [np.inf], [-1])


def test_empty_vessels_are_no_obstacle_and_keep_the_others_numbers() -> None:
    nothing = replace(tree(), edges=np.zeros((0, 2), dtype=np.int64))
    bare = replace(tube(), faces=np.zeros((0, 3), dtype=np.int64))
    fast, exact = both((nothing, tree(), bare), *shafts(30), grown=0.1)
    np.testing.assert_allclose(fast, exact, atol=SMOOTH_ERROR_MM)
