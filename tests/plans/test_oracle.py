"""The oracle of ``python tests/plans`` can fail: it accuses what is broken, by how much, and nothing else.

Limits are drawn so tight that a valid plan breaks one of them by a known amount; the amount is the exact gate's margin,
which the oracle shares no code with. Threads at random are held against the gate besides.
"""

import sys
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest

sys.path.insert(0, str(Path(__file__).parent))

import trimesh
from brute_force import drawn
from oracle import Fault, Oracle
from sampled import Solid, tube_gap
from situations import walls_of

from planner.anatomy.access import Access
from planner.anatomy.approaches import OCCIPITAL
from planner.anatomy.brush import Brush
from planner.anatomy.hemisphere import V1, Anatomy
from planner.anatomy.regions import painted_region
from planner.anatomy.subject import load_anatomy
from planner.anatomy.vessels.region import ImagedRegion
from planner.anatomy.vessels.tree import VesselTree
from planner.anatomy.windows import access_preset, window_at
from planner.design.limits import CONSTRAINTS, Limits
from planner.design.placing import propose_thread
from planner.design.site import prepare_site
from planner.design.verify import ExactGate
from planner.implant.catalogue import load_device
from planner.implant.thread import Implant
from planner.plan.make import device_limits

MORE = 0.05  # mm or degrees beyond a limit
LESS = 0.01  # within it
"""As much as is clear in spite of the sampling."""
pytestmark = pytest.mark.slow


@lru_cache(maxsize=1)
def case() -> Anatomy:
    """The demo, its veins as walls."""
    demo = load_anatomy()
    v1_mm = np.concatenate([h.pial_mm[h.retinotopy.area == V1] for h in demo.hemispheres.values()])
    trees = [vessel for vessel in demo.vessels if isinstance(vessel, VesselTree)]
    return replace(demo, vessels=tuple(walls_of(t, v1_mm) if t.kind == "vein" else t for t in trees))


@lru_cache(maxsize=1)
def gate() -> ExactGate:
    return ExactGate(case())


@lru_cache(maxsize=1)
def oracle() -> Oracle:
    return Oracle(case())


@pytest.fixture(scope="module")
def plan() -> tuple[Implant, Limits]:
    """Three long threads on the left that keep every limit there is."""
    left = case().hemispheres["lh"]
    v1 = np.flatnonzero(left.retinotopy.area == V1)
    pole = left.pial_mm[left.pial_mm[:, 1].argmin()]
    window = window_at(case(), "lh", "hull", tuple(pole.tolist()), 25.0, 60.0, 60.0)
    far = left.pial_mm[v1[np.linalg.norm(left.pial_mm[v1] - pole, axis=1).argmax()]]
    region = painted_region("lh", Brush(left).painted(far[None], 4.0))
    devices = (load_device("long-thread"),)
    limits = replace(
        device_limits(devices, 3, 0.1), access=Access("own", (window,)), angle_deg=80.0, regions=(region,), gray_mm=0.05
    )
    ready, placed = prepare_site(case()), ()
    near = v1[np.linalg.norm(left.pial_mm[v1] - pole, axis=1).argsort()]
    for vertex in near[::150]:
        entry = tuple(left.pial_mm[vertex].tolist())
        thread = propose_thread(ready, devices, limits, "lh", entry, f"T{len(placed)}", placed)
        if gate().verdict(Implant(devices, (*placed, thread)), limits).feasible:
            placed = (*placed, thread)
        if len(placed) == limits.threads:
            break
    return Implant(devices, placed), limits


def margin(implant: Implant, limits: Limits, constraint: str) -> float:
    found = gate().verdict(implant, limits).margins.values()
    return min(its.margins[constraint] for its in found)


def worst(faults: list[Fault], limit: str) -> float:
    return max((fault.by for fault in faults if fault.limit.startswith(limit)), default=0.0)


