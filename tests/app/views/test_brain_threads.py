"""What is marked by shape on the threads of the 3D view: too near, outside the gray matter, not known."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pytest

from app import aims, theme
from app.case import Case
from app.views.brain_camera import pixel_mm
from app.views.brain_cross import GAP_PX
from app.views.brain_threads import BAR, BARS, LEAST_PX, VALLEY_SHADE
from app.views.shaft_lines import CREST
from app.views.thread_look import CONTACT_MM, SHAFT_MM
from app.window import MainWindow
from planner.design.placing import follow_surface
from planner.design.site import prepare_site
from planner.implant.thread import vector
from planner.plan.edits import with_threads


def rings(window: MainWindow) -> np.ndarray:
    """The points of all rings that are drawn."""
    actors = window.brain.stage.threads
    bodies = (actors._calm, actors._selected, actors._alarm, actors._chosen_alarm)
    return np.concatenate([np.asarray(body._meshes[3].points).reshape(-1, 3) for body in bodies])


def test_the_stretch_near_a_vessel_has_rings_and_a_safe_thread_has_none(
    window: MainWindow, settled: Callable[[], None]
) -> None:
    session = window.session
    assert len(rings(window)) == 0
    aims.set_limit(session, "clearance_mm", 3.0)
    settled()
    drawn, faults = rings(window), session.preview.faults
    assert len(drawn) > 0
    near = {session.plan.threads[t].name for t in faults.thread}
    assert near == {n for n, m in session.preview.margins.items() if m.margins["vessel"] < 0}
    for name in near:
        thread = next(t for t in session.plan.threads if t.name == name)
        entry, unit = np.array(thread.entry_mm), np.array(thread.direction)
        away = np.linalg.norm(np.cross(drawn - entry, unit), axis=1)
        assert (away < 1e-4).any()
    session.select(min(near))
    assert len(rings(window)) == len(drawn)
    mesh = window.brain.stage.threads._chosen_alarm._meshes[3]
    crest = np.array(theme.rgb(theme.MARK_UNSAFE))
    shades = mesh.point_data["rgb"][:, 0] / crest[0]
    np.testing.assert_allclose(np.unique(np.round(shades, 1)), [round(VALLEY_SHADE, 1), 1.0])  # told without colour too


def test_rings_follow_a_thread_while_it_is_dragged(window: MainWindow, case: Case, settled: Callable[[], None]) -> None:
    session = window.session
    aims.set_limit(session, "clearance_mm", 3.0)
    settled()
    plan = session.plan
    near = int(session.preview.faults.thread[0])
    thread = plan.threads[near]
    x, y, z = thread.entry_mm
    moved = follow_surface(case.site, thread, (x, y, z + 2.0))
    before = rings(window)
    session.show(with_threads(plan, tuple(moved if t.name == thread.name else t for t in plan.threads)))
    entry, unit = np.array(moved.entry_mm), np.array(moved.direction)
    at_once = rings(window)
    assert len(at_once) == len(before)
    assert (np.linalg.norm(np.cross(at_once - entry, unit), axis=1) < 1e-4).any()  # as they were, along where it is now
    settled()
    assert session.preview.plan.threads[near] == moved
    if near in session.preview.faults.thread:
        assert (np.linalg.norm(np.cross(rings(window) - entry, unit), axis=1) < 1e-4).any()
    session.show(None)
    settled()
    np.testing.assert_allclose(rings(window), before)


def test_contacts_outside_the_gray_matter_have_another_shape(window: MainWindow, settled: Callable[[], None]) -> None:
    session, camera = window.session, window.brain.plotter.camera
    camera.position = np.array(camera.focal_point) - 25.0 * np.array(camera.direction)  # from afar they are not told
    window.brain.stage.follow_camera(camera)
    first, *others = session.plan.threads
    inward = np.array([-45.0 if first.hemisphere == "lh" else 45.0, 0.0, 0.0]) - first.entry_mm
    straight_in = replace(first, direction=vector(inward / np.linalg.norm(inward)), depth_mm=5.0)
    session.edit("Turn", with_threads(session.plan, (straight_in, *others)))
    settled()
    outside = session.preview.faults.outside
    assert 0 < outside[session.preview.owner == 0].sum() < 16
    body = window.brain.stage.threads
    shapes = np.concatenate(
        [b._meshes[1].point_data["shape"] for b in (body._calm, body._alarm) if b._meshes[1].n_points]
    )
    assert (shapes == 2).sum() == outside.sum()
    assert (shapes == 0).sum() == (~outside).sum()
    body.follow(0.3)  # from afar
    bars = [b for b in (body._calm, body._alarm) if b._meshes[1].n_points]
    places = np.concatenate([np.asarray(b._meshes[1].points) for b in bars])
    size = max(b._meshes[1].point_data["size"].max() for b in bars)
    assert 0 < len(places) < outside.sum()
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)[~np.eye(len(places), dtype=bool)]
    assert apart.size == 0 or apart.min() > 1.5 * BAR * size  # what is between them is seen


def test_marks_on_a_shaft_are_hardly_wider_than_the_shaft_with_its_edge(
    window: MainWindow, settled: Callable[[], None]
) -> None:
    session, body = window.session, window.brain.stage.threads
    aims.set_limit(session, "clearance_mm", 3.0)
    settled()
    for px_mm in (0.05, 0.3):
        body.follow(px_mm)
        edge = body._alarm._edge_meshes[0].point_data["radius"].max()
        assert body._alarm._meshes[3].point_data["radius"].max() < 1.4 * edge
        assert BARS / 2 * CONTACT_MM * body._grown < 1.4 * edge
        assert edge < CREST * SHAFT_MM * body._grown  # and yet they stand out
        assert edge < BARS / 2 * CONTACT_MM * body._grown


@pytest.mark.parametrize("selected", [False, True])
def test_a_shaft_is_dashed_where_vessels_are_not_known_and_only_there(
    window: MainWindow, settled: Callable[[], None], selected: bool
) -> None:
    session, plan = window.session, window.session.plan
    if selected:
        session.select(plan.threads[0].name)

    def lines() -> int:
        body = window.brain.stage.threads
        return sum(b._meshes[0].n_lines for b in (body._calm, body._selected, body._alarm, body._chosen_alarm))

    assert lines() == len(plan.threads)
    session.set_preview(None)
    assert lines() == len(plan.threads)  # not computed yet is no finding
    anatomy = replace(session.case.anatomy, vessels=())
    session.open(Case(prepare_site(anatomy), session.case.cortices), plan)
    settled()
    assert lines() > 3 * len(plan.threads)
    look = window.brain._look(plan)
    length = np.linalg.norm(np.diff(look.lines.points_mm.reshape(-1, 2, 3), axis=1), axis=2)
    assert length.max() < 1.0


def test_threads_are_seen_from_afar_and_are_as_thin_as_ever_from_near(
    window: MainWindow, picture: Callable[[], np.ndarray]
) -> None:
    session, brain, body = window.session, window.brain, window.brain.stage.threads
    session.look_at(session.plan.threads[1].entry_mm)
    session.select(session.plan.threads[0].name)
    camera = brain.plotter.camera

    def drawn() -> tuple[float, float, float, float]:
        """The least radius of shafts and entries, that of the selected shaft, and a pixel's size; mm."""
        brain.draw_soon()
        picture()
        shaft, entry = body._calm._meshes[0].point_data["radius"], body._calm._meshes[2].point_data["size"]
        chosen = body._selected._meshes[0].point_data["radius"]
        return shaft.min(), entry.min(), chosen.min(), pixel_mm(camera, brain.plotter.height())

    for away in (150.0, 600.0, 2000.0):
        camera.position = np.array(camera.focal_point) - away * np.array(camera.direction)
        shaft, entry, chosen, px_mm = drawn()
        assert shaft >= LEAST_PX * px_mm
        assert shaft <= 1.13 * max(LEAST_PX * px_mm, SHAFT_MM)
        assert entry > 2.0 * shaft  # its shape is told
        assert chosen > shaft
        assert (body._calm._meshes[1].n_points > 0) == (shaft < CONTACT_MM)  # or they are within their shaft
        middle = np.abs(brain.stage._cross._mesh.points).max(axis=1).min()
        assert middle >= GAP_PX * px_mm - 1e-3  # what is there stays in sight
    camera.position = np.array(camera.focal_point) - 25.0 * np.array(camera.direction)
    shaft, *_ = drawn()
    assert shaft == pytest.approx(SHAFT_MM)