def _window(limits: Limits, **changes: float) -> Limits:
    window = replace(limits.access.windows[0], **changes)
    return replace(limits, access=Access("own", (window,)))


TIGHTER: dict[str, Callable[[Limits, float], Limits]] = {
    "vessel": lambda limits, by: replace(limits, clearance_mm=limits.clearance_mm + by),
    "gray": lambda limits, by: replace(limits, gray_mm=limits.gray_mm + by),
    "spacing": lambda limits, by: replace(limits, spacing_mm=limits.spacing_mm + by),
    "angle": lambda limits, by: replace(limits, angle_deg=limits.angle_deg - by),
    "access": lambda limits, by: _window(limits, radius_mm=limits.access.windows[0].radius_mm - by),
    "approach": lambda limits, by: _window(limits, cone_deg=limits.access.windows[0].cone_deg - by),
    "reach": lambda limits, by: _window(limits, reach_mm=(limits.access.windows[0].reach_mm or 0.0) - by),
    "depth": lambda limits, by: replace(limits, max_depth_mm=limits.max_depth_mm - by),
}


def tightened(implant: Implant, limits: Limits, beyond: float) -> Limits:
    """Limits that the implant breaks by so much, each of them; negative for what it keeps."""
    tight = limits
    for constraint, tighter in TIGHTER.items():
        room = margin(implant, limits, constraint)
        assert 0.0 < room < np.inf
        tight = tighter(tight, room + beyond)
    return tight


def test_limits_broken_by_little_are_said_and_those_just_kept_are_not(plan: tuple[Implant, Limits]) -> None:
    implant, limits = plan
    assert len(implant.threads) == limits.threads
    assert oracle().faults(implant, tightened(implant, limits, -LESS), held=implant.threads) == []
    said = oracle().faults(implant, tightened(implant, limits, MORE))
    assert {fault.limit.split()[0] for fault in said} == set(TIGHTER)
    for constraint in TIGHTER:
        assert worst(said, constraint) == pytest.approx(MORE, abs=0.003), constraint


def test_a_region_touched_by_little_is_said_and_one_just_free_is_not(plan: tuple[Implant, Limits]) -> None:
    implant, limits = plan
    left = case().hemispheres["lh"]
    beside = np.array(implant.threads[0].entry_mm) + 8.0  # so near that the gate measures to it
    limits = replace(limits, regions=(painted_region("lh", Brush(left).painted(beside[None], 3.0)),))
    room = margin(implant, limits, "region")
    assert 0.0 < room < 4.0
    kept, broken = (replace(limits, localisation_mm=room + by) for by in (-LESS, MORE))
    assert oracle().faults(implant, kept, avoid_vessels=False) == []
    said = oracle().faults(implant, broken, avoid_vessels=False)
    assert {fault.limit for fault in said} == {"region"}
    assert worst(said, "region") == pytest.approx(MORE, abs=0.003)


def test_veins_and_arteries_are_kept_clear_of_apart_and_errors_are_added(plan: tuple[Implant, Limits]) -> None:
    implant, limits = plan
    for kind in ("artery", "vein"):

        def kept(mm: float, kind: str = kind) -> Limits:
            """So much to one kind, nothing to the other."""
            both = {"artery": 0.0, "vein": 0.0, kind: mm}
            return replace(limits, clearance_mm=both["artery"], vein_clearance_mm=both["vein"])

        far = 4.0 + margin(implant, kept(4.0), "vessel")  # so much that this kind's is the least margin
        assert oracle().faults(implant, kept(far - LESS)) == []
        said = oracle().faults(implant, kept(far + MORE))
        assert {fault.limit for fault in said} == {f"vessel lh pial {kind}"}
        assert worst(said, "vessel") == pytest.approx(MORE, abs=0.003)
    room = margin(implant, limits, "vessel")
    off = Oracle(replace(case(), vessels=tuple(replace(v, error_mm=room + MORE) for v in case().vessels)))
    assert worst(off.faults(implant, limits), "vessel") == pytest.approx(MORE, abs=0.003)


def test_budget_names_axes_and_locked_threads(plan: tuple[Implant, Limits]) -> None:
    implant, limits = plan
    first, second, third = implant.threads
    other = replace(load_device("thread"), name="other")
    long = replace(first, direction=tuple(1.001 * d for d in first.direction))
    two = Implant((*implant.devices, other), (long, second, replace(third, name=first.name)))
    said = oracle().faults(two, replace(limits, mix=(2, 1)))
    assert worst(said, "budget of long-thread") == 1
    assert worst(said, "name") == 2
    assert worst(said, "axes") == pytest.approx(0.001)
    x, y, z = first.entry_mm
    nudged = replace(first, entry_mm=(np.nextafter(x, 99), y, z))
    moved = oracle().faults(replace(implant, threads=(nudged, second)), limits, held=implant.threads)
    assert [(f.limit, f.thread) for f in moved] == [("locked", first.name), ("locked", third.name)]


def test_a_thread_must_go_in_at_pial_and_be_long_enough(plan: tuple[Implant, Limits]) -> None:
    implant, limits = plan
    first, *rest = implant.threads
    back = tuple(e - 0.15 * d for e, d in zip(first.entry_mm, first.direction, strict=True))
    above = replace(implant, threads=(replace(first, entry_mm=back, depth_mm=first.depth_mm + 0.15), *rest))
    assert worst(oracle().faults(above, limits), "path") > MORE
    device = implant.devices[0]
    short = replace(implant, threads=(replace(first, depth_mm=device.span_mm + device.tip_mm - MORE), *rest))
    assert worst(oracle().faults(short, limits), "depth") == pytest.approx(MORE, abs=1e-6)


def test_a_thread_that_leaves_the_cortex_again_is_accused_by_what_is_outside(plan: tuple[Implant, Limits]) -> None:
    implant, limits = plan
    deeper = [replace(t, depth_mm=t.depth_mm + more) for t in implant.threads for more in np.arange(0.25, 30.0, 0.25)]
    alone = [Implant(implant.devices, (thread,)) for thread in deeper]
    left = next(one for one in alone if -1.0 < margin(one, limits, "path") < -MORE)
    assert worst(oracle().faults(left, limits), "path") == pytest.approx(-margin(left, limits, "path"), abs=0.05)


def test_a_thread_named_after_the_other_hemisphere_is_accused(plan: tuple[Implant, Limits]) -> None:
    implant, limits = plan
    swapped = replace(implant, threads=tuple(replace(t, hemisphere="rh") for t in implant.threads))
    said = {f.limit for f in oracle().faults(swapped, replace(limits, access=Access("any")))}
    assert {"hemisphere", "gray", "path"} <= said


def test_a_thread_outside_what_was_imaged_is_accused_unless_it_was_locked(plan: tuple[Implant, Limits]) -> None:
    implant, limits = plan
    front = max(max(t.entry_mm[1], t.tip_mm[1]) for t in implant.threads)
    axis = np.array([[0.0, 1.0, 0.0]])

    def seen(room_mm: float) -> Oracle:
        """Vessels imaged behind a plane, in which the foremost thread has so much room."""
        need = limits.clearance_mm + implant.devices[0].shaft_radius_mm
        region = ImagedRegion(np.concatenate([axis, -axis]), np.array([front + need + room_mm, 500.0]), "a slab")
        return Oracle(replace(case(), vessels=tuple(replace(v, imaged=region) for v in case().vessels)))

    assert seen(LESS).faults(implant, limits) == []
    said = seen(-MORE).faults(implant, limits)
    assert {f.limit for f in said} == {"imaged artery", "imaged vein"}
    assert seen(-MORE).faults(implant, limits, held=implant.threads) == []


def test_of_threads_at_random_gate_and_oracle_say_the_same() -> None:
    """But for what is within a sample's reach of its limit; spacing, which is of two threads, is left out."""
    whole, counts = case(), {"long-thread": 40, "thread": 20, "icvp": 6, "utah": 2, "orion": 3}
    devices = tuple(load_device(name) for name in counts)
    left = whole.hemispheres["lh"]
    v1_mm = left.pial_mm[left.retinotopy.area == V1]
    region = painted_region("lh", Brush(left).painted(v1_mm[::60], 3.0))
    access = access_preset(OCCIPITAL, whole)
    limits = replace(
        device_limits(devices, tuple(counts.values()), 0.5), angle_deg=40.0, access=access, regions=(region,)
    )
    generator = np.random.default_rng(0)
    each = [t for device in devices for t in drawn(whole, device, counts[device.name], generator)]
    implant = Implant(devices, tuple(replace(thread, name=f"T{number}") for number, thread in enumerate(each)))
    verdict = gate().verdict(implant, limits)
    said = {(fault.thread, fault.limit.split()[0]) for fault in oracle().faults(implant, limits)}
    met = set()
    for thread in implant.threads:
        margins = verdict.margins[thread.name].margins
        # A line along the window's plane meets it nowhere, and what its way there would be is not asked.
        aside = {"access", "reach"} if margins["approach"] < 0 else set()
        for constraint in set(CONSTRAINTS) - {"spacing"} - aside:
            if not -MORE < margins[constraint] < LESS:
                is_broken = margins[constraint] < 0
                assert is_broken == ((thread.name, constraint) in said), (thread, constraint, margins[constraint])
                met |= {(constraint, implant.device_of(thread).kind)} if is_broken else set()
    asked = {("thread", name) for name in ("vessel", "gray", "path", "angle", "access", "approach", "region")}
    asked |= {("array", name) for name in ("vessel", "gray", "path")} | {("surface", "gray")}
    assert asked <= {(kind, constraint) for constraint, kind in met}


def test_tapered_tubes_are_measured_as_the_balls_that_they_are_of() -> None:
    """Against balls set close together along each segment."""
    generator = np.random.default_rng(3)
    points = np.cumsum(generator.normal(0.0, 1.0, (9, 3)), axis=0)
    radius = generator.uniform(0.1, 0.9, 9)
    tree = VesselTree("tree", "artery", points, radius, np.stack([np.arange(8), np.arange(1, 9)], axis=1), "")
    asked = points[generator.integers(9, size=300)] + generator.normal(0.0, 2.0, (300, 3))
    share = np.linspace(0.0, 1.0, 2001)[:, None, None]
    centre = ((1 - share) * points[:-1] + share * points[1:]).reshape(-1, 3)
    ball = ((1 - share[..., 0]) * radius[:-1] + share[..., 0] * radius[1:]).reshape(-1)
    brute = np.array([(np.linalg.norm(centre - p, axis=1) - ball).min() for p in asked])
    found = tube_gap(asked, tree, 2.0)
    near = brute <= 1.99
    assert near.sum() > 100
    np.testing.assert_allclose(found[near], brute[near], atol=1e-3)
    assert np.isinf(found[brute > 2.01]).all()


def test_solids_have_the_distances_of_a_box_and_its_normals() -> None:
    box = trimesh.creation.box((2.0, 4.0, 6.0))
    solid = Solid(np.asarray(box.vertices), np.asarray(box.faces))
    points = np.random.default_rng(0).uniform(-5.0, 5.0, (400, 3))
    off = np.abs(points) - np.array([1.0, 2.0, 3.0])
    height = np.linalg.norm(np.maximum(off, 0.0), axis=1) + np.minimum(off.max(axis=1), 0.0)
    np.testing.assert_allclose(solid.height(points), height, atol=1e-12)
    ball = trimesh.creation.icosphere(4)
    there = points[0] / np.linalg.norm(points[0])
    np.testing.assert_allclose(Solid(np.asarray(ball.vertices), np.asarray(ball.faces)).normal(there), there, atol=0.01)
